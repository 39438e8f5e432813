//! The export jobs of one cluster.

mod claims;
mod create_and_wait;
mod list;
mod wait;
mod wait_many;

use atlas_exports_gen::models::ClusterName;

pub(crate) use self::claims::Claims;
pub use self::{create_and_wait::CreateAndWait, wait::Wait, wait_many::WaitMany};
use crate::{CallContext, Client, Error, ExportId, ExportJob, List, NewExport, ProjectId, transport::Pace};

/// The export jobs of one cluster. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Exports {
    client: Client,
    project: ProjectId,
    cluster: ClusterName,
}

impl Exports {
    pub(crate) fn new(client: Client, project: ProjectId, cluster: ClusterName) -> Self {
        Self { client, project, cluster }
    }

    /// Gets one export job.
    ///
    /// See
    /// [Get One Cloud Backup Snapshot Export Job](https://www.mongodb.com/docs/atlas/reference/api/cloud-backup/export/get-one-export-job/).
    ///
    /// # Errors
    ///
    /// [`Error::Api`] for what Atlas refuses, such as an unknown job ([`Error::is_not_found`]) or a wrong key
    /// ([`Error::is_unauthorized`]); [`Error::Challenge`], [`Error::Redirect`], [`Error::Connect`], [`Error::Tls`],
    /// [`Error::Timeout`], [`Error::Network`] and [`Error::Decode`] for what happens on the way.
    ///
    /// # Cancellation
    ///
    /// Dropping the future abandons the request.
    pub async fn get(&self, id: &ExportId) -> Result<ExportJob, Error> {
        self.asked(id, Pace::Single).await
    }

    async fn asked(&self, id: &ExportId, pace: Pace) -> Result<ExportJob, Error> {
        self.client
            .call(pace, |api| async move {
                api.get_export_job().group_id(&self.project).cluster_name(&self.cluster).export_id(id).send().await
            })
            .await
    }

    /// The cluster's export jobs, all of them, in no particular order.
    ///
    /// See [`List`] for how it is read.
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
        List::new(self.clone())
    }

    /// Creates an export job, which copies one snapshot of the cluster to a bucket. The answer is the new job, which has
    /// not ended yet.
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
    /// As those of [`get`](Self::get). After [`Error::Timeout`], [`Error::Network`], [`Error::Decode`] or a status from 500
    /// on, the job may have been created all the same.
    ///
    /// # Cancellation
    ///
    /// Dropping the future abandons the request, which Atlas may have carried out all the same.
    pub async fn create(&self, new: NewExport) -> Result<ExportJob, Error> {
        let job = self
            .client
            .call(Pace::Single, |api| async move {
                api.create_export_job().group_id(&self.project).cluster_name(&self.cluster).body(new).send().await
            })
            .await?;
        self.client.inner.claims.add(&job.id);
        Ok(job)
    }

    /// Creates an export job and waits until it has ended. Await it, or follow its
    /// [`updates`](CreateAndWait::updates).
    ///
    /// Should the answer to the request that creates the job get lost, the job is looked for, and never created a second
    /// time.
    pub fn create_and_wait(&self, new: NewExport) -> CreateAndWait {
        CreateAndWait::new(self.clone(), new)
    }

    /// Waits until a job has ended. Await it, or follow its [`updates`](Wait::updates).
    pub fn wait(&self, id: &ExportId) -> Wait {
        Wait::new(self.clone(), id.clone())
    }

    /// Waits until each of many jobs has ended, with far fewer requests than that many single waits. See [`WaitMany`].
    ///
    /// Takes ids, or references to them.
    pub fn wait_many(&self, ids: impl IntoIterator<Item: Into<ExportId>>) -> WaitMany {
        WaitMany::new(self.clone(), ids.into_iter().map(Into::into).collect())
    }

    /// What an error tells that is not of one call.
    fn context(&self, operation: &str, id: Option<&ExportId>) -> CallContext {
        CallContext {
            operation: atlas_exports_gen::Operation::by_name(operation),
            project: Some(self.project.to_string()),
            cluster: Some(self.cluster.to_string()),
            resource: id.map(ToString::to_string),
            ..CallContext::default()
        }
    }
}
