//! A token bucket for each project.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use tokio::time::Instant;

use crate::{Answer, api::errors, lock::lock};

/// How many requests a project may make.
///
/// ```
/// use atlas_exports_testing::RateLimit;
///
/// let backups = RateLimit::new(1200, 500);                    // as v2 documents for backup operations
/// let old = RateLimit::new(100, 100).without_headers();       // as v1.0 on some resources
/// # let _ = (backups, old);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    capacity: u32,
    per_minute: u32,
    headers: bool,
}

impl RateLimit {
    /// A bucket of so many tokens for each project, refilled at so many a minute (tokio's time). A request costs one;
    /// challenges cost none.
    #[must_use]
    pub fn new(capacity: u32, per_minute: u32) -> Self {
        Self { capacity, per_minute: per_minute.max(1), headers: true }
    }

    /// Sends no `RateLimit-Limit`, `RateLimit-Remaining` and `Retry-After`.
    #[must_use]
    pub fn without_headers(mut self) -> Self {
        self.headers = false;
        self
    }
}

/// The buckets, once there is a limit.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    limit: Option<RateLimit>,
    projects: HashMap<String, Level>,
}

#[derive(Clone, Copy, Debug)]
struct Level {
    tokens: f64,
    at: Instant,
}

/// What a request was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    limit: RateLimit,
    remaining: u32,
    /// Seconds until there is a token, when there was none.
    wait: Option<u64>,
}

impl Limiter {
    /// Begins anew with this limit, or with none.
    pub(crate) fn set(&self, limit: Option<RateLimit>) {
        *lock(&self.state) = State { limit, projects: HashMap::new() };
    }

    /// Takes a token of the project that a path is about.
    pub(crate) fn take(&self, path: &str) -> Option<Told> {
        let mut state = lock(&self.state);
        let limit = state.limit?;
        let project = path.split_once("/groups/")?.1.split('/').next()?;
        let now = Instant::now();
        let full = f64::from(limit.capacity);
        let rate = f64::from(limit.per_minute) / 60.0;
        let level = state.projects.entry(project.to_owned()).or_insert(Level { tokens: full, at: now });
        level.tokens = (level.tokens + now.saturating_duration_since(level.at).as_secs_f64() * rate).min(full);
        level.at = now;
        if level.tokens >= 1.0 {
            level.tokens -= 1.0;
            return Some(Told { limit, remaining: level.tokens as u32, wait: None });
        }
        let wait = Duration::from_secs_f64((1.0 - level.tokens) / rate);
        Some(Told { limit, remaining: 0, wait: Some(wait.as_secs_f64().ceil().max(1.0) as u64) })
    }
}

impl Told {
    /// The 429, when there was no token. Each version of the API has its own code for it.
    pub(crate) fn refusal(&self, code: &str) -> Option<Answer> {
        self.wait.map(|_| errors::api_error(429, code, "Too many requests for this project.", &[]))
    }

    /// Says what the bucket holds.
    pub(crate) fn sign(&self, answer: Answer) -> Answer {
        if !self.limit.headers {
            return answer;
        }
        let answer = answer
            .header("ratelimit-limit", &self.limit.capacity.to_string())
            .header("ratelimit-remaining", &self.remaining.to_string());
        match self.wait {
            Some(wait) => answer.header("retry-after", &wait.to_string()),
            None => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bucket_drains_and_refills_and_projects_do_not_share_it() {
        let limiter = Limiter::default();
        assert_eq!(limiter.take("/api/atlas/v1.0/groups/a/x"), None, "no limit, no bucket");
        limiter.set(Some(RateLimit::new(2, 6)));
        let take = |project: &str| limiter.take(&format!("/api/atlas/v1.0/groups/{project}/x")).expect("a limit");
        assert_eq!((take("a").remaining, take("a").remaining), (1, 0));
        assert_eq!(take("a").wait, Some(10));
        assert_eq!(take("b").remaining, 1);
        tokio::time::advance(Duration::from_secs(4)).await;
        assert_eq!(take("a").wait, Some(6), "a refused request costs nothing");
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(take("a").wait, None);
    }
}
