//! Service accounts: an access token by the client credentials grant (RFC 6749, section 4.4), shared by all calls of a
//! client and, through a file, by programs.
//!
//! The service counts tokens and limits requests for them. So one call gets the token while the others wait ([`shared`]);
//! a token that nears its end is renewed by one call while the others go on with it; a failure is shared by all who
//! waited for it, and the pause that it asks for holds for all who come later; and a token is got anew after a 401 only
//! where that may help.

mod answer;
mod cache;
mod endpoint;
mod failure;
mod shared;
mod token;
mod unhelpful;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::{
    Client,
    header::{HeaderMap, WWW_AUTHENTICATE},
};

use self::{
    cache::{Cache, Locked, Owner},
    endpoint::Endpoint,
    shared::{Shared, Ticket, Turn},
    unhelpful::Unhelpful,
};
pub(crate) use self::{failure::TokenFailure, token::Token};
use crate::{
    Error,
    credentials::{Pair, Source},
    transport::{Failure, Limits, Record, Refused},
};

/// A process that holds the lock for longer than this is not waited for.
const LOCK_PATIENCE: Duration = Duration::from_secs(20);

/// A call that renews a token, although it has one that is good, takes so long for that at the most.
const RENEWAL_LIMIT: Duration = Duration::from_secs(5);

/// A service account and its token.
#[derive(Debug)]
pub(crate) struct ServiceAccount {
    source: Source,
    pair: Mutex<Pair>,
    service: String,
    endpoint: Endpoint,
    cache: Option<Cache>,
    shared: Shared,
    unhelpful: Unhelpful,
}

/// A call that needs a token: what it asks with, what it counts on, and its bounds.
#[derive(Debug)]
pub(crate) struct Errand<'a> {
    pub(crate) http: &'a Client,
    pub(crate) record: &'a Record,
    pub(crate) limits: Limits,
}

impl Errand<'_> {
    pub(crate) fn left(&self) -> Duration {
        self.limits.left(self.record.elapsed())
    }
}

impl ServiceAccount {
    /// A service account of the service at `root`, which ends in no slash.
    pub(crate) fn new(source: Source, pair: Pair, root: &str, cache: Option<PathBuf>) -> Result<Self, Error> {
        let endpoint =
            Endpoint::new(root).ok_or_else(|| Error::configuration("base_url", "no address can be made of it"))?;
        Ok(Self {
            source,
            pair: Mutex::new(pair),
            service: root.to_owned(),
            endpoint,
            cache: cache.map(Cache::new),
            shared: Shared::default(),
            unhelpful: Unhelpful::default(),
        })
    }

    /// The end of the client id.
    pub(crate) fn tail(&self) -> String {
        self.pair().tail()
    }

    /// A token that can be used.
    ///
    /// Dropping the future gives the turn to get one to the next call that waits.
    pub(crate) async fn token(&self, errand: &Errand<'_>) -> Result<Arc<Token>, Failure> {
        let got = match self.shared.turn(errand.left()).await {
            Turn::Use(token) => Ok(token),
            Turn::Failed(failure) => Err(failure),
            Turn::Fetch(mut ticket) => {
                if let Some(until) = ticket.not_before {
                    tokio::time::sleep_until(until).await;
                }
                let obtained = self.obtain(&mut ticket, errand).await;
                ticket.settle(obtained)
            }
        };
        got.map_err(|failure| Failure::Token(Box::new(failure)))
    }

    /// Told of a 401, says whether the call should be made once more, with whatever token is there then.
    pub(crate) fn refused(&self, token: &Arc<Token>, refused: &Refused<'_>) -> bool {
        if refused.repeated {
            self.unhelpful.note(refused.operation, refused.path);
            return false;
        }
        // Atlas answers 401 also when a role is missing, and a new token does not bring one.
        let worth_a_try = !self.unhelpful.is_noted(refused.operation, refused.path);
        let may_help = match bearer_error(refused.answer) {
            Some(BearerError::InvalidToken) => worth_a_try || token.was_accepted(),
            Some(BearerError::Other) => false,
            None => worth_a_try,
        };
        if may_help && self.shared.give_up(token) {
            tracing::debug!(operation = refused.operation.name, "the token was refused and is got anew");
        }
        may_help
    }

