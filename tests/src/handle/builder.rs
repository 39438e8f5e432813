//! The builder of a fake.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize},
    },
    time::{Duration, SystemTime},
};

use tokio::{net::TcpListener, sync::watch};

use super::settings::Settings;
#[cfg(feature = "tls")]
use crate::net::tls::Identity;
use crate::{
    Algorithm, Balance, Challenge, Envelope, EnvelopedErrors, FakeAtlas, Kind, NcPolicy, Paging, RateLimit, Reuse,
    Scenario,
    api::{Api, state::ApiState},
    auth::Auth,
    data::{
        clock::Clock,
        jobs::Job,
        log::Log,
        seed::{self, Place},
        store::{Bucket, Store},
    },
    faults::FaultQueue,
    net::service::Service,
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
///     .nonce_lifetime(Duration::from_secs(5))
///     .start()
///     .await;
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until start() is called"]
pub struct FakeAtlasBuilder {
    settings: Settings,
}

/// The network.
impl FakeAtlasBuilder {
    /// Sets the host name or address to listen on; `127.0.0.1` by default. Everybody who reaches another address can use
    /// the fake.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.settings.host = host.into();
        self
    }

    /// Serves the control interface below `/_fake`, by which tests in other languages change and inspect the fake. It
    /// needs no credentials.
    pub fn control(mut self) -> Self {
        self.settings.control = true;
        self
    }

    /// Sets the port to listen on; a free one by default.
    pub fn port(mut self, port: u16) -> Self {
        self.settings.port = port;
        self
    }

    /// Sets a path before that of the API, as behind a gateway: `/gateway` serves `/gateway/api/atlas/v1.0/..`.
    pub fn path_prefix(mut self, prefix: &str) -> Self {
        let prefix = prefix.trim_matches('/');
        self.settings.prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        self
    }

    /// Serves from several nodes behind the address. They share everything but nonces.
    pub fn nodes(mut self, nodes: usize, balance: Balance) -> Self {
        self.settings.auth.nodes = nodes.max(1);
        self.settings.balance = balance;
        self
    }

    /// Serves HTTPS with HTTP/2 and HTTP/1.1. The certificate is valid for `127.0.0.1`, `localhost` and the names of
    /// Atlas, and is signed by an authority of its own: [`FakeAtlas::ca_pem`].
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

    /// Sets how many requests [`FakeAtlas::requests`] remembers before it forgets the oldest; 50,000 by default.
    pub fn remember_requests(mut self, requests: usize) -> Self {
        self.settings.remembered_requests = requests;
        self
    }
}

/// Authentication.
impl FakeAtlasBuilder {
    /// Sets the public and private key that are accepted.
    pub fn api_key(self, public: impl Into<String>, private: impl Into<String>) -> Self {
        self.public_key(public).private_key(private)
    }

    /// Sets the public key that is accepted.
    pub fn public_key(mut self, key: impl Into<String>) -> Self {
        self.settings.auth.public_key = key.into();
        self
    }

    /// Sets the private key that is accepted.
    pub fn private_key(mut self, key: impl Into<String>) -> Self {
        self.settings.auth.private_key = key.into();
        self
    }

    /// Sets the id and secret of the service account that is accepted.
    pub fn service_account(mut self, client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        self.settings.auth.client_id = client_id.into();
        self.settings.auth.client_secret = client_secret.into();
        self
    }

    /// Sets the lifetime of tokens, on tokio's clock; an hour by default. `expires_in` equals it.
    pub fn token_lifetime(mut self, life: Duration) -> Self {
        self.settings.auth.tokens.lifetime = life;
        self
    }

    /// Sets `expires_in` in seconds, when it is to differ from the lifetime.
    pub fn token_expires_in(mut self, seconds: u64) -> Self {
        self.settings.auth.tokens.expires_in = Some(seconds);
        self
    }

    /// Limits the requests of each client to the OAuth endpoints; unlimited by default.
    pub fn token_rate_limit(mut self, per_minute: u32) -> Self {
        self.settings.auth.tokens.requests_per_minute = Some(per_minute);
        self
    }

