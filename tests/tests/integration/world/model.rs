//! What a simulated world consists of. Everything keeps its whole history, so that any moment can be examined later.

use super::{
    policy::{Frequency, Schedule},
    time::{History, Time},
};

/// An organisation with its projects.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) start: Time,
    /// The history ends here.
    pub(crate) end: Time,
    pub(crate) organisation: String,
    /// Whether the jobs of a deleted cluster are listed under the next cluster of its name.
    pub(crate) jobs_outlive_cluster: bool,
    pub(crate) projects: Vec<Project>,
}

#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) name: String,
    /// All clusters that ever existed; a name can occur twice.
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) buckets: Vec<Bucket>,
    pub(crate) events: Vec<Event>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    Free,
    Flex,
    Serverless,
    Dedicated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    ReplicaSet,
    Sharded(usize),
    Global(usize),
}

impl Shape {
    pub(crate) fn is_sharded(self) -> bool {
        self != Self::ReplicaSet
    }

    pub(crate) fn replica_sets(self) -> usize {
        match self {
            Self::ReplicaSet => 1,
            Self::Sharded(shards) | Self::Global(shards) => shards,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) tier: Tier,
    pub(crate) shape: Shape,
    pub(crate) created: Time,
    /// Until then it is being created.
    pub(crate) ready: Time,
    /// When deletion began and when it ended.
    pub(crate) deleted: Option<(Time, Time)>,
    pub(crate) paused: History<bool>,
    pub(crate) backup: History<bool>,
    /// Whether it shows `UPDATING`.
    pub(crate) updating: History<bool>,
    pub(crate) schedule: History<Schedule>,
    pub(crate) due_exports: Vec<DueExport>,
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) jobs: Vec<Job>,
    /// How often things go wrong, as a multiple of the usual rate.
    pub(crate) error_rate: f64,
}

/// A due snapshot that the policy in force exports.
#[derive(Clone, Debug)]
pub(crate) struct DueExport {
    pub(crate) at: Time,
    pub(crate) frequency: Frequency,
    pub(crate) bucket: String,
    /// The snapshot that was taken for it, by its index in the cluster.
    pub(crate) snapshot: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SnapshotKind {
    Scheduled,
    OnDemand,
    Fallback,
}

#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) id: String,
    pub(crate) kind: SnapshotKind,
    pub(crate) queued: Time,
    pub(crate) begun: Time,
    /// When it ended, and whether it was completed.
    pub(crate) ended: Option<(Time, bool)>,
    /// `createdAt`.
    pub(crate) created: Time,
    /// `frequencyType`; `ondemand` for on-demand snapshots.
    pub(crate) label: &'static str,
    pub(crate) items: Vec<String>,
    pub(crate) expires: Time,
    pub(crate) deleted: Option<Time>,
}

impl Snapshot {
    pub(crate) fn is_completed(&self, at: Time) -> bool {
        self.ended.is_some_and(|(end, well)| end <= at && well)
    }

    pub(crate) fn has_failed(&self, at: Time) -> bool {
        self.ended.is_some_and(|(end, well)| end <= at && !well)
    }

    /// Whether Atlas lists it.
    pub(crate) fn is_listed(&self, at: Time) -> bool {
        self.queued <= at && at < self.expires && self.deleted.is_none_or(|deleted| at < deleted)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Queued,
    InProgress,
    Successful,
    Failed,
    Cancelled,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::InProgress => "InProgress",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }

    pub(crate) fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::InProgress)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: String,
    /// Index of the snapshot in the cluster.
    pub(crate) snapshot: usize,
    pub(crate) bucket: String,
    pub(crate) created: Time,
    pub(crate) begun: Option<Time>,
    pub(crate) ended: Option<(Time, State)>,
    pub(crate) prefix: String,
    pub(crate) is_manual: bool,
    pub(crate) collections: u32,
    /// How many collections were exported when it ended.
    pub(crate) copied: u32,
}

impl Job {
    pub(crate) fn state(&self, at: Time) -> State {
        match (self.ended, self.begun) {
            (Some((end, state)), _) if end <= at => state,
            (_, Some(begun)) if begun <= at => State::InProgress,
            _ => State::Queued,
        }
    }

    pub(crate) fn ended_at(&self, at: Time) -> Option<Time> {
        self.ended.map(|(end, _)| end).filter(|end| *end <= at)
    }
}

/// What lies in a bucket under the prefix of a job.
#[derive(Clone, Debug)]
pub(crate) struct Copy {
    pub(crate) prefix: String,
    pub(crate) cluster: String,
    pub(crate) cluster_name: String,
    pub(crate) snapshot_time: Time,
    /// When the data was complete.
    pub(crate) complete: Option<Time>,
    pub(crate) marker: History<Marker>,
    pub(crate) files: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    Absent,
    There,
    /// That of another cluster.
    Foreign,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cloud {
    Aws,
    Azure,
    Gcp,
}

#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) cloud: Cloud,
    pub(crate) registered: Time,
    pub(crate) removed: Option<Time>,
    /// How long its lifecycle rules keep objects.
    pub(crate) lifecycle: Option<Time>,
    /// Whether the audit may not read it.
    pub(crate) denied: History<bool>,
    pub(crate) copies: Vec<Copy>,
}

impl Bucket {
    pub(crate) fn is_registered(&self, at: Time) -> bool {
        self.registered <= at && self.removed.is_none_or(|removed| at < removed)
    }

    pub(crate) fn copy(&self, prefix: &str) -> Option<&Copy> {
        self.copies.iter().rev().find(|copy| copy.prefix == prefix)
    }

    /// The marker of a copy.
    pub(crate) fn marker(&self, copy: &Copy, at: Time) -> Marker {
        let swept = self.lifecycle.zip(copy.complete).is_some_and(|(life, complete)| complete + life <= at);
        if swept { Marker::Absent } else { *copy.marker.at(at) }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) created: Time,
    pub(crate) name: &'static str,
    pub(crate) cluster: String,
}

impl Project {
    pub(crate) fn bucket(&self, id: &str) -> Option<&Bucket> {
        self.buckets.iter().find(|bucket| bucket.id == id)
    }

    /// The clusters that exist at a time.
    pub(crate) fn clusters_at(&self, at: Time) -> impl Iterator<Item = &Cluster> {
        self.clusters.iter().filter(move |cluster| cluster.exists(at))
    }
}

impl Cluster {
    pub(crate) fn exists(&self, at: Time) -> bool {
        self.created <= at && self.deleted.is_none_or(|(_, gone)| at < gone)
    }

    pub(crate) fn state_name(&self, at: Time) -> &'static str {
        if at < self.ready {
            "CREATING"
        } else if self.deleted.is_some_and(|(since, _)| since <= at) {
            "DELETING"
        } else if *self.updating.at(at) {
            "UPDATING"
        } else {
            "IDLE"
        }
    }

    /// Whether it takes scheduled snapshots.
    pub(crate) fn takes_snapshots(&self, at: Time) -> bool {
        self.tier == Tier::Dedicated
            && matches!(self.state_name(at), "IDLE" | "UPDATING")
            && *self.backup.at(at)
            && !*self.paused.at(at)
    }
}
