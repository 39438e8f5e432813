//! The requests that a fake received.

use crate::{FakeAtlas, Recorded};

/// Requests.
impl FakeAtlas {
    /// Returns the requests, oldest first; the latest 50,000 by default.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.service.log.requests()
    }

    /// Returns the number of requests, including those that were challenged.
    #[must_use]
    pub fn exchanges(&self) -> usize {
        self.service.log.exchanges()
    }

    /// Returns the number of requests that were answered with this status.
    #[must_use]
    pub fn response_count(&self, status: u16) -> usize {
        self.service.log.response_count(status)
    }

    /// Returns the number of requests that were answered with 401.
    #[must_use]
    pub fn challenges(&self) -> usize {
        self.response_count(401)
    }

    /// Forgets all requests, and counts from 0 again.
    pub fn reset_requests(&self) {
        self.service.log.reset();
    }
}
