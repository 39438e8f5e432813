//! Export jobs and their documents.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    clock::{Clock, iso},
    script::Position,
    seed,
};
use crate::Script;

/// A job to add to a fake.
///
/// ```
/// use atlas_exports_testing::{NewJob, Script};
///
/// let job = NewJob::new(Script::per_poll(["Queued", "InProgress", "Failed"]))
///     .collections(40)
///     .failing_with("EXPORT_BUCKET_ACCESS_DENIED", "the role does not allow it");
/// # let _ = job;
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewJob {
    #[serde(default)]
    pub(crate) id: Option<String>,
    #[serde(default)]
    pub(crate) project: Option<String>,
    #[serde(default)]
    pub(crate) cluster: Option<String>,
    pub(crate) script: Script,
    #[serde(default = "default_snapshot")]
    pub(crate) snapshot: String,
    #[serde(default = "default_bucket")]
    pub(crate) bucket: String,
    #[serde(default)]
    pub(crate) custom_data: Vec<CustomData>,
    #[serde(default = "default_collections")]
    pub(crate) collections: u64,
    #[serde(default)]
    pub(crate) replica_sets: Vec<String>,
    #[serde(default)]
    pub(crate) failure: Failure,
}

/// An entry of the custom data of a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomData {
    pub(crate) key: String,
    pub(crate) value: String,
}

/// The `stateReason` of a job that has failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failure {
    code: String,
    message: String,
}

impl Default for Failure {
    fn default() -> Self {
        Self { code: "EXPORT_FAILED".into(), message: "The export did not succeed.".into() }
    }
}

fn default_snapshot() -> String {
    seed::SNAPSHOT.into()
}

fn default_bucket() -> String {
    seed::BUCKET.into()
}

fn default_collections() -> u64 {
    12
}

impl NewJob {
    /// Creates a job of a replica set in the default cluster that exports to the default bucket.
    #[must_use]
    pub fn new(script: Script) -> Self {
        Self {
            id: None,
            project: None,
            cluster: None,
            script,
            snapshot: default_snapshot(),
            bucket: default_bucket(),
            custom_data: Vec::new(),
            collections: default_collections(),
            replica_sets: Vec::new(),
            failure: Failure::default(),
        }
    }

    /// Sets its id; a new one by default.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// Sets its project and cluster, which are added when they do not exist.
    #[must_use]
    pub fn in_cluster(mut self, project: &str, cluster: &str) -> Self {
        self.project = Some(project.to_owned());
        self.cluster = Some(cluster.to_owned());
        self
    }

    /// Sets the snapshot that it exports.
    #[must_use]
    pub fn snapshot(mut self, id: &str) -> Self {
        self.snapshot = id.to_owned();
        self
    }

    /// Sets the bucket that it exports to, which need not exist.
    #[must_use]
    pub fn bucket(mut self, id: &str) -> Self {
        self.bucket = id.to_owned();
        self
    }

    /// Adds an entry of custom data.
    #[must_use]
    pub fn custom_data(mut self, key: &str, value: &str) -> Self {
        self.custom_data.push(CustomData { key: key.to_owned(), value: value.to_owned() });
        self
    }

    /// Sets the number of collections that it exports; 12 by default.
    #[must_use]
    pub fn collections(mut self, collections: u64) -> Self {
        self.collections = collections;
        self
    }

    /// Makes it a job of a sharded cluster, with `components` instead of `exportStatus`.
    #[must_use]
    pub fn replica_sets<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.replica_sets = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets its `stateReason` for when it has failed.
    #[must_use]
    pub fn failing_with(mut self, code: &str, message: &str) -> Self {
        self.failure = Failure { code: code.to_owned(), message: message.to_owned() };
        self
    }
}

/// An export job.
#[derive(Debug)]
pub(crate) enum Job {
    /// Served as it was added.
    Verbatim(Value),
    /// Follows a script.
    Scripted(ScriptedJob),
}

/// A job that follows a script.
#[derive(Debug)]
pub(crate) struct ScriptedJob {
    template: Arc<NewJob>,
    /// On tokio's clock, since the start of the fake.
    created_at: Duration,
    polls: u32,
    /// When it was first seen in a final state.
    finished_at: Option<Duration>,
    /// Whether a client created it.
    by_client: bool,
}

/// What the document of a job depends on besides the job.
pub(crate) struct JobContext<'a> {
    pub(crate) clock: &'a Clock,
    pub(crate) project: &'a str,
    pub(crate) cluster: &'a str,
    /// Address of the list that the job is in.
    pub(crate) list: &'a str,
}

impl Job {
    pub(crate) fn scripted(template: Arc<NewJob>, clock: &Clock, by_client: bool) -> Self {
        Self::Scripted(ScriptedJob { template, created_at: clock.elapsed(), polls: 0, finished_at: None, by_client })
    }

    /// Counts a request for the job.
    pub(crate) fn poll(&mut self, clock: &Clock) {
        if let Self::Scripted(job) = self {
            job.polls = job.polls.saturating_add(1);
            job.record_end(clock);
        }
    }

