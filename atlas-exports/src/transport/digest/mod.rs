//! HTTP Digest (RFC 7616): one challenge shared by every call of a client.
//!
//! What [diqwest] does: it sends the request that fetches a challenge, reads the challenge of the 401, computes the
//! answer and sends the request again with it. It understands the first `WWW-Authenticate` header of an answer.
//!
//! What is ours: the credentials that diqwest asks, one value a fetch ([`Call`]), backed by one [`Challenge`] that is
//! fetched by one call while the others wait ([`shared`]), counted by one counter, kept with its algorithm, and
//! dropped before Atlas would refuse it. diqwest's own session replaces its challenge when calls race and forgets
//! which algorithm the challenge named. A challenge that is known is answered without diqwest, which would throw away
//! the fresh one that comes with a refusal, and ask for another.
//!
//! In HTTP exchanges: the first call costs 2, each further one 1, and 2 when the server dropped the nonce early. When
//! reuse is refused three times in a row, calls cost 2 for a while.
//!
//! diqwest does not mark the `Authorization` header that it puts on as sensitive, so nothing may log requests below
//! this point.

mod challenge;
mod shared;

use std::sync::{Arc, Mutex, PoisonError};

use digest_auth::{AuthContext, AuthorizationHeader, HttpMethod};
use diqwest::{DigestAuthCredentials, WithDigestAuth, error::Error, session::CachedContextGuard};
use reqwest::{
    Client, Request, RequestBuilder, Response, StatusCode,
    header::{AUTHORIZATION, HeaderMap, WWW_AUTHENTICATE},
};
use secrecy::ExposeSecret;

use self::{
    challenge::Challenge,
    shared::{Outcome, Shared, Ticket, Turn},
};
use super::{Failure, answer, exchange::Exchanges, unprocessed::Unprocessed};
use crate::credentials::Pair;

/// So often a last answer may call a fresh nonce stale, as nodes behind one name do that do not know each other's.
const MOST_STALE_ANSWERS: u32 = 8;

/// An API key and what is known of the server's challenge.
#[derive(Debug)]
pub(crate) struct Digest {
    pub(super) key: Pair,
    shared: Shared,
}

impl Digest {
    pub(crate) fn new(key: Pair) -> Self {
        Self { key, shared: Shared::default() }
    }

    /// Sends one request with the shared challenge, fetching it first when there is none; an exchange begins when it is
    /// this request's turn. `again` is the same request once more, for when the challenge is refused.
    ///
    /// Dropping the future gives the turn to fetch to the next call that waits.
    pub(crate) async fn send(
        &self,
        client: &Client,
        mut request: Request,
        again: Option<&Request>,
        exchanges: &Exchanges,
    ) -> Result<Response, Failure> {
        let next = Next { client, again, exchanges };
        // What is rare is boxed: the futures around it would be as large, and are made for each call.
        let challenge = match self.shared.turn().await {
            Turn::Answer(challenge) => challenge,
            Turn::Fetch(ticket) => return Box::pin(self.fetch(request, Some(ticket), next)).await,
            Turn::Alone => return Box::pin(self.fetch(request, None, next)).await,
            Turn::Failed(failure) => return Err(failure),
        };
        exchanges.begin(&request);
        self.answer(&mut request, &challenge)?;
        let sent = client.execute(request).await.map_err(Failure::network);
        if is_unauthorized(&sent) {
            self.shared.refused(&challenge);
            return Box::pin(self.finish(sent, Some(&challenge), None, next)).await.0;
        }
        self.learn(&sent, Some(&challenge), None);
        sent
    }

