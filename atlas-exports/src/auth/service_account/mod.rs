//! Service accounts: an access token by the client credentials grant (RFC 6749, section 4.4), shared by all calls of a
//! client and, through a file, by programs.
//!
//! The service counts tokens and limits requests for them. So one call gets the token while the others wait ([`shared`]);
//! a token that nears its end is renewed by one call while the others go on with it; a failure is shared by all who
//! waited for it, and the pause that it asks for holds for all who come later; and a token is got anew after a 401 only
//! where that may help.

mod cache;
mod endpoint;
mod refresh_suppression;
mod shared_token;
mod token;
mod token_response;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

pub(crate) use self::token::Token;
use self::{
    cache::{Cache, Locked, Owner},
    endpoint::{Endpoint, NO_TOKEN},
    refresh_suppression::RefreshSuppression,
    shared_token::{Acquire, FetchGuard, Outcome, SharedToken},
};
use super::{
    Refusal, RequestContext,
    key_pair::{KeyPair, SecretSource},
};
use crate::Error;

/// A process that holds the lock for longer than this is not waited for.
const LOCK_TIMEOUT: Duration = Duration::from_secs(20);

/// A call that renews a token, although it has one that is good, takes so long for that at the most.
const RENEWAL_LIMIT: Duration = Duration::from_secs(5);

/// A service account and its token.
#[derive(Debug)]
pub(crate) struct ServiceAccount {
    source: SecretSource,
    pair: Mutex<KeyPair>,
    service: String,
    endpoint: Endpoint,
    cache: Option<Cache>,
    shared: SharedToken,
    suppression: RefreshSuppression,
}

impl ServiceAccount {
    /// A service account of the service at `root`, which ends in no slash.
    pub(crate) fn new(source: SecretSource, pair: KeyPair, root: &str, cache: Option<PathBuf>) -> Result<Self, Error> {
        let endpoint = Endpoint::new(root)
            .ok_or_else(|| Error::configuration("base_url", "cannot be joined with the path of the token endpoint"))?;
        Ok(Self {
            source,
            pair: Mutex::new(pair),
            service: root.to_owned(),
            endpoint,
            cache: cache.map(Cache::new),
            shared: SharedToken::default(),
            suppression: RefreshSuppression::default(),
        })
    }

    /// Returns the end of the client id.
    pub(crate) fn last_four(&self) -> String {
        self.pair().last_four()
    }

    /// Returns a token that can be used.
    ///
    /// Dropping the future passes the fetch on to the next call that waits.
    pub(crate) async fn token(&self, context: &RequestContext<'_>) -> Outcome {
        match self.shared.acquire(context.remaining()).await {
            Acquire::Use(token) => Ok(token),
            Acquire::Failed(error) => Err(error),
            Acquire::Fetch(mut guard) => {
                if let Some(until) = guard.not_before {
                    tokio::time::sleep_until(until).await;
                }
                let outcome = self.fetch(&mut guard, context).await;
                guard.complete(outcome)
            }
        }
    }

    /// Returns, after a 401, whether the call should be repeated, with whatever token is there then.
    pub(crate) fn should_refetch(&self, token: &Arc<Token>, refusal: &Refusal<'_>) -> bool {
        if refusal.reauthenticated {
            self.suppression.record(refusal.operation, refusal.path);
            return false;
        }
        // Atlas answers 401 also when a role is missing, and a new token does not bring one.
        let worth_a_try = !self.suppression.applies_to(refusal.operation, refusal.path);
        let may_help = match bearer_error(refusal.headers) {
            Some(BearerError::InvalidToken) => worth_a_try || token.was_accepted(),
            Some(BearerError::Other) => false,
            None => worth_a_try,
        };
        if may_help && self.shared.give_up(token) {
            tracing::debug!("the token was refused, and another one is fetched");
        }
        may_help
    }

    /// Revokes the token, for everybody who has it, and forgets it.
    pub(crate) async fn revoke(&self, context: &RequestContext<'_>) -> Result<(), Error> {
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
        self.endpoint.revoke(&token, &pair, context).await?;
        self.shared.give_up(&token);
        if let Some(cache) = &self.cache {
            let _lock = cache.lock(LOCK_TIMEOUT.min(context.remaining())).await;
            cache.forget(&owner, &token).await;
        }
        Ok(())
    }

    fn pair(&self) -> KeyPair {
        self.pair.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn owner(&self, pair: &KeyPair) -> Owner {
        Owner { service: self.service.clone(), client_id: pair.name.clone() }
    }

    /// Fetches a token: from the file, where another process put one, or from the service.
    async fn fetch(&self, guard: &mut FetchGuard<'_>, context: &RequestContext<'_>) -> Outcome {
        // A secret may have been replaced since the last token was fetched.
        if let Some(pair) = self.source.read_again().await {
            *self.pair.lock().unwrap_or_else(PoisonError::into_inner) = pair;
        }
        let pair = self.pair();
        let Some(cache) = &self.cache else { return self.request(&pair, guard, context).await.map(Arc::new) };

        let owner = self.owner(&pair);
        let mut kept = cache.read(&owner).await;
        if let Some(token) = guard.consider(kept.token.take()) {
            return Ok(token);
        }
        let timeout = if guard.fallback.is_some() { Duration::ZERO } else { LOCK_TIMEOUT };
        let lock = cache.lock(timeout).await;
        if let (Locked::Busy, Some(fallback)) = (&lock, &guard.fallback) {
            // Whoever has the lock renews the token.
            return Ok(fallback.clone());
        }
        // Another process may have fetched one meanwhile.
        let mut kept = cache.read(&owner).await;
        if let Some(token) = guard.consider(kept.token.take()) {
            return Ok(token);
        }
        if let Some(hold) = kept.hold {
            return Err(token_response::told_to_wait(NO_TOKEN, hold));
        }
        let requested = self.request(&pair, guard, context).await;
        match &requested {
            Ok(token) => cache.write(&owner, Some(token), None).await,
            Err(error) if error.retry_after().is_some() => {
                cache.write(&owner, guard.fallback.as_deref(), error.retry_after()).await;
            }
            Err(_) => {}
        }
        drop(lock);
        requested.map(Arc::new)
    }

    async fn request(
        &self,
        pair: &KeyPair,
        guard: &FetchGuard<'_>,
        context: &RequestContext<'_>,
    ) -> Result<Token, Error> {
        let limit = context.attempt_timeout;
        let limit = if guard.fallback.is_some() { limit.min(RENEWAL_LIMIT) } else { limit };
        self.endpoint.grant(pair, context, limit).await
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
