//! Settings of a client.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use atlas_exports_gen::Transport;
use reqwest::redirect;
use secrecy::SecretString;

use crate::{
    Client, Error, RetryPolicy,
    base_url::BaseUrl,
    call::Carrier,
    client::Inner,
    exports::Claims,
    transport::{Budget, Chain, Digest, Limits, Link},
};

const CLOUD: &str = "https://cloud.mongodb.com";
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
    api_key: Option<(String, SecretString)>,
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
            .field("base_url", &self.base_url)
            .field("api_key", &self.api_key.as_ref().map(|_| "[REDACTED]"))
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
            api_key: None,
            envelope: false,
            limits: Limits { call: TIMEOUT, attempt: ATTEMPT_TIMEOUT, retry: RetryPolicy::default() },
            requests_per_minute: Some(REQUESTS_PER_MINUTE),
            connect_timeout: CONNECT_TIMEOUT,
            product: None,
            http: None,
            transport: None,
        }
    }

    /// Root of the service, by default `https://cloud.mongodb.com`.
    ///
    /// The client adds the path of the API. A path prefix, as a proxy may have, and a trailing slash are fine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Accepts `http://` for hosts other than loopback ones. Answers then travel in the clear, keys never do.
    pub fn allow_insecure_http(mut self) -> Self {
        self.allow_insecure_http = true;
        self
    }

    /// Programmatic API key to answer HTTP Digest challenges with (RFC 7616).
    pub fn api_key(mut self, public: impl Into<String>, private: impl Into<SecretString>) -> Self {
        self.api_key = Some((public.into(), private.into()));
        self
    }

    /// Asks Atlas for the envelope on every call, by default not. Callers cannot tell the difference.
    pub fn envelope(mut self, envelope: bool) -> Self {
        self.envelope = envelope;
        self
    }

    /// Longest time for a whole call, by default 60 s: all its attempts, their challenges, and its waiting for others
    /// to fetch one, included.
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
    /// Redirects, the user agent and the connect timeout are set over it.
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
        let http = self
            .http
            .unwrap_or_default()
            .redirect(redirect::Policy::none())
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
        let link = match (self.transport, self.api_key) {
            (Some(transport), _) => Link::Replaced(transport),
            (None, Some((public, private))) => {
                if public.trim().is_empty() {
                    return Err(Error::configuration("api_key", "the public key is empty"));
                }
                Link::Network { http: http.clone(), digest: Digest::new(public, private, base_url.host()) }
            }
            (None, None) => {
                return Err(Error::configuration("api_key", "no API key is given: call api_key, or use from_env"));
            }
        };
        let carrier = Carrier(Arc::new(Chain {
            link,
            envelope: self.envelope,
            limits: self.limits,
            rate_limit: Mutex::default(),
        }));
        let api = atlas_exports_gen::Client::new_with_client(&base_url.api(), http, Arc::new(carrier.clone()));
        let budget = self.requests_per_minute.map(Budget::new);
        Ok(Client { inner: Arc::new(Inner { carrier, api, budget, claims: Claims::default() }) })
    }
}
