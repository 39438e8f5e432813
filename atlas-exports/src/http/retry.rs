//! Which failed attempts are repeated.

use std::time::Duration;

use reqwest::Method;

use crate::{Error, ErrorKind};

/// How often one call is attempted, and for how long.
///
/// Calls that only read, and deletions, are attempted again after every [retryable](crate::Error::is_retryable) failure.
/// Calls that create something are attempted again only where Atlas cannot have acted: when there was no connection or no
/// token, after a 429, and after the 405 with which Atlas refuses writes during an upgrade of its own.
///
/// A `Retry-After` is obeyed; one that ends after [`max_elapsed`](Self::max_elapsed) ends the call at once. Without it the
/// pause is random between zero and a bound that starts at 0.5 s, doubles, and stops growing at 8 s ("full jitter").
///
/// A request that the server says over HTTP/2 it did not process (RFC 9113, section 8.7) is sent again at once, at most 3
/// times a call, whatever the policy: non-idempotent requests only after `REFUSED_STREAM`, never after `GOAWAY`.
///
/// Requests for the token of a service account are attempted as often; the wait that its endpoint asks for is bounded by
/// the time of the call alone.
///
/// ```
/// use std::time::Duration;
/// use atlas_exports::RetryPolicy;
///
/// let patient = RetryPolicy::default().max_attempts(10).max_elapsed(Duration::from_secs(120));
/// # let _ = patient;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    pub(crate) max_attempts: u32,
    pub(crate) max_elapsed: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 4, max_elapsed: Duration::from_secs(60) }
    }
}

impl RetryPolicy {
    /// One attempt and no more.
    pub fn never() -> Self {
        Self::default().max_attempts(1)
    }

    /// Sets the number of attempts of one call, the first included: at least 1, 4 by default.
    ///
    /// [`ClientBuilder::build`](crate::ClientBuilder::build) refuses 0.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets the time after the first attempt from which on no other starts: more than zero, 60 s by default, which is the
    /// default time of a call as well.
    ///
    /// [`ClientBuilder::build`](crate::ClientBuilder::build) refuses zero; for a single attempt there is
    /// [`never`](Self::never).
    pub fn max_elapsed(mut self, elapsed: Duration) -> Self {
        self.max_elapsed = elapsed;
        self
    }

    /// Returns whether another attempt may start, when `made` were made and it would start `after` the first.
    pub(crate) fn allows(&self, made: u32, after: Duration) -> bool {
        made < self.max_attempts && after <= self.max_elapsed
    }
}

/// That a failed attempt may be repeated.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RetryDecision {
    /// How long the server asks to wait.
    pub(crate) retry_after: Option<Duration>,
    /// Whether the call itself was not sent, because there was no token.
    pub(crate) unsent: bool,
}

/// Decides whether an attempt of `method` that failed so, after its request was `sent` or not, may be repeated.
///
/// Repeating a request of an idempotent method (RFC 9110, section 9.2.2) does no harm; any other is repeated only when
/// the server cannot have acted on it.
pub(crate) fn decide(method: &Method, sent: bool, error: &Error) -> Option<RetryDecision> {
    let unsent = error.kind() == ErrorKind::Token;
    let cannot_have_acted = match error.kind() {
        // 429, and a 405 that is transient, say that the request was refused.
        ErrorKind::Api => error.status().is_some_and(|status| matches!(status.as_u16(), 405 | 429)),
        _ => unsent || !sent || error.never_connected(),
    };
    let repeat = error.is_retryable() && (method.is_idempotent() || cannot_have_acted);
    repeat.then(|| RetryDecision { retry_after: error.retry_after(), unsent })
}

