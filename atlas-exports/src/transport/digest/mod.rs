//! HTTP Digest (RFC 7616): one challenge shared by every call of a client.
//!
//! What [diqwest] does: it sends a request, reads the challenge of a 401, computes the answer and sends the request
//! again with it; with credentials that know a challenge it answers ahead. It understands the first
//! `WWW-Authenticate` header of an answer.
//!
//! What is ours: the credentials that diqwest asks, one value a call ([`Call`]), backed by one [`Challenge`] that is
//! fetched by one call while the others wait ([`shared`]), counted by one counter, kept with its algorithm, and
//! dropped before Atlas would refuse it. diqwest's own session replaces its challenge when calls race and forgets
//! which algorithm the challenge named.
//!
//! In HTTP exchanges: the first call costs 2, each further one 1, and 3 when the server dropped the nonce early. When
//! reuse is refused three times in a row, calls cost 2 for a while.
//!
//! diqwest puts the `Authorization` header on by itself and does not mark it sensitive, so nothing may log requests
//! below this point.

mod challenge;
mod shared;

use std::sync::{Arc, Mutex, PoisonError};

use digest_auth::{AuthContext, AuthorizationHeader, HttpMethod};
use diqwest::{DigestAuthCredentials, DigestAuthSession, WithDigestAuth, error::Error, session::CachedContextGuard};
use reqwest::{Client, Request, RequestBuilder, Response, StatusCode, header::HeaderMap};
use secrecy::{ExposeSecret, SecretString};

use self::{
    challenge::Challenge,
    shared::{Outcome, Shared, Turn},
};
use super::{Failure, exchange::Exchanges};

/// So often a last answer may call a fresh nonce stale, as nodes behind one name do that do not know each other's.
const MOST_STALE_ANSWERS: u32 = 8;

/// An API key and what is known of the server's challenge.
#[derive(Debug)]
pub(crate) struct Digest {
    public_key: String,
    private_key: SecretString,
    /// diqwest hands out its guard for hosts in here only; what is in it is never used.
    known: KnownHost,
    shared: Shared,
}

struct KnownHost(DigestAuthSession);

impl std::fmt::Debug for KnownHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KnownHost")
    }
}

impl Digest {
    pub(crate) fn new(public_key: String, private_key: SecretString, host: &str) -> Self {
        let known = DigestAuthSession::new("", "");
        // It fails only for text that is no challenge, and without the host every call is a cold one.
        let _ = (&known).store_context(host, r#"Digest realm="", nonce="""#);
        Self { public_key, private_key, known: KnownHost(known), shared: Shared::default() }
    }

    /// Sends one request with the shared challenge, fetching it first when there is none.
    ///
    /// Dropping the future gives the turn to fetch to the next call that waits.
    pub(crate) async fn send(
        &self,
        client: &Client,
        request: Request,
        exchanges: &Exchanges,
    ) -> Result<Response, Failure> {
        let request = RequestBuilder::from_parts(client.clone(), request);
        let (warm, ticket) = match self.shared.turn().await {
            Turn::Answer(challenge) => (Some(challenge), None),
            Turn::Fetch(ticket) => (None, Some(ticket)),
            Turn::Alone => (None, None),
            Turn::Failed(failure) => return Err(failure),
        };

        let (mut sent, mut learnt) = self.exchange(&request, warm.clone(), exchanges).await;
        for _ in 0..MOST_STALE_ANSWERS {
            let Some(fresh) = Self::stale(&sent) else { break };
            if let Ok(refused) = sent {
                // Read to its end, it leaves its connection free, and the node at the other end knows the nonce.
                let _ = refused.bytes().await;
            }
            exchanges.next();
            let (answered, newer) = self.exchange(&request, Some(fresh.clone()), exchanges).await;
            (sent, learnt) = (answered, newer.or(Some(fresh)));
        }

        // A 401 without a challenge that can be read is no word on the key, unless a challenge was answered: Atlas says so
        // when a role is missing.
        let sent = match sent {
            Ok(response) if response.status() == StatusCode::UNAUTHORIZED && learnt.is_none() => {
                Challenge::of(response.headers()).map(|_| response).map_err(Failure::Challenge)
            }
            sent => sent,
        };

        let outcome = self.learn(&sent, warm.as_ref(), learnt);
        if let Some(ticket) = ticket {
            ticket.settle(outcome);
        }
        sent
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

    /// The challenge of a last answer that calls the nonce stale, which means that it accepted the key.
    fn stale(sent: &Result<Response, Failure>) -> Option<Arc<Challenge>> {
        let response = sent.as_ref().ok().filter(|response| response.status() == StatusCode::UNAUTHORIZED)?;
        Challenge::of(response.headers()).ok().filter(Challenge::is_stale).map(Arc::new)
    }

    async fn exchange(
        &self,
        request: &RequestBuilder,
        warm: Option<Arc<Challenge>>,
        exchanges: &Exchanges,
    ) -> (Result<Response, Failure>, Option<Arc<Challenge>>) {
        let call = Call { digest: self, known: &self.known.0, warm, learnt: Mutex::default(), exchanges };
        // Boxed, since every future around this one would be as large, and is moved several times.
        let sent = Box::pin(request.send_digest_auth(&call)).await;
        match call.learnt.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(Err(problem)) => (Err(Failure::Challenge(problem)), None),
            Some(Ok(learnt)) => (sent.map_err(failure), Some(Arc::new(learnt))),
            None => (sent.map_err(failure), None),
        }
    }
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

/// One call's credentials: what diqwest asks when it sends.
struct Call<'a> {
    digest: &'a Digest,
    known: &'a DigestAuthSession,
    warm: Option<Arc<Challenge>>,
    learnt: Mutex<Option<Result<Challenge, String>>>,
    exchanges: &'a Exchanges,
}

impl DigestAuthCredentials for &Call<'_> {
    fn username(&self) -> &str {
        &self.digest.public_key
    }

    fn password(&self) -> &str {
        self.digest.private_key.expose_secret()
    }

    fn cached_context<'h>(&self, host: &'h str) -> Result<Option<CachedContextGuard<'_, 'h>>, Error> {
        if self.warm.is_some() { self.known.cached_context(host) } else { Ok(None) }
    }

    fn calculate_authorization(
        &self,
        _host: &str,
        path: &str,
        method: HttpMethod<'_>,
        body: Option<&[u8]>,
        _headers: &HeaderMap,
    ) -> Result<AuthorizationHeader, Error> {
        let warm = self.warm.as_ref().ok_or(Error::AuthHeaderMissing)?;
        let context = AuthContext::new_with_method(self.username(), self.password(), path, body, method);
        Ok(warm.next().respond(&context)?)
    }

    /// The shared challenge was refused; diqwest asks for a fresh one.
    fn clear_context(&self, _host: &str) -> Result<(), Error> {
        self.exchanges.next();
        if let Some(refused) = &self.warm {
            self.digest.shared.refused(refused);
        }
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