    /// Sends a request without an answer, and answers the challenge that comes back.
    async fn fetch(&self, request: Request, ticket: Option<Ticket<'_>>, next: Next<'_>) -> Result<Response, Failure> {
        next.exchanges.begin(&request);
        let call = Call { digest: self, learnt: Mutex::default(), exchanges: next.exchanges };
        let sent = RequestBuilder::from_parts(next.client.clone(), request).send_digest_auth(&call).await;
        let (sent, learnt) = match call.learnt.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(Err(problem)) => (Err(Failure::Challenge(problem)), None),
            Some(Ok(learnt)) => (sent.map_err(failure), Some(Arc::new(learnt))),
            None => (sent.map_err(failure), None),
        };
        let (sent, outcome) = self.finish(sent, None, learnt, next).await;
        // Nothing is learnt of a request that was not processed: the next of those who wait fetches.
        if let Some(ticket) = ticket.filter(|_| sent.as_ref().err().and_then(Unprocessed::of).is_none()) {
            ticket.settle(outcome);
        }
        sent
    }

    /// Answers the challenges that come with refusals, as far as there is sense in it.
    async fn finish(
        &self,
        mut sent: Result<Response, Failure>,
        warm: Option<&Arc<Challenge>>,
        mut learnt: Option<Arc<Challenge>>,
        Next { client, again, exchanges }: Next<'_>,
    ) -> (Result<Response, Failure>, Outcome) {
        // Whatever comes when a kept challenge is refused is answered; then only what calls the answer stale.
        let mut unasked = warm.is_some();
        for _ in 0..MOST_STALE_ANSWERS {
            let fresh = sent.as_ref().ok().filter(|_| is_unauthorized(&sent));
            let Some(Ok(fresh)) = fresh.map(|refused| Challenge::of(refused.headers())) else { break };
            if !fresh.is_stale() && !std::mem::take(&mut unasked) {
                break;
            }
            let Some(mut request) = again.and_then(Request::try_clone) else { break };
            let answered = self.answer(&mut request, &fresh);
            if let Ok(refused) = sent {
                // Read to its end, it leaves its connection free, and the node at the other end knows the nonce.
                answer::beginning(refused).await;
            }
            exchanges.next();
            sent = match answered {
                Ok(()) => client.execute(request).await.map_err(Failure::network),
                Err(failure) => Err(failure),
            };
            (unasked, learnt) = (false, Some(Arc::new(fresh)));
        }

        // A 401 without a challenge that can be read is no word on the key, unless a challenge was answered: Atlas says so
        // when a role is missing.
        let sent = match sent {
            Ok(refused)
                if refused.status() == StatusCode::UNAUTHORIZED
                    && learnt.is_none()
                    && (warm.is_none() || refused.headers().contains_key(WWW_AUTHENTICATE)) =>
            {
                Challenge::of(refused.headers()).map(|_| refused).map_err(Failure::Challenge)
            }
            sent => sent,
        };
        let outcome = self.learn(&sent, warm, learnt);
        (sent, outcome)
    }

    /// Keeps what an exchange taught of the challenge, and tells it to those who waited.
    fn learn(
        &self,
        sent: &Result<Response, Failure>,
        warm: Option<&Arc<Challenge>>,
        learnt: Option<Arc<Challenge>>,
    ) -> Outcome {
        match (sent, learnt) {
            (Ok(response), _) if response.status() == StatusCode::UNAUTHORIZED => Outcome::Unclear,
            (Ok(response), learnt) => {
                let understood = learnt.is_some() || response.status().is_success();
                self.shared.accepted(warm, learnt);
                if understood { Outcome::Understood } else { Outcome::Unclear }
            }
            (Err(Failure::Challenge(_)), _) => Outcome::Unclear,
            (Err(_), Some(learnt)) => {
                // The challenge outlives the connection that brought it.
                self.shared.keep(learnt);
                Outcome::Understood
            }
            (Err(failure @ (Failure::Connect(_) | Failure::Tls(_) | Failure::Timeout { .. })), None) => {
                Outcome::Failed(failure.clone())
            }
            (Err(_), None) => Outcome::Unclear,
        }
    }

    /// Puts the answer to a challenge on a request.
    fn answer(&self, request: &mut Request, challenge: &Challenge) -> Result<(), Failure> {
        let url = request.url();
        let signed = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let method = HttpMethod::from(request.method().as_str());
        let body = request.body().and_then(|body| body.as_bytes());
        let private_key = self.key.secret.expose_secret();
        let context = AuthContext::new_with_method(&self.key.name, private_key, signed, body, method);
        let answer = challenge.answer(&context).map_err(failure)?;
        request.headers_mut().insert(AUTHORIZATION, answer);
        Ok(())
    }
}

/// What it takes to send a request once more.
#[derive(Clone, Copy)]
struct Next<'a> {
    client: &'a Client,
    again: Option<&'a Request>,
    exchanges: &'a Exchanges,
}

fn is_unauthorized(sent: &Result<Response, Failure>) -> bool {
    sent.as_ref().is_ok_and(|response| response.status() == StatusCode::UNAUTHORIZED)
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Reqwest(error) => Failure::network(error),
        Error::InvalidHeaderValue(_) => {
            Failure::Challenge("the public key or the challenge holds characters that no HTTP header may hold".into())
        }
        other => Failure::Challenge(format!("the challenge cannot be answered: {other}")),
    }
}

/// The credentials of one call that fetches a challenge: what diqwest asks when it sends.
struct Call<'a> {
    digest: &'a Digest,
    learnt: Mutex<Option<Result<Challenge, String>>>,
    exchanges: &'a Exchanges,
}

impl DigestAuthCredentials for &Call<'_> {
    fn username(&self) -> &str {
        &self.digest.key.name
    }

    fn password(&self) -> &str {
        self.digest.key.secret.expose_secret()
    }

    /// diqwest is asked only when no challenge is known.
    fn cached_context<'h>(&self, _host: &'h str) -> Result<Option<CachedContextGuard<'_, 'h>>, Error> {
        Ok(None)
    }

    fn calculate_authorization(
        &self,
        _host: &str,
        _path: &str,
        _method: HttpMethod<'_>,
        _body: Option<&[u8]>,
        _headers: &HeaderMap,
    ) -> Result<AuthorizationHeader, Error> {
        Err(Error::AuthHeaderMissing)
    }

    fn clear_context(&self, _host: &str) -> Result<(), Error> {
        Ok(())
    }

    /// A challenge came; diqwest answers it with the count 1.
    fn store_context(&self, _host: &str, header: &str) -> Result<(), Error> {
        let learnt = Challenge::parse(header);
        let usable = learnt.is_ok();
        *self.learnt.lock().unwrap_or_else(PoisonError::into_inner) = Some(learnt.map(Challenge::counted_once));
        if usable {
            self.exchanges.next();
            Ok(())
        } else {
            // Ends diqwest's part; the problem itself is in `learnt`.
            Err(Error::AuthHeaderMissing)
        }
    }
}
