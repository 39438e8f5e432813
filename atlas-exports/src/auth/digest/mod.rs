//! HTTP Digest (RFC 7616): one challenge shared by every call of a client.
//!
//! The first request of a client is sent here, and its challenge answered here: diqwest sees one header of a response,
//! and misreads much that RFC 7616 and RFC 9110 allow. Once a server is known to send the one challenge that diqwest
//! answers in the same way, as Atlas does, [diqwest] fetches: it sends the request, computes the answer to the challenge
//! of the 401 and sends the request again with it.
//!
//! One [`Challenge`] is fetched by one call while the others wait ([`shared`]), counted by one counter, and dropped before
//! Atlas would refuse it. diqwest's own session replaces its challenge when calls race and forgets which algorithm the
//! challenge named. A challenge that is known is answered without diqwest, which would throw away the fresh one that comes
//! with a refusal, and ask for another.
//!
//! | module | what it knows |
//! |---|---|
//! | `header_syntax` | the syntax of `WWW-Authenticate` and `Authentication-Info` |
//! | `parameters` | what a Digest challenge asks for, and which of several is answered |
//! | `authorization` | how an answer is computed and written |
//! | `challenge` | the age of a challenge and the count of its answers |
//! | `shared` | who fetches the challenge, who waits for it, and when it is not reused |
//!
//! In HTTP exchanges: the first call costs 2, each further one 1, and 2 when the server dropped the nonce early. When
//! reuse is refused three times in a row, calls cost 2 for a while.
//!
//! diqwest does not mark the `Authorization` header that it puts on as sensitive, so nothing may log requests below
//! this point.

mod authorization;
mod challenge;
mod header_syntax;
mod parameters;
mod shared;

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use digest_auth::{AuthorizationHeader, HttpMethod};
use diqwest::{DigestAuthCredentials, WithDigestAuth, error::Error as DiqwestError, session::CachedContextGuard};
use reqwest::{
    Client, Request, RequestBuilder, Response, StatusCode,
    header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE},
};
use secrecy::ExposeSecret;

use self::{
    challenge::Challenge,
    shared::{Acquire, FetchGuard, Outcome, SharedChallenge},
};
use super::key_pair::KeyPair;
use crate::{
    Error, ErrorKind, ExchangeKind,
    http::{CallTrace, ResponseHead, Unprocessed, read_prefix},
};

/// So often a last answer may call a fresh nonce stale, as nodes behind one name do that do not know each other's.
const MAX_STALE_RESPONSES: u32 = 24;

/// From so many on, one request at a time answers. Concurrent ones take each other's connections, and with them the nodes
/// that know their nonces.
const STALE_RESPONSES_AT_ONCE: u32 = 2;

/// An API key and what is known of the server's challenge.
#[derive(Debug)]
pub(crate) struct Digest {
    key: KeyPair,
    shared: SharedChallenge,
    /// Whether the server is known to send the one challenge that diqwest answers as this module does.
    is_plain: AtomicBool,
    /// The turn to answer where fresh nonces are called stale.
    stale_turn: tokio::sync::Mutex<()>,
}

impl Digest {
    pub(super) fn new(key: KeyPair) -> Self {
        Self {
            key,
            shared: SharedChallenge::default(),
            is_plain: AtomicBool::new(false),
            stale_turn: tokio::sync::Mutex::default(),
        }
    }

    pub(super) fn key(&self) -> &KeyPair {
        &self.key
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
        trace: &CallTrace,
    ) -> Result<Response, Error> {
        let repeat = Repeat { client, again, trace };
        // What is rare is boxed: the futures around it would be as large, and are made for each call.
        let challenge = match self.shared.acquire().await {
            Acquire::Answer(challenge) => challenge,
            Acquire::Fetch(guard) => return Box::pin(self.fetch(request, Some(guard), repeat)).await,
            Acquire::Alone => return Box::pin(self.fetch(request, None, repeat)).await,
            Acquire::Failed(error) => return Err(error),
        };
        trace.begin_exchange(ExchangeKind::Api, &request);
        self.answer(&mut request, &challenge)?;
        let sent = client.execute(request).await.map_err(Error::network);
        if is_unauthorized(&sent) {
            self.shared.refused(&challenge);
            return Box::pin(self.finish(sent, Some(&challenge), None, repeat)).await.0;
        }
        self.learn(&sent, Some(&challenge), None);
        sent
    }

