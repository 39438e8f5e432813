//! Lets one task do what many need, while the others wait for its outcome.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// A state that tasks share, and the work on it that one of them does at a time.
#[derive(Debug)]
pub(super) struct SingleFlight<S, T>(Mutex<Shared<S, T>>);

#[derive(Debug)]
struct Shared<S, T> {
    state: S,
    flight: Option<watch::Receiver<Option<T>>>,
}

/// What a task is to do, as the state says.
pub(super) enum Decision<R, W> {
    /// Go on with this.
    Ready(R),
    /// Wait for the task that works, if there is one, else work with this.
    Join(W),
}

/// What a task has come to.
pub(super) enum Acquire<'a, R, W, S, T> {
    /// It goes on with this.
    Ready(R),
    /// It works, with this, and the others wait.
    Work(FetchGuard<'a, S, T>, W),
    /// The task that it waited for has finished so.
    Finished(T),
}

/// The right, and the duty, to work for all who wait. Dropping it passes both on to one of them.
#[derive(Debug)]
pub(super) struct FetchGuard<'a, S, T> {
    flight: &'a SingleFlight<S, T>,
    outcome: watch::Sender<Option<T>>,
}

impl<S: Default, T> Default for SingleFlight<S, T> {
    fn default() -> Self {
        Self(Mutex::new(Shared { state: S::default(), flight: None }))
    }
}

impl<S, T> SingleFlight<S, T> {
    fn lock(&self) -> MutexGuard<'_, Shared<S, T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the state or changes it.
    pub(super) fn with<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        change(&mut self.lock().state)
    }
}

impl<S, T: Clone> SingleFlight<S, T> {
    /// Asks `decide`, which is told whether some task works, what to do, and waits where that is the answer.
    ///
    /// Dropping the future gives the place up.
    pub(super) async fn acquire<R, W>(
        &self,
        mut decide: impl FnMut(&mut S, bool) -> Decision<R, W>,
    ) -> Acquire<'_, R, W, S, T> {
        loop {
            let mut flight = {
                let mut shared = self.lock();
                // A sender that is gone finished nothing.
                let flight = shared.flight.clone().filter(|flight| flight.has_changed().is_ok());
                match (decide(&mut shared.state, flight.is_some()), flight) {
                    (Decision::Ready(ready), _) => return Acquire::Ready(ready),
                    (Decision::Join(_), Some(flight)) => flight,
                    (Decision::Join(work), None) => {
                        let (outcome, receiver) = watch::channel(None);
                        shared.flight = Some(receiver);
                        return Acquire::Work(FetchGuard { flight: self, outcome }, work);
                    }
                }
            };
            // An error means that the guard was dropped: whoever comes first works next.
            if let Ok(outcome) = flight.wait_for(Option::is_some).await
                && let Some(outcome) = outcome.clone()
            {
                return Acquire::Finished(outcome);
            }
        }
    }
}

impl<S, T: Clone> FetchGuard<'_, S, T> {
    /// Finishes the work: changes the state, and tells all who wait.
    pub(super) fn complete(self, change: impl FnOnce(&mut S) -> T) -> T {
        let outcome = {
            let mut shared = self.flight.lock();
            shared.flight = None;
            change(&mut shared.state)
        };
        self.outcome.send_replace(Some(outcome.clone()));
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    type Flight = SingleFlight<Option<u32>, u32>;

    async fn acquire(flight: &Flight) -> Acquire<'_, u32, (), Option<u32>, u32> {
        flight
            .acquire(|state, _| match state {
                Some(ready) => Decision::Ready(*ready),
                None => Decision::Join(()),
            })
            .await
    }

    async fn guard(flight: &Flight) -> FetchGuard<'_, Option<u32>, u32> {
        match acquire(flight).await {
            Acquire::Work(guard, ()) => guard,
            Acquire::Ready(_) | Acquire::Finished(_) => panic!("no work"),
        }
    }

    #[tokio::test]
    async fn one_task_works_and_the_others_get_its_outcome() {
        let flight = Arc::new(Flight::default());
        let first = guard(&flight).await;
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let flight = flight.clone();
            waiting.spawn(async move { matches!(acquire(&flight).await, Acquire::Finished(7) | Acquire::Ready(7)) });
        }
        tokio::task::yield_now().await;
        first.complete(|state| *state.insert(7));
        assert_eq!(waiting.join_all().await, [true; 100]);
        assert!(matches!(acquire(&flight).await, Acquire::Ready(7)));
    }

    #[tokio::test]
    async fn a_task_that_is_dropped_passes_the_work_on() {
        let flight = Arc::new(Flight::default());
        let first = guard(&flight).await;
        let next = tokio::spawn({
            let flight = flight.clone();
            async move { guard(&flight).await.complete(|state| *state.insert(8)) }
        });
        tokio::task::yield_now().await;
        drop(first);
        assert_eq!(next.await.unwrap(), 8);
    }
}
