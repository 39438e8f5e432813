//! What Atlas last said of its rate limits.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use reqwest::header::{HeaderMap, HeaderName};

static LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
static REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");

/// The rate limit of a project, from the last response with its headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests that the window allows, from `RateLimit-Limit`.
    pub limit: Option<u64>,
    /// Requests of them that are left, from `RateLimit-Remaining`.
    pub remaining: Option<u64>,
    /// When the response was received.
    pub seen: SystemTime,
}

impl RateLimit {
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let number = |name: &HeaderName| headers.get(name)?.to_str().ok()?.trim().parse().ok();
        let (limit, remaining) = (number(&LIMIT), number(&REMAINING));
        (limit.is_some() || remaining.is_some()).then(|| Self { limit, remaining, seen: SystemTime::now() })
    }
}

/// The rate limits of all projects that were called.
#[derive(Debug, Default)]
pub(crate) struct RateLimits(Mutex<HashMap<String, RateLimit>>);

impl RateLimits {
    /// Keeps what a response says.
    pub(crate) fn record<'p>(&self, headers: &HeaderMap, project: impl FnOnce() -> Option<&'p str>) {
        let Some(limit) = RateLimit::of(headers) else { return };
        let Some(project) = project() else { return };
        let mut limits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match limits.get_mut(project) {
            Some(last) => *last = limit,
            None => drop(limits.insert(project.to_owned(), limit)),
        }
    }

    pub(crate) fn get(&self, project: &str) -> Option<RateLimit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(project).copied()
    }
}
