//! The export jobs of one cluster.

mod create_and_wait;
mod page_plan;
mod poller;
mod server_time;
mod wait;
mod wait_many;

use atlas_exports_gen::models::ClusterName;

use self::poller::{PollOptions, Poller};
pub use self::{create_and_wait::CreateAndWait, wait::Wait, wait_many::WaitMany};
use crate::{CallContext, Client, Error, ExportId, ExportJob, List, NewExport, Operation, ProjectId, RetryPolicy};

/// Access to the export jobs of one cluster, created by [`Client::exports`]. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Exports {
    client: Client,
    project: ProjectId,
    cluster: ClusterName,
}

impl Client {
    /// Returns access to the export jobs of one cluster.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when `cluster` is not a cluster name: 1 to 64 ASCII
    /// letters, digits and hyphens, starting with a letter or digit.
    pub fn exports(&self, project: ProjectId, cluster: &str) -> Result<Exports, Error> {
        Ok(self.exports_of(project, cluster.parse()?))
    }

    /// Returns access to the export jobs of one cluster, whose name was parsed before.
    #[must_use]
    pub fn exports_of(&self, project: ProjectId, cluster: ClusterName) -> Exports {
        Exports { client: self.clone(), project, cluster }
    }
}

impl Exports {
    /// Returns the project.
    #[must_use]
    pub fn project(&self) -> &ProjectId {
        &self.project
    }

    /// Returns the name of the cluster.
    #[must_use]
    pub fn cluster(&self) -> &ClusterName {
        &self.cluster
    }

    /// Gets one export job.
    ///
    /// See
    /// [Get One Cloud Backup Snapshot Export Job](https://www.mongodb.com/docs/atlas/reference/api/cloud-backup/export/get-one-export-job/).
    ///
    /// # Errors
    ///
    /// What the call fails with, such as an unknown job ([`Error::is_not_found`]) or a wrong key
    /// ([`Error::is_unauthorized`]). See [`error`](crate::error).
    ///
    /// # Cancellation
    ///
    /// Dropping the future abandons the request.
    pub async fn get(&self, id: &ExportId) -> Result<ExportJob, Error> {
        let Self { client, project, cluster } = self;
        client.call(|api| api.get_export_job().group_id(project).cluster_name(cluster).export_id(id).send()).await
    }

    /// Lists the export jobs of the cluster, in no particular order. See [`List`] for how it is read.
    ///
    /// ```no_run
    /// # async fn run(exports: atlas_exports::Exports) -> Result<(), atlas_exports::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let failed: Vec<_> =
    ///     exports.list().items().try_filter(|job| std::future::ready(job.failure().is_some())).try_collect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self) -> List<ExportJob> {
        let Self { client, project, cluster } = self;
        client.list(|api| api.list_export_jobs().group_id(project).cluster_name(cluster))
    }

    /// Creates an export job, which copies one snapshot of the cluster to a bucket. Returns the new job, which has not
    /// ended yet.
    ///
    /// ```no_run
    /// # async fn run(exports: atlas_exports::Exports) -> Result<(), Box<dyn std::error::Error>> {
    /// use atlas_exports::NewExport;
    ///
    /// let new = NewExport::new("5f3c5a1e8e4b2a00bbbbbbbb".parse()?, "5f3c5a1e8e4b2a00cccccccc".parse()?);
    /// let job = exports.create(new.custom_data("ticket", "OPS-1")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As those of [`get`](Self::get). The job may have been created all the same when [`Error::outcome_unknown`] says so.
    ///
    /// # Cancellation
    ///
    /// Dropping the future abandons the request, which Atlas may have carried out all the same.
    pub async fn create(&self, new: NewExport) -> Result<ExportJob, Error> {
        let Self { client, project, cluster } = self;
        let created =
            client.call(|api| api.create_export_job().group_id(project).cluster_name(cluster).body(new).send()).await;
        if let Ok(job) = &created {
            client.known_jobs().add(&job.id);
        }
        created
    }

    fn poller(&self, options: PollOptions) -> Poller {
        Poller::start(self.client.clone(), self.project.clone(), options)
    }

    /// Returns the same jobs, with one attempt for each call, for polls.
    fn without_retries(&self) -> Self {
        let client = self.client.with_limits(|mut limits| {
            limits.retry = RetryPolicy::never();
            limits
        });
        Self { client, ..self.clone() }
    }

    /// Returns whether an error says that a job is not found which was created a moment ago, and will be found later.
    fn is_not_yet_visible(&self, id: &ExportId, error: &Error) -> bool {
        error.is_not_found() && self.client.known_jobs().is_recent(id)
    }

    /// Returns the context of an error that is not of one call.
    fn context(&self, operation: &str, id: Option<&ExportId>) -> CallContext {
        let mut context = CallContext::default();
        if let Some(operation) = Operation::by_name(operation) {
            context.operation = Some(operation);
            context.method = operation.method.parse().unwrap_or_default();
        }
        context.project = Some(self.project.to_string());
        context.cluster = Some(self.cluster.to_string());
        context.resource = id.map(ToString::to_string);
        context
    }
}
