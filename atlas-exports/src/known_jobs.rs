//! The jobs that a client created.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::ExportId;

/// More than can be created while the response to another creation is outstanding.
const CAPACITY: usize = 10_000;

/// How long after its creation Atlas may respond with 404 for a job.
const VISIBILITY_DELAY: Duration = Duration::from_secs(30);

/// The last jobs that the client created, or found to be its own, and when. A search for the job of a lost response skips
/// them, and polls do not believe that one does not exist that was created a moment ago.
#[derive(Debug, Default)]
pub(crate) struct KnownJobs(Mutex<VecDeque<(ExportId, Instant)>>);

impl KnownJobs {
    /// Adds a job. Returns whether it was not known.
    pub(crate) fn add(&self, id: &ExportId) -> bool {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.iter().any(|(known, _)| known == id) {
            return false;
        }
        if jobs.len() == CAPACITY {
            jobs.pop_front();
        }
        jobs.push_back((id.clone(), Instant::now()));
        true
    }

    /// Returns whether the job was created so recently that a 404 may be wrong.
    pub(crate) fn is_recent(&self, id: &ExportId) -> bool {
        let jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut recent = jobs.iter().rev().take_while(|(_, since)| since.elapsed() < VISIBILITY_DELAY);
        recent.any(|(known, _)| known == id)
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
        assert!(known.add(&id(1)) && !known.add(&id(1)) && known.add(&id(2)));
    }

    #[test]
    fn the_oldest_jobs_are_forgotten() {
        let known = KnownJobs::default();
        *known.0.lock().unwrap() = (0..CAPACITY).map(|number| (id(number), Instant::now())).collect();
        assert!(!known.add(&id(0)) && known.add(&id(CAPACITY)), "there is room for one by forgetting one");
        assert!(!known.add(&id(1)) && known.add(&id(0)), "the oldest one");
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
