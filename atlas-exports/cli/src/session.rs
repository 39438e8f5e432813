//! A client made of the settings, and what it is to ask for.

use std::{io, sync::Arc};

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
    settings::{Credentials, Settings},
    trace,
};

/// Everything that a command needs.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) console: Console,
    pub(crate) fake: Option<Fake>,
    recorder: Option<Arc<Recorder>>,
    client: Client,
    project: Option<ProjectId>,
    cluster: Option<String>,
}

impl Session {
    /// Resolves the settings, starts the fake where it is asked for, and builds the client.
    pub(crate) async fn open(shared: &Shared, console: &Console) -> Result<Self, Problem> {
        let (fake, base_url, builder, project, api) = if shared.fake {
            let fake = fake::start().await?;
            let base_url = Some(fake.atlas.base_url().to_owned());
            let api = shared.api.unwrap_or(ApiVersion::V1);
            let (builder, project) = (of_fake(&fake, api), Some(fake.project()?));
            (Some(fake), base_url, builder, project, api)
        } else {
            let settings = Settings::resolve(shared)?;
            if let Some(warning) = &settings.warning {
                console.warn(warning);
            }
            for line in settings.explain() {
                trace::setting(&line);
            }
            let builder = of_settings(&settings)?;
            let api = settings.api.map_or(ApiVersion::V1, |api| api.value);
            (None, settings.base_url.map(|url| url.value), builder, settings.project.map(|id| id.value), api)
        };
        let located = |builder: ClientBuilder| match &base_url {
            Some(url) => builder.base_url(url).api_version(api),
            None => builder.api_version(api),
        };
        let mut builder = located(builder).envelope(shared.envelope);
        if let Some(path) = &shared.token_cache {
            builder = builder.token_cache(path);
        }
        let (client, recorder) = match shared.format {
            Format::Text => (builder.build()?, None),
            Format::Json => {
                // This client leads through the one that authenticates, to see what Atlas answers to it. One of them
                // has to retry.
                let direct = builder.retry(RetryPolicy::never()).build()?;
                let recorder = Arc::new(Recorder::new(direct.api().inner().clone()));
                (located(Client::builder()).transport(recorder.clone()).build()?, Some(recorder))
            }
        };
        let cluster = shared.cluster.as_ref().map(ToString::to_string);
        let cluster = cluster.or_else(|| fake.as_ref().map(|fake| fake.atlas.cluster_name().to_owned()));
        let project = shared.project.clone().or(project);
        Ok(Self { console: console.clone(), project, cluster, recorder, client, fake })
    }

    /// The export jobs of the cluster.
    pub(crate) fn exports(&self) -> Result<Exports, Problem> {
        let cluster = self.cluster.as_ref().ok_or_else(|| Problem::usage("no cluster given: use --cluster NAME"))?;
        Ok(self.client.exports(self.project()?, cluster)?)
    }

    /// The export buckets of the project.
    pub(crate) fn buckets(&self) -> Result<ExportBuckets, Problem> {
        Ok(self.client.export_buckets(self.project()?))
    }

    fn project(&self) -> Result<ProjectId, Problem> {
        let missing = || Problem::usage("no project given: use --project ID or set MONGODB_ATLAS_PROJECT_ID");
        self.project.clone().ok_or_else(missing)
    }

    /// What was given, or else what the fake has.
    pub(crate) fn or_fake<T>(
        &self,
        given: Option<T>,
        missing: &'static str,
        of_fake: impl FnOnce(&Fake) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        match (given, &self.fake) {
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

    /// Atlas's document of something, as it came.
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

/// Each version is shown with the credentials that it is meant to be used with.
fn of_fake(fake: &Fake, api: ApiVersion) -> ClientBuilder {
    let builder = Client::builder().no_poll_rate_limit();
    match api {
        ApiVersion::V2 => builder.service_account(fake.atlas.client_id(), fake.atlas.client_secret()),
        _ => builder.api_key(fake.atlas.public_key(), fake.atlas.private_key()),
    }
}
