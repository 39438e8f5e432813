//! An API key that may be replaced while the program runs.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    credentials::{Pair, Source},
    transport::Digest,
};

/// An API key, and where it is read again when it is refused.
#[derive(Debug)]
pub(crate) struct Keys {
    source: Source,
    /// The key, with what is known of the server's challenge to it.
    current: Mutex<Arc<Digest>>,
    reading: tokio::sync::Mutex<()>,
}

impl Keys {
    pub(crate) fn new(source: Source, pair: Pair) -> Self {
        let current = Mutex::new(Arc::new(Digest::new(pair)));
        Self { source, current, reading: tokio::sync::Mutex::default() }
    }

    pub(super) fn current(&self) -> Arc<Digest> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether there is another key than the one that was refused.
    pub(super) async fn replaced(&self, refused: &Arc<Digest>) -> bool {
        if !self.source.is_in_files() {
            return false;
        }
        // Calls that were refused together read once.
        let _reading = self.reading.lock().await;
        if !Arc::ptr_eq(&self.current(), refused) {
            return true;
        }
        match self.source.read_again().await {
            Some(pair) if !pair.is_same(&refused.key) => {
                tracing::info!(public_key_end = pair.tail(), "the API key was refused, and its files hold another one");
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
    use crate::credentials::Secret;

    #[tokio::test]
    async fn a_key_is_read_again_only_by_the_first_of_those_who_were_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "old").unwrap();
        let source = Source { name: ("NAME", "public".into()), secret: ("SECRET", Secret::file(file.path())) };
        let keys = Keys::new(source.clone(), source.read().unwrap());
        let old = keys.current();
        assert!(!keys.replaced(&old).await, "the file did not change");

        std::fs::write(file.path(), "new").unwrap();
        assert!(keys.replaced(&old).await);
        let new = keys.current();
        assert!(keys.replaced(&old).await && Arc::ptr_eq(&keys.current(), &new));
        assert!(!keys.replaced(&new).await);
    }
}
