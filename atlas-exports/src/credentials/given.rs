//! The credentials that a client is given, of which it takes one kind.

use std::{fmt, path::PathBuf, sync::Arc};

use super::{Secret, Source};
use crate::{
    Authenticator, Error,
    base_url::BaseUrl,
    env,
    service_account::ServiceAccount,
    transport::{Authentication, Keys},
};

/// What a builder was given.
#[derive(Clone, Default)]
pub(crate) struct Given {
    pub(crate) api_key: Option<(Secret, Secret)>,
    pub(crate) service_account: Option<(Secret, Secret)>,
    pub(crate) authenticator: Option<Arc<dyn Authenticator>>,
    /// What the environment tells, which counts where nothing was given by hand.
    pub(crate) environment: env::Credentials,
    pub(crate) token_cache: Option<PathBuf>,
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A public key and a client id are half of what others need.
        let hidden = |pair: &Option<(Secret, Secret)>| pair.as_ref().map(|_| "[REDACTED]");
        f.debug_struct("Given")
            .field("api_key", &hidden(&self.api_key))
            .field("service_account", &hidden(&self.service_account))
            .field("authenticator", &self.authenticator)
            .field("token_cache", &self.token_cache)
            .finish_non_exhaustive()
    }
}

impl Given {
    /// The one way to authenticate.
    pub(crate) fn authentication(self, base_url: &BaseUrl) -> Result<Authentication, Error> {
        match (self.api_key, self.service_account, self.authenticator) {
            (Some((name, secret)), None, None) => {
                keys(Source { name: ("public key", name), secret: ("private key", secret) })
            }
            (None, Some((name, secret)), None) => service_account(
                Source { name: ("client id", name), secret: ("client secret", secret) },
                base_url,
                self.token_cache,
            ),
            (None, None, Some(authenticator)) => Ok(Authentication::Plugged(authenticator)),
            (None, None, None) => match self.environment {
                env::Credentials::ApiKey(source) => keys(source),
                env::Credentials::ServiceAccount(source) => service_account(source, base_url, self.token_cache),
                env::Credentials::Unusable(error) => Err(error),
                env::Credentials::None => Err(Error::configuration(
                    "credentials",
                    "none are given: call api_key or service_account, or use from_env and set \
                     MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY, or MONGODB_ATLAS_CLIENT_ID and \
                     MONGODB_ATLAS_CLIENT_SECRET",
                )),
            },
            _ => Err(Error::configuration(
                "credentials",
                "several kinds are given: call one of api_key, service_account and authenticator",
            )),
        }
    }
}

fn keys(source: Source) -> Result<Authentication, Error> {
    let pair = source.read()?;
    Ok(Authentication::Digest(Keys::new(source, pair)))
}

fn service_account(source: Source, base_url: &BaseUrl, cache: Option<PathBuf>) -> Result<Authentication, Error> {
    if base_url.is_open() {
        return Err(Error::configuration(
            "service_account",
            format!(
                "{} is not encrypted, and the secret and the tokens of a service account would travel in the clear: \
                 use https",
                base_url.root()
            ),
        ));
    }
    let pair = source.read()?;
    let account = ServiceAccount::new(source, pair, base_url.root(), cache)?;
    Ok(Authentication::ServiceAccount(Box::new(account)))
}
