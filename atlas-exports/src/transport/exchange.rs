//! Counts the HTTP exchanges of a call.

use std::sync::atomic::{AtomicU32, Ordering};

/// Requests that went out for one call, challenges included.
#[derive(Debug, Default)]
pub(crate) struct Exchanges(AtomicU32);

impl Exchanges {
    /// One more request goes out.
    pub(crate) fn next(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}
