//! Settings of a fake, said one by one.

use std::{
    io,
    time::{Duration, SystemTime},
};

use crate::{
    Algorithm, Balance, Challenge, Envelope, EnvelopedErrors, FakeAtlas, NcPolicy, RateLimit, Reuse,
    handle::settings::Settings, net::server,
};

/// Builds a [`FakeAtlas`] that differs from the default one.
///
/// ```no_run
/// # async fn test() {
/// use std::time::Duration;
/// use atlas_exports_testing::{Algorithm, FakeAtlas};
///
/// let atlas = FakeAtlas::builder()
///     .algorithms([Algorithm::Sha256, Algorithm::Md5])
///     .nonce_life(Duration::from_secs(5))
///     .start()
///     .await;
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing runs before start()"]
pub struct FakeAtlasBuilder {
    settings: Settings,
}

impl FakeAtlasBuilder {
    /// Port to listen on; by default the system chooses a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.settings.port = port;
        self
    }

    /// Path before the API's own, as behind a gateway: `/gateway` serves `/gateway/api/atlas/v1.0/..`.
    pub fn path_prefix(mut self, prefix: &str) -> Self {
        let prefix = prefix.trim_matches('/');
        self.settings.prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        self
    }

    /// Public and private key that are accepted.
    pub fn api_key(mut self, public: impl Into<String>, private: impl Into<String>) -> Self {
        self.settings.public_key = public.into();
        self.settings.private_key = private.into();
        self
    }

    /// Id and secret of the service account that gets tokens.
    pub fn service_account(mut self, client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        self.settings.client_id = client_id.into();
        self.settings.client_secret = client_secret.into();
        self
    }

    /// How long a token lives, of tokio's time; an hour by default. `expires_in` says so too.
    pub fn token_life(mut self, life: Duration) -> Self {
        self.settings.tokens.life = life;
        self
    }

    /// What `expires_in` says, when that shall not be the truth.
    pub fn token_expires_in(mut self, seconds: u64) -> Self {
        self.settings.tokens.told = Some(seconds);
        self
    }

    /// How many requests a minute a client may make to the OAuth endpoints; any number by default.
    pub fn token_rate(mut self, per_minute: u32) -> Self {
        self.settings.tokens.per_minute = Some(per_minute);
        self
    }

    /// Refuses tokens on v1.0; by default they are accepted there as on v2.
    pub fn tokens_on_v2_only(mut self) -> Self {
        self.settings.bearer_on_v1 = false;
        self
    }

    /// Project and cluster that hold the jobs of the start.
    pub fn project(mut self, project_id: impl Into<String>, cluster_name: impl Into<String>) -> Self {
        self.settings.project_id = project_id.into();
        self.settings.cluster_name = cluster_name.into();
        self
    }

    /// Asks nobody for credentials.
    pub fn without_authentication(mut self) -> Self {
        self.settings.authentication = false;
        self
    }

    /// The challenge's realm; `MMS Public API` by default.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.settings.realm = realm.into();
        self
    }

    /// The one algorithm that is offered; MD5 by default.
    pub fn algorithm(self, algorithm: Algorithm) -> Self {
        self.algorithms([algorithm])
    }

    /// The algorithms that are offered and accepted, each in a header of its own and in this order.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.settings.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Leaves `qop` out, as servers of RFC 2069 did: no `nc`, no `cnonce`.
    pub fn without_qop(mut self) -> Self {
        self.settings.qop = false;
        self
    }

    /// Another challenge than Atlas's.
    pub fn challenge(mut self, challenge: Challenge) -> Self {
        self.settings.challenge = challenge;
        self
    }

    /// How long a nonce lives; 60 s by default, of tokio's time.
    pub fn nonce_life(mut self, life: Duration) -> Self {
        self.settings.nonces.life = life;
        self
    }

    /// How often a nonce can be used; 1024 by default.
    pub fn nonce_uses(mut self, uses: u32) -> Self {
        self.settings.nonces.max_uses = uses;
        self
    }

    /// Which counts a nonce accepts; each once by default.
    pub fn nc_policy(mut self, policy: NcPolicy) -> Self {
        self.settings.nonces.policy = policy;
        self
    }

    /// Whether a nonce can be used again; yes by default. [`FakeAtlas::set_reuse`] changes it later.
    pub fn reuse(mut self, reuse: Reuse) -> Self {
        self.settings.nonces.reuse = reuse;
        self
    }

    /// How `envelope=true` is obeyed; with `content` by default.
    pub fn envelope(mut self, envelope: Envelope) -> Self {
        self.settings.envelope = envelope;
        self
    }

    /// How errors answer `envelope=true`; plainly by default.
    pub fn enveloped_errors(mut self, errors: EnvelopedErrors) -> Self {
        self.settings.enveloped_errors = errors;
        self
    }

    /// Puts several nodes behind the address. They share everything but their nonces.
    pub fn nodes(mut self, nodes: usize, balance: Balance) -> Self {
        self.settings.nodes = nodes.max(1);
        self.settings.balance = balance;
        self
    }

    /// Where the chance of faults begins that have a probability; the same requests in the same order meet the same ones.
    /// Nonces and tokens differ each time.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// What the service's clock shows at the start; this machine's time by default.
    pub fn clock(mut self, start: SystemTime) -> Self {
        self.settings.start = Some(start);
        self
    }

    /// How fast the service's clock runs, next to tokio's. It shows in `Date`, `createdAt` and `finishedAt`; what
    /// clients measure themselves (nonces, tokens, rate limits, delays) stays on tokio's time.
    pub fn time_scale(mut self, scale: f64) -> Self {
        self.settings.time_scale = scale;
        self
    }

    /// How many requests [`FakeAtlas::requests`] remembers, the oldest being forgotten first; 50,000 by default.
    pub fn remember_requests(mut self, requests: usize) -> Self {
        self.settings.remembered = requests;
        self
    }

    /// Accepts every project id and cluster name: both come into being when they are asked for.
    pub fn any_project(mut self) -> Self {
        self.settings.any_project = true;
        self
    }

    /// Serves HTTPS, HTTP/2 and HTTP/1.1 as the client likes best, with a certificate for `127.0.0.1`, `localhost` and
    /// Atlas's own names from an authority of its own: [`FakeAtlas::ca_pem`].
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.settings.tls = true;
        self
    }

    /// Does not offer HTTP/2 over TLS.
    #[cfg(feature = "tls")]
    pub fn without_http2(mut self) -> Self {
        self.settings.http2 = false;
        self
    }

    /// Limits the requests of each project; [`FakeAtlas::set_rate_limit`] changes it later.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.settings.rate_limit = Some(limit);
        self
    }

    /// Starts to serve, on the runtime that it is called on.
    ///
    /// # Panics
    ///
    /// When it cannot listen on the port; [`FakeAtlasBuilder::try_start`] returns that as an error.
    #[expect(clippy::panic, reason = "a test without its server cannot go on")]
    pub async fn start(self) -> FakeAtlas {
        match self.try_start().await {
            Ok(atlas) => atlas,
            Err(error) => panic!("the fake cannot listen on a loopback port: {error}"),
        }
    }

    /// Starts to serve, on the runtime that it is called on.
    ///
    /// # Errors
    ///
    /// When it cannot listen on the port.
    pub async fn try_start(self) -> io::Result<FakeAtlas> {
        server::start(self.settings).await
    }

    /// Starts to serve on a thread of its own, for tests that are not async.
    ///
    /// # Errors
    ///
    /// When it cannot listen on the port or start the thread.
    pub fn start_blocking(self) -> io::Result<FakeAtlas> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("fake-atlas")
            .enable_all()
            .build()?;
        let atlas = runtime.block_on(self.try_start())?;
        Ok(atlas.with_runtime(runtime))
    }
}
