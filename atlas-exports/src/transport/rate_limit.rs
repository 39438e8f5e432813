//! What Atlas last said of its rate limit.

use std::time::SystemTime;

use reqwest::header::{HeaderMap, HeaderName};

static LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
static REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");

/// Atlas's rate limit as its last answer with these headers told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests that the window allows, from `RateLimit-Limit`.
    pub limit: Option<u64>,
    /// Requests that are left of them, from `RateLimit-Remaining`.
    pub remaining: Option<u64>,
    /// When the answer came.
    pub seen: SystemTime,
}

impl RateLimit {
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let number = |name: &HeaderName| headers.get(name)?.to_str().ok()?.trim().parse().ok();
        let (limit, remaining) = (number(&LIMIT), number(&REMAINING));
        (limit.is_some() || remaining.is_some()).then(|| Self { limit, remaining, seen: SystemTime::now() })
    }
}
