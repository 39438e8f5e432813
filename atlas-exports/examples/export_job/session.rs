//! A client made of the command line and the environment, and what it is to ask for.

use std::{
    io::{self, Write},
    sync::Arc,
};

use atlas_exports::{
    ApiVersion, Client, ClientBuilder, ExportBucket, ExportBuckets, ExportJob, Exports, ProjectId, RetryPolicy,
    generated::ClientInfo,
};
use serde::Serialize;

use super::{
    args::{Format, Shared},
    environment, fake,
    fake::Fake,
    outcome::Problem,
    recorder::Recorder,
    show,
};

/// Everything that a command needs.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) format: Format,
    pub(crate) fake: Option<Fake>,
    recorder: Option<Arc<Recorder>>,
    client: Client,
    project: Option<ProjectId>,
    cluster: Option<String>,
}

impl Session {
    /// Starts the fake where it is asked for, and makes the client.
    pub(crate) async fn open(shared: &Shared) -> Result<Self, Problem> {
        let fake = if shared.fake { Some(fake::start().await?) } else { None };
        let (base_url, builder, project) = match &fake {
            Some(fake) => (Some(fake.atlas.base_url().to_owned()), of_fake(fake, shared.api), Some(fake.project()?)),
            None => {
                (shared.base_url.clone().or_else(environment::base_url), of_environment()?, environment::project()?)
            }
        };
        let located = |builder: ClientBuilder| match &base_url {
            Some(url) => builder.base_url(url).api_version(shared.api),
            None => builder.api_version(shared.api),
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
                let direct = builder.retry(RetryPolicy::off()).build()?;
                let recorder = Arc::new(Recorder::new(direct.api().inner().clone()));
                (located(Client::builder()).transport(recorder.clone()).build()?, Some(recorder))
            }
        };
        let cluster = shared.cluster.as_ref().map(ToString::to_string);
        let cluster = cluster.or_else(|| fake.as_ref().map(|fake| fake.atlas.cluster_name().to_owned()));
        Ok(Self { format: shared.format, project: shared.project.clone().or(project), cluster, recorder, client, fake })
    }

    /// The export jobs of the cluster that was named.
    pub(crate) fn exports(&self) -> Result<Exports, Problem> {
        let cluster = self.cluster.as_ref().ok_or_else(|| Problem::usage("say which cluster: --cluster NAME"))?;
        Ok(self.client.exports(self.project()?, cluster)?)
    }

    /// The buckets of the project that was named.
    pub(crate) fn buckets(&self) -> Result<ExportBuckets, Problem> {
        Ok(self.client.export_buckets(self.project()?))
    }

    fn project(&self) -> Result<ProjectId, Problem> {
        let wanted = || Problem::usage("say which project: --project ID, or MONGODB_ATLAS_PROJECT_ID");
        self.project.clone().ok_or_else(wanted)
    }

    /// Prints a job in full.
    pub(crate) fn print_job(&self, job: &ExportJob) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match self.format {
            Format::Text => out.write_all(show::job(job).as_bytes()),
            Format::Json => writeln!(out, "{}", self.document(job.id.as_str(), job)?),
        }
    }

    /// Prints a bucket in full.
    pub(crate) fn print_bucket(&self, bucket: &ExportBucket) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match self.format {
            Format::Text => out.write_all(show::bucket(bucket).as_bytes()),
            Format::Json => writeln!(out, "{}", self.document(bucket.id().as_str(), bucket)?),
        }
    }

    /// Atlas's document of something, as it came.
    pub(crate) fn document(&self, id: &str, typed: &impl Serialize) -> io::Result<String> {
        match self.recorder.as_ref().and_then(|recorder| recorder.take(id)) {
            Some(document) => Ok(document),
            None => Ok(serde_json::to_string(typed)?),
        }
    }
}

fn of_environment() -> Result<ClientBuilder, Problem> {
    if !environment::has_credentials() {
        return Err(Problem::usage(
            "no credentials: set MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY, or \
             MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET, in the environment, or add --fake to ask a fake \
             of Atlas",
        ));
    }
    Ok(ClientBuilder::from_env()?)
}

/// Version 2 is shown with what it is meant to be used with.
fn of_fake(fake: &Fake, api: ApiVersion) -> ClientBuilder {
    let builder = Client::builder().unlimited_requests();
    match api {
        ApiVersion::V2 => builder.service_account(fake.atlas.client_id(), fake.atlas.client_secret()),
        _ => builder.api_key(fake.atlas.public_key(), fake.atlas.private_key()),
    }
}
