//! The request rate that all waits on one project share.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::ProjectId;

const NANOS_OF_A_MINUTE: u64 = 60_000_000_000;

/// Lets requests pass: first come, first served, evenly spread, and never more in any minute than the rate allows.
///
/// A tenth of a minute's requests may pass at once, so that a few waits need not queue; the rest is spread over the minute (the
/// generic cell rate algorithm).
#[derive(Debug)]
pub(crate) struct RateLimiter {
    interval: Duration,
    tolerance: Duration,
    /// For each project the time from which on no request of it counts any more. The lock is held while waiting, and
    /// tokio's is fair, which makes the queue.
    projects: Mutex<HashMap<ProjectId, Arc<tokio::sync::Mutex<Instant>>>>,
}

impl RateLimiter {
    /// Allows so many requests a minute, at least one.
    pub(crate) fn new(per_minute: u32) -> Self {
        let per_minute = per_minute.max(1);
        let at_once = (per_minute / 10).max(1);
        // All but one of what may go at once come on top of what flows in, so less flows in. Rounded up.
        let interval = Duration::from_nanos(NANOS_OF_A_MINUTE.div_ceil(u64::from(per_minute - (at_once - 1))));
        Self { interval, tolerance: interval * (at_once - 1), projects: Mutex::default() }
    }

    /// Waits until a request to a project may be sent. Dropping the future gives the place in the queue up.
    pub(crate) async fn acquire(&self, project: &ProjectId) {
        let queue = {
            let mut projects = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
            match projects.get(project) {
                Some(queue) => queue.clone(),
                None => projects.entry(project.clone()).or_insert_with(|| Arc::new(Instant::now().into())).clone(),
            }
        };
        let mut untouched = queue.lock().await;
        let due = untouched.checked_sub(self.tolerance).unwrap_or(*untouched);
        tokio::time::sleep_until(due).await;
        *untouched = (*untouched).max(Instant::now()) + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_nanos(NANOS_OF_A_MINUTE);

    fn project(number: u32) -> ProjectId {
        format!("{number:024x}").parse().unwrap()
    }

    async fn turns(budget: &Arc<RateLimiter>, project_number: u32, count: usize) -> Vec<Duration> {
        let start = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..count {
            let budget = budget.clone();
            tasks.spawn(async move {
                budget.acquire(&project(project_number)).await;
                start.elapsed()
            });
        }
        let mut times = tasks.join_all().await;
        times.sort();
        times
    }

    #[tokio::test(start_paused = true)]
    async fn every_minute_holds_what_the_budget_allows_and_no_more() {
        for per_minute in [1, 2, 3, 10, 59, 60, 600] {
            let times = turns(&Arc::new(RateLimiter::new(per_minute)), 1, 10 * per_minute as usize).await;
            for (index, start) in times.iter().enumerate() {
                let within = times[index..].iter().take_while(|time| **time < *start + MINUTE).count();
                assert!(within <= per_minute as usize, "{within} turns of {per_minute} in the minute from {start:?}");
            }
            assert!(*times.last().unwrap() < MINUTE * 12, "{per_minute} are used: {:?}", times.last());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_turns_are_given_at_once() {
        let times = turns(&Arc::new(RateLimiter::new(60)), 1, 6).await;
        assert_eq!(times, [Duration::ZERO; 6]);
    }

    #[tokio::test(start_paused = true)]
    async fn projects_do_not_wait_for_each_other() {
        let budget = Arc::new(RateLimiter::new(1));
        let (first, second) = tokio::join!(turns(&budget, 1, 1), turns(&budget, 2, 1));
        assert_eq!((first, second), (vec![Duration::ZERO], vec![Duration::ZERO]));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_gives_up_costs_no_turn() {
        let budget = Arc::new(RateLimiter::new(1));
        budget.acquire(&project(1)).await;
        assert!(tokio::time::timeout(Duration::from_secs(30), budget.acquire(&project(1))).await.is_err());
        let start = Instant::now();
        budget.acquire(&project(1)).await;
        assert_eq!(start.elapsed(), Duration::from_secs(30));
    }
}
