//! What is known of a cluster when it is judged.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use atlas_exports_gen::{
    models::ExportState,
    types::{BackupSchedule, BackupSnapshot, Cluster},
};
use chrono::{DateTime, Utc};

use super::JobLog;

/// Something that was read, or why it was not.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Reading<T> {
    /// Nobody has asked for it.
    #[default]
    NotRead,
    /// All of it was read.
    Whole(T),
    /// The part that was read before something went wrong.
    Partial(T, Trouble),
    /// It could not be read.
    Failed(Trouble),
}

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trouble {
    /// What happened, in one line.
    pub message: String,
    /// Status of the response, if there was one.
    pub status: Option<u16>,
    /// Stable code of the problem, such as `CLUSTER_NOT_FOUND`.
    pub code: Option<String>,
    /// What can be done about it.
    pub hint: Option<String>,
}

impl Trouble {
    /// Creates a description of what happened.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), status: None, code: None, hint: None }
    }

    /// Sets the status of the response.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets the stable code of the problem.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Sets what can be done about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether the cluster turned out to be a flex cluster.
    pub(crate) fn is_flex(&self) -> bool {
        self.code.as_deref() == Some("CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API")
    }
}

/// What is known of one cluster.
///
/// Everything but the project begins as [`Reading::NotRead`]; [`need`](super::need()) tells what to read next.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Facts {
    /// Project that owns the cluster.
    pub project: ProjectFacts,
    /// The cluster, from the list of clusters or by itself.
    pub cluster: Reading<Cluster>,
    /// The backup schedule of the cluster.
    pub schedule: Reading<BackupSchedule>,
    /// The export buckets of the project.
    pub buckets: Reading<Buckets>,
    /// The export jobs of the cluster.
    pub jobs: Reading<JobLog>,
    /// The snapshots of the cluster.
    pub snapshots: Reading<Vec<BackupSnapshot>>,
    /// When the backup schedule was changed, by the events of the project.
    pub schedule_changes: Reading<Vec<DateTime<Utc>>>,
    /// The `.complete` objects of exports, by the id of the export job.
    pub markers: BTreeMap<String, Marker>,
    /// The states of the jobs that a sharded cluster's export consists of, by the id of the export job.
    pub components: BTreeMap<String, Reading<Vec<ExportState>>>,
}

impl Facts {
    /// Creates facts of a cluster of a project, of which nothing was read so far.
    #[must_use]
    pub fn new(project: ProjectFacts) -> Self {
        Self {
            project,
            cluster: Reading::NotRead,
            schedule: Reading::NotRead,
            buckets: Reading::NotRead,
            jobs: Reading::NotRead,
            snapshots: Reading::NotRead,
            schedule_changes: Reading::NotRead,
            markers: BTreeMap::new(),
            components: BTreeMap::new(),
        }
    }
}

/// The project of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProjectFacts {
    /// Identifies the project.
    pub id: String,
    /// Name of the project, where it is known.
    pub name: Option<String>,
}

impl ProjectFacts {
    /// Creates the facts of a project.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), name: None }
    }

    /// Sets the name of the project.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// The export buckets of a project. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct Buckets {
    ids: Arc<BTreeSet<String>>,
    aws_only: bool,
}

impl Buckets {
    /// Creates a list of buckets from their ids.
    pub fn new(ids: impl IntoIterator<Item = String>) -> Self {
        Self { ids: Arc::new(ids.into_iter().collect()), aws_only: false }
    }

    /// Says that buckets of other providers than AWS are not in the list, as in version 1.0 of the API.
    #[must_use]
    pub fn aws_only(mut self) -> Self {
        self.aws_only = true;
        self
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    pub(crate) fn is_aws_only(&self) -> bool {
        self.aws_only
    }
}

/// What the bucket says of one export: the `.complete` object below its prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Marker {
    /// There is no such object.
    Absent,
    /// It could not be asked for or read, and why.
    Unreadable(String),
    /// It is there.
    #[non_exhaustive]
    Present {
        /// Cluster that the object names, as 24 hexadecimal digits.
        cluster_id: Option<String>,
        /// Time of the snapshot that the object names.
        snapshot_at: Option<DateTime<Utc>>,
    },
}

impl Marker {
    /// Creates a `.complete` object that names a cluster and the time of a snapshot.
    #[must_use]
    pub fn present(cluster_id: Option<String>, snapshot_at: Option<DateTime<Utc>>) -> Self {
        Self::Present { cluster_id, snapshot_at }
    }
}
