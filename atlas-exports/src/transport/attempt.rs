//! One call: the request made ready, carried, and its answer made plain, within the call's time.

use std::{sync::Arc, time::Duration};

use atlas_exports_gen::{Operation, Transport};
use reqwest::{
    Client, Request, Response,
    header::{ACCEPT, HeaderValue},
};

use super::{Digest, Exchanges, Failure, answer, envelope};

/// What carries a request.
#[derive(Debug)]
pub(crate) enum Link {
    /// The network, behind authentication.
    Network { http: Client, digest: Digest },
    /// What the caller put in its place.
    Replaced(Arc<dyn Transport>),
}

/// How a call goes together with the others of its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// A call of its own: it waits for its turn in the request budget, and is retried.
    Single,
    /// One of many tries of a caller who waited for its turn already and tries again by itself.
    Poll,
}

/// Everything between the generated client and the network.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) link: Link,
    pub(crate) envelope: bool,
    pub(crate) timeout: Option<Duration>,
}

impl Chain {
    /// Carries one call and gives its plain answer.
    ///
    /// Dropping the future abandons the call and whatever of it is on its way.
    pub(crate) async fn carry(
        &self,
        operation: &'static Operation,
        mut request: Request,
        exchanges: &Exchanges,
        pace: Pace,
    ) -> Result<Response, Failure> {
        if self.envelope && !request.url().query_pairs().any(|(name, _)| name == envelope::PARAMETER) {
            request.url_mut().query_pairs_mut().append_pair(envelope::PARAMETER, "true");
        }
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        let attempt = self.attempt(operation, request, exchanges);
        match self.timeout {
            Some(after) => tokio::time::timeout(after, attempt)
                .await
                .unwrap_or(Err(Failure::Timeout { after: Some(after), source: None })),
            None => attempt.await,
        }
    }

    async fn attempt(
        &self,
        operation: &'static Operation,
        request: Request,
        exchanges: &Exchanges,
    ) -> Result<Response, Failure> {
        let enveloped = envelope::is_asked_for(request.url());
        exchanges.next();
        let response = match &self.link {
            Link::Network { http, digest } => digest.send(http, request, exchanges).await?,
            Link::Replaced(transport) => transport.send(operation, request).await.map_err(Failure::of_transport)?,
        };
        answer::plain(response, enveloped).await
    }

    /// The end of the name that the client authenticates with, which tells people which key it was.
    pub(crate) fn credential(&self) -> Option<String> {
        match &self.link {
            Link::Network { digest, .. } => Some(tail(digest.public_key())),
            Link::Replaced(_) => None,
        }
    }
}

/// At most the last four characters, and never all.
fn tail(name: &str) -> String {
    let shown = 4.min(name.chars().count() / 2);
    name.chars().skip(name.chars().count() - shown).collect()
}
