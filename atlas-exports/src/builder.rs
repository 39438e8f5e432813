//! Settings of a client, given explicitly or by the environment.

use std::{ffi::OsString, fmt, path::PathBuf, sync::Arc, time::Duration};

use atlas_exports_gen::Transport;
use reqwest::{
    header::{ACCEPT_ENCODING, HeaderMap, HeaderValue},
    redirect, retry,
};

use crate::{
    ApiVersion, Authenticator, Client, Error, Observer, RetryPolicy, Secret,
    auth::CredentialOptions,
    base_url::{self, BaseUrl},
    environment,
    http::{Deprecations, RateLimiter, RateLimits, RequestVersion, ResourceVersion},
    pipeline::{Backend, Connection, Limits, Pipeline},
};

const CLOUD: &str = "https://cloud.mongodb.com";
const GOVERNMENT: &str = "https://cloud.mongodbgov.com";
const TIMEOUT: Duration = Duration::from_secs(60);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Atlas allows 100 requests a minute and project where it is strictest.
const POLLS_PER_MINUTE: u32 = 60;

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
    credentials: CredentialOptions,
    api_version: Option<ApiVersion>,
    resource_version: Option<String>,
    envelope: bool,
    limits: Limits,
    poll_rate_limit: Option<u32>,
    connect_timeout: Duration,
    product: Option<String>,
    http: Option<reqwest::ClientBuilder>,
    transport: Option<Arc<dyn Transport>>,
    observer: Option<Arc<dyn Observer>>,
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &base_url::redact_url(&self.base_url))
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
            credentials: CredentialOptions::default(),
            api_version: None,
            resource_version: None,
            envelope: false,
            limits: Limits { call: TIMEOUT, attempt: ATTEMPT_TIMEOUT, retry: RetryPolicy::default() },
            poll_rate_limit: Some(POLLS_PER_MINUTE),
            connect_timeout: CONNECT_TIMEOUT,
            product: None,
            http: None,
            transport: None,
            observer: None,
        }
    }

    /// Creates a builder from the environment; later calls override it. [`Client::from_env`] lists the variables.
    ///
    /// Credentials that are set explicitly replace those of the environment, of whatever kind they are.
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
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration), naming the variable that cannot be read. Credentials
    /// that are missing or cannot be used are an error of [`build`](Self::build).
    pub fn from_env() -> Result<Self, Error> {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    /// As [`Self::from_env`], with another way to look variables up.
    pub(crate) fn from_lookup(look_up: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let environment = environment::read(look_up)?;
        let mut builder = Self::new();
        builder.credentials.environment = environment.credentials;
        builder.api_version = environment.api_version;
        Ok(match environment.base_url {
            Some(url) => builder.base_url(url),
            None => builder,
        })
    }

    /// Sets the root of the service, `https://cloud.mongodb.com` by default.
    ///
    /// The client adds the path of the API. A path prefix, as a proxy may have, and a trailing slash are fine.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Uses Atlas for Government: sets the root of the service to `https://cloud.mongodbgov.com`.
    pub fn government(self) -> Self {
        self.base_url(GOVERNMENT)
    }

    /// Sets the version of the API: by default [`ApiVersion::V2`] with a service account, else [`ApiVersion::V1`].
    pub fn api_version(mut self, version: ApiVersion) -> Self {
        self.api_version = Some(version);
        self
    }

    /// Sets the date of the resource version that every operation asks for, such as `2023-01-01`, with
    /// [`ApiVersion::V2`] alone.
    ///
    /// By default each operation asks for the one that this crate was written for.
    pub fn resource_version(mut self, date: impl Into<String>) -> Self {
        self.resource_version = Some(date.into());
        self
    }

    /// Accepts `http://` for hosts other than loopback ones.
    ///
    /// Responses can then be read on the way, and so can what an [`Authenticator`] puts on requests; API keys never can,
    /// and a service account, which would have to send its secret, still requires `https://`.
    pub fn allow_insecure_http(mut self) -> Self {
        self.allow_insecure_http = true;
        self
    }

    /// Authenticates with a programmatic API key, by HTTP Digest (RFC 7616).
    ///
    /// Either half can be in a [file](Secret::file), which is read again after a 401.
    pub fn api_key(mut self, public: impl Into<Secret>, private: impl Into<Secret>) -> Self {
        self.credentials.api_key = Some((public.into(), private.into()));
        self
    }

    /// Authenticates with a service account, by access tokens (RFC 6749, section 4.4).
    ///
    /// The first call fetches a token; concurrent calls wait for it. It is renewed 5 minutes before it expires, or in the
    /// last sixth of its life if that is shorter, by one call, while the others continue with it. After a 401 that refuses
    /// it, another one is fetched and the call is repeated once. Either half can be in a [file](Secret::file), which is
    /// read again whenever a token is fetched.
    ///
    /// ```
    /// use atlas_exports::Client;
    ///
    /// let atlas = Client::builder()
    ///     .service_account("mdb_sa_id_5f3c5a1e8e4b2a0012345678", "mdb_sa_sk_secret")
    ///     .build()?;
    /// # Ok::<(), atlas_exports::Error>(())
    /// ```
    pub fn service_account(mut self, client_id: impl Into<Secret>, client_secret: impl Into<Secret>) -> Self {
        self.credentials.service_account = Some((client_id.into(), client_secret.into()));
        self
    }

    /// Sets the file in which the access token of a service account is cached, for short-lived programs, because Atlas
    /// limits tokens. None by default; with other credentials it has no effect.
    ///
    /// The file belongs to its owner alone (0600). It holds the access token, which is as good as the secret until it
    /// expires, but not the secret itself. Of programs that start together, one fetches a token and the others wait for it
    /// up to 20 s, by a lock on a file beside it whose name ends in `.lock`. A file that cannot be used is ignored or
    /// replaced, with a warning through `tracing`, and never an error.
    pub fn token_cache(mut self, path: impl Into<PathBuf>) -> Self {
        self.credentials.token_cache = Some(path.into());
        self
    }

    /// Authenticates in another way, in place of an API key or a service account.
    pub fn authenticator(mut self, authenticator: Arc<dyn Authenticator>) -> Self {
        self.credentials.authenticator = Some(authenticator);
        self
    }

    /// Sets whether every request asks for the envelope; not by default. The results are the same.
    pub fn envelope(mut self, envelope: bool) -> Self {
        self.envelope = envelope;
        self
    }

    /// Sets the time limit of a call, more than zero and 60 s by default: all its attempts, their challenges or tokens, and
    /// its waiting for those of other calls, included.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.call = timeout;
        self
    }

    /// Sets the time limit of one attempt, more than zero and 20 s by default: its challenges and the whole body of the
    /// response included. An attempt that stalls for so long is repeated as the [retry policy](Self::retry) allows.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.limits.attempt = timeout;
        self
    }

    /// Sets how often and how long a call is attempted; by default up to 4 times within 60 s.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.limits.retry = policy;
        self
    }

    /// Sets the number of requests a minute that all waits and audits of this client together send to one project: at
    /// least 1, 60 by default.
    ///
    /// They take turns and are spread over the minute. Other calls are neither held back nor counted.
    pub fn poll_rate_limit(mut self, polls_per_minute: u32) -> Self {
        self.poll_rate_limit = Some(polls_per_minute);
        self
    }

    /// Lets waits and audits send requests without a limit, for a program that respects Atlas's rate limit in another way.
    pub fn no_poll_rate_limit(mut self) -> Self {
        self.poll_rate_limit = None;
        self
    }

    /// Sets the time limit for establishing a connection, more than zero and 10 s by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets a product to name in the `User-Agent` header, before this crate's own.
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.product = Some(product.into());
        self
    }

    /// Sets an HTTP client to build upon, for proxies, certificates and the like.
    ///
    /// Without one, the proxies of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`) or of the system
    /// are used, but not for a base URL on this machine: `localhost`, names below it, `127.0.0.0/8` and `::1`.
    ///
    /// Redirects, retries, the user agent, `Accept-Encoding`, the connect timeout and `connection_verbose` are overridden.
    pub fn http_client(mut self, http: reqwest::ClientBuilder) -> Self {
        self.http = Some(http);
        self
    }

    /// Replaces the network and its authentication by a transport, to count, record or replay without a socket.
    ///
    /// It gets each request as it is before authentication; no credentials are needed then. Its responses go through the
    /// same steps as those of the network. An error of its own is an
    /// [`ErrorKind::Transport`](crate::ErrorKind::Transport) and not repeated; an [`Error`] or a [`reqwest::Error`] is taken
    /// for what it is.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Sets an observer, which is told of every exchange and every call when it has ended. By default there is none.
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Creates the client.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration), naming the setting that is missing or cannot be used.
    pub fn build(self) -> Result<Client, Error> {
        let base_url = BaseUrl::parse(&self.base_url, self.allow_insecure_http)?;
        let default = if self.credentials.is_service_account() { ApiVersion::V2 } else { ApiVersion::V1 };
        let api_version = self.api_version.unwrap_or(default);
        let pinned = self.resource_version.as_deref().map(|date| ResourceVersion::parse_for(api_version, date));
        let version = RequestVersion::new(api_version, pinned.transpose()?);
        self.check_numbers()?;
        check_tls(&base_url, self.http.is_some() || self.transport.is_some())?;
        let user_agent = user_agent(self.product.as_deref())?;
        let http = self.http.unwrap_or_else(|| match reqwest::Client::builder() {
            // http is allowed to this machine because nothing leaves it, which holds without a proxy alone.
            http if base_url.is_loopback() => http.no_proxy(),
            http => http,
        });
        let http = http
            .redirect(redirect::Policy::none())
            // It would send requests again that a GOAWAY overtook: with a nonce count that may be used up, and creations
            // that may have been carried out. The pipeline sends again what may be.
            .retry(retry::never())
            .connect_timeout(self.connect_timeout)
            // It would log the answers to challenges.
            .connection_verbose(false)
            .user_agent(user_agent)
            .default_headers(HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]))
            .build()
            .map_err(|error| {
                Error::configuration("http_client", "no HTTP client can be created from the settings")
                    .with_source(error)
            })?;
        let backend = match self.transport {
            Some(transport) => Backend::Custom(transport),
            None => {
                let authentication = self.credentials.authentication(&base_url)?;
                Backend::Http { client: http.clone(), authentication }
            }
        };
        let connection = Connection {
            backend,
            version,
            envelope: self.envelope,
            observer: self.observer,
            rate_limits: RateLimits::default(),
            deprecations: Deprecations::default(),
        };
        let pipeline = Pipeline { connection: Arc::new(connection), limits: self.limits };
        let poll_rate = self.poll_rate_limit.map(RateLimiter::new);
        Ok(Client::new(&base_url.api(api_version), http, pipeline, poll_rate))
    }

    /// Refuses zero, which no setting has a use for.
    fn check_numbers(&self) -> Result<(), Error> {
        let is_zero = [
            ("timeout", self.limits.call.is_zero()),
            ("attempt_timeout", self.limits.attempt.is_zero()),
            ("connect_timeout", self.connect_timeout.is_zero()),
            ("retry", self.limits.retry.max_attempts == 0 || self.limits.retry.max_elapsed.is_zero()),
            ("poll_rate_limit", self.poll_rate_limit == Some(0)),
        ];
        match is_zero.iter().find(|(_, is_zero)| *is_zero) {
            Some((setting, _)) => Err(Error::configuration(setting, "must be greater than zero")),
            None => Ok(()),
        }
    }
}

