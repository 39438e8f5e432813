//! An API key that may be replaced while the program runs.

use std::sync::{Arc, Mutex, PoisonError};

use super::{
    digest::Digest,
    key_pair::{KeyPair, SecretSource},
};

/// An API key, and where it is read again when it is refused.
#[derive(Debug)]
pub(crate) struct ApiKey {
    source: SecretSource,
    /// The key, with what is known of the server's challenge to it.
    current: Mutex<Arc<Digest>>,
    reading: tokio::sync::Mutex<()>,
}

impl ApiKey {
    pub(crate) fn new(source: SecretSource, pair: KeyPair) -> Self {
        let current = Mutex::new(Arc::new(Digest::new(pair)));
        Self { source, current, reading: tokio::sync::Mutex::default() }
    }

    pub(super) fn current(&self) -> Arc<Digest> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the key again when it is in files, and returns whether there is another one than was refused.
    pub(super) async fn reload_if_changed(&self, refused: &Arc<Digest>) -> bool {
        if !self.source.is_in_files() {
            return false;
        }
        // Calls that were refused together read once.
        let _reading = self.reading.lock().await;
        if !Arc::ptr_eq(&self.current(), refused) {
            return true;
        }
        match self.source.read_again().await {
            Some(pair) if !pair.is_same(refused.key()) => {
                tracing::info!(
                    public_key_end = pair.last_four(),
                    "the API key was refused, and its files hold another one"
                );
                let key = Arc::new(Digest::new(pair));
                *self.current.lock().unwrap_or_else(PoisonError::into_inner) = key;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    #[tokio::test]
    async fn a_key_is_read_again_only_by_the_first_of_those_who_were_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "old").unwrap();
        let source = SecretSource { name: ("NAME", "public".into()), secret: ("SECRET", Secret::file(file.path())) };
        let keys = ApiKey::new(source.clone(), source.read().unwrap());
        let old = keys.current();
        assert!(!keys.reload_if_changed(&old).await, "the file did not change");

        std::fs::write(file.path(), "new").unwrap();
        assert!(keys.reload_if_changed(&old).await);
        let new = keys.current();
        assert!(keys.reload_if_changed(&old).await && Arc::ptr_eq(&keys.current(), &new));
        assert!(!keys.reload_if_changed(&new).await);
    }
}
