//! One call: the request made ready, carried as often as it takes, and its answer made plain, within the call's time.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use atlas_exports_gen::{Operation, Transport};
use reqwest::{
    Client, Request, Response,
    header::{ACCEPT, HeaderValue},
};

use super::{
    Digest, Exchanges, Failure, RateLimit, Record, RetryPolicy, answer, envelope,
    retry::{self, Setback},
};

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

/// Bounds of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Of the whole call.
    pub(crate) call: Duration,
    /// Of one attempt.
    pub(crate) attempt: Duration,
    /// Of the number of attempts.
    pub(crate) retry: RetryPolicy,
}

/// Everything between the generated client and the network.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) link: Link,
    pub(crate) envelope: bool,
    pub(crate) limits: Limits,
    pub(crate) rate_limit: Mutex<Option<RateLimit>>,
}

impl Chain {
    /// Carries one call and gives its plain answer.
    ///
    /// Dropping the future abandons the call and whatever of it is on its way.
    pub(crate) async fn carry(
        &self,
        operation: &'static Operation,
        mut request: Request,
        record: &Record,
        pace: Pace,
    ) -> Result<Response, Failure> {
        if self.envelope && !request.url().query_pairs().any(|(name, _)| name == envelope::PARAMETER) {
            request.url_mut().query_pairs_mut().append_pair(envelope::PARAMETER, "true");
        }
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        let policy = match pace {
            Pace::Single => self.limits.retry,
            Pace::Poll => RetryPolicy::off(),
        };
        within(self.limits.call, self.attempts(operation, request, record, policy)).await
    }

    async fn attempts(
        &self,
        operation: &'static Operation,
        mut request: Request,
        record: &Record,
        policy: RetryPolicy,
    ) -> Result<Response, Failure> {
        loop {
            // A request with a body that cannot be sent again has one attempt.
            let again = request.try_clone();
            let method = request.method().clone();
            let ended = within(self.limits.attempt, self.attempt(operation, request, &record.exchanges)).await;
            let Some(Setback { met, retry_after }) = retry::setback(&method, &ended) else { return ended };
            let made = record.attempt(met);
            let pause = retry::pause(made, retry_after, fastrand::f64);
            let next_at = record.elapsed().saturating_add(pause);
            match again {
                // A pause that the call's time does not allow would turn what is known into a timeout.
                Some(next) if policy.allows(made, next_at) && next_at < self.limits.call => {
                    tracing::debug!(operation = operation.name, made, ?pause, "the attempt failed and is made again");
                    tokio::time::sleep(pause).await;
                    request = next;
                }
                _ => return ended,
            }
        }
    }

    async fn attempt(
        &self,
        operation: &'static Operation,
        request: Request,
        exchanges: &Exchanges,
    ) -> Result<Response, Failure> {
        let enveloped = envelope::is_asked_for(request.url());
        exchanges.begin(&request);
        let response = match &self.link {
            Link::Network { http, digest } => digest.send(http, request, exchanges).await?,
            Link::Replaced(transport) => transport.send(operation, request).await.map_err(Failure::of_transport)?,
        };
        exchanges.end(response.status());
        if let Some(seen) = RateLimit::of(response.headers()) {
            *self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        }
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

fn within(
    limit: Duration,
    work: impl Future<Output = Result<Response, Failure>>,
) -> impl Future<Output = Result<Response, Failure>> {
    // Each layer of futures doubles what it holds, and is copied as it goes: unboxed, a call came to 70 KB.
    let work = Box::pin(work);
    async move {
        tokio::time::timeout(limit, work).await.unwrap_or(Err(Failure::Timeout { after: Some(limit), source: None }))
    }
}

/// At most the last four characters, and never all.
fn tail(name: &str) -> String {
    let shown = 4.min(name.chars().count() / 2);
    name.chars().skip(name.chars().count() - shown).collect()
}