fn user_agent(product: Option<&str>) -> Result<String, Error> {
    let user_agent = match product {
        Some(product) => format!("{product} {PRODUCT}"),
        None => PRODUCT.to_owned(),
    };
    if HeaderValue::from_str(&user_agent).is_err() {
        let problem = format!("{user_agent:?} is not a valid HTTP header value; name a product like backups/1.0");
        return Err(Error::configuration("user_agent", problem));
    }
    Ok(user_agent)
}

/// Refuses what would fail at the first request, or panic where there is no provider for rustls.
fn check_tls(base_url: &BaseUrl, is_custom: bool) -> Result<(), Error> {
    #[cfg(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")))]
    if base_url.is_https() && !is_custom {
        return Err(Error::configuration(
            "base_url",
            "https needs TLS, and atlas-exports was built without any; enable one of its features rustls, \
             rustls-no-provider and native-tls",
        ));
    }
    #[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
    if !is_custom && rustls::crypto::CryptoProvider::get_default().is_none() {
        return Err(Error::configuration(
            "rustls-no-provider",
            "no rustls crypto provider is installed; install one as the process default before building a client",
        ));
    }
    let _ = (base_url, is_custom);
    Ok(())
}

impl Client {
    /// Returns a [`ClientBuilder`].
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Creates a client from environment variables.
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `MONGODB_ATLAS_PUBLIC_API_KEY`, else `MONGODB_ATLAS_PUBLIC_KEY` | public key of an API key |
    /// | `MONGODB_ATLAS_PRIVATE_API_KEY`, else `MONGODB_ATLAS_PRIVATE_KEY` | its private key |
    /// | `MONGODB_ATLAS_CLIENT_ID` | client id of a service account |
    /// | `MONGODB_ATLAS_CLIENT_SECRET` | its secret |
    /// | `MONGODB_ATLAS_BASE_URL` | root of the service, `https://cloud.mongodb.com` by default |
    /// | `MONGODB_ATLAS_API_VERSION` | `v1` or `v2`; `v2` by default with a service account, else `v1` |
    ///
    /// Either an API key or a service account has to be set, not both. Each of their variables may be replaced by one with
    /// `_FILE` after its name, which holds the path of a file with the value, as containers mount secrets; see
    /// [`Secret::file`](crate::Secret::file). An empty variable counts as not set. [`ClientBuilder::from_env`] lets other
    /// settings be added.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration), naming the variable that is missing or cannot be
    /// used.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }
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
    fn a_service_account_uses_version_2_unless_another_is_set() {
        let account = || Client::builder().service_account("id", "secret");
        let key = || Client::builder().api_key("public", "private");
        for (builder, version) in [
            (account(), "v2"),
            (account().api_version(ApiVersion::V1), "v1.0"),
            (key(), "v1.0"),
            (key().api_version(ApiVersion::V2), "v2"),
        ] {
            let base = builder.build().unwrap().base().to_owned();
            assert!(base.ends_with(version), "{base}");
        }
    }

    #[test]
    fn zero_is_refused_by_its_setting() {
        let builder = || Client::builder().api_key("p", "s");
        for (builder, named) in [
            (builder().timeout(Duration::ZERO), "timeout"),
            (builder().attempt_timeout(Duration::ZERO), "attempt_timeout"),
            (builder().connect_timeout(Duration::ZERO), "connect_timeout"),
            (builder().retry(RetryPolicy::default().max_attempts(0)), "retry"),
            (builder().retry(RetryPolicy::default().max_elapsed(Duration::ZERO)), "retry"),
            (builder().poll_rate_limit(0), "poll_rate_limit"),
        ] {
            let error = builder.build().unwrap_err();
            assert_eq!(error.setting(), Some(named), "{error}");
            assert_eq!(error.to_string(), format!("{named}: must be greater than zero"));
        }
    }

    #[test]
    fn a_product_that_no_header_can_hold_is_refused_by_its_setting() {
        let error = Client::builder().api_key("public", "private").user_agent("two\nlines").build().unwrap_err();
        assert_eq!(error.setting(), Some("user_agent"), "{error}");
    }
}
