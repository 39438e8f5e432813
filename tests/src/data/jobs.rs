//! Export jobs that move.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value, json};

use crate::{
    Script,
    data::{
        clock::{Clock, iso},
        script::Standing,
    },
};

/// A job to put into the fake.
///
/// ```
/// use atlas_exports_testing::{NewJob, Script};
///
/// let job = NewJob::new(Script::per_poll(["Queued", "InProgress", "Failed"]))
///     .collections(40)
///     .failing_with("EXPORT_BUCKET_ACCESS_DENIED", "the role does not allow it");
/// # let _ = job;
/// ```
#[derive(Clone, Debug)]
pub struct NewJob {
    pub(crate) id: Option<String>,
    pub(crate) place: Option<(String, String)>,
    pub(crate) recipe: Recipe,
}

/// What does not change about a job.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) script: Script,
    pub(crate) snapshot: String,
    pub(crate) bucket: String,
    pub(crate) custom_data: Vec<(String, String)>,
    pub(crate) collections: u64,
    pub(crate) replica_sets: Vec<String>,
    pub(crate) reason: (String, String),
}

impl Recipe {
    pub(crate) fn new(script: Script, snapshot: &str, bucket: &str) -> Self {
        Self {
            script,
            snapshot: snapshot.to_owned(),
            bucket: bucket.to_owned(),
            custom_data: Vec::new(),
            collections: 12,
            replica_sets: Vec::new(),
            reason: ("EXPORT_FAILED".into(), "The export did not succeed.".into()),
        }
    }
}

impl NewJob {
    /// A replica set's job in the default cluster, to the default bucket.
    #[must_use]
    pub fn new(script: Script) -> Self {
        Self {
            id: None,
            place: None,
            recipe: Recipe::new(script, crate::data::seed::SNAPSHOT, crate::data::seed::BUCKET),
        }
    }

    /// Its id; a new one by default.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// The project and cluster that it belongs to; they are added when they are not there.
    #[must_use]
    pub fn in_cluster(mut self, project: &str, cluster: &str) -> Self {
        self.place = Some((project.to_owned(), cluster.to_owned()));
        self
    }

    /// The snapshot that it exports.
    #[must_use]
    pub fn snapshot(mut self, id: &str) -> Self {
        self.recipe.snapshot = id.to_owned();
        self
    }

    /// The bucket that it exports to, which need not exist.
    #[must_use]
    pub fn bucket(mut self, id: &str) -> Self {
        self.recipe.bucket = id.to_owned();
        self
    }

    /// One more entry of custom data.
    #[must_use]
    pub fn custom_data(mut self, key: &str, value: &str) -> Self {
        self.recipe.custom_data.push((key.to_owned(), value.to_owned()));
        self
    }

    /// How many collections it exports; 12 by default.
    #[must_use]
    pub fn collections(mut self, collections: u64) -> Self {
        self.recipe.collections = collections;
        self
    }

    /// Makes it a sharded cluster's, with `components` in place of `exportStatus`.
    #[must_use]
    pub fn replica_sets<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.recipe.replica_sets = names.into_iter().map(Into::into).collect();
        self
    }

    /// What its `stateReason` says once it has failed.
    #[must_use]
    pub fn failing_with(mut self, code: &str, message: &str) -> Self {
        self.recipe.reason = (code.to_owned(), message.to_owned());
        self
    }
}

/// A job of the store.
#[derive(Debug)]
pub(crate) enum Job {
    /// Served as it was put in.
    Verbatim(Value),
    Moving(Moving),
}

/// A job that follows a script.
#[derive(Debug)]
pub(crate) struct Moving {
    recipe: Arc<Recipe>,
    /// Tokio's time since the fake's start.
    born: Duration,
    polls: u32,
    /// When polls brought it to its end.
    finished: Option<Duration>,
    /// Whether a client created it.
    created: bool,
}

/// What a job's document says beside the job itself.
pub(crate) struct Around<'a> {
    pub(crate) clock: &'a Clock,
    pub(crate) project: &'a str,
    pub(crate) cluster: &'a str,
    /// Address of the list that the job is in.
    pub(crate) list: &'a str,
}

impl Job {
    pub(crate) fn moving(recipe: Arc<Recipe>, clock: &Clock, created: bool) -> Self {
        Self::Moving(Moving { recipe, born: clock.elapsed(), polls: 0, finished: None, created })
    }

    /// Counts one look at the job.
    pub(crate) fn poll(&mut self, clock: &Clock) {
        if let Self::Moving(job) = self {
            job.polls = job.polls.saturating_add(1);
            job.settle(clock);
        }
    }

