//! What an audit finds of one cluster.

use atlas_exports_gen::types::ExportJob;
use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use super::{
    Frequency, Rule, Verdict,
    job_log::{self, Outcome},
};

/// What an audit finds of one cluster.
///
/// It serializes as one flat object with `project`, `cluster`, `verdict`, `reason`, `rule`, `snapshotAt`, `jobId` and
/// `evidence`, among others; verdicts and reasons are in snake_case and times in the format of RFC 3339.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// Project that owns the cluster, as 24 hexadecimal digits. `None` when the projects could not be listed.
    pub project: Option<String>,
    /// Name of the project, where it is known.
    pub project_name: Option<String>,
    /// Name of the cluster. `None` when the finding is of a project whose clusters could not be listed.
    pub cluster: Option<String>,
    /// What is said of the cluster.
    pub verdict: Verdict,
    /// The rule that decided.
    pub rule: Rule,
    /// The reason, in one line.
    pub message: String,
    /// What can be done about it.
    pub next: Option<String>,
    /// What the verdict rests on.
    pub evidence: Evidence,
    /// What else was noticed.
    pub notes: Vec<String>,
    /// Whether everything that was needed was read, and to its end.
    pub complete: bool,
}

impl Finding {
    /// The reason in snake_case, such as `no_export`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match (self.verdict, self.rule) {
            (Verdict::Missing { why }, _) => why.as_str(),
            (Verdict::Unreadable { what }, _) => what.as_str(),
            (Verdict::Running, Rule::ExportSuccessful | Rule::ClusterPaused | Rule::NothingDueYet) => "marker_awaited",
            (Verdict::NotDue, Rule::SnapshotNotCompleted) => "snapshot_awaited",
            (_, rule) => rule.as_str(),
        }
    }

    /// The job that decided, else that of the newest exported snapshot.
    #[must_use]
    pub fn job_id(&self) -> Option<&str> {
        let job = self.evidence.job.as_ref().or(self.evidence.exported.as_ref());
        job.map(|job| job.id.as_str())
    }

    /// Time of the newest exported snapshot that was seen.
    #[must_use]
    pub fn snapshot_at(&self) -> Option<DateTime<Utc>> {
        self.evidence.exported.as_ref().and_then(|job| job.snapshot_at)
    }
}

/// What a verdict rests on.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Evidence {
    /// When the snapshot in question was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// When the next snapshot is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_due_at: Option<DateTime<Utc>>,
    /// Frequency whose snapshots are exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency: Option<Frequency>,
    /// Bucket that the backup schedule exports to, as 24 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_id: Option<String>,
    /// The snapshot in question, where it is not exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<SnapshotEvidence>,
    /// The job that decided, where it was not successful.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<JobEvidence>,
    /// The newest export that succeeded, in the bucket of the schedule where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exported: Option<JobEvidence>,
}

/// A snapshot that a verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SnapshotEvidence {
    /// Identifies the snapshot.
    pub id: String,
    /// When it was taken, or when it was queued as long as it is not completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// Its progress, as Atlas writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// An export job that a verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct JobEvidence {
    /// Identifies the job.
    pub id: String,
    /// Its state, as Atlas writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Snapshot that it copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_id: Option<String>,
    /// When that snapshot was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot_at: Option<DateTime<Utc>>,
    /// Bucket that it copies to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_id: Option<String>,
    /// Folder inside the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// When it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// How far it is or why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl JobEvidence {
    pub(crate) fn new(job: &ExportJob, snapshot_at: Option<DateTime<Utc>>) -> Self {
        let detail = match Outcome::of(job) {
            Outcome::Failed | Outcome::Cancelled => job.failure().map(|failure| failure.to_string()),
            Outcome::Active => job.progress().map(|progress| progress.to_string()),
            Outcome::Successful | Outcome::Unknown => None,
        };
        Self {
            id: job.id.as_str().to_owned(),
            state: job.state.as_ref().map(ToString::to_string),
            snapshot_id: job.snapshot_id.as_ref().map(ToString::to_string),
            snapshot_at,
            bucket_id: job.export_bucket_id.as_ref().map(ToString::to_string),
            prefix: job.prefix.clone(),
            created_at: job_log::created(job),
            finished_at: job.finished_at,
            detail,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Flat<'a> {
    project: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_name: Option<&'a str>,
    cluster: Option<&'a str>,
    verdict: &'a str,
    reason: &'a str,
    rule: u8,
    rule_name: &'a str,
    message: &'a str,
    next: Option<&'a str>,
    snapshot_at: Option<DateTime<Utc>>,
    job_id: Option<&'a str>,
    evidence: &'a Evidence,
    notes: &'a [String],
    complete: bool,
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Flat {
            project: self.project.as_deref(),
            project_name: self.project_name.as_deref(),
            cluster: self.cluster.as_deref(),
            verdict: self.verdict.as_str(),
            reason: self.reason(),
            rule: self.rule.number(),
            rule_name: self.rule.as_str(),
            message: &self.message,
            next: self.next.as_deref(),
            snapshot_at: self.snapshot_at(),
            job_id: self.job_id(),
            evidence: &self.evidence,
            notes: &self.notes,
            complete: self.complete,
        }
        .serialize(serializer)
    }
}
