//! The export jobs of one cluster.

mod create_and_wait;
mod wait;
mod wait_many;

use atlas_exports_gen::models::ClusterName;

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
        let cluster: ClusterName = cluster.parse()?;
        Ok(Exports { client: self.clone(), project, cluster })
    }
}

impl Exports {
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

    /// Creates an export job and waits until it has ended. Await it, or read its [`updates`](CreateAndWait::updates).
    ///
    /// When the response to the creation is lost, the job is searched for, and never created a second time.
    pub fn create_and_wait(&self, new: NewExport) -> CreateAndWait {
        CreateAndWait::new(self.clone(), new)
    }

    /// Waits until a job has ended. Await it, or read its [`updates`](Wait::updates).
    pub fn wait(&self, id: &ExportId) -> Wait {
        Wait::new(self.clone(), id.clone())
    }

    /// Waits until each of many jobs has ended, with far fewer requests than that many single waits. See [`WaitMany`].
    ///
    /// Takes ids, or references to them.
    pub fn wait_many(&self, ids: impl IntoIterator<Item: Into<ExportId>>) -> WaitMany {
        WaitMany::new(self.clone(), ids.into_iter().map(Into::into).collect())
    }

    /// Returns the same jobs, each call with one attempt, for those who poll and retry by themselves.
    fn without_retries(&self) -> Self {
        let client = self.client.with_limits(|mut limits| {
            limits.retry = RetryPolicy::never();
            limits
        });
        Self { client, ..self.clone() }
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
