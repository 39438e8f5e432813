//! The handle of a running fake.

mod accounts;
mod backups;
pub(crate) mod builder;
pub(crate) mod connect_proxy;
mod example;
mod faults;
mod jobs;
mod requests;
mod settings;
mod versions;

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{net::TcpListener, runtime::Runtime, task::JoinHandle};

use crate::{
    FakeAtlasBuilder, Kind, Scenario, SeedJob,
    api::state::ApiState,
    control,
    data::seed,
    lock::lock,
    net::{server, service::Service},
};

/// A fake of the backup export API of MongoDB Atlas that listens on a loopback port until it is dropped.
///
/// It runs on the runtime that it is started on, so that paused time applies to it too.
///
/// ```no_run
/// # async fn test() {
/// use atlas_exports_testing::{FakeAtlas, Kind};
///
/// let atlas = FakeAtlas::start().await;
/// let url = atlas.url(&format!("/backup/exports/{}", atlas.job_id(Kind::Sharded)));
/// // .. request `url` with HTTP Digest, `atlas.public_key()` and `atlas.private_key()` ..
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
    /// Starts a fake that behaves as the live service does, on the current runtime.
    ///
    /// # Panics
    ///
    /// When it cannot listen on a loopback port.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Returns a builder with the settings of [`FakeAtlas::start`].
    pub fn builder() -> FakeAtlasBuilder {
        FakeAtlasBuilder::default()
    }

    fn new(service: Arc<Service>, listener: TcpListener, address: SocketAddr) -> Self {
        let atlas = Self { service, jobs: seed::jobs(), address, serving: Mutex::default(), runtime: None };
        atlas.serve(listener);
        atlas
    }

    fn serve(&self, listener: TcpListener) {
        let serving = tokio::spawn(server::accept(listener, Arc::clone(&self.service)));
        if let Some(previous) = lock(&self.serving).replace(serving) {
            previous.abort();
        }
    }

    fn api(&self) -> &ApiState {
        &self.service.api.state
    }

    fn with_runtime(mut self, runtime: Runtime) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Closes the listener and all connections. The data stays, and so does what was recorded.
    pub async fn stop(&self) {
        let serving = lock(&self.serving).take();
        if let Some(serving) = serving {
            serving.abort();
            // The only error is that it was aborted.
            let _ = serving.await;
        }
    }

    /// Listens on the same port again, with all its data but without nonces.
    ///
    /// # Errors
    ///
    /// When the port is taken.
    pub async fn restart(&self) -> io::Result<()> {
        self.stop().await;
        self.drop_nonces();
        self.serve(TcpListener::bind(self.address).await?);
        Ok(())
    }

    /// Changes jobs, faults, the rate limit and versions as a scenario says.
    pub fn apply(&self, scenario: Scenario) {
        scenario.apply(&self.service.api, &self.service.faults);
    }

    /// Returns the base URL, credentials, project, cluster and jobs as JSON, as the program `fake-atlas` prints them.
    #[must_use]
    pub fn description(&self) -> Value {
        control::description(&self.service.auth, &self.service.api)
    }

    /// Returns the base URL for clients, such as `http://127.0.0.1:40123`, without the path of the API.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.api().root
    }

    /// Returns the URL of something below the default cluster, such as `/backup/exports`, on v1.0.
    #[must_use]
    pub fn url(&self, below_cluster: &str) -> String {
        self.cluster_url("v1.0", below_cluster)
    }

    /// Returns the URL of something below the default cluster, such as `/backup/exports`, on v2.
    #[must_use]
    pub fn v2_url(&self, below_cluster: &str) -> String {
        self.cluster_url("v2", below_cluster)
    }

    fn cluster_url(&self, version: &str, below_cluster: &str) -> String {
        let (project, cluster) = (self.project_id(), self.cluster_name());
        format!("{}/api/atlas/{version}/groups/{project}/clusters/{cluster}{below_cluster}", self.base_url())
    }

    /// Returns the certificate of the authority that clients have to trust; `None` without [`FakeAtlasBuilder::tls`].
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.service.tls.as_ref().map(|tls| tls.ca_pem.as_str())
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the public key, the user name of Digest.
    #[must_use]
    pub fn public_key(&self) -> &str {
        &self.service.auth.settings.public_key
    }

    /// Returns the private key, the password of Digest.
    #[must_use]
    pub fn private_key(&self) -> &str {
        &self.service.auth.settings.private_key
    }

    /// Returns the id of the service account.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.service.auth.settings.client_id
    }

    /// Returns the secret of the service account.
    #[must_use]
    pub fn client_secret(&self) -> &str {
        &self.service.auth.settings.client_secret
    }

    /// Returns the id of the default project, which has the initial jobs.
    #[must_use]
    pub fn project_id(&self) -> &str {
        &self.api().project_id
    }

    /// Returns the name of the default cluster, which has the initial jobs.
    #[must_use]
    pub fn cluster_name(&self) -> &str {
        &self.api().cluster_name
    }

    /// Returns the initial jobs, one of each kind.
    #[must_use]
    pub fn jobs(&self) -> &[SeedJob] {
        &self.jobs
    }

    /// Returns the id of the initial job of a kind.
    #[must_use]
    pub fn job_id(&self, kind: Kind) -> String {
        kind.id()
    }
}

impl Drop for FakeAtlas {
    fn drop(&mut self) {
        if let Some(serving) = lock(&self.serving).take() {
            serving.abort();
        }
        if let Some(runtime) = self.runtime.take() {
            // Dropping a runtime blocks, which is forbidden within another one.
            runtime.shutdown_background();
        }
    }
}
