//! The handle of a running fake.

pub(crate) mod accounts;
pub(crate) mod builder;
pub(crate) mod connect_proxy;
pub(crate) mod jobs;
pub(crate) mod settings;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{net::TcpListener, runtime::Runtime, task::JoinHandle};

use crate::{
    Answer, FakeAtlasBuilder, Fault, Kind, RateLimit, Recorded, Reuse, SeedJob,
    data::seed,
    lock::lock,
    net::{
        server,
        state::{Service, Shared},
    },
};

/// A fake of MongoDB Atlas's backup export API that listens on a loopback port until it is dropped.
///
/// It serves on the runtime that it was started on, so that paused time holds for it too.
///
/// ```no_run
/// # async fn test() {
/// use atlas_exports_testing::{FakeAtlas, Kind};
///
/// let atlas = FakeAtlas::start().await;
/// let url = atlas.url(&format!("/backup/exports/{}", atlas.job_id(Kind::Sharded)));
/// // .. ask for `url` with HTTP Digest, `atlas.public_key()` and `atlas.private_key()` ..
/// assert_eq!(atlas.exchanges(), 2);
/// # }
/// ```
#[derive(Debug)]
pub struct FakeAtlas {
    service: Arc<Service>,
    jobs: Vec<SeedJob>,
    address: SocketAddr,
    serving: Mutex<Option<JoinHandle<()>>>,
    runtime: Option<Runtime>,
}

impl FakeAtlas {
    /// Starts one as the live service behaves, on the runtime that it is called on.
    ///
    /// # Panics
    ///
    /// When it cannot listen on a loopback port.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Starts one that differs from the default.
    pub fn builder() -> FakeAtlasBuilder {
        FakeAtlasBuilder::default()
    }

    pub(crate) fn new(service: Arc<Service>, listener: TcpListener, address: SocketAddr) -> Self {
        let atlas = Self { service, jobs: seed::jobs(), address, serving: Mutex::default(), runtime: None };
        atlas.serve(listener);
        atlas
    }

    fn serve(&self, listener: TcpListener) {
        let serving = tokio::spawn(server::accept(listener, Arc::clone(&self.service)));
        if let Some(before) = lock(&self.serving).replace(serving) {
            before.abort();
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.service.shared
    }

    pub(crate) fn with_runtime(mut self, runtime: Runtime) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Closes the listener and all connections, as dropping does. What it holds stays, and can be looked at.
    pub async fn stop(&self) {
        let serving = lock(&self.serving).take();
        if let Some(serving) = serving {
            serving.abort();
            // It ends with the abortion that was just asked for.
            let _ = serving.await;
        }
    }

    /// Listens again after [`FakeAtlas::stop`], on the same port and with everything it held but the nonces.
    ///
    /// # Errors
    ///
    /// When somebody else took the port.
    pub async fn restart(&self) -> io::Result<()> {
        self.stop().await;
        self.drop_nonces();
        self.serve(TcpListener::bind(self.address).await?);
        Ok(())
    }

    /// The service's root, such as `http://127.0.0.1:40123`; the API's path is not part of it.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.shared().root
    }

    /// Address of something below the default cluster, such as `/backup/exports`, on v1.0.
    #[must_use]
    pub fn url(&self, below_cluster: &str) -> String {
        self.address_of("v1.0", below_cluster)
    }

    /// Address of something below the default cluster, such as `/backup/exports`, on v2.
    #[must_use]
    pub fn v2_url(&self, below_cluster: &str) -> String {
        self.address_of("v2", below_cluster)
    }

    fn address_of(&self, version: &str, below_cluster: &str) -> String {
        let (project, cluster) = (self.project_id(), self.cluster_name());
        format!("{}/api/atlas/{version}/groups/{project}/clusters/{cluster}{below_cluster}", self.base_url())
    }

