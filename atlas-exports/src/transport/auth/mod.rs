//! Authentication: what is put on a request before it is sent, and what follows a 401.

mod authenticator;
mod keys;

use std::sync::Arc;

use reqwest::{
    Client, Request, Response, StatusCode,
    header::{AUTHORIZATION, HeaderMap},
};

use tokio::time::timeout;

pub use self::authenticator::{AuthFuture, Authenticator, Refusal};
pub(crate) use self::keys::Keys;
use super::{Digest, Exchanges, Failure};
use crate::{
    Operation,
    error::CredentialKind,
    service_account::{Errand, ServiceAccount, Token},
};

/// The one way in which a client authenticates.
#[derive(Debug)]
pub(crate) enum Authentication {
    Digest(Keys),
    ServiceAccount(Box<ServiceAccount>),
    Plugged(Arc<dyn Authenticator>),
}

/// What one attempt authenticates with.
#[derive(Debug)]
pub(crate) enum Pass {
    /// It answers challenges.
    Key(Arc<Digest>),
    /// It carries a token.
    Token(Arc<Token>),
    /// It carries what the authenticator put on it.
    Headers(HeaderMap),
    /// It goes as it is, to a transport that stands in for the network.
    Nothing,
}

/// A 401.
#[derive(Debug)]
pub(crate) struct Refused<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) path: &'a str,
    pub(crate) answer: &'a HeaderMap,
    /// Whether the call was repeated after a 401 already.
    pub(crate) repeated: bool,
}

impl Authentication {
    /// Puts credentials on a request, after getting them where need be.
    pub(crate) async fn authorize(&self, request: &mut Request, errand: &Errand<'_>) -> Result<Pass, Failure> {
        match self {
            Self::Digest(keys) => Ok(Pass::Key(keys.current())),
            Self::ServiceAccount(account) => {
                // Boxed, so that the future of a digest is not as large.
                let token = within(errand, Box::pin(account.token(errand))).await??;
                request.headers_mut().insert(AUTHORIZATION, token.header());
                Ok(Pass::Token(token))
            }
            Self::Plugged(authenticator) => {
                let authenticated = within(errand, authenticator.authenticate(request)).await?;
                authenticated.map_err(|error| Failure::Authenticator(error.into()))?;
                if let Some(value) = request.headers_mut().get_mut(AUTHORIZATION) {
                    value.set_sensitive(true);
                }
                Ok(Pass::Headers(request.headers().clone()))
            }
        }
    }

    /// Whether a call that was refused should be made once more with other credentials.
    pub(crate) async fn tries_again(&self, pass: &Pass, refused: Refused<'_>) -> bool {
        match (self, pass) {
            (Self::Digest(keys), Pass::Key(key)) => !refused.repeated && keys.replaced(key).await,
            (Self::ServiceAccount(account), Pass::Token(token)) => account.refused(token, &refused),
            (Self::Plugged(authenticator), Pass::Headers(sent)) => {
                let again = authenticator.refused(Refusal { sent, answer: refused.answer }).await;
                again && !refused.repeated
            }
            _ => false,
        }
    }

    /// The kind of the credentials, and the end of their name.
    pub(crate) fn credential(&self) -> (CredentialKind, Option<String>) {
        match self {
            Self::Digest(keys) => (CredentialKind::ApiKey, Some(keys.current().key.tail())),
            Self::ServiceAccount(account) => (CredentialKind::ServiceAccount, Some(account.tail())),
            Self::Plugged(authenticator) => {
                (CredentialKind::Custom, authenticator.name().map(|name| crate::credentials::tail(&name)))
            }
        }
    }
}

/// Bounds what comes before an attempt by the time that the call has left.
async fn within<T>(errand: &Errand<'_>, work: impl Future<Output = T>) -> Result<T, Failure> {
    timeout(errand.left(), work).await.map_err(|_| Failure::timed_out(errand.limits.call))
}

impl Pass {
    /// Sends a request. `again` is the same once more.
    pub(crate) async fn send(
        &self,
        http: &Client,
        request: Request,
        again: Option<&Request>,
        exchanges: &Exchanges,
    ) -> Result<Response, Failure> {
        if let Self::Key(key) = self {
            return key.send(http, request, again, exchanges).await;
        }
        exchanges.begin(&request);
        let response = http.execute(request).await.map_err(Failure::network)?;
        if let Self::Token(token) = self
            && response.status() != StatusCode::UNAUTHORIZED
        {
            token.mark_accepted();
        }
        Ok(response)
    }
}
