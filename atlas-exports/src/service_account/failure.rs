//! Why there is no token.

use std::time::Duration;

use reqwest::StatusCode;

use crate::transport::{Failure, Source};

/// A question to the token endpoint that brought nothing.
#[derive(Debug, Clone)]
pub(crate) struct TokenFailure {
    /// What happened, and what to do about it. It holds no secret.
    pub(crate) problem: String,
    pub(crate) status: Option<StatusCode>,
    /// OAuth's `error` or Atlas's `errorCode`.
    pub(crate) code: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// Whether it is likely to pass.
    pub(crate) is_transient: bool,
    pub(crate) source: Option<Source>,
}

impl TokenFailure {
    /// Another process was asked to leave the service alone.
    pub(super) fn held(wait: Duration) -> Self {
        Self {
            problem: format!(
                "no access token could be had: the token endpoint asked another process to wait, and is left alone for \
                 {} s",
                wait.as_secs()
            ),
            status: Some(StatusCode::TOO_MANY_REQUESTS),
            code: None,
            retry_after: Some(wait),
            is_transient: true,
            source: None,
        }
    }

    /// No answer came, or none that can be used.
    pub(super) fn unanswered(what: &str, failure: Failure) -> Self {
        let is_transient = matches!(failure, Failure::Connect(_) | Failure::Network(_) | Failure::Timeout { .. });
        let advice = match &failure {
            Failure::Connect(_) => "check the base URL, the name resolution and the proxy settings",
            Failure::Tls(_) => "check the clock, the trusted certificates and the base URL",
            _ => "try again",
        };
        Self {
            problem: format!("{what}: the token endpoint gave no answer ({failure}); {advice}"),
            status: None,
            code: None,
            retry_after: None,
            is_transient,
            source: failure.into_source(),
        }
    }
}