    /// Refuses tokens on v1.0; they are accepted there by default.
    pub fn tokens_on_v2_only(mut self) -> Self {
        self.settings.auth.tokens_on_v1 = false;
        self
    }

    /// Accepts requests without credentials.
    pub fn without_authentication(mut self) -> Self {
        self.settings.auth.required = false;
        self
    }

    /// Sets the realm of the challenge; `MMS Public API` by default.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.settings.auth.realm = realm.into();
        self
    }

    /// Sets the one algorithm that is offered; MD5 by default.
    pub fn algorithm(self, algorithm: Algorithm) -> Self {
        self.algorithms([algorithm])
    }

    /// Sets the algorithms that are offered and accepted, each in a header of its own and in this order.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.settings.auth.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Leaves out `qop`, as RFC 2069 does: clients send neither `nc` nor `cnonce`.
    pub fn without_qop(mut self) -> Self {
        self.settings.auth.qop = false;
        self
    }

    /// Sets the challenge; that of Atlas by default.
    pub fn challenge(mut self, challenge: Challenge) -> Self {
        self.settings.auth.challenge = challenge;
        self
    }

    /// Sets the lifetime of nonces, on tokio's clock; 60 s by default.
    pub fn nonce_lifetime(mut self, life: Duration) -> Self {
        self.settings.auth.nonces.lifetime = life;
        self
    }

    /// Sets how often a nonce is accepted; 1024 times by default.
    pub fn nonce_uses(mut self, uses: u32) -> Self {
        self.settings.auth.nonces.max_uses = uses;
        self
    }

    /// Sets which nonce counts are accepted; each once by default.
    pub fn nc_policy(mut self, policy: NcPolicy) -> Self {
        self.settings.auth.nonces.policy = policy;
        self
    }

    /// Sends the nonce for the next request with each response, in `Authentication-Info`, which Atlas does not.
    pub fn next_nonces(mut self) -> Self {
        self.settings.auth.next_nonces = true;
        self
    }

    /// Sets whether a nonce is accepted more than once; it is by default. [`FakeAtlas::set_reuse`] changes it later.
    pub fn reuse(mut self, reuse: Reuse) -> Self {
        self.settings.auth.nonces.reuse = reuse;
        self
    }
}

/// The API and its data.
impl FakeAtlasBuilder {
    /// Sets the project and cluster of the initial jobs.
    pub fn project(self, project_id: impl Into<String>, cluster_name: impl Into<String>) -> Self {
        self.project_id(project_id).cluster_name(cluster_name)
    }

    /// Sets the project of the initial jobs.
    pub fn project_id(mut self, project_id: impl Into<String>) -> Self {
        self.settings.project_id = project_id.into();
        self
    }

    /// Sets the cluster of the initial jobs.
    pub fn cluster_name(mut self, cluster_name: impl Into<String>) -> Self {
        self.settings.cluster_name = cluster_name.into();
        self
    }

    /// Starts with the jobs, faults, rate limit and versions of a scenario.
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.settings.scenario = scenario;
        self
    }

    /// Accepts every project id and cluster name: a request creates the project and cluster that it names.
    pub fn any_project(mut self) -> Self {
        self.settings.any_project = true;
        self
    }

    /// Sets the effect of `envelope=true`; [`Envelope::Content`] by default.
    pub fn envelope(mut self, envelope: Envelope) -> Self {
        self.settings.api.envelope = envelope;
        self
    }

    /// Sets the effect of `envelope=true` on errors; [`EnvelopedErrors::Plain`] by default.
    pub fn enveloped_errors(mut self, errors: EnvelopedErrors) -> Self {
        self.settings.api.enveloped_errors = errors;
        self
    }

    /// Responds to lists that are requested with `includeCount=false` with `totalCount: 0` and without a `next` link, even
    /// when there are more pages. By default such pages have a `next` link and no `totalCount`.
    pub fn next_link_only_with_count(mut self) -> Self {
        self.settings.api.paging = Paging::new().next_only_with_count();
        self
    }

    /// Limits the requests of each project; unlimited by default. [`FakeAtlas::set_rate_limit`] changes it later.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.settings.api.rate_limit = Some(limit);
        self
    }

    /// Sets the seed of faults with a probability: the same requests in the same order meet the same faults. Nonces and
    /// tokens differ in each run.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Sets the time that the clock of the service starts with; the time of this machine by default.
    pub fn clock(mut self, start: SystemTime) -> Self {
        self.settings.start = Some(start);
        self
    }

    /// Sets how fast the clock of the service runs, compared to that of tokio. It shows in `Date`, `createdAt` and
    /// `finishedAt`. Nonces, tokens, rate limits and delays follow tokio's clock alone.
    pub fn time_scale(mut self, scale: f64) -> Self {
        self.settings.time_scale = scale;
        self
    }
}

