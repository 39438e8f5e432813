//! The target of a command and the client for it.

use std::{io, path::PathBuf, sync::Arc};

use atlas_exports::{
    ApiVersion, Client, ClientBuilder, ExportBucket, ExportBuckets, ExportJob, Exports, ProjectId, RetryPolicy,
    generated::ClientInfo,
};
use serde::Serialize;

use crate::{
    console::Console,
    exit::Problem,
    fake::{self, Fake},
    options::{Format, Shared},
    recorder::Recorder,
    render::{bucket, job},
    reporter::Reporter,
    settings::{Credentials, Settings},
    trace,
};

const PRODUCT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// What requests go to, by the settings of this machine or as a fake.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) fake: Option<Fake>,
    pub(crate) settings: Option<Settings>,
    pub(crate) project: Option<ProjectId>,
    pub(crate) cluster: Option<String>,
    base_url: Option<String>,
    api: Option<ApiVersion>,
    envelope: bool,
    token_cache: Option<PathBuf>,
}

impl Target {
    /// Resolves the settings, or starts the fake with `--fake`.
    pub(crate) async fn find(shared: &Shared) -> Result<Self, Problem> {
        let (fake, settings) = match shared.fake {
            true => (Some(fake::start().await?), None),
            false => (None, Some(Settings::resolve(shared)?)),
        };
        let (base_url, project, cluster, api) = match (&fake, &settings) {
            (Some(fake), _) => {
                let project = shared.project().cloned().map_or_else(|| fake.project(), Ok)?;
                let cluster = fake.atlas.cluster_name().to_owned();
                (Some(fake.atlas.base_url().to_owned()), Some(project), Some(cluster), shared.api)
            }
            (None, Some(settings)) => (
                settings.base_url.as_ref().map(|url| url.value.clone()),
                settings.project.as_ref().map(|id| id.value.clone()),
                None,
                settings.api.as_ref().map(|api| api.value),
            ),
            (None, None) => (None, None, None, None),
        };
        Ok(Self {
            fake,
            settings,
            project,
            cluster: shared.cluster.as_ref().map(ToString::to_string).or(cluster),
            base_url,
            api,
            envelope: shared.envelope,
            token_cache: shared.token_cache.clone(),
        })
    }

    /// Returns the root of the service.
    pub(crate) fn base_url(&self) -> &str {
        self.base_url.as_deref().unwrap_or("https://cloud.mongodb.com")
    }

    /// Returns a builder of a client for it.
    pub(crate) fn client(&self) -> Result<ClientBuilder, Problem> {
        let builder = match (&self.fake, &self.settings) {
            (Some(fake), _) => of_fake(fake, self.api),
            (None, Some(settings)) => of_settings(settings)?,
            (None, None) => Client::builder(),
        };
        let mut builder = builder.user_agent(PRODUCT).envelope(self.envelope);
        if let Some(url) = &self.base_url {
            builder = builder.base_url(url);
        }
        if let Some(api) = self.api {
            builder = builder.api_version(api);
        }
        if let Some(path) = &self.token_cache {
            builder = builder.token_cache(path);
        }
        Ok(builder)
    }

    /// Says where the settings come from, to those who want to know.
    pub(crate) fn explain(&self, console: &Console) {
        let Some(settings) = &self.settings else { return };
        if let Some(warning) = &settings.warning {
            console.warn(warning);
        }
        settings.explain().iter().for_each(|line| trace::setting(line));
    }
}

/// Everything that a command needs.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) console: Console,
    pub(crate) target: Target,
    pub(crate) reporter: Arc<Reporter>,
    recorder: Option<Arc<Recorder>>,
    client: Client,
}

impl Session {
    /// Finds the target, and builds a client for it.
    pub(crate) async fn open(shared: &Shared, console: &Console) -> Result<Self, Problem> {
        let target = Target::find(shared).await?;
        target.explain(console);
        let reporter = Arc::new(Reporter::new(shared.verbose));
        let (client, recorder) = match shared.format.kind() {
            Format::Text => (target.client()?.observer(reporter.clone()).build()?, None),
            Format::Json => {
                // The outer client sends through the inner one, so that the recorder between them sees the documents.
                // The outer one retries.
                let direct = target.client()?.retry(RetryPolicy::never()).observer(reporter.clone()).build()?;
                let recorder = Arc::new(Recorder::new(direct.api().inner().clone()));
                let outer = target.client()?.envelope(false).transport(recorder.clone());
                (outer.build()?, Some(recorder))
            }
        };
        Ok(Self { console: console.clone(), target, reporter, recorder, client })
    }

    /// Returns the export jobs of the cluster.
    pub(crate) fn exports(&self) -> Result<Exports, Problem> {
        let cluster =
            self.target.cluster.as_ref().ok_or_else(|| Problem::usage("no cluster given: use --cluster NAME"))?;
        Ok(self.client.exports(self.project()?, cluster)?)
    }

    /// Returns the export buckets of the project.
    pub(crate) fn buckets(&self) -> Result<ExportBuckets, Problem> {
        Ok(self.client.export_buckets(self.project()?))
    }

    fn project(&self) -> Result<ProjectId, Problem> {
        let missing = || Problem::usage("no project given: use --project ID or set MONGODB_ATLAS_PROJECT_ID");
        self.target.project.clone().ok_or_else(missing)
    }

    /// Returns what was given, or else what the fake has.
    pub(crate) fn or_fake<T>(
        &self,
        given: Option<T>,
        missing: &'static str,
        of_fake: impl FnOnce(&Fake) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        match (given, &self.target.fake) {
            (Some(given), _) => Ok(given),
            (None, Some(fake)) => of_fake(fake),
            (None, None) => Err(Problem::usage(missing)),
        }
    }

    /// Prints a job in full.
    pub(crate) fn print_job(&self, job: &ExportJob) -> io::Result<()> {
        self.print(job.id.as_str(), job, job::block)
    }

    /// Prints a bucket in full.
    pub(crate) fn print_bucket(&self, bucket: &ExportBucket) -> io::Result<()> {
        self.print(bucket.id().as_str(), bucket, bucket::block)
    }

    fn print<T: Serialize>(&self, id: &str, typed: &T, block: fn(&T) -> String) -> io::Result<()> {
        match self.console.format {
            Format::Text => self.console.print(&block(typed)),
            Format::Json => self.console.print(&format!("{}\n", self.document(id, typed)?)),
        }
        Ok(())
    }

    /// Returns Atlas's document with this id, as it was received.
    pub(crate) fn document(&self, id: &str, typed: &impl Serialize) -> io::Result<String> {
        match self.recorder.as_ref().and_then(|recorder| recorder.take(id)) {
            Some(document) => Ok(document),
            None => Ok(serde_json::to_string(typed)?),
        }
    }
}

fn of_settings(settings: &Settings) -> Result<ClientBuilder, Problem> {
    Ok(match settings.credentials.value.clone() {
        Credentials::OfEnvironment => ClientBuilder::from_env()?,
        Credentials::ApiKey { public, private } => Client::builder().api_key(public, private),
        Credentials::ServiceAccount { id, secret } => Client::builder().service_account(id, secret),
    })
}

/// Version 2 is used with a service account, version 1.0 with an API key.
fn of_fake(fake: &Fake, api: Option<ApiVersion>) -> ClientBuilder {
    let builder = Client::builder().no_poll_rate_limit();
    match api {
        Some(ApiVersion::V2) => builder.service_account(fake.atlas.client_id(), fake.atlas.client_secret()),
        _ => builder.api_key(fake.atlas.public_key(), fake.atlas.private_key()),
    }
}