    /// The certificate of the authority that a client has to trust; `None` without [`FakeAtlasBuilder::tls`].
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.service.tls.as_ref().map(|tls| tls.ca_pem.as_str())
    }

    /// Address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Public half of the API key, the user name of Digest.
    #[must_use]
    pub fn public_key(&self) -> &str {
        &self.shared().settings.public_key
    }

    /// Private half of the API key, the password of Digest.
    #[must_use]
    pub fn private_key(&self) -> &str {
        &self.shared().settings.private_key
    }

    /// Id of the service account.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.shared().settings.client_id
    }

    /// Secret of the service account.
    #[must_use]
    pub fn client_secret(&self) -> &str {
        &self.shared().settings.client_secret
    }

    /// Project that holds the jobs of the start.
    #[must_use]
    pub fn project_id(&self) -> &str {
        &self.shared().settings.project_id
    }

    /// Cluster that holds the jobs of the start.
    #[must_use]
    pub fn cluster_name(&self) -> &str {
        &self.shared().settings.cluster_name
    }

    /// The jobs of the start.
    #[must_use]
    pub fn jobs(&self) -> &[SeedJob] {
        &self.jobs
    }

    /// Id of the job of one kind.
    #[must_use]
    pub fn job_id(&self, kind: Kind) -> String {
        kind.id()
    }

    /// Accepts another API key beside those that are accepted already.
    pub fn add_key(&self, public: &str, private: &str) {
        lock(&self.shared().keys).insert(public.to_owned(), private.to_owned());
    }

    /// Accepts an API key no longer.
    pub fn revoke_key(&self, public: &str) {
        lock(&self.shared().keys).remove(public);
    }

    /// Answers a method and path with this JSON document from now on, authentication still being asked for.
    ///
    /// `{name}` and `*` stand for one segment of the path, `**` for any rest, and the API's base may be left out. The
    /// method and path need not be ones that the fake knows; what is put in last wins.
    pub fn respond(&self, method: &str, path: &str, status: u16, document: Value) {
        self.respond_with(method, path, move |_| Answer::json(status, document.clone()));
    }

    /// Answers a method and path with what a function makes of each request; see [`FakeAtlas::respond`].
    pub fn respond_with(&self, method: &str, path: &str, answer: impl Fn(&Recorded) -> Answer + Send + Sync + 'static) {
        self.shared().canned.add(method, path, Arc::new(answer));
    }

    /// Forgets what [`FakeAtlas::respond`] was told.
    pub fn clear_responses(&self) {
        self.shared().canned.clear();
    }

    /// Misbehaves once, or as the fault says. Faults that would hit the same request queue up.
    pub fn fault(&self, fault: Fault) {
        self.shared().faults.add(fault);
    }

    /// Misbehaves in several ways, as [`Fault::weather`] does.
    pub fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        for fault in faults {
            self.fault(fault);
        }
    }

    /// Tells all clients to leave their connections, as a node does before it goes: `GOAWAY` on HTTP/2, and on HTTP/1.1
    /// idle connections close. What is under way is still answered.
    pub fn goaway(&self) {
        self.shared().retire.send_modify(|times| *times += 1);
    }

    /// Behaves again.
    pub fn clear_faults(&self) {
        self.shared().faults.clear();
    }

    /// How many faults have not hit all that they are for.
    #[must_use]
    pub fn pending_faults(&self) -> usize {
        self.shared().faults.pending()
    }

    /// Forgets all nonces, as a restart does: each is answered `stale=true` from now on.
    pub fn drop_nonces(&self) {
        for node in &self.shared().nodes {
            node.forget();
        }
    }

    /// Changes whether nonces can be used again.
    pub fn set_reuse(&self, reuse: Reuse) {
        *lock(&self.shared().reuse) = reuse;
    }

    /// The requests that came, the oldest first; the last 50,000 unless told otherwise.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared().log.requests()
    }

    /// How many requests came, challenges included.
    #[must_use]
    pub fn exchanges(&self) -> usize {
        self.shared().log.exchanges()
    }

    /// How many requests were answered with this status.
    #[must_use]
    pub fn answered(&self, status: u16) -> usize {
        self.shared().log.answered(Some(status))
    }

    /// How many requests were answered 401.
    #[must_use]
    pub fn challenges(&self) -> usize {
        self.answered(401)
    }

    /// Limits the requests of each project from now on, or no longer.
    pub fn set_rate_limit(&self, limit: Option<RateLimit>) {
        self.shared().limiter.set(limit);
    }

    /// Forgets the requests and counts from 0 again.
    pub fn reset_requests(&self) {
        self.shared().log.reset();
    }
}

impl Drop for FakeAtlas {
    fn drop(&mut self) {
        if let Some(serving) = lock(&self.serving).take() {
            serving.abort();
        }
        if let Some(runtime) = self.runtime.take() {
            // Dropping a runtime blocks, which is forbidden where another one runs.
            runtime.shutdown_background();
        }
    }
}
