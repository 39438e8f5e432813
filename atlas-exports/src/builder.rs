//! Settings of a client.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use atlas_exports_gen::Transport;
use reqwest::{header::HeaderValue, redirect, retry};

use crate::{
    ApiVersion, Authenticator, Client, Error, RetryPolicy, Secret,
    api_version::ResourceVersion,
    base_url::{self, BaseUrl},
    call::Carrier,
    client::Inner,
    credentials::Given,
    env,
    exports::Claims,
    transport::{Budget, Chain, Deprecations, Limits, Link, Version},
};

const CLOUD: &str = "https://cloud.mongodb.com";
const GOVERNMENT: &str = "https://cloud.mongodbgov.com";
const TIMEOUT: Duration = Duration::from_secs(60);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Atlas allows 100 a minute and project where it is strictest.
const REQUESTS_PER_MINUTE: u32 = 60;

const PRODUCT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// Settings of a [`Client`].
///
/// ```
/// use std::time::Duration;
///
/// let atlas = atlas_exports::Client::builder()
///     .api_key("public", "private")
///     .timeout(Duration::from_secs(20))
///     .build()?;
/// # Ok::<(), atlas_exports::Error>(())
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    base_url: String,
    allow_insecure_http: bool,
    credentials: Given,
    api_version: ApiVersion,
    resource_version: Option<String>,
    envelope: bool,
    limits: Limits,
    requests_per_minute: Option<u32>,
    connect_timeout: Duration,
    product: Option<String>,
    http: Option<reqwest::ClientBuilder>,
    transport: Option<Arc<dyn Transport>>,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &base_url::shown(&self.base_url))
            .field("credentials", &self.credentials)
            .field("api_version", &self.api_version)
            .field("resource_version", &self.resource_version)
            .field("envelope", &self.envelope)
            .field("limits", &self.limits)
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    pub(crate) fn new() -> Self {
        Self {
            base_url: CLOUD.to_owned(),
            allow_insecure_http: false,
            credentials: Given::default(),
            api_version: ApiVersion::default(),
            resource_version: None,
            envelope: false,
            limits: Limits { call: TIMEOUT, attempt: ATTEMPT_TIMEOUT, retry: RetryPolicy::default() },
            requests_per_minute: Some(REQUESTS_PER_MINUTE),
            connect_timeout: CONNECT_TIMEOUT,
            product: None,
            http: None,
            transport: None,
        }
    }

    /// Starts with the settings of the environment, to override them from there. [`Client::from_env`] lists the variables.
    ///
    /// Credentials that are given afterwards take the place of those of the environment, of whatever kind they are.
    ///
    /// ```no_run
    /// use atlas_exports::{ApiVersion, ClientBuilder};
    ///
    /// let atlas = ClientBuilder::from_env()?.api_version(ApiVersion::V2).build()?;
    /// # Ok::<(), atlas_exports::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`], naming the variable that cannot be read. Credentials that are missing or cannot be used
    /// are an error of [`build`](Self::build).
    pub fn from_env() -> Result<Self, Error> {
        env::builder(|name| std::env::var_os(name))
    }

    pub(crate) fn credentials_of_environment(mut self, credentials: env::Credentials) -> Self {
        self.credentials.environment = credentials;
        self
    }

    /// Root of the service, by default `https://cloud.mongodb.com`.
    ///
    /// The client adds the path of the API. A path prefix, as a proxy may have, and a trailing slash are fine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Atlas for Government: `https://cloud.mongodbgov.com` is the root of the service.
    pub fn government(self) -> Self {
        self.base_url(GOVERNMENT)
    }

    /// Version of the API to speak, by default [`ApiVersion::V1`].
    pub fn api_version(mut self, version: ApiVersion) -> Self {
        self.api_version = version;
        self
    }

    /// Date of the resource version that every operation asks for, such as `2023-01-01`, with [`ApiVersion::V2`] alone.
    ///
    /// By default each operation asks for the one that this crate was written for.
    pub fn resource_version(mut self, date: impl Into<String>) -> Self {
        self.resource_version = Some(date.into());
        self
    }

    /// Accepts `http://` for hosts other than loopback ones. Answers then travel in the clear, and so does what an
    /// [`Authenticator`] puts on requests; API keys never do, and a service account, which would have to send its secret,
    /// still wants `https://`.
    pub fn allow_insecure_http(mut self) -> Self {
        self.allow_insecure_http = true;
        self
    }

    /// Programmatic API key to answer HTTP Digest challenges with (RFC 7616).
    ///
    /// Either half can be in a [file](Secret::file), which is read again after a 401.
    pub fn api_key(mut self, public: impl Into<Secret>, private: impl Into<Secret>) -> Self {
        self.credentials.api_key = Some((public.into(), private.into()));
        self
    }

    /// Service account to get access tokens for (RFC 6749, section 4.4).
    ///
    /// A token is got by the first call that needs one, while the others wait for it. It is renewed 5 minutes before its
    /// end, or in the last sixth of its life if that is shorter, by one call, while the others go on with it. After a 401
    /// that refuses it, it is got anew and the call is made once more. Either half can be in a [file](Secret::file), which
    /// is read again whenever a token is got.
    ///
    /// ```
    /// use atlas_exports::{ApiVersion, Client};
    ///
    /// let atlas = Client::builder()
    ///     .service_account("mdb_sa_id_5f3c5a1e8e4b2a0012345678", "mdb_sa_sk_secret")
    ///     .api_version(ApiVersion::V2)
    ///     .build()?;
    /// # Ok::<(), atlas_exports::Error>(())
    /// ```
    pub fn service_account(mut self, client_id: impl Into<Secret>, client_secret: impl Into<Secret>) -> Self {
        self.credentials.service_account = Some((client_id.into(), client_secret.into()));
        self
    }

    /// File in which the access token of a service account is kept, for programs that live shortly, because Atlas counts
    /// tokens. By default there is none; with other credentials it does nothing.
    ///
    /// The file belongs to its owner alone (0600). It holds the access token, which is as good as the secret until it
    /// ends, but not the secret itself. Programs that start together get one token: one of them gets it, and the others
    /// wait for that up to 20 s, by a lock on a file beside it whose name ends in `.lock`.
    /// A file that cannot be used is left alone or replaced, and never an error.
    pub fn token_cache(mut self, path: impl Into<PathBuf>) -> Self {
        self.credentials.token_cache = Some(path.into());
        self
    }

    /// Another way of authenticating, in place of an API key or a service account.
    pub fn authenticator(mut self, authenticator: Arc<dyn Authenticator>) -> Self {
        self.credentials.authenticator = Some(authenticator);
        self
    }

    /// Asks Atlas for the envelope on every call, by default not. Callers cannot tell the difference.
    pub fn envelope(mut self, envelope: bool) -> Self {
        self.envelope = envelope;
        self
    }

    /// Longest time for a whole call, by default 60 s: all its attempts, their challenges or tokens, and its waiting for
    /// others to fetch one, included.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.call = timeout;
        self
    }

    /// Longest time for one attempt of a call, by default 30 s: its challenges and the whole body of its answer
    /// included.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.limits.attempt = timeout;
        self
    }

    /// How often and how long a call is tried, by default at most 4 times within 30 s.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.limits.retry = policy;
        self
    }

    /// Requests a minute that all waits of this client make together in one project, by default 60; 0 is taken as 1.
    ///
    /// Waits take turns and are spread over the minute. Other calls are neither held back nor counted.
    pub fn requests_per_minute(mut self, requests: u32) -> Self {
        self.requests_per_minute = Some(requests);
        self
    }

    /// Lets waits ask as often as they like, for a program that keeps Atlas's rate limit in another way.
    pub fn unlimited_requests(mut self) -> Self {
        self.requests_per_minute = None;
        self
    }

    /// Longest time for making a connection, by default 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Product to name in the `User-Agent` header, before this crate's own.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.product = Some(product.into());
        self
    }

    /// HTTP client to build upon, for proxies, certificates and the like.
    ///
    /// Redirects, retries, the user agent, the connect timeout and `connection_verbose` are set over it.
    pub fn http_client(mut self, http: reqwest::ClientBuilder) -> Self {
        self.http = Some(http);
        self
    }

    /// Puts a transport in place of the network and its authentication, to count, record or replay without a socket.
    ///
    /// It gets each request as it is before authentication; no keys are needed then. Its answers are treated as those
    /// of the network are.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`], naming the setting that is missing or cannot be used.
    pub fn build(self) -> Result<Client, Error> {
        let base_url = BaseUrl::parse(&self.base_url, self.allow_insecure_http)?;
        let version = version(self.api_version, self.resource_version.as_deref())?;
        for (setting, limit) in [
            ("timeout", self.limits.call),
            ("attempt_timeout", self.limits.attempt),
            ("connect_timeout", self.connect_timeout),
        ] {
            if limit.is_zero() {
                return Err(Error::configuration(setting, "0 s is no time at all: allow more"));
            }
        }
        // Without a provider of its own, reqwest panics where it finds none.
        #[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
        if self.http.is_none() && rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(Error::configuration(
                "rustls-no-provider",
                "no rustls crypto provider is installed: install one as the process default before building a client",
            ));
        }
        let user_agent = match &self.product {
            Some(product) => format!("{product} {PRODUCT}"),
            None => PRODUCT.to_owned(),
        };
        if HeaderValue::from_str(&user_agent).is_err() {
            return Err(Error::configuration(
                "user_agent",
                format!("{user_agent:?} is nothing that an HTTP header can hold: name a product like backups/1.0"),
            ));
        }
        let http = self
            .http
            .unwrap_or_default()
            .redirect(redirect::Policy::none())
            // It would send requests again that a farewell on HTTP/2 overtook: with a nonce count that may be used up,
            // and creations that may have been carried out. `transport/unprocessed` does it as it can be done.
            .retry(retry::never())
            .connect_timeout(self.connect_timeout)
            // It would log keys' answers.
            .connection_verbose(false)
            .user_agent(user_agent)
            .build()
            .map_err(|error| Error::Configuration {
                setting: "http_client",
                problem: "no HTTP client can be made of the settings".to_owned(),
                source: Some(Arc::new(error)),
            })?;
        let link = match self.transport {
            Some(transport) => Link::Replaced(transport),
            None => {
                let authentication = self.credentials.authentication(&base_url)?;
                Link::Network { http: http.clone(), authentication }
            }
        };
        let carrier = Carrier(Arc::new(Chain {
            link,
            version,
            envelope: self.envelope,
            limits: self.limits,
            rate_limit: Mutex::default(),
            deprecations: Deprecations::default(),
        }));
        let api = atlas_exports_gen::Client::new_with_client(
            &base_url.api(self.api_version),
            http,
            Arc::new(carrier.clone()),
        );
        let budget = self.requests_per_minute.map(Budget::new);
        Ok(Client { inner: Arc::new(Inner { carrier, api, budget, claims: Claims::default() }) })
    }
}