    /// Sends a request without an answer, and answers the challenge that comes back.
    async fn fetch(
        &self,
        request: Request,
        guard: Option<FetchGuard<'_>>,
        repeat: Repeat<'_>,
    ) -> Result<Response, Error> {
        repeat.trace.begin_exchange(ExchangeKind::Api, &request);
        let (sent, fetched) = match repeat.again {
            Some(again) if self.is_plain.load(Ordering::Relaxed) => self.fetch_by_diqwest(request, again, repeat).await,
            _ => (repeat.client.execute(request).await.map_err(Error::network), None),
        };
        let (sent, outcome) = self.finish(sent, None, fetched, repeat).await;
        // Nothing is fetched of a request that was not processed: the next of those who wait fetches.
        if let Some(guard) = guard.filter(|_| sent.as_ref().err().and_then(Unprocessed::of).is_none()) {
            guard.complete(outcome);
        }
        sent
    }

    /// As [`fetch`](Self::fetch), from a server that is known to send a challenge which diqwest answers as this module does.
    async fn fetch_by_diqwest(
        &self,
        request: Request,
        again: &Request,
        Repeat { client, trace, .. }: Repeat<'_>,
    ) -> (Result<Response, Error>, Option<Arc<Challenge>>) {
        let call = Call { digest: self, fetched: Mutex::default(), trace };
        let sent = RequestBuilder::from_parts(client.clone(), request).send_digest_auth(&call).await;
        let fetched = call.fetched.into_inner().unwrap_or_else(PoisonError::into_inner);
        match (sent, fetched, again.try_clone()) {
            // The challenge is of another form now, and diqwest has dropped the response that it came with.
            (Err(DiqwestError::AuthHeaderMissing | DiqwestError::ToStr(_)), None, Some(again)) => {
                trace.end_exchange(unauthorized(&HeaderMap::new()));
                trace.begin_exchange(ExchangeKind::Api, &again);
                (client.execute(again).await.map_err(Error::network), None)
            }
            (sent, fetched, _) => (sent.map_err(classify), fetched.map(Arc::new)),
        }
    }

    /// Answers the challenges that come with refusals, as far as there is sense in it.
    async fn finish(
        &self,
        mut sent: Result<Response, Error>,
        warm: Option<&Arc<Challenge>>,
        mut fetched: Option<Arc<Challenge>>,
        Repeat { client, again, trace }: Repeat<'_>,
    ) -> (Result<Response, Error>, Outcome) {
        // Whatever comes first, or when a kept challenge is refused, is answered; then only what calls the answer stale.
        let mut unasked = fetched.is_none();
        let mut turn = None;
        for stale_responses in 0..MAX_STALE_RESPONSES {
            let fresh = sent.as_ref().ok().filter(|_| is_unauthorized(&sent));
            let Some(Ok(fresh)) = fresh.map(|refused| self.challenge_of(refused.headers())) else { break };
            if !fresh.is_stale() && !std::mem::take(&mut unasked) {
                break;
            }
            let Some(mut request) = again.and_then(Request::try_clone) else { break };
            let answered = self.answer(&mut request, &fresh);
            if let Ok(refused) = sent {
                trace.end_exchange((&refused).into());
                // Read to its end, it leaves its connection free, and the node at the other end knows the nonce.
                read_prefix(refused).await;
            }
            if turn.is_none() && stale_responses >= STALE_RESPONSES_AT_ONCE {
                turn = Some(self.stale_turn.lock().await);
            }
            trace.begin_exchange(ExchangeKind::Api, &request);
            sent = match answered {
                Ok(()) => client.execute(request).await.map_err(Error::network),
                Err(error) => Err(error),
            };
            (unasked, fetched) = (false, Some(Arc::new(fresh)));
        }

        // A 401 without a challenge that can be read is no word on the key, unless a challenge was answered: Atlas says so
        // when a role is missing.
        let sent = match sent {
            Ok(refused)
                if refused.status() == StatusCode::UNAUTHORIZED
                    && fetched.is_none()
                    && (warm.is_none() || refused.headers().contains_key(WWW_AUTHENTICATE)) =>
            {
                match Challenge::of(refused.headers()) {
                    Ok(_) => Ok(refused),
                    Err(problem) => {
                        trace.end_exchange((&refused).into());
                        Err(unusable(problem))
                    }
                }
            }
            sent => sent,
        };
        let outcome = self.learn(&sent, warm, fetched);
        (sent, outcome)
    }

