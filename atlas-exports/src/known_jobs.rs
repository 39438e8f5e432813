//! Which jobs this client knows to be somebody's, so that nobody takes them for a job whose answer was lost, and which of
//! them are so new that Atlas may not know them everywhere.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::ExportId;

/// Far more than can be created while an answer is being waited for.
const MOST: usize = 10_000;

/// For so long after its creation a job may be unknown to Atlas's answers.
const UNKNOWN_AT_FIRST: Duration = Duration::from_secs(30);

/// The last jobs that the client created, or found to be its own, and when.
#[derive(Debug, Default)]
pub(crate) struct KnownJobs(Mutex<VecDeque<(ExportId, Instant)>>);

impl KnownJobs {
    /// Whether the job was nobody's so far; it is somebody's from now on.
    pub(crate) fn add(&self, id: &ExportId) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.iter().any(|(known, _)| known == id) {
            return false;
        }
        if known.len() == MOST {
            known.pop_front();
        }
        known.push_back((id.clone(), Instant::now()));
        true
    }

    pub(crate) fn contains(&self, id: &ExportId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|(known, _)| known == id)
    }

    /// Whether the client created the job a moment ago, so that an answer of 404 need not be true.
    pub(crate) fn is_recent(&self, id: &ExportId) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut young = known.iter().rev().take_while(|(_, since)| since.elapsed() < UNKNOWN_AT_FIRST);
        young.any(|(known, _)| known == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> ExportId {
        format!("{number:024x}").parse().unwrap()
    }

    #[test]
    fn a_job_is_added_once() {
        let known = KnownJobs::default();
        assert!(known.add(&id(1)) && !known.add(&id(1)));
        assert!(known.contains(&id(1)) && !known.contains(&id(2)));
    }

    #[test]
    fn the_oldest_jobs_are_forgotten() {
        let known = KnownJobs::default();
        *known.0.lock().unwrap() = (0..MOST).map(|number| (id(number), Instant::now())).collect();
        assert!(known.contains(&id(0)));
        assert!(known.add(&id(MOST)));
        assert!(!known.contains(&id(0)) && known.contains(&id(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_is_recent_for_half_a_minute() {
        let known = KnownJobs::default();
        known.add(&id(1));
        tokio::time::advance(Duration::from_millis(29_999)).await;
        known.add(&id(2));
        assert!(known.is_recent(&id(1)) && !known.is_recent(&id(3)));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!known.is_recent(&id(1)) && known.is_recent(&id(2)));
    }
}
