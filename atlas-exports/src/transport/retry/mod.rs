//! Which failed attempts are made again, and when.

mod backoff;
mod policy;
mod record;

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};

pub(crate) use self::{backoff::pause, record::Record};
pub use self::{policy::RetryPolicy, record::Attempt};
use super::{Failure, answer::ErrorCode};
use crate::retry_after;

/// Atlas refuses writes with this code, on a 405, while it is being upgraded.
pub(crate) const UPGRADING: &str = "WRITES_NOT_ALLOWED_DURING_APP_UPGRADES";

/// Whether what a status tells of may pass by itself.
pub(crate) fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// What an attempt that may be made again met.
#[derive(Debug)]
pub(crate) struct Setback {
    /// How long the server asks to wait.
    pub(crate) retry_after: Option<Duration>,
    /// Whether the call itself was not sent, for want of a token.
    pub(crate) unsent: bool,
}

/// Whether an attempt of `method` that ended so, after its request was `sent` or not, may be made again.
///
/// Repeating a request of an idempotent method (RFC 9110, section 9.2.2) does no harm; any other is repeated only when
/// the server cannot have acted on it.
pub(crate) fn setback(method: &Method, sent: bool, ended: &Result<Response, Failure>) -> Option<Setback> {
    let idempotent = method.is_idempotent();
    match ended {
        Err(failure) => {
            let (again, retry_after) = match failure {
                Failure::Connect(_) => (true, None),
                Failure::Network(_) | Failure::Timeout { .. } => {
                    (idempotent || !sent || failure.never_connected(), None)
                }
                // The call itself was not sent.
                Failure::Token(failure) => (failure.is_transient, failure.retry_after),
                Failure::Tls(_)
                | Failure::Challenge(_)
                | Failure::Redirect { .. }
                | Failure::Transport(_)
                | Failure::Refused(_)
                | Failure::Authenticator(_) => (false, None),
            };
            again.then_some(Setback { retry_after, unsent: matches!(failure, Failure::Token(_)) })
        }
        Ok(response) => {
            let status = response.status();
            let again = match status {
                StatusCode::TOO_MANY_REQUESTS => true,
                StatusCode::METHOD_NOT_ALLOWED => ErrorCode::of(response).is_some_and(|code| code.0 == UPGRADING),
                status => idempotent && may_pass(status),
            };
            again.then(|| Setback { retry_after: retry_after::wait(response.headers()), unsent: false })
        }
    }
}

/// Notes an attempt that came to nothing, after its request was `sent` or not, and gives the number of them.
pub(crate) fn note(record: &Record, sent: bool, ended: &Result<Response, Failure>) -> u32 {
    let (met, lost) = match ended {
        Err(failure) => {
            let lost = matches!(failure, Failure::Network(_) | Failure::Timeout { .. } | Failure::Transport(_));
            (failure.to_string(), lost && !failure.never_connected())
        }
        Ok(response) => {
            let status = response.status();
            (status.to_string(), status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT)
        }
    };
    if sent && lost {
        record.acted_perhaps();
    }
    record.attempt(met)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::service_account::TokenFailure;

    fn answer(status: u16, code: Option<&str>) -> Result<Response, Failure> {
        let mut response = http::Response::builder().status(status).body("").unwrap();
        if let Some(code) = code {
            response.extensions_mut().insert(ErrorCode(code.into()));
        }
        Ok(response.into())
    }

    #[test]
    fn whatever_waits_for_a_token_that_may_come_is_tried_again() {
        for (is_transient, retry_after) in [(true, Some(Duration::from_secs(9))), (true, None), (false, None)] {
            let failure = TokenFailure {
                problem: String::new(),
                status: None,
                code: None,
                retry_after,
                is_transient,
                source: None,
            };
            let setback = setback(&Method::POST, true, &Err(Failure::Token(Box::new(failure))));
            assert_eq!(setback.is_some(), is_transient);
            assert!(setback.is_none_or(|setback| setback.unsent && setback.retry_after == retry_after));
        }
    }

    fn failed(make: fn(super::super::Source) -> Failure) -> Result<Response, Failure> {
        Err(make(Arc::new(std::io::Error::other("x"))))
    }

    #[test]
    fn idempotent_calls_are_made_again_after_whatever_may_pass() {
        for method in [Method::GET, Method::DELETE] {
            for status in [408, 429, 500, 502, 503, 504] {
                assert!(setback(&method, true, &answer(status, None)).is_some(), "{method} {status}");
            }
            assert!(setback(&method, true, &failed(Failure::Network)).is_some());
            assert!(setback(&method, true, &Err(Failure::Timeout { after: None, source: None })).is_some());
        }
    }

    #[test]
    fn a_post_is_made_again_only_where_the_server_cannot_have_acted() {
        assert!(setback(&Method::POST, true, &failed(Failure::Connect)).is_some());
        assert!(setback(&Method::POST, true, &answer(429, None)).is_some());
        assert!(setback(&Method::POST, true, &answer(405, Some(UPGRADING))).is_some());
        for status in [408, 500, 502, 503, 504] {
            assert!(setback(&Method::POST, true, &answer(status, None)).is_none(), "{status}");
        }
        assert!(setback(&Method::POST, true, &failed(Failure::Network)).is_none());
        let timeout = || Err(Failure::Timeout { after: None, source: None });
        assert!(setback(&Method::POST, true, &timeout()).is_none());
        assert!(setback(&Method::POST, false, &timeout()).is_some(), "it waited for another's challenge");
    }

    #[tokio::test]
    async fn only_an_attempt_whose_answer_is_lost_may_have_been_carried_out() {
        let timeout = || Err(Failure::Timeout { after: None, source: None });
        for (sent, ended, acted) in [
            (true, answer(429, None), false),
            (true, answer(404, None), false),
            (true, failed(Failure::Connect), false),
            (false, timeout(), false),
            (true, answer(503, None), true),
            (true, timeout(), true),
        ] {
            let record = Record::new(crate::transport::Exchanges::new(tracing::Span::none()));
            note(&record, sent, &ended);
            assert_eq!(record.may_have_acted(), acted, "{ended:?}");
        }
    }

    #[test]
    fn what_will_not_pass_is_not_made_again() {
        for status in [200, 400, 401, 403, 404, 409] {
            assert!(setback(&Method::GET, true, &answer(status, None)).is_none(), "{status}");
        }
        assert!(setback(&Method::DELETE, true, &answer(405, Some("METHOD_NOT_ALLOWED"))).is_none());
        assert!(setback(&Method::GET, true, &failed(Failure::Tls)).is_none());
    }
}
