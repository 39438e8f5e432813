//! `Retry-After` (RFC 9110, section 10.2.3).

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The wait that a `Retry-After` in seconds asks for.
pub(crate) fn seconds(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}
