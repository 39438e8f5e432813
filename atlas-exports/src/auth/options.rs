//! The credentials that a client is given, of which it takes one kind.

use std::{fmt, path::PathBuf, sync::Arc};

use super::{ApiKey, Authentication, Authenticator, Secret, SecretSource, ServiceAccount};
use crate::{Error, base_url::BaseUrl};

/// Credentials from environment variables.
#[derive(Debug, Clone, Default)]
pub(crate) enum EnvironmentCredentials {
    /// None are set.
    #[default]
    None,
    /// An API key.
    ApiKey(SecretSource),
    /// A service account.
    ServiceAccount(SecretSource),
    /// What cannot be used, which does not matter when others are set explicitly.
    Unusable(Error),
}

/// The credentials that a builder was given.
#[derive(Clone, Default)]
pub(crate) struct CredentialOptions {
    pub(crate) api_key: Option<(Secret, Secret)>,
    pub(crate) service_account: Option<(Secret, Secret)>,
    pub(crate) authenticator: Option<Arc<dyn Authenticator>>,
    /// Used where nothing was set explicitly.
    pub(crate) environment: EnvironmentCredentials,
    pub(crate) token_cache: Option<PathBuf>,
}

impl fmt::Debug for CredentialOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A public key and a client id are half of what others need.
        let hidden = |pair: &Option<(Secret, Secret)>| pair.as_ref().map(|_| "[REDACTED]");
        f.debug_struct("CredentialOptions")
            .field("api_key", &hidden(&self.api_key))
            .field("service_account", &hidden(&self.service_account))
            .field("authenticator", &self.authenticator)
            .field("token_cache", &self.token_cache)
            .finish_non_exhaustive()
    }
}

impl CredentialOptions {
    /// Returns whether the client authenticates with a service account.
    pub(crate) fn is_service_account(&self) -> bool {
        self.service_account.is_some()
            || (self.api_key.is_none()
                && self.authenticator.is_none()
                && matches!(self.environment, EnvironmentCredentials::ServiceAccount(_)))
    }

    /// Returns the one way to authenticate.
    pub(crate) fn authentication(self, base_url: &BaseUrl) -> Result<Authentication, Error> {
        match (self.api_key, self.service_account, self.authenticator) {
            (Some((name, secret)), None, None) => {
                keys(SecretSource { name: ("public key", name), secret: ("private key", secret) })
            }
            (None, Some((name, secret)), None) => service_account(
                SecretSource { name: ("client id", name), secret: ("client secret", secret) },
                base_url,
                self.token_cache,
            ),
            (None, None, Some(authenticator)) => Ok(Authentication::Custom(authenticator)),
            (None, None, None) => match self.environment {
                EnvironmentCredentials::ApiKey(source) => keys(source),
                EnvironmentCredentials::ServiceAccount(source) => service_account(source, base_url, self.token_cache),
                EnvironmentCredentials::Unusable(error) => Err(error),
                EnvironmentCredentials::None => Err(Error::configuration(
                    "credentials",
                    "none are set; call api_key or service_account, or use from_env and set \
                     MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY, or MONGODB_ATLAS_CLIENT_ID and \
                     MONGODB_ATLAS_CLIENT_SECRET",
                )),
            },
            _ => Err(Error::configuration(
                "credentials",
                "several kinds are set; call one of api_key, service_account and authenticator",
            )),
        }
    }
}

fn keys(source: SecretSource) -> Result<Authentication, Error> {
    let pair = source.read()?;
    Ok(Authentication::Digest(ApiKey::new(source, pair)))
}

fn service_account(source: SecretSource, base_url: &BaseUrl, cache: Option<PathBuf>) -> Result<Authentication, Error> {
    if base_url.is_plaintext() {
        return Err(Error::configuration(
            "service_account",
            format!(
                "{} is not encrypted, so the secret and the tokens of a service account could be read on the way; use \
                 https",
                base_url.root()
            ),
        ));
    }
    let pair = source.read()?;
    let account = ServiceAccount::new(source, pair, base_url.root(), cache)?;
    Ok(Authentication::ServiceAccount(Box::new(account)))
}