/// Returns whether the server may have carried out a request that was sent and failed so.
pub(crate) fn may_have_succeeded(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Transport => !error.never_connected(),
        ErrorKind::Api => error.status().is_some_and(|status| status.is_server_error() || status.as_u16() == 408),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use atlas_exports_gen::types::ApiError;
    use reqwest::StatusCode;

    use super::*;
    /// The code with which Atlas refuses writes during an upgrade.
    const UPGRADE_IN_PROGRESS: &str = "WRITES_NOT_ALLOWED_DURING_APP_UPGRADES";

    fn response(status: u16, code: Option<&str>) -> Error {
        let mut api = ApiError::default();
        api.error_code = code.map(Into::into);
        Error::response(StatusCode::from_u16(status).unwrap(), api)
    }

    fn timeout() -> Error {
        Error::timed_out(Duration::from_secs(1))
    }

    #[test]
    fn a_call_that_waits_for_a_token_is_repeated_when_the_endpoint_fails_for_now() {
        for (transient, retry_after) in [(true, Some(Duration::from_secs(9))), (true, None), (false, None)] {
            let mut error = Error::new(ErrorKind::Token, "x").with_retryable(transient);
            if let Some(wait) = retry_after {
                error = error.with_retry_after(wait);
            }
            let expected = transient.then_some(RetryDecision { retry_after, unsent: true });
            assert_eq!(decide(&Method::POST, true, &error), expected);
        }
    }

    #[test]
    fn idempotent_calls_are_repeated_after_every_transient_failure() {
        for method in [Method::GET, Method::DELETE] {
            for error in [408, 429, 500, 502, 503, 504].map(|status| response(status, None)) {
                assert!(decide(&method, true, &error).is_some(), "{method} {error}");
            }
            assert!(decide(&method, true, &Error::new(ErrorKind::Network, "x")).is_some());
            assert!(decide(&method, true, &timeout()).is_some());
        }
    }

    #[test]
    fn a_post_is_repeated_only_where_the_server_cannot_have_acted() {
        for (sent, error, repeated) in [
            (true, Error::new(ErrorKind::Connect, "x"), true),
            (true, response(429, None), true),
            (true, response(405, Some(UPGRADE_IN_PROGRESS)), true),
            (true, response(405, None), false),
            (true, response(408, None), false),
            (true, response(500, None), false),
            (true, response(503, None), false),
            (true, Error::new(ErrorKind::Network, "x"), false),
            (true, timeout(), false),
            // It waited for the challenge of another call.
            (false, timeout(), true),
        ] {
            assert_eq!(decide(&Method::POST, sent, &error).is_some(), repeated, "{error}");
        }
    }

    #[test]
    fn what_will_not_pass_is_not_repeated() {
        for status in [400, 401, 403, 404, 409, 501] {
            assert!(decide(&Method::GET, true, &response(status, None)).is_none(), "{status}");
        }
        assert!(decide(&Method::DELETE, true, &response(405, Some("METHOD_NOT_ALLOWED"))).is_none());
        for kind in [ErrorKind::Tls, ErrorKind::Transport, ErrorKind::Challenge, ErrorKind::Authenticator] {
            assert!(decide(&Method::GET, true, &Error::new(kind, "x")).is_none(), "{kind}");
        }
    }

    #[test]
    fn only_an_attempt_without_a_response_of_atlas_may_have_been_carried_out() {
        for (error, acted) in [
            (response(429, None), false),
            (response(404, None), false),
            (Error::new(ErrorKind::Connect, "x"), false),
            (response(408, None), true),
            (response(503, None), true),
            (Error::new(ErrorKind::Network, "x"), true),
            (Error::new(ErrorKind::Transport, "x"), true),
            (timeout(), true),
        ] {
            assert_eq!(may_have_succeeded(&error), acted, "{error}");
        }
    }

    #[test]
    fn a_policy_bounds_both_the_number_of_attempts_and_their_time() {
        let policy = RetryPolicy::default().max_attempts(3).max_elapsed(Duration::from_secs(10));
        assert!(policy.allows(2, Duration::from_secs(10)));
        assert!(!policy.allows(3, Duration::ZERO) && !policy.allows(1, Duration::from_millis(10_001)));
        assert!(!RetryPolicy::never().allows(1, Duration::ZERO));
    }
}
