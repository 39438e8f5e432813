//! The one place that says what is transient, and what may have happened all the same.

use std::{error::Error as StdError, io};

use reqwest::StatusCode;
use serde::de::IgnoredAny;

use super::{CallContext, Error, ErrorKind, Inner};

/// Atlas refuses writes with this code, on a 405, while it is being upgraded.
pub(in crate::error) const UPGRADE_IN_PROGRESS: &str = "WRITES_NOT_ALLOWED_DURING_APP_UPGRADES";

/// Returns whether the condition that a status reports may pass by itself.
pub(crate) fn is_transient_status(status: StatusCode) -> bool {
    match status.as_u16() {
        // These say what the server never does.
        501 | 505 => false,
        status => matches!(status, 408 | 429 | 500..),
    }
}

pub(super) fn is_transient(error: &Inner) -> bool {
    match error.kind {
        // A proxy that requires authentication goes on doing so.
        ErrorKind::Connect => error.status.is_none(),
        ErrorKind::Timeout | ErrorKind::Network => true,
        ErrorKind::Api => {
            let code = error.api.as_ref().and_then(|api| api.error_code.as_deref());
            error.status.is_some_and(|status| match status {
                StatusCode::METHOD_NOT_ALLOWED => code == Some(UPGRADE_IN_PROGRESS),
                status => is_transient_status(status),
            })
        }
        ErrorKind::Token | ErrorKind::Decode | ErrorKind::Transport => error.transient,
        _ => false,
    }
}

/// Returns whether a change may have been carried out by a call that failed so: it was, or was understood to be, and
/// the response cannot be understood. What the attempts met is known to whoever made them.
pub(super) fn leaves_outcome_unknown(kind: ErrorKind, call: &CallContext) -> bool {
    call.outcome_unknown || (call.is_change() && matches!(kind, ErrorKind::Decode | ErrorKind::UnexpectedStatus))
}

/// Returns whether a body is a JSON object or list that was received to its end. Any other is not of Atlas but of something
/// on the way, or was cut short.
pub(super) fn is_whole_document(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
        && !serde_json::from_slice::<IgnoredAny>(body).is_err_and(|error| error.is_eof())
}

impl Error {
    /// Classifies an error of reqwest's.
    pub(crate) fn network(error: reqwest::Error) -> Self {
        // The address has a place of its own in the error.
        let error = error.without_url();
        // A session that breaks later is a broken connection, on which the request may have been carried out.
        let (kind, message) = if error.is_connect() && causes(&error).any(is_tls_error) {
            (ErrorKind::Tls, "could not establish a TLS session with the server")
        } else if error.is_timeout() {
            (ErrorKind::Timeout, "no response in time")
        } else if error.is_connect() && causes(&error).any(is_proxy_refusal) {
            return Self::proxy_authentication_required().with_source(error);
        } else if error.is_connect() {
            (ErrorKind::Connect, "could not connect to the server")
        } else {
            (ErrorKind::Network, "the connection broke before the whole response was received")
        };
        Self::new(kind, message).with_source(error)
    }

    /// Creates the error of a 407, which is of a proxy on the way and not of Atlas.
    pub(crate) fn proxy_authentication_required() -> Self {
        Self::new(ErrorKind::Connect, "the proxy requires authentication")
            .with_status(StatusCode::PROXY_AUTHENTICATION_REQUIRED)
    }

    /// Classifies what a [`Transport`](crate::Transport) in place of the network failed with: an error of reqwest's, one
    /// of this crate's, or one of its own.
    pub(crate) fn transport(error: atlas_exports_gen::BoxError) -> Self {
        let error = match error.downcast::<reqwest::Error>() {
            Ok(error) => return Self::network(*error),
            Err(error) => error,
        };
        match error.downcast::<Self>() {
            Ok(error) => *error,
            Err(error) => Self::new(ErrorKind::Transport, "the transport failed").with_source(error),
        }
    }

    /// Returns whether nothing can have reached the server, because there was no connection.
    pub(crate) fn never_connected(&self) -> bool {
        match self.0.kind {
            ErrorKind::Connect | ErrorKind::Tls => true,
            ErrorKind::Timeout => {
                let source = self.0.source.as_deref().and_then(|source| source.downcast_ref::<reqwest::Error>());
                source.is_some_and(reqwest::Error::is_connect)
            }
            _ => false,
        }
    }
}

