//! The time that a wait is given.

use std::time::Duration;

use tokio::time::Instant;

/// From the start of a wait to its end, if it has one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Term {
    started: Instant,
    deadline: Option<Instant>,
}

impl Term {
    /// Starts now.
    pub(crate) fn start(timeout: Option<Duration>) -> Self {
        let started = Instant::now();
        // What lies beyond all clocks is never.
        Self { started, deadline: timeout.and_then(|timeout| started.checked_add(timeout)) }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Does some work; `None` when the time is over before it is done.
    pub(crate) async fn within<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        match self.deadline {
            Some(deadline) => tokio::time::timeout_at(deadline, work).await.ok(),
            None => Some(work.await),
        }
    }

    /// Sleeps until then; `None` when the time is over then or before.
    pub(crate) async fn until(&self, due: Instant) -> Option<()> {
        match self.deadline {
            Some(deadline) if deadline <= due => {
                tokio::time::sleep_until(deadline).await;
                None
            }
            _ => {
                tokio::time::sleep_until(due).await;
                Some(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn nothing_outlasts_the_term() {
        let term = Term::start(Some(Duration::from_secs(10)));
        assert_eq!(term.within(std::future::pending::<()>()).await, None);
        assert_eq!(term.elapsed(), Duration::from_secs(10));
        assert_eq!(term.until(Instant::now() + Duration::from_secs(1)).await, None);
        assert_eq!(term.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_due_at_the_very_end_is_too_late() {
        let term = Term::start(Some(Duration::from_secs(10)));
        assert_eq!(term.until(Instant::now() + Duration::from_secs(10)).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_term_beyond_all_clocks_has_no_end() {
        let term = Term::start(Some(Duration::MAX));
        assert_eq!(term.until(Instant::now() + Duration::from_secs(86_400 * 365)).await, Some(()));
    }
}
