//! HTTP Digest (RFC 7616): one challenge shared by every call of a client.
//!
//! What [diqwest] does: it sends a request, reads the challenge of a 401, computes the answer and sends the request
//! again with it. It understands the first `WWW-Authenticate` header of an answer.
//!
//! What is ours: the credentials that diqwest asks, one value a call ([`Call`]), backed by one [`Challenge`] that is
//! fetched by one call while the others wait ([`shared`]), counted by one counter, kept with its algorithm, and
//! dropped before Atlas would refuse it. diqwest's own session replaces its challenge when calls race and forgets
//! which algorithm the challenge named. A challenge that is known is answered before diqwest gets the request: diqwest
//! would throw away the fresh challenge that comes with a refusal, and ask for another.
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
    header::{AUTHORIZATION, HeaderMap},
};
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
    shared: Shared,
}

impl Digest {
    pub(crate) fn new(public_key: String, private_key: SecretString) -> Self {
        Self { public_key, private_key, shared: Shared::default() }
    }

    /// Sends one request with the shared challenge, fetching it first when there is none.
    ///
    /// Dropping the future gives the turn to fetch to the next call that waits.
    pub(crate) async fn send(
        &self,
        client: &Client,
        mut request: Request,
        exchanges: &Exchanges,
    ) -> Result<Response, Failure> {
        let (warm, ticket) = match self.shared.turn().await {
            Turn::Answer(challenge) => (Some(challenge), None),
            Turn::Fetch(ticket) => (None, Some(ticket)),
            Turn::Alone => (None, None),
            Turn::Failed(failure) => return Err(failure),
        };

        if let Some(challenge) = &warm {
            self.answer(&mut request, challenge)?;
        }
        let mut request = RequestBuilder::from_parts(client.clone(), request);
        let (mut sent, mut learnt) = self.exchange(&request, warm.as_ref(), exchanges).await;
        for _ in 0..MOST_STALE_ANSWERS {
            let Some(fresh) = Self::stale(&sent) else { break };
            if let Ok(refused) = sent {
                // Read to its end, it leaves its connection free, and the node at the other end knows the nonce.
                let _ = refused.bytes().await;
            }
            exchanges.next();
            let mut again = request.build().map_err(Failure::network)?;
            self.answer(&mut again, &fresh)?;
            request = RequestBuilder::from_parts(client.clone(), again);
            let (answered, newer) = self.exchange(&request, Some(&fresh), exchanges).await;
            (sent, learnt) = (answered, newer.or(Some(fresh)));
        }

        // A 401 without a challenge that can be read is no word on the key, unless a challenge was answered: Atlas says so
        // when a role is missing.
        let sent = match sent {
            Ok(response) if response.status() == StatusCode::UNAUTHORIZED && learnt.is_none() && warm.is_none() => {
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

    /// Puts the answer to a challenge on a request, in place of an earlier one.
    fn answer(&self, request: &mut Request, challenge: &Challenge) -> Result<(), Failure> {
        let url = request.url();
        let signed = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let method = HttpMethod::from(request.method().as_str());
        let body = request.body().and_then(|body| body.as_bytes());
        let private_key = self.private_key.expose_secret();
        let context = AuthContext::new_with_method(&self.public_key, private_key, signed, body, method);
        let answer = challenge.answer(&context).map_err(failure)?;
        request.headers_mut().insert(AUTHORIZATION, answer);
        Ok(())
    }

    /// Sends a request that answers the challenge `warm`, if any, and answers the one that it is refused with.
    async fn exchange(
        &self,
        request: &RequestBuilder,
        warm: Option<&Arc<Challenge>>,
        exchanges: &Exchanges,
    ) -> (Result<Response, Failure>, Option<Arc<Challenge>>) {
        let call = Call { digest: self, warm, learnt: Mutex::default(), exchanges };
        // Boxed, since every future around this one would be as large, and is moved several times.
        let sent = Box::pin(request.send_digest_auth(&call)).await;
        if let (Some(warm), Ok(response)) = (warm, &sent)
            && response.status() == StatusCode::UNAUTHORIZED
        {
            self.shared.refused(warm);
        }
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
    /// The challenge that was answered already.
    warm: Option<&'a Arc<Challenge>>,
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

    /// What is known was answered before diqwest got the request.
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
        if let Some(refused) = self.warm {
            self.digest.shared.refused(refused);
        }
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
