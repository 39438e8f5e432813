//! A name and its secret, together as they were read.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use super::Secret;
use crate::Error;

/// Where a pair comes from, and what people call its halves.
#[derive(Debug, Clone)]
pub(crate) struct SecretSource {
    pub(crate) name: (&'static str, Secret),
    pub(crate) secret: (&'static str, Secret),
}

impl SecretSource {
    /// Whether another reading may bring another pair.
    pub(crate) fn is_in_files(&self) -> bool {
        self.name.1.is_in_file() || self.secret.1.is_in_file()
    }

    /// Reads both halves. Files make this blocking, if only for a moment.
    pub(crate) fn read(&self) -> Result<KeyPair, Error> {
        let (name, secret) = (self.name.1.read(self.name.0)?, self.secret.1.read(self.secret.0)?);
        Ok(KeyPair { name: name.expose_secret().to_owned(), secret })
    }

    /// Reads both halves again, away from the tasks. `None` when that cannot be done, which is no reason to drop the
    /// pair that is known.
    pub(crate) async fn read_again(&self) -> Option<KeyPair> {
        if !self.is_in_files() {
            return None;
        }
        let source = self.clone();
        match tokio::task::spawn_blocking(move || source.read()).await {
            Ok(Ok(pair)) => Some(pair),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the credentials cannot be read again; those that are known stay in use");
                None
            }
            Err(_) => None,
        }
    }
}

/// A public key and its private one, or a client id and its secret.
#[derive(Clone)]
pub(crate) struct KeyPair {
    pub(crate) name: String,
    pub(crate) secret: SecretString,
}

/// The name is half of what others need.
impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("name", &format_args!("…{}", self.last_four())).finish_non_exhaustive()
    }
}

impl KeyPair {
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.secret.expose_secret() == other.secret.expose_secret()
    }

    /// At most the last four characters of the name, and never all.
    pub(crate) fn last_four(&self) -> String {
        last_four(&self.name)
    }
}

/// At most the last four characters, and never all.
pub(crate) fn last_four(name: &str) -> String {
    let length = name.chars().count();
    let shown = 4.min(length / 2);
    name.chars().skip(length - shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, secret: &str) -> SecretSource {
        SecretSource { name: ("NAME", name.into()), secret: ("SECRET", secret.into()) }
    }

    #[test]
    fn an_empty_half_is_refused_by_its_name() {
        for (source, name) in [(source(" ", "s"), "NAME"), (source("n", ""), "SECRET")] {
            let error = source.read().unwrap_err();
            assert_eq!(error.setting(), Some(name), "{error}");
        }
    }

    #[test]
    fn the_last_four_never_shows_all() {
        for (name, last_four) in [("abcdefgh", "efgh"), ("abcd", "cd"), ("a", ""), ("mdb_sa_id_x\u{e9}yz", "x\u{e9}yz")]
        {
            assert_eq!(source(name, "s").read().unwrap().last_four(), last_four);
        }
    }

    #[test]
    fn a_secret_does_not_show() {
        let pair = source("public-half", "hush").read().unwrap();
        let shown = format!("{pair:?}");
        assert!(!shown.contains("hush") && !shown.contains("public-half"), "{shown}");
        assert!(!format!("{:?}", source("public-half", "hush")).contains("hush"));
    }

    #[tokio::test]
    async fn only_what_is_in_files_is_read_again() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "old\n").unwrap();
        let source = SecretSource { name: ("NAME", "n".into()), secret: ("SECRET", Secret::file(file.path())) };
        let old = source.read().unwrap();
        std::fs::write(file.path(), "new\n").unwrap();
        assert!(!source.read_again().await.unwrap().is_same(&old));
        drop(file);
        assert!(source.read_again().await.is_none(), "a file that is gone");
        assert!(self::source("n", "s").read_again().await.is_none(), "text");
    }
}
