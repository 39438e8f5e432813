//! Why one attempt brought no answer that can be used.

use std::{error::Error, fmt, io, sync::Arc, time::Duration};

use atlas_exports_gen::BoxError;
use reqwest::StatusCode;

use crate::service_account::TokenFailure;

/// Sources are shared, since calls that wait for one fetch share its failure.
pub(crate) type Source = Arc<dyn Error + Send + Sync>;

/// One failed attempt.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// No connection: the name does not resolve, or nobody listens.
    Connect(Source),
    /// No TLS session, most often because of a certificate.
    Tls(Source),
    /// No answer in time.
    Timeout { after: Option<Duration>, source: Option<Source> },
    /// The connection broke.
    Network(Source),
    /// The server's challenge cannot be answered; the text says why.
    Challenge(String),
    /// The server points elsewhere.
    Redirect { status: StatusCode, location: Option<String> },
    /// A transport that stands in for the network failed.
    Transport(Source),
    /// The request cannot be made in this version of the API; the text says why.
    Refused(String),
    /// The service account has no token.
    Token(Box<TokenFailure>),
    /// The authenticator that the client was given failed.
    Authenticator(Source),
}

impl Failure {
    /// The time was over.
    pub(crate) fn timed_out(after: Duration) -> Self {
        Self::Timeout { after: Some(after), source: None }
    }

    /// Sorts an error of reqwest by what a person can do about it.
    pub(crate) fn network(error: reqwest::Error) -> Self {
        // The address has a place of its own in the error.
        let error = error.without_url();
        // A session that breaks later is a broken connection, on which the request may have been carried out.
        if error.is_connect() && causes(&error).any(is_tls_type) {
            Self::Tls(Arc::new(error))
        } else if error.is_timeout() {
            Self::Timeout { after: None, source: Some(Arc::new(error)) }
        } else if error.is_connect() {
            Self::Connect(Arc::new(error))
        } else {
            Self::Network(Arc::new(error))
        }
    }

    /// What a transport of the caller's failed of: reqwest's error, that of another client which it leads through, or
    /// one of its own.
    pub(crate) fn of_transport(error: BoxError) -> Self {
        let error = match error.downcast::<reqwest::Error>() {
            Ok(error) => return Self::network(*error),
            Err(error) => error,
        };
        match error.downcast::<crate::Error>() {
            Ok(error) => error.into_failure(),
            Err(error) => Self::Transport(error.into()),
        }
    }
}

impl Failure {
    /// Whether nothing can have reached the server, for want of a connection.
    pub(crate) fn never_connected(&self) -> bool {
        match self {
            Self::Connect(_) => true,
            Self::Timeout { source: Some(source), .. } => {
                source.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect)
            }
            _ => false,
        }
    }

    pub(crate) fn into_source(self) -> Option<Source> {
        match self {
            Self::Connect(source)
            | Self::Tls(source)
            | Self::Network(source)
            | Self::Transport(source)
            | Self::Authenticator(source) => Some(source),
            Self::Timeout { source, .. } => source,
            Self::Token(failure) => failure.source,
            Self::Challenge(_) | Self::Redirect { .. } | Self::Refused(_) => None,
        }
    }
}

/// In a few words, for the record of attempts.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect(_) => "no connection",
            Self::Tls(_) => "no TLS session",
            Self::Timeout { .. } => "no answer in time",
            Self::Network(_) => "broken connection",
            Self::Challenge(_) => "unusable challenge",
            Self::Redirect { .. } => "redirect",
            Self::Transport(_) => "failed transport",
            Self::Refused(_) => "refused request",
            Self::Token(_) => "no access token",
            Self::Authenticator(_) => "failed authenticator",
        })
    }
}

/// An error, and all that it came of.
pub(super) fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    // An io::Error leaves what it wraps out of its source chain.
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    })
}

fn is_tls_type(error: &(dyn Error + 'static)) -> bool {
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
    use super::*;

    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    #[tokio::test]
    async fn a_connection_that_takes_too_long_is_a_timeout_in_which_nothing_was_sent() {
        // Connections are made, and no TLS session on them.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/", silent.local_addr().unwrap());
        let http = reqwest::Client::builder().connect_timeout(Duration::from_millis(50)).no_proxy().build().unwrap();
        let failure = Failure::network(http.post(url).send().await.unwrap_err());
        assert!(matches!(failure, Failure::Timeout { .. }) && failure.never_connected(), "{failure:?}");
    }

    #[tokio::test]
    async fn an_answer_that_takes_too_long_is_a_timeout_of_a_request_that_was_sent() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let http = reqwest::Client::builder().timeout(Duration::from_millis(50)).no_proxy().build().unwrap();
        let failure = Failure::network(http.post(url).send().await.unwrap_err());
        assert!(matches!(failure, Failure::Timeout { .. }) && !failure.never_connected(), "{failure:?}");
        assert!(!Failure::Timeout { after: None, source: None }.never_connected());
    }
}
