//! How often and how long a call is tried.

use std::time::Duration;

/// How often one call is attempted, and for how long.
///
/// Calls that only read, and deletions, are attempted again after connect failures, broken connections, timeouts of an
/// attempt, and the statuses 408, 429, 500, 502, 503 and 504. Calls that create something are attempted again only
/// where Atlas cannot have acted: after a connect failure, a 429, and the 405 with which Atlas refuses writes during an
/// upgrade of its own.
///
/// A `Retry-After` is obeyed; one that ends after [`within`](Self::within) ends the call at once. Without it the pause is
/// random between nothing and a bound that starts at 0.5 s, doubles, and stops growing at 8 s ("full jitter").
///
/// A request that the server says over HTTP/2 it did not process (RFC 9113, section 8.7) is sent again at once, at most 3
/// times a call, whatever the policy; one that creates something only when the server refused it, not when it said
/// farewell meanwhile.
///
/// To get the token of a service account is attempted as often; the wait that its endpoint asks for is bounded by the
/// time of the call alone.
///
/// ```
/// use std::time::Duration;
/// use atlas_exports::RetryPolicy;
///
/// let patient = RetryPolicy::default().attempts(10).within(Duration::from_secs(120));
/// # let _ = patient;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    attempts: u32,
    within: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 4, within: Duration::from_secs(30) }
    }
}

impl RetryPolicy {
    /// One attempt and no more.
    pub fn off() -> Self {
        Self::default().attempts(1)
    }

    /// Most attempts of one call, the first included. Default 4; 0 is taken as 1.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// No attempt starts later than this after the first. Default 30 s.
    pub fn within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }

    /// Whether another attempt may start, when `made` were made and it would start `after` the first.
    pub(crate) fn allows(&self, made: u32, after: Duration) -> bool {
        made < self.attempts && after <= self.within
    }
}
