//! Faults and responses that replace those of the fake.

use std::sync::Arc;

use serde_json::Value;

use crate::{FakeAtlas, FakeResponse, Fault, RateLimit, Recorded};

/// Faults and canned responses.
impl FakeAtlas {
    /// Adds a fault. Faults of the same requests queue up.
    pub fn fault(&self, fault: Fault) {
        self.service.faults.add(fault);
    }

    /// Adds several faults, such as those of [`Fault::random_faults`].
    pub fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        for fault in faults {
            self.fault(fault);
        }
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.service.faults.clear();
    }

    /// Returns how many faults have not affected all of their requests yet.
    #[must_use]
    pub fn pending_faults(&self) -> usize {
        self.service.faults.pending().len()
    }

    /// Lets all connections accept no more requests, as a node that shuts down does: `GOAWAY` on HTTP/2, and on HTTP/1.1
    /// idle connections close. Requests in flight are still answered.
    pub fn goaway(&self) {
        self.service.retire.send_modify(|times| *times += 1);
    }

    /// Limits the requests of each project from now on, or removes the limit.
    pub fn set_rate_limit(&self, limit: Option<RateLimit>) {
        self.service.api.limiter.set(limit);
    }

    /// Responds to authenticated requests with this method and path with a JSON document from now on.
    ///
    /// `{name}` and `*` match one segment of the path, `**` any rest, and the base of the API may be left out. The fake
    /// need not know the method and path. The latest response that matches wins.
    pub fn respond(&self, method: &str, path: &str, status: u16, document: Value) {
        self.respond_with(method, path, move |_| FakeResponse::json(status, document.clone()));
    }

    /// Responds to authenticated requests with this method and path by a function from now on; see [`FakeAtlas::respond`].
    pub fn respond_with(
        &self,
        method: &str,
        path: &str,
        response: impl Fn(&Recorded) -> FakeResponse + Send + Sync + 'static,
    ) {
        self.service.api.canned.add(method, path, Arc::new(response));
    }

    /// Removes all responses of [`FakeAtlas::respond`] and [`FakeAtlas::respond_with`].
    pub fn clear_responses(&self) {
        self.service.api.canned.clear();
    }
}
