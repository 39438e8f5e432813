//! One call: the request made ready, carried as often as it takes, and its answer made plain, within the call's time.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use atlas_exports_gen::{Operation, Transport};
use reqwest::{Client, Request, Response, StatusCode};
use tokio::time::timeout;

use super::{
    Authentication, Deprecations, Exchanges, Failure, RateLimit, Record, RetryPolicy, Version, answer,
    auth::{Pass, Refused},
    envelope,
    retry::{self, Setback},
    unprocessed::{MOST_RESENDS, Unprocessed},
};
use crate::{CallContext, Error, error::CredentialKind, service_account::Errand};

/// What carries a request.
#[derive(Debug)]
pub(crate) enum Link {
    /// The network, behind authentication.
    Network { http: Client, authentication: Authentication },
    /// What the caller put in its place.
    Replaced(Arc<dyn Transport>),
}

/// How a call goes together with the others of its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// A call of its own: it knows of no request budget, and is retried.
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

/// A call on its way.
pub(crate) type Carried<'a> = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send + 'a>>;

impl Limits {
    /// The time that a call has left.
    pub(crate) fn left(&self, elapsed: Duration) -> Duration {
        self.call.saturating_sub(elapsed)
    }

    /// The time that an attempt has which begins now, and the bound that it comes from.
    fn of_attempt(&self, elapsed: Duration) -> (Duration, Duration) {
        let left = self.left(elapsed);
        if self.attempt < left { (self.attempt, self.attempt) } else { (left, self.call) }
    }
}

/// Everything between the generated client and the network.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) link: Link,
    pub(crate) version: Version,
    pub(crate) envelope: bool,
    pub(crate) limits: Limits,
    pub(crate) rate_limit: Mutex<Option<RateLimit>>,
    pub(crate) deprecations: Deprecations,
}

