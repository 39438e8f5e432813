//! The time that a wait is given.

use std::time::Duration;

use tokio::time::Instant;

/// From the start of a wait to its end, if it has one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Term {
    started: Instant,
    deadline: Option<Instant>,
    /// Time spent in the queue of the request budget.
    queued: Duration,
}

impl Term {
    /// Starts now.
    pub(crate) fn start(timeout: Option<Duration>) -> Self {
        let started = Instant::now();
        // What lies beyond all clocks is never.
        Self { started, deadline: timeout.and_then(|timeout| started.checked_add(timeout)), queued: Duration::ZERO }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Time since the start without that in the queue of the request budget, in which nobody could have answered.
    pub(crate) fn asking(&self) -> Duration {
        self.elapsed().saturating_sub(self.queued)
    }

    /// Waits for a turn in the request budget; `None` when the time is over before.
    pub(crate) async fn turn(&mut self, turn: impl Future<Output = ()>) -> Option<()> {
        let queueing = Instant::now();
        self.within(turn).await?;
        self.queued += queueing.elapsed();
        Some(())
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
    async fn the_queue_is_no_time_of_asking() {
        let mut term = Term::start(None);
        tokio::time::sleep(Duration::from_secs(3)).await;
        term.turn(tokio::time::sleep(Duration::from_secs(600))).await.unwrap();
        assert_eq!((term.asking(), term.elapsed()), (Duration::from_secs(3), Duration::from_secs(603)));
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