    /// Keeps what an exchange taught of the challenge, and tells it to those who waited.
    fn learn(
        &self,
        sent: &Result<Response, Error>,
        warm: Option<&Arc<Challenge>>,
        fetched: Option<Arc<Challenge>>,
    ) -> Outcome {
        match (sent, fetched) {
            (Ok(response), _) if response.status() == StatusCode::UNAUTHORIZED => Outcome::Unclear,
            (Ok(response), fetched) => {
                let understood = fetched.is_some() || response.status().is_success();
                let answered = fetched.as_ref().or(warm);
                let next = answered.and_then(|answered| Some((answered.clone(), answered.next(response.headers())?)));
                self.shared.accepted(warm, fetched);
                if let Some((answered, next)) = next {
                    self.shared.advance(&answered, next);
                }
                if understood { Outcome::Understood } else { Outcome::Unclear }
            }
            (Err(error), _) if error.kind() == ErrorKind::Challenge => Outcome::Unclear,
            (Err(_), Some(fetched)) => {
                // The challenge outlives the connection that brought it.
                self.shared.keep(fetched);
                Outcome::Understood
            }
            (Err(error), None) if error.is_connect() || error.is_timeout() => Outcome::Failed(error.clone()),
            (Err(_), None) => Outcome::Unclear,
        }
    }

    /// Returns the challenge of a refusal, and records whether diqwest can fetch the next of its kind.
    fn challenge_of(&self, headers: &HeaderMap) -> Result<Challenge, String> {
        let mut values = headers.get_all(WWW_AUTHENTICATE).iter();
        let only = values.next().filter(|_| values.next().is_none()).and_then(|only| only.to_str().ok());
        self.is_plain.store(only.is_some_and(|only| Challenge::of_header(only).is_some()), Ordering::Relaxed);
        Challenge::of(headers)
    }

    /// Puts the answer to a challenge on a request.
    fn answer(&self, request: &mut Request, challenge: &Challenge) -> Result<(), Error> {
        challenge.answer(&self.key, request).map_err(|problem| unusable(problem.to_owned()))
    }
}

/// What it takes to send a request once more.
#[derive(Clone, Copy)]
struct Repeat<'a> {
    client: &'a Client,
    again: Option<&'a Request>,
    trace: &'a CallTrace,
}

fn unauthorized(headers: &HeaderMap) -> ResponseHead<'_> {
    ResponseHead { status: StatusCode::UNAUTHORIZED, version: None, headers }
}

fn is_unauthorized(sent: &Result<Response, Error>) -> bool {
    sent.as_ref().is_ok_and(|response| response.status() == StatusCode::UNAUTHORIZED)
}

fn unusable(problem: String) -> Error {
    Error::new(
        ErrorKind::Challenge,
        format!("the challenge of the 401 cannot be answered ({problem}); no key was sent"),
    )
    .with_status(StatusCode::UNAUTHORIZED)
}

fn classify(error: DiqwestError) -> Error {
    match error {
        DiqwestError::Reqwest(error) => Error::network(error),
        other => unusable(other.to_string()),
    }
}

/// The credentials of one call that fetches a challenge: what diqwest asks when it sends.
struct Call<'a> {
    digest: &'a Digest,
    fetched: Mutex<Option<Challenge>>,
    trace: &'a CallTrace,
}

impl DigestAuthCredentials for &Call<'_> {
    fn username(&self) -> &str {
        &self.digest.key.name
    }

    fn password(&self) -> &str {
        self.digest.key.secret.expose_secret()
    }

    /// diqwest is asked only when no challenge is known.
    fn cached_context<'h>(&self, _host: &'h str) -> Result<Option<CachedContextGuard<'_, 'h>>, DiqwestError> {
        Ok(None)
    }

    fn calculate_authorization(
        &self,
        _host: &str,
        _path: &str,
        _method: HttpMethod<'_>,
        _body: Option<&[u8]>,
        _headers: &HeaderMap,
    ) -> Result<AuthorizationHeader, DiqwestError> {
        Err(DiqwestError::AuthHeaderMissing)
    }

    fn clear_context(&self, _host: &str) -> Result<(), DiqwestError> {
        Ok(())
    }

    /// A challenge came; diqwest answers it with the count 1.
    fn store_context(&self, _host: &str, header: &str) -> Result<(), DiqwestError> {
        // This error ends diqwest's part.
        let fetched = Challenge::of_header(header).ok_or(DiqwestError::AuthHeaderMissing)?;
        *self.fetched.lock().unwrap_or_else(PoisonError::into_inner) = Some(fetched.counted_once());
        // diqwest shows no more of the response.
        let headers = HeaderMap::from_iter(HeaderValue::from_str(header).map(|header| (WWW_AUTHENTICATE, header)));
        self.trace.next_exchange(unauthorized(&headers));
        Ok(())
    }
}