/// Returns an error and all its causes.
pub(crate) fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    // An io::Error leaves what it wraps out of its source chain.
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    })
}

/// Returns whether this is the error of a tunnel that a proxy refused with a 407. Its type is not public.
fn is_proxy_refusal(error: &(dyn StdError + 'static)) -> bool {
    error.to_string().ends_with("proxy authorization required")
}

fn is_tls_error(error: &(dyn StdError + 'static)) -> bool {
    #[cfg(any(feature = "rustls", feature = "rustls-no-provider"))]
    if error.is::<rustls::Error>() {
        return true;
    }
    #[cfg(feature = "native-tls")]
    if error.is::<native_tls::Error>() {
        return true;
    }
    let _ = error;
    false
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use atlas_exports_gen::types::ApiError;

    use super::*;
    use crate::Operation;

    #[test]
    fn transient_statuses_are_408_429_and_5xx_but_501_and_505() {
        let transient: Vec<_> = (300..=599)
            .filter(|status| {
                Error::response(StatusCode::from_u16(*status).unwrap(), ApiError::default()).is_retryable()
            })
            .collect();
        let expected = [408, 429].into_iter().chain((500..=599).filter(|status| ![501, 505].contains(status)));
        assert_eq!(transient, expected.collect::<Vec<_>>());
    }

    #[test]
    fn a_405_is_transient_only_during_an_upgrade() {
        for (code, transient) in [(UPGRADE_IN_PROGRESS, true), ("METHOD_NOT_ALLOWED", false)] {
            let mut api = ApiError::default();
            api.error_code = Some(code.into());
            assert_eq!(Error::response(StatusCode::METHOD_NOT_ALLOWED, api).is_retryable(), transient, "{code}");
        }
    }

    #[test]
    fn only_failures_of_the_network_are_transient_by_their_kind() {
        for kind in ErrorKind::ALL {
            let expected = matches!(kind, ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Network);
            assert_eq!(Error::new(*kind, "x").is_retryable(), expected, "{kind}");
        }
    }

    #[test]
    fn a_change_that_cannot_be_decoded_leaves_the_outcome_unknown() {
        let call = |name| CallContext::new(Operation::by_name(name).unwrap(), "/");
        for kind in [ErrorKind::Decode, ErrorKind::UnexpectedStatus] {
            assert!(Error::new(kind, "x").with_call(call("create_export_job")).outcome_unknown(), "{kind}");
            assert!(!Error::new(kind, "x").with_call(call("get_export_job")).outcome_unknown(), "{kind}");
        }
        assert!(!Error::new(ErrorKind::Api, "x").with_call(call("create_export_job")).outcome_unknown());
    }

    #[test]
    fn what_was_received_whole_is_told_from_what_was_not() {
        for (body, whole) in [
            (r#"{"n":1e999}"#, true),
            (" [NaN]", true),
            ("{} trailing", true),
            ("{'a':1}", true),
            (r#"{"id":"#, false),
            (r#"{"id":5,"state":"Fai"#, false),
            ("[1,", false),
            ("{", false),
            ("", false),
            (" \n", false),
            ("<html></html>", false),
            ("upstream connect error", false),
            ("null", false),
            ("\"{}\"", false),
        ] {
            assert_eq!(is_whole_document(body.as_bytes()), whole, "{body}");
        }
        assert!(!is_whole_document("[".repeat(1 << 20).as_bytes()));
    }

    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    #[tokio::test]
    async fn a_connection_that_takes_too_long_is_a_timeout_in_which_nothing_was_sent() {
        // Connections are established, and no TLS session on them.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/", silent.local_addr().unwrap());
        let http = reqwest::Client::builder().connect_timeout(Duration::from_millis(50)).no_proxy().build().unwrap();
        let error = Error::network(http.post(url).send().await.unwrap_err());
        assert!(error.is_timeout() && error.never_connected(), "{error:?}");
    }

    #[tokio::test]
    async fn a_response_that_takes_too_long_is_a_timeout_of_a_request_that_was_sent() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let http = reqwest::Client::builder().timeout(Duration::from_millis(50)).no_proxy().build().unwrap();
        let error = Error::network(http.post(url).send().await.unwrap_err());
        assert!(error.is_timeout() && !error.never_connected(), "{error:?}");
        assert!(!Error::timed_out(Duration::ZERO).never_connected());
    }
}