/// The start.
impl FakeAtlasBuilder {
    /// Starts the fake on the current runtime.
    ///
    /// # Panics
    ///
    /// When it cannot listen on the port; [`FakeAtlasBuilder::try_start`] returns that as an error.
    #[expect(clippy::panic, reason = "a test cannot continue without its server")]
    pub async fn start(self) -> FakeAtlas {
        match self.try_start().await {
            Ok(atlas) => atlas,
            Err(error) => panic!("the fake cannot listen on a loopback port: {error}"),
        }
    }

    /// Starts the fake on the current runtime.
    ///
    /// # Errors
    ///
    /// When it cannot listen on the port.
    pub async fn try_start(self) -> io::Result<FakeAtlas> {
        let settings = self.settings;
        let listener = TcpListener::bind((settings.host.as_str(), settings.port)).await?;
        let address = listener.local_addr()?;
        #[cfg(feature = "tls")]
        let tls = if settings.tls { Some(Identity::new(settings.http2).map_err(io::Error::other)?) } else { None };
        #[cfg(feature = "tls")]
        let scheme = if settings.tls { "https" } else { "http" };
        #[cfg(not(feature = "tls"))]
        let scheme = "http";
        let root = format!("{scheme}://{}{}", reachable(address), settings.prefix);
        let clock = Arc::new(Clock::new(settings.start.unwrap_or_else(SystemTime::now), settings.time_scale));
        let store = initial_store(&settings, &root);
        let auth = Auth::new(settings.auth, Arc::clone(&clock));
        let api = Api::new(ApiState {
            root,
            project_id: settings.project_id,
            cluster_name: settings.cluster_name,
            clock,
            store: Mutex::new(store),
            new_jobs: Mutex::default(),
            refuse_duplicates: AtomicBool::new(false),
            list_sharded_snapshots_apart: AtomicBool::new(false),
            paging: Mutex::new(settings.api.paging),
            settings: settings.api,
        });
        let faults = FaultQueue::new(settings.seed);
        settings.scenario.apply(&api, &faults);
        let service = Service {
            auth,
            api,
            faults,
            control: settings.control,
            log: Log::new(settings.remembered_requests),
            retire: watch::Sender::new(0),
            prefix: settings.prefix,
            balance: settings.balance,
            next_node: AtomicUsize::new(0),
            #[cfg(feature = "tls")]
            tls,
        };
        Ok(FakeAtlas::new(Arc::new(service), listener, address))
    }

    /// Starts the fake on a thread of its own, for tests that are not async.
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

/// An address that clients on this machine reach the listener by.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    address
}

/// The data that a fake starts with.
fn initial_store(settings: &Settings, root: &str) -> Store {
    let place = Place { root, project: &settings.project_id, cluster: &settings.cluster_name };
    let mut store = Store::new(settings.any_project);
    let project = store.add_project(&settings.project_id);
    project.buckets.push(Bucket { id: seed::BUCKET.into(), document: seed::bucket(), in_use: false });
    let cluster = project.add_cluster(&settings.cluster_name);
    for kind in Kind::ALL {
        cluster.put(&kind.id(), Job::Verbatim(seed::document(kind, &place)));
    }
    store
}