    /// Sets the state for good; the script no longer applies.
    pub(crate) fn set_state(&mut self, state: &str, clock: &Clock) {
        match self {
            Self::Verbatim(document) => {
                if let Some(members) = document.as_object_mut() {
                    members.insert("state".into(), state.into());
                }
            }
            Self::Scripted(job) => {
                Arc::make_mut(&mut job.template).script = Script::staying(state);
                job.finished_at = None;
                job.record_end(clock);
            }
        }
    }

    pub(crate) fn is_by_client(&self) -> bool {
        matches!(self, Self::Scripted(ScriptedJob { by_client: true, .. }))
    }

    /// Whether it still needs the bucket.
    pub(crate) fn uses(&self, bucket: &str, clock: &Clock) -> bool {
        match self {
            Self::Verbatim(document) => {
                document.get("exportBucketId").and_then(Value::as_str) == Some(bucket)
                    && document.get("finishedAt").is_none_or(Value::is_null)
            }
            Self::Scripted(job) => job.template.bucket == bucket && !job.position(clock).finished,
        }
    }

    /// Whether it exports the snapshot to the bucket and has not ended.
    pub(crate) fn exports(&self, snapshot: &str, bucket: &str, clock: &Clock) -> bool {
        self.uses(bucket, clock)
            && match self {
                Self::Verbatim(document) => document.get("snapshotId").and_then(Value::as_str) == Some(snapshot),
                Self::Scripted(job) => job.template.snapshot == snapshot,
            }
    }

    pub(crate) fn document(&self, id: &str, context: &JobContext<'_>) -> Value {
        match self {
            Self::Verbatim(document) => document.clone(),
            Self::Scripted(job) => job.document(id, context),
        }
    }
}

impl ScriptedJob {
    fn position(&self, clock: &Clock) -> Position<'_> {
        self.template.script.position(self.polls, clock.elapsed().saturating_sub(self.created_at))
    }

    fn record_end(&mut self, clock: &Clock) {
        if self.finished_at.is_none() && self.position(clock).finished {
            self.finished_at = Some(clock.elapsed());
        }
    }

    fn document(&self, id: &str, context: &JobContext<'_>) -> Value {
        let position = self.position(context.clock);
        let template = &self.template;
        let mut job = Map::from_iter([
            ("createdAt".into(), iso(context.clock.at(self.created_at)).into()),
            ("customData".into(), json!(template.custom_data)),
            ("exportBucketId".into(), template.bucket.as_str().into()),
            ("id".into(), id.into()),
            ("links".into(), json!([{"href": format!("{}/{id}", context.list), "rel": "self"}])),
            ("snapshotId".into(), template.snapshot.as_str().into()),
            ("state".into(), position.state.into()),
        ]);
        if template.replica_sets.is_empty() {
            job.insert("exportStatus".into(), self.export_status(&position));
        } else {
            job.insert("components".into(), self.components(id));
        }
        if !position.state.eq_ignore_ascii_case("Queued") {
            job.insert("prefix".into(), self.prefix(context).into());
        }
        if position.finished {
            let ended = position.since.map_or(self.finished_at, |since| Some(self.created_at + since));
            let ended = ended.unwrap_or_else(|| context.clock.elapsed());
            job.insert("finishedAt".into(), iso(context.clock.at(ended)).into());
        }
        if position.state.eq_ignore_ascii_case("Failed") {
            let Failure { code, message } = &template.failure;
            job.insert("stateReason".into(), json!({"errorCode": code, "message": message}));
        }
        Value::Object(job)
    }

    /// The total is unknown until the job leaves the queue.
    fn export_status(&self, position: &Position<'_>) -> Value {
        let total = if position.state.eq_ignore_ascii_case("Queued") { 0 } else { self.template.collections };
        // Only whole collections count, and a late poll must not exceed the total.
        let exported = ((total as f64 * position.done).floor() as u64).min(total);
        json!({"exportedCollections": exported, "totalCollections": total})
    }

    /// The ids of components differ from that of the job in one digit.
    fn components(&self, id: &str) -> Value {
        let parts = self.template.replica_sets.iter().enumerate().map(|(at, name)| {
            let (head, tail) = id.split_at_checked(1).unwrap_or((id, ""));
            let digit = head.chars().next().and_then(|digit| digit.to_digit(16)).unwrap_or(0) as usize;
            json!({"exportId": format!("{:x}{tail}", (digit + at + 1) % 16), "replicaSetName": name})
        });
        parts.collect()
    }

    fn prefix(&self, context: &JobContext<'_>) -> String {
        let created_at = context.clock.at(self.created_at);
        let (project, cluster) = (context.project, context.cluster);
        let date = created_at.format("%Y-%m-%dT%H%M");
        format!("exported_snapshots/{}/{project}/{cluster}/{date}/{}", seed::ORGANISATION, created_at.timestamp())
    }
}
