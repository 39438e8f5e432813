//! The rate limit of each project, a token bucket.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use serde::{Deserialize, Serialize};

use super::errors;
use crate::{FakeResponse, lock::lock};

/// A limit on the requests of each project.
///
/// ```
/// use atlas_exports_testing::RateLimit;
///
/// let backups = RateLimit::new(1200, 500);                    // as documented for backup operations of v2
/// let old = RateLimit::new(100, 100).without_headers();       // as on some resources of v1.0
/// # let _ = (backups, old);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    capacity: u32,
    per_minute: u32,
    #[serde(default = "with_headers")]
    headers: bool,
}

fn with_headers() -> bool {
    true
}

impl RateLimit {
    /// Creates a token bucket of this capacity for each project, refilled at this rate (on tokio's clock). A request
    /// costs one token, a challenge none.
    #[must_use]
    pub fn new(capacity: u32, per_minute: u32) -> Self {
        Self { capacity, per_minute: per_minute.max(1), headers: true }
    }

    /// Leaves out the headers `RateLimit-Limit`, `RateLimit-Remaining` and `Retry-After`.
    #[must_use]
    pub fn without_headers(mut self) -> Self {
        self.headers = false;
        self
    }
}

/// The token buckets of all projects.
#[derive(Debug)]
pub(crate) struct Limiter {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limit: Option<RateLimit>,
    projects: HashMap<String, Bucket>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    updated: Duration,
}

/// Whether a request is within the limit, and what its headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    limit: RateLimit,
    remaining: u32,
    /// Seconds until the next token, when the bucket is empty.
    retry_after: Option<u64>,
}

impl Limiter {
    pub(crate) fn new(limit: Option<RateLimit>) -> Self {
        Self { state: Mutex::new(State { limit, projects: HashMap::new() }) }
    }

    /// Replaces the limit, with full buckets.
    pub(crate) fn set(&self, limit: Option<RateLimit>) {
        *lock(&self.state) = State { limit, projects: HashMap::new() };
    }

    /// Takes a token from the bucket of the project in the path; `None` without a limit or a project.
    pub(crate) fn take(&self, path: &str, now: Duration) -> Option<Decision> {
        let mut state = lock(&self.state);
        let limit = state.limit?;
        let project = path.split_once("/groups/")?.1.split('/').next()?;
        let full = f64::from(limit.capacity);
        let rate = f64::from(limit.per_minute.max(1)) / 60.0;
        let bucket = state.projects.entry(project.to_owned()).or_insert(Bucket { tokens: full, updated: now });
        bucket.tokens = (bucket.tokens + now.saturating_sub(bucket.updated).as_secs_f64() * rate).min(full);
        bucket.updated = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Some(Decision { limit, remaining: bucket.tokens as u32, retry_after: None });
        }
        let wait = Duration::from_secs_f64((1.0 - bucket.tokens) / rate);
        Some(Decision { limit, remaining: 0, retry_after: Some(wait.as_secs_f64().ceil().max(1.0) as u64) })
    }
}

impl Decision {
    /// The 429 when the bucket is empty. Each version of the API has its own error code for it.
    pub(crate) fn refusal(&self, code: &str) -> Option<FakeResponse> {
        self.retry_after.map(|_| errors::api_error(429, code, "Too many requests for this project.", &[]))
    }

    /// Adds the headers that describe the bucket.
    pub(crate) fn add_headers(&self, response: FakeResponse) -> FakeResponse {
        if !self.limit.headers {
            return response;
        }
        let response = response
            .header("ratelimit-limit", &self.limit.capacity.to_string())
            .header("ratelimit-remaining", &self.remaining.to_string());
        match self.retry_after {
            Some(seconds) => response.header("retry-after", &seconds.to_string()),
            None => response,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_drains_and_refills_and_each_project_has_its_own() {
        let limiter = Limiter::new(None);
        assert_eq!(limiter.take("/api/atlas/v1.0/groups/a/x", Duration::ZERO), None, "without a limit");
        limiter.set(Some(RateLimit::new(2, 6)));
        let take = |project: &str, seconds| {
            let path = format!("/api/atlas/v1.0/groups/{project}/x");
            limiter.take(&path, Duration::from_secs(seconds)).expect("a limit")
        };
        assert_eq!((take("a", 0).remaining, take("a", 0).remaining), (1, 0));
        assert_eq!(take("a", 0).retry_after, Some(10));
        assert_eq!(take("b", 0).remaining, 1);
        assert_eq!(take("a", 4).retry_after, Some(6), "a refused request costs nothing");
        assert_eq!(take("a", 10).retry_after, None);
    }
}
