//! The export jobs of one cluster.

use atlas_exports_gen::models::ClusterName;

use crate::{Client, Error, ExportId, ExportJob, ProjectId, transport::Pace};

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
    /// Dropping the future abandons the request. See
    /// [Get One Cloud Backup Snapshot Export Job](https://www.mongodb.com/docs/atlas/reference/api/cloud-backup/export/get-one-export-job/).
    ///
    /// # Errors
    ///
    /// [`Error::Api`] for what Atlas refuses, such as an unknown job ([`Error::is_not_found`]) or a wrong key
    /// ([`Error::is_unauthorized`]); [`Error::Challenge`], [`Error::Redirect`], [`Error::Connect`], [`Error::Tls`],
    /// [`Error::Timeout`], [`Error::Network`] and [`Error::Decode`] for what happens on the way.
    pub async fn get(&self, id: &ExportId) -> Result<ExportJob, Error> {
        self.client
            .call(Pace::Single, |api| async move {
                api.get_export_job().group_id(&self.project).cluster_name(&self.cluster).export_id(id).send().await
            })
            .await
    }
}