impl Chain {
    /// Carries one call and gives its plain answer.
    ///
    /// Dropping the future abandons the call and whatever of it is on its way.
    pub(crate) fn carry<'a>(
        &'a self,
        operation: &'static Operation,
        mut request: Request,
        record: &'a Record,
        pace: Pace,
    ) -> Carried<'a> {
        let ready = self.put_on(operation, &mut request);
        let policy = match pace {
            Pace::Single => self.limits.retry,
            Pace::Poll => RetryPolicy::off(),
        };
        // Boxed, since every future around it would be as large, and is moved several times.
        Box::pin(async move {
            ready?;
            self.attempts(operation, request, record, policy).await
        })
    }

    /// Makes a request what the client's settings say.
    fn put_on(&self, operation: &'static Operation, request: &mut Request) -> Result<(), Failure> {
        if self.envelope && !request.url().query_pairs().any(|(name, _)| name == envelope::PARAMETER) {
            request.url_mut().query_pairs_mut().append_pair(envelope::PARAMETER, "true");
        }
        self.version.put_on(operation, request)
    }

    async fn attempts(
        &self,
        operation: &'static Operation,
        mut request: Request,
        record: &Record,
        policy: RetryPolicy,
    ) -> Result<Response, Failure> {
        let (mut repeated, mut resent) = (false, 0);
        loop {
            // A request with a body that cannot be sent again has one attempt.
            let again = request.try_clone();
            let method = request.method().clone();
            // Getting a token for many calls has the time of the call.
            let (pass, sent, ended) = match self.authorize(&mut request, record).await {
                Ok(pass) => {
                    let before = record.exchanges.count();
                    let attempt = self.attempt(operation, request, again.as_ref(), &pass, &record.exchanges);
                    // One timer for both bounds: it is a good part of what a call costs.
                    let (limit, bound) = self.limits.of_attempt(record.elapsed());
                    let ended = timeout(limit, attempt).await.unwrap_or_else(|_| Err(Failure::timed_out(bound)));
                    (Some(pass), record.exchanges.count() > before, ended)
                }
                Err(failure) => (None, false, Err(failure)),
            };
            if let Err(failure) = &ended
                && resent < MOST_RESENDS
                && let Some(unprocessed) = Unprocessed::of(failure)
                && unprocessed.can_resend(&method)
                && let Some(next) = again
            {
                if unprocessed.is_doubtful() {
                    record.acted_perhaps();
                }
                resent += 1;
                request = next;
                continue;
            }
            if let (Some(pass), Ok(response), Some(next)) = (&pass, &ended, &again)
                && response.status() == StatusCode::UNAUTHORIZED
            {
                let refused = Refused { operation, path: next.url().path(), answer: response.headers(), repeated };
                let tries_again = Box::pin(self.tries_again(pass, refused));
                if timeout(self.limits.left(record.elapsed()), tries_again).await.unwrap_or(false)
                    && let Some(next) = again
                {
                    repeated = true;
                    request = next;
                    continue;
                }
                retry::note(record, sent, &ended);
                return ended;
            }
            if ended.as_ref().is_ok_and(|response| response.status().is_success()) {
                return ended;
            }
            let made = retry::note(record, sent, &ended);
            let Some(Setback { retry_after, unsent }) = retry::setback(&method, sent, &ended) else { return ended };
            let pause = retry::pause(made, retry_after, fastrand::f64);
            let next_at = record.elapsed().saturating_add(pause);
            // What waits for a token made no attempt yet.
            let within_policy = if unsent { Duration::ZERO } else { next_at };
            match again {
                // A pause that the call's time does not allow would turn what is known into a timeout.
                Some(next) if policy.allows(made, within_policy) && next_at < self.limits.call => {
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
        again: Option<&Request>,
        pass: &Pass,
        exchanges: &Exchanges,
    ) -> Result<Response, Failure> {
        let enveloped = envelope::is_asked_for(request.url());
        let response = match &self.link {
            Link::Network { http, .. } => pass.send(http, request, again, exchanges).await?,
            Link::Replaced(transport) => {
                exchanges.begin(&request);
                transport.send(operation, request).await.map_err(Failure::of_transport)?
            }
        };
        exchanges.end(response.status());
        if let Some(seen) = RateLimit::of(response.headers()) {
            *self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        }
        self.deprecations.note(operation, self.version.asked(operation), response.headers());
        let mut response = answer::plain(response, enveloped).await?;
        self.version.note_on(operation, &mut response);
        Ok(response)
    }

    async fn authorize(&self, request: &mut Request, record: &Record) -> Result<Pass, Failure> {
        match &self.link {
            Link::Network { http, authentication } => {
                authentication.authorize(request, &Errand { http, record, limits: self.limits }).await
            }
            Link::Replaced(_) => Ok(Pass::Nothing),
        }
    }

    async fn tries_again(&self, pass: &Pass, refused: Refused<'_>) -> bool {
        match &self.link {
            Link::Network { authentication, .. } => authentication.tries_again(pass, refused).await,
            Link::Replaced(_) => false,
        }
    }

    /// Makes the token of the service account useless.
    pub(crate) async fn revoke_token(&self) -> Result<(), Error> {
        let Link::Network { http, authentication: Authentication::ServiceAccount(account) } = &self.link else {
            let problem = "the client has no service account, so there is no token to revoke".to_owned();
            return Err(Error::InvalidInput { problem, source: None });
        };
        let record = Record::new(Exchanges::new(tracing::info_span!("atlas token revocation", otel.kind = "client")));
        let revoked = account.revoke(&Errand { http, record: &record, limits: self.limits }).await;
        revoked.map_err(|failure| {
            let (credential_kind, credential) = self.credential();
            let (exchanges, elapsed) = (record.exchanges.count(), record.elapsed());
            let context = CallContext { exchanges, elapsed, credential_kind, credential, ..CallContext::default() };
            Error::of_failure(context, failure)
        })
    }

    /// What the client authenticates with, and the end of its name, which tells people which one it was.
    pub(crate) fn credential(&self) -> (Option<CredentialKind>, Option<String>) {
        match &self.link {
            Link::Network { authentication, .. } => {
                let (kind, end) = authentication.credential();
                (Some(kind), end)
            }
            Link::Replaced(_) => (None, None),
        }
    }
}