    /// Moves the job by hand; its script is over.
    pub(crate) fn set_state(&mut self, state: &str, clock: &Clock) {
        match self {
            Self::Verbatim(document) => {
                if let Some(members) = document.as_object_mut() {
                    members.insert("state".into(), state.into());
                }
            }
            Self::Moving(job) => {
                Arc::make_mut(&mut job.recipe).script = Script::staying(state);
                job.finished = None;
                job.settle(clock);
            }
        }
    }

    pub(crate) fn is_created(&self) -> bool {
        matches!(self, Self::Moving(Moving { created: true, .. }))
    }

    /// Whether it still needs this bucket.
    pub(crate) fn uses(&self, bucket: &str, clock: &Clock) -> bool {
        match self {
            Self::Verbatim(document) => {
                document.get("exportBucketId").and_then(Value::as_str) == Some(bucket)
                    && document.get("finishedAt").is_none_or(Value::is_null)
            }
            Self::Moving(job) => job.recipe.bucket == bucket && !job.standing(clock).finished,
        }
    }

    /// Whether it exports this snapshot to this bucket and has not ended.
    pub(crate) fn exports(&self, snapshot: &str, bucket: &str, clock: &Clock) -> bool {
        self.uses(bucket, clock)
            && match self {
                Self::Verbatim(document) => document.get("snapshotId").and_then(Value::as_str) == Some(snapshot),
                Self::Moving(job) => job.recipe.snapshot == snapshot,
            }
    }

    pub(crate) fn document(&self, id: &str, around: &Around<'_>) -> Value {
        match self {
            Self::Verbatim(document) => document.clone(),
            Self::Moving(job) => job.document(id, around),
        }
    }
}

impl Moving {
    fn standing(&self, clock: &Clock) -> Standing<'_> {
        self.recipe.script.standing(self.polls, clock.elapsed().saturating_sub(self.born))
    }

    fn settle(&mut self, clock: &Clock) {
        if self.finished.is_none() && self.standing(clock).finished {
            self.finished = Some(clock.elapsed());
        }
    }

    fn document(&self, id: &str, around: &Around<'_>) -> Value {
        let standing = self.standing(around.clock);
        let recipe = &self.recipe;
        let custom: Vec<_> =
            recipe.custom_data.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
        let mut job = Map::from_iter([
            ("createdAt".into(), iso(around.clock.at(self.born)).into()),
            ("customData".into(), custom.into()),
            ("exportBucketId".into(), recipe.bucket.as_str().into()),
            ("id".into(), id.into()),
            ("links".into(), json!([{"href": format!("{}/{id}", around.list), "rel": "self"}])),
            ("snapshotId".into(), recipe.snapshot.as_str().into()),
            ("state".into(), standing.state.into()),
        ]);
        if recipe.replica_sets.is_empty() {
            job.insert("exportStatus".into(), self.export_status(&standing));
        } else {
            job.insert("components".into(), self.components(id));
        }
        if !standing.state.eq_ignore_ascii_case("Queued") {
            job.insert("prefix".into(), self.prefix(around).into());
        }
        if standing.finished {
            let ended = standing.since.map_or(self.finished, |since| Some(self.born + since));
            let ended = ended.unwrap_or_else(|| around.clock.elapsed());
            job.insert("finishedAt".into(), iso(around.clock.at(ended)).into());
        }
        if standing.state.eq_ignore_ascii_case("Failed") {
            let (code, message) = &recipe.reason;
            job.insert("stateReason".into(), json!({"errorCode": code, "message": message}));
        }
        Value::Object(job)
    }

    /// The total is not known before the work has begun.
    fn export_status(&self, standing: &Standing<'_>) -> Value {
        let total = if standing.state.eq_ignore_ascii_case("Queued") { 0 } else { self.recipe.collections };
        // Whole collections only, and never more than there are.
        let exported = ((total as f64 * standing.done).floor() as u64).min(total);
        json!({"exportedCollections": exported, "totalCollections": total})
    }

    /// The parts have ids of their own, which look like the job's but for one digit.
    fn components(&self, id: &str) -> Value {
        let parts = self.recipe.replica_sets.iter().enumerate().map(|(at, name)| {
            let (head, tail) = id.split_at_checked(1).unwrap_or((id, ""));
            let digit = head.chars().next().and_then(|digit| digit.to_digit(16)).unwrap_or(0) as usize;
            json!({"exportId": format!("{:x}{tail}", (digit + at + 1) % 16), "replicaSetName": name})
        });
        parts.collect()
    }

    fn prefix(&self, around: &Around<'_>) -> String {
        let born = around.clock.at(self.born);
        let (project, cluster) = (around.project, around.cluster);
        let date = born.format("%Y-%m-%dT%H%M");
        format!(
            "exported_snapshots/{}/{project}/{cluster}/{date}/{}",
            crate::data::seed::ORGANISATION,
            born.timestamp()
        )
    }
}
