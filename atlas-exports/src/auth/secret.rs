//! Where a key or a secret is.

use std::{fmt, path::PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::secret_file;
use crate::Error;

/// A key or a secret: the text itself, or a file that holds it.
///
/// A file is read when the client is built and again after Atlas refuses what it held (for a service account whenever
/// it gets a token), so that a new secret can be put there while the program runs. White space around the content does
/// not count.
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
        if text.expose_secret().trim().is_empty() {
            let problem = match &self.0 {
                Place::Text(_) => "it is empty".to_owned(),
                Place::File(path) => format!("the file {} is empty", path.display()),
            };
            return Err(Error::configuration(setting, problem));
        }
        Ok(text)
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
