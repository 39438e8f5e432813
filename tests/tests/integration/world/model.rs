//! What a simulated world consists of. Everything keeps its whole history, so that each moment can be looked at later.

use super::{
    policy::{Frequency, Schedule},
    time::{Over, Time},
};

/// One organisation with its projects.
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
    /// Every cluster that ever was; a name that was given twice stands here twice.
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
    /// From the first it is being deleted, from the second it is gone.
    pub(crate) deleted: Option<(Time, Time)>,
    pub(crate) paused: Over<bool>,
    pub(crate) backup: Over<bool>,
    /// Whether it shows `UPDATING`.
    pub(crate) updating: Over<bool>,
    pub(crate) schedule: Over<Schedule>,
    pub(crate) duties: Vec<Duty>,
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) jobs: Vec<Job>,
    /// How much goes wrong here, next to the usual.
    pub(crate) temper: f64,
}

/// A snapshot fell due of which the policy in force wanted an export.
#[derive(Clone, Debug)]
pub(crate) struct Duty {
    pub(crate) at: Time,
    pub(crate) frequency: Frequency,
    pub(crate) bucket: String,
    /// The snapshot that was taken for it, by its place in the cluster's list.
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
    /// When it ended, and whether well.
    pub(crate) ended: Option<(Time, bool)>,
    /// The time that Atlas gives to its data.
    pub(crate) created: Time,
    /// What it is labelled with; on-demand ones are labelled with the word for it.
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
    /// Place of the snapshot in the cluster's list.
    pub(crate) snapshot: usize,
    pub(crate) bucket: String,
    pub(crate) created: Time,
    pub(crate) begun: Option<Time>,
    pub(crate) ended: Option<(Time, State)>,
    pub(crate) prefix: String,
    pub(crate) by_hand: bool,
    pub(crate) collections: u32,
    /// How many collections it had copied when it ended.
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
    /// When the last of the data came.
    pub(crate) complete: Option<Time>,
    pub(crate) marker: Over<Marker>,
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
    /// Days after which its own rules delete what lies there.
    pub(crate) lifecycle: Option<Time>,
    /// Whether the auditor is refused.
    pub(crate) denied: Over<bool>,
    pub(crate) copies: Vec<Copy>,
}

impl Bucket {
    pub(crate) fn is_registered(&self, at: Time) -> bool {
        self.registered <= at && self.removed.is_none_or(|removed| at < removed)
    }

    pub(crate) fn copy(&self, prefix: &str) -> Option<&Copy> {
        self.copies.iter().rev().find(|copy| copy.prefix == prefix)
    }

    /// What stands where the copy's marker belongs.
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

    /// The clusters that the service lists at a time.
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

    /// Whether it takes snapshots as its schedule says.
    pub(crate) fn takes_snapshots(&self, at: Time) -> bool {
        self.tier == Tier::Dedicated
            && matches!(self.state_name(at), "IDLE" | "UPDATING")
            && *self.backup.at(at)
            && !*self.paused.at(at)
    }
}
