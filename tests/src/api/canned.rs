//! Responses that a test set for a method and path.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use super::pattern::PathPattern;
use crate::{FakeResponse, Recorded, lock::lock};

type Responder = Arc<dyn Fn(&Recorded) -> FakeResponse + Send + Sync>;

struct Canned {
    method: String,
    path: PathPattern,
    responder: Responder,
}

/// The canned responses, of which the latest that matches wins.
#[derive(Default)]
pub(crate) struct CannedResponses {
    list: Mutex<Vec<Canned>>,
}

impl fmt::Debug for CannedResponses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CannedResponses").field("len", &lock(&self.list).len()).finish()
    }
}

impl CannedResponses {
    pub(crate) fn add(&self, method: &str, path: &str, responder: Responder) {
        let path = PathPattern::new(path);
        let mut list = lock(&self.list);
        list.retain(|canned| !(canned.method.eq_ignore_ascii_case(method) && canned.path == path));
        list.push(Canned { method: method.to_owned(), path, responder });
    }

    pub(crate) fn clear(&self) {
        lock(&self.list).clear();
    }

    /// The canned response to a request. `path` is without the prefix.
    pub(crate) fn respond(&self, path: &str, request: &Recorded) -> Option<FakeResponse> {
        let responder = lock(&self.list)
            .iter()
            .rev()
            .find(|canned| canned.method.eq_ignore_ascii_case(&request.method) && canned.path.matches(path))
            .map(|canned| Arc::clone(&canned.responder))?;
        Some(responder(request))
    }
}
