//! Answers that a test set for a method and path.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use super::pattern::PathPattern;
use crate::{Answer, Recorded, lock::lock};

type Responder = Arc<dyn Fn(&Recorded) -> Answer + Send + Sync>;

struct Canned {
    method: String,
    path: PathPattern,
    responder: Responder,
}

/// The canned answers, of which the latest that matches wins.
#[derive(Default)]
pub(crate) struct CannedAnswers {
    list: Mutex<Vec<Canned>>,
}

impl fmt::Debug for CannedAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CannedAnswers").field("len", &lock(&self.list).len()).finish()
    }
}

impl CannedAnswers {
    pub(crate) fn add(&self, method: &str, path: &str, responder: Responder) {
        let path = PathPattern::new(path);
        let mut list = lock(&self.list);
        list.retain(|canned| !(canned.method.eq_ignore_ascii_case(method) && canned.path == path));
        list.push(Canned { method: method.to_owned(), path, responder });
    }

    pub(crate) fn clear(&self) {
        lock(&self.list).clear();
    }

    /// The canned answer to a request. `path` is without the prefix.
    pub(crate) fn answer(&self, path: &str, request: &Recorded) -> Option<Answer> {
        let responder = lock(&self.list)
            .iter()
            .rev()
            .find(|canned| canned.method.eq_ignore_ascii_case(&request.method) && canned.path.matches(path))
            .map(|canned| Arc::clone(&canned.responder))?;
        Some(responder(request))
    }
}
