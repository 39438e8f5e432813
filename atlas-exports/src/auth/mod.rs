//! Authentication: what is put on a request before it is sent, and what follows a 401.

mod api_key;
mod custom;
mod digest;
mod key_pair;
mod options;
mod secret;
mod secret_file;
mod secret_text;
mod service_account;
mod single_flight;

use std::sync::Arc;

use reqwest::{
    Client, Request, Response, StatusCode,
    header::{AUTHORIZATION, HeaderMap},
};
use tokio::time::timeout;

use self::{
    api_key::ApiKey, digest::Digest, key_pair::last_four, service_account::ServiceAccount, service_account::Token,
};
pub use self::{
    custom::{AuthFuture, Authenticator, Unauthorized},
    secret::Secret,
};
pub(crate) use self::{
    key_pair::SecretSource,
    options::{CredentialOptions, EnvironmentCredentials},
};
use crate::{CredentialKind, Error, ErrorKind, ExchangeKind, Operation, http::CallTrace};

/// The one way in which a client authenticates.
#[derive(Debug)]
pub(crate) enum Authentication {
    Digest(ApiKey),
    ServiceAccount(Box<ServiceAccount>),
    Custom(Arc<dyn Authenticator>),
}

/// The call that authentication is for: what to send with, where exchanges are counted, and its limits.
#[derive(Debug)]
pub(crate) struct RequestContext<'a> {
    pub(crate) client: &'a Client,
    pub(crate) trace: &'a CallTrace,
    /// Limit of the whole call.
    pub(crate) timeout: std::time::Duration,
    /// Limit of one attempt.
    pub(crate) attempt_timeout: std::time::Duration,
}

impl RequestContext<'_> {
    /// Returns the time that the call has left.
    fn remaining(&self) -> std::time::Duration {
        self.timeout.saturating_sub(self.trace.elapsed())
    }

    /// Bounds what comes before an attempt by the time that the call has left.
    async fn within<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        timeout(self.remaining(), work).await.map_err(|_| Error::timed_out(self.timeout))
    }
}

/// What one attempt authenticates with.
#[derive(Debug)]
pub(crate) enum AttachedCredentials {
    /// It answers challenges.
    Digest(Arc<Digest>),
    /// It has a token.
    Token(Arc<Token>),
    /// It has what the authenticator put on it.
    Headers(HeaderMap),
    /// It has none, for a transport that replaces the network.
    Nothing,
}

/// A 401.
#[derive(Debug)]
pub(crate) struct Refusal<'a> {
    pub(crate) operation: Option<&'static Operation>,
    pub(crate) path: &'a str,
    /// Headers of the response.
    pub(crate) headers: &'a HeaderMap,
    /// Whether the call was repeated after a 401 already.
    pub(crate) reauthenticated: bool,
}

impl Authentication {
    /// Puts credentials on a request, after fetching them where necessary.
    pub(crate) async fn authenticate(
        &self,
        request: &mut Request,
        context: &RequestContext<'_>,
    ) -> Result<AttachedCredentials, Error> {
        match self {
            Self::Digest(key) => Ok(AttachedCredentials::Digest(key.current())),
            Self::ServiceAccount(account) => {
                // Boxed, so that the future of a digest is not as large.
                let token = context.within(Box::pin(account.token(context))).await??;
                request.headers_mut().insert(AUTHORIZATION, token.header());
                Ok(AttachedCredentials::Token(token))
            }
            Self::Custom(authenticator) => {
                context.within(authenticator.authenticate(request)).await?.map_err(|error| {
                    Error::new(ErrorKind::Authenticator, "the authenticator failed").with_source(error)
                })?;
                if let Some(value) = request.headers_mut().get_mut(AUTHORIZATION) {
                    value.set_sensitive(true);
                }
                Ok(AttachedCredentials::Headers(request.headers().clone()))
            }
        }
    }

    /// Decides whether a call that was refused should be made once more with other credentials.
    pub(crate) async fn should_reauthenticate(&self, credentials: &AttachedCredentials, refusal: Refusal<'_>) -> bool {
        match (self, credentials) {
            (Self::Digest(key), AttachedCredentials::Digest(digest)) => {
                !refusal.reauthenticated && key.reload_if_changed(digest).await
            }
            (Self::ServiceAccount(account), AttachedCredentials::Token(token)) => {
                account.should_refetch(token, &refusal)
            }
            (Self::Custom(authenticator), AttachedCredentials::Headers(request)) => {
                let unauthorized = Unauthorized { request, response: refusal.headers };
                authenticator.on_unauthorized(unauthorized).await && !refusal.reauthenticated
            }
            _ => false,
        }
    }

    /// Returns the kind of the credentials, and the end of their name.
    pub(crate) fn credential(&self) -> (CredentialKind, Option<String>) {
        match self {
            Self::Digest(key) => (CredentialKind::ApiKey, Some(key.current().key().last_four())),
            Self::ServiceAccount(account) => (CredentialKind::ServiceAccount, Some(account.last_four())),
            Self::Custom(authenticator) => (CredentialKind::Custom, authenticator.name().map(|name| last_four(&name))),
        }
    }
}

impl AttachedCredentials {
    /// Sends a request. `again` is the same once more.
    pub(crate) async fn send(
        &self,
        client: &Client,
        request: Request,
        again: Option<&Request>,
        trace: &CallTrace,
    ) -> Result<Response, Error> {
        if let Self::Digest(digest) = self {
            return digest.send(client, request, again, trace).await;
        }
        trace.begin_exchange(ExchangeKind::Api, &request);
        let response = client.execute(request).await.map_err(Error::network)?;
        if let Self::Token(token) = self
            && response.status() != StatusCode::UNAUTHORIZED
        {
            token.mark_accepted();
        }
        Ok(response)
    }
}