fn version(api: ApiVersion, date: Option<&str>) -> Result<Version, Error> {
    let pinned = date.map(ResourceVersion::parse).transpose()?;
    if pinned.is_some() && api == ApiVersion::V1 {
        return Err(Error::configuration(
            "resource_version",
            "version 1.0 of the API has no resource versions: set api_version to ApiVersion::V2, or leave it out",
        ));
    }
    Ok(Version::new(api, pinned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_the_base_url_does_not_show() {
        let builder = Client::builder().base_url("https://user:hush@h/p?key=hush").api_key("public", "hush");
        let shown = format!("{builder:?}");
        assert!(shown.contains("https://h/p") && !shown.contains("hush"), "{shown}");
    }

    #[test]
    fn limits_that_nothing_could_meet_are_refused_by_their_setting() {
        let builder = || Client::builder().api_key("p", "s");
        for (builder, named) in [
            (builder().timeout(Duration::ZERO), "timeout"),
            (builder().attempt_timeout(Duration::ZERO), "attempt_timeout"),
            (builder().connect_timeout(Duration::ZERO), "connect_timeout"),
        ] {
            let error = builder.build().unwrap_err();
            assert!(matches!(error, Error::Configuration { setting, .. } if setting == named), "{error}");
        }
    }

    #[test]
    fn a_product_that_no_header_can_hold_is_refused_by_its_setting() {
        let error = Client::builder().api_key("public", "private").user_agent("two\nlines").build().unwrap_err();
        assert!(matches!(error, Error::Configuration { setting: "user_agent", .. }), "{error}");
    }
}
