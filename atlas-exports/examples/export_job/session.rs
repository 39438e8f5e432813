//! A client made of the command line and the environment, and what it is to ask for.

use std::sync::Arc;

use atlas_exports::{Client, Exports, ProjectId, RetryPolicy, generated::ClientInfo};
use atlas_exports_testing::FakeAtlas;

use super::{
    args::{Format, Shared},
    environment,
    outcome::Problem,
    recorder::Recorder,
};

/// Everything that a command needs.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) format: Format,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) fake: Option<FakeAtlas>,
    client: Client,
    project: Option<ProjectId>,
    cluster: Option<String>,
}

impl Session {
    /// Starts the fake where it is asked for, and makes the client.
    pub(crate) async fn open(shared: &Shared) -> Result<Self, Problem> {
        let fake = if shared.fake { Some(FakeAtlas::builder().try_start().await?) } else { None };
        let ((public, private), base_url, project) = match &fake {
            Some(fake) => (
                (fake.public_key().to_owned(), fake.private_key().to_owned()),
                Some(fake.base_url().to_owned()),
                fake.project_id().parse().ok(),
            ),
            None => (
                environment::api_key()?,
                shared.base_url.clone().or_else(environment::base_url),
                environment::project()?,
            ),
        };
        let at = |builder: atlas_exports::ClientBuilder| match &base_url {
            Some(url) => builder.base_url(url),
            None => builder,
        };
        // The one that people talk to leads through the one that authenticates, to see what Atlas answers to it.
        // It retries; the other does not have to.
        let direct = at(Client::builder())
            .api_key(public, private)
            .envelope(shared.envelope)
            .retry(RetryPolicy::off())
            .build()?;
        let recorder = Arc::new(Recorder::new(direct.api().inner().clone()));
        let client = at(Client::builder()).transport(recorder.clone()).build()?;
        let cluster = shared
            .cluster
            .as_ref()
            .map(ToString::to_string)
            .or_else(|| fake.as_ref().map(|fake| fake.cluster_name().to_owned()));
        Ok(Self { format: shared.format, recorder, client, project: shared.project.clone().or(project), cluster, fake })
    }

    /// The export jobs of the cluster that was named.
    pub(crate) fn exports(&self) -> Result<Exports, Problem> {
        let cluster = self.cluster.as_ref().ok_or_else(|| Problem::usage("say which cluster: --cluster NAME"))?;
        Ok(self.client.exports(self.project()?, cluster)?)
    }

    fn project(&self) -> Result<ProjectId, Problem> {
        self.project
            .clone()
            .ok_or_else(|| Problem::usage("say which project: --project ID, or MONGODB_ATLAS_PROJECT_ID"))
    }
}
