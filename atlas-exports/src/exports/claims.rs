//! Which jobs this client knows to be somebody's, so that nobody takes them for a job whose answer was lost.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use crate::ExportId;

/// Far more than can be created while an answer is being waited for.
const MOST: usize = 10_000;

/// The last jobs that the client created, or found to be its own.
#[derive(Debug, Default)]
pub(crate) struct Claims(Mutex<VecDeque<ExportId>>);

impl Claims {
    /// Whether the job was nobody's so far; it is somebody's from now on.
    pub(crate) fn add(&self, id: &ExportId) -> bool {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if claims.contains(id) {
            return false;
        }
        if claims.len() == MOST {
            claims.pop_front();
        }
        claims.push_back(id.clone());
        true
    }

    pub(crate) fn has(&self, id: &ExportId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }
}
