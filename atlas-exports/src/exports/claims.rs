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
pub(crate) struct Claims(Mutex<VecDeque<(ExportId, Instant)>>);

impl Claims {
    /// Whether the job was nobody's so far; it is somebody's from now on.
    pub(crate) fn add(&self, id: &ExportId) -> bool {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if claims.iter().any(|(claimed, _)| claimed == id) {
            return false;
        }
        if claims.len() == MOST {
            claims.pop_front();
        }
        claims.push_back((id.clone(), Instant::now()));
        true
    }

    pub(crate) fn has(&self, id: &ExportId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|(claimed, _)| claimed == id)
    }

    /// Whether the client created the job a moment ago, so that an answer of 404 need not be true.
    pub(crate) fn is_young(&self, id: &ExportId) -> bool {
        let claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut young = claims.iter().rev().take_while(|(_, claimed)| claimed.elapsed() < UNKNOWN_AT_FIRST);
        young.any(|(claimed, _)| claimed == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> ExportId {
        format!("{number:024x}").parse().unwrap()
    }

    #[test]
    fn a_job_is_claimed_once() {
        let claims = Claims::default();
        assert!(claims.add(&id(1)) && !claims.add(&id(1)));
        assert!(claims.has(&id(1)) && !claims.has(&id(2)));
    }

    #[test]
    fn the_oldest_claims_are_forgotten() {
        let claims = Claims::default();
        *claims.0.lock().unwrap() = (0..MOST).map(|number| (id(number), Instant::now())).collect();
        assert!(claims.has(&id(0)));
        assert!(claims.add(&id(MOST)));
        assert!(!claims.has(&id(0)) && claims.has(&id(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_is_young_for_half_a_minute() {
        let claims = Claims::default();
        claims.add(&id(1));
        tokio::time::advance(Duration::from_millis(29_999)).await;
        claims.add(&id(2));
        assert!(claims.is_young(&id(1)) && !claims.is_young(&id(3)));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!claims.is_young(&id(1)) && claims.is_young(&id(2)));
    }
}
