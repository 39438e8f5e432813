//! Where a key or a secret is.

use std::{fmt, path::PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::{secret_file, secret_text};
use crate::Error;

/// A key or a secret: the text itself, or a file that holds it.
///
/// A file is read when the client is built and again after Atlas refuses what it held (for a service account whenever
/// it gets a token), so that a new secret can be put there while the program runs.
///
/// A byte order mark and white space around a text do not count, wherever it comes from. A text of several lines, or with
/// invisible characters, is refused when the client is built.
///
/// ```no_run
/// use atlas_exports::{Client, Secret};
///
/// let atlas = Client::builder()
///     .service_account("mdb_sa_id_5f3c5a1e8e4b2a0012345678", Secret::file("/run/secrets/atlas"))
///     .build()?;
/// # Ok::<(), atlas_exports::Error>(())
/// ```
#[derive(Clone)]
pub struct Secret(Place);

#[derive(Clone)]
enum Place {
    Text(SecretString),
    File(PathBuf),
}

impl Secret {
    /// A secret in a file, of at most 64 KiB.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Place::File(path.into()))
    }

    pub(super) fn is_in_file(&self) -> bool {
        matches!(self.0, Place::File(_))
    }

    /// The text. `setting` is the name by which people know it.
    pub(super) fn read(&self, setting: &'static str) -> Result<SecretString, Error> {
        let text = match &self.0 {
            Place::Text(text) => text.clone(),
            Place::File(path) => secret_file::read(path, setting)?,
        };
        secret_text::clean(text.expose_secret()).map(Into::into).map_err(|problem| {
            let problem = match &self.0 {
                Place::Text(_) => format!("it {problem}"),
                Place::File(path) => format!("the file {} {problem}", path.display()),
            };
            Error::configuration(setting, problem)
        })
    }
}

impl From<SecretString> for Secret {
    fn from(text: SecretString) -> Self {
        Self(Place::Text(text))
    }
}

impl From<&String> for Secret {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        SecretString::from(text).into()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        SecretString::from(text).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Text(_) => f.write_str("[REDACTED]"),
            Place::File(path) => write!(f, "Secret::file({path:?})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_secret_does_not_count_wherever_it_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "\u{feff} \n s3cr et\r\n\n";
        std::fs::write(file.path(), text).unwrap();
        for secret in [Secret::from(text), Secret::file(file.path())] {
            assert_eq!(secret.read("SETTING").unwrap().expose_secret(), "s3cr et");
        }
    }

    #[test]
    fn debug_shows_the_path_of_a_secret_and_never_its_text() {
        assert_eq!(format!("{:?}", Secret::from("hush")), "[REDACTED]");
        assert_eq!(format!("{:?}", Secret::file("/run/secrets/key")), "Secret::file(\"/run/secrets/key\")");
    }

    #[test]
    fn what_cannot_be_a_secret_is_refused_by_its_source_without_showing_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (text, why) in [("hush\nhush", "more than one line"), ("hush\0", "U+0000"), ("\u{feff}\n", "is empty")] {
            std::fs::write(file.path(), text).unwrap();
            let path = file.path().display().to_string();
            for (secret, source) in [(Secret::from(text), "it"), (Secret::file(file.path()), path.as_str())] {
                let error = secret.read("SETTING").unwrap_err();
                assert_eq!(error.setting(), Some("SETTING"));
                let error = format!("{error:?}");
                assert!(error.contains(why) && error.contains(source) && !error.contains("hush"), "{error}");
            }
        }
    }
}