    /// Makes the token useless, for whoever has it, and forgets it.
    pub(crate) async fn revoke(&self, errand: &Errand<'_>) -> Result<(), Failure> {
        let pair = self.pair();
        let owner = self.owner(&pair);
        let token = match (self.shared.current(), &self.cache) {
            (Some(token), _) => token,
            (None, Some(cache)) => match cache.read(&owner).await.token {
                Some(token) => Arc::new(token),
                None => return Ok(()),
            },
            (None, None) => return Ok(()),
        };
        let revoked = self.endpoint.revoke(&token, &pair, errand).await;
        revoked.map_err(|failure| Failure::Token(Box::new(failure)))?;
        self.shared.give_up(&token);
        if let Some(cache) = &self.cache {
            let _lock = cache.lock(LOCK_PATIENCE.min(errand.left())).await;
            cache.forget(&owner, &token).await;
        }
        Ok(())
    }

    fn pair(&self) -> Pair {
        self.pair.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn owner(&self, pair: &Pair) -> Owner {
        Owner { service: self.service.clone(), client_id: pair.name.clone() }
    }

    /// Gets a token: from the file, where another process put one, or from the service.
    async fn obtain(&self, ticket: &mut Ticket<'_>, errand: &Errand<'_>) -> shared::Outcome {
        // A secret may have been replaced since the last token was got.
        if let Some(pair) = self.source.read_again().await {
            *self.pair.lock().unwrap_or_else(PoisonError::into_inner) = pair;
        }
        let pair = self.pair();
        let Some(cache) = &self.cache else { return self.request(&pair, ticket, errand).await.map(Arc::new) };

        let owner = self.owner(&pair);
        let mut kept = cache.read(&owner).await;
        if let Some(token) = ticket.consider(kept.token.take()) {
            return Ok(token);
        }
        let patience = if ticket.spare.is_some() { Duration::ZERO } else { LOCK_PATIENCE };
        let lock = cache.lock(patience).await;
        if let (Locked::Busy, Some(spare)) = (&lock, &ticket.spare) {
            // Whoever has the lock renews the token.
            return Ok(spare.clone());
        }
        // Another process may have got one meanwhile.
        let mut kept = cache.read(&owner).await;
        if let Some(token) = ticket.consider(kept.token.take()) {
            return Ok(token);
        }
        if let Some(hold) = kept.hold {
            return Err(TokenFailure::held(hold));
        }
        let requested = self.request(&pair, ticket, errand).await;
        match &requested {
            Ok(token) => cache.write(&owner, Some(token), None).await,
            Err(failure) if failure.retry_after.is_some() => {
                cache.write(&owner, ticket.spare.as_deref(), failure.retry_after).await;
            }
            Err(_) => {}
        }
        drop(lock);
        requested.map(Arc::new)
    }

    async fn request(&self, pair: &Pair, ticket: &Ticket<'_>, errand: &Errand<'_>) -> Result<Token, TokenFailure> {
        let limit = errand.limits.attempt;
        let limit = if ticket.spare.is_some() { limit.min(RENEWAL_LIMIT) } else { limit };
        self.endpoint.grant(pair, errand, limit).await
    }
}

/// The error that a 401 names for bearer tokens (RFC 6750, section 3).
#[derive(Debug, PartialEq, Eq)]
enum BearerError {
    InvalidToken,
    Other,
}

fn bearer_error(headers: &HeaderMap) -> Option<BearerError> {
    let challenges = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    challenges
        .filter(|challenge| challenge.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer")))
        .find_map(|challenge| {
            let (_, error) = challenge.split_once("error=")?;
            let error = error.trim_start_matches('"');
            Some(if error.starts_with("invalid_token") { BearerError::InvalidToken } else { BearerError::Other })
        })
}
