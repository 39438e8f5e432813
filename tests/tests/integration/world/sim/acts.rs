//! What people do: to clusters, snapshots, exports and buckets.

use super::{At, Sim, Step};
use crate::world::{
    model::{Marker, Tier},
    policy::Frequency,
    time::{DAY, HOUR, MINUTE, Time},
};

/// One thing that somebody does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Act {
    Pause,
    Resume,
    BackupOff,
    BackupOn,
    /// Deletes the cluster, with its snapshots.
    Delete,
    /// Makes another cluster under the name of this one, which is gone.
    Remake,
    /// Something that makes the cluster show `UPDATING` for a while.
    Update,
    UpdateEnds,
    TakeSnapshot,
    /// Starts an export to the bucket of the policy.
    Export(Which),
    /// Starts an export to another bucket than the policy's.
    ExportElsewhere(Which),
    DeleteSnapshot(Which),
    /// Edits the schedule.
    Edit(super::edits::Edit),
    /// The project forgets the bucket that the policy names.
    ForgetBucket,
    /// Deletes or replaces the marker of the newest copy in the bucket of the policy.
    SpoilMarker(bool),
    DenyBucket,
    AdmitBucket,
}

/// Which snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Which {
    Newest,
    /// The newest that is this many places before the last.
    Back(usize),
    Place(usize),
}

impl Sim {
    pub(super) fn carry_out(&mut self, at: At, act: Act) {
        let now = self.now;
        if !self.cluster(at).exists(now) && act != Act::Remake {
            return;
        }
        match act {
            Act::Pause | Act::Resume => self.pause(at, act == Act::Pause),
            Act::BackupOff | Act::BackupOn => self.switch_backup(at, act == Act::BackupOn),
            Act::Delete => self.delete(at),
            Act::Remake => self.remake(at),
            Act::Update => {
                self.update(at);
                let ends = now + self.random.i64(5 * MINUTE..2 * HOUR);
                self.plan(ends, Step::Act(at, Act::UpdateEnds));
            }
            Act::UpdateEnds => self.cluster_mut(at).updating.set(now, false),
            Act::TakeSnapshot => {
                if self.cluster(at).takes_snapshots(now) {
                    self.take_on_demand(at);
                }
            }
            Act::Export(which) => self.export(at, which, true),
            Act::ExportElsewhere(which) => self.export(at, which, false),
            Act::DeleteSnapshot(which) => self.delete_snapshot(at, which),
            Act::Edit(edit) => self.edit(at, &edit),
            Act::ForgetBucket => self.forget_bucket(at),
            Act::SpoilMarker(foreign) => self.spoil_marker(at, foreign),
            Act::DenyBucket | Act::AdmitBucket => {
                if let Some(bucket) = self.wanted_bucket(at) {
                    self.project_mut(at).buckets[bucket].denied.set(now, act == Act::DenyBucket);
                }
            }
        }
    }

    fn pause(&mut self, at: At, paused: bool) {
        let (now, cluster) = (self.now, self.cluster_mut(at));
        if *cluster.paused.last() != paused && cluster.tier == Tier::Dedicated {
            cluster.paused.set(now, paused);
            self.tell(at, "CLUSTER_UPDATE_SUBMITTED");
            if paused {
                // The service resumes it after 30 days.
                self.act(now + 30 * DAY, at, Act::Resume);
            }
        }
    }

    fn switch_backup(&mut self, at: At, on: bool) {
        let (now, cluster) = (self.now, self.cluster_mut(at));
        if *cluster.backup.last() != on && cluster.tier == Tier::Dedicated {
            cluster.backup.set(now, on);
            if !on {
                for snapshot in &mut cluster.snapshots {
                    snapshot.deleted.get_or_insert(now);
                }
            }
            self.tell(at, "CLUSTER_UPDATE_SUBMITTED");
        }
    }

    fn delete(&mut self, at: At) {
        let (now, takes) = (self.now, self.random.i64(10 * MINUTE..2 * HOUR));
        let cluster = self.cluster_mut(at);
        if cluster.deleted.is_none() {
            cluster.deleted = Some((now, now + takes));
            for snapshot in &mut cluster.snapshots {
                snapshot.deleted.get_or_insert(now);
            }
            self.tell(at, "CLUSTER_DELETE_SUBMITTED");
        }
    }

    fn update(&mut self, at: At) {
        let now = self.now;
        self.cluster_mut(at).updating.set(now, true);
        self.tell(at, "CLUSTER_UPDATE_SUBMITTED");
    }

    fn snapshot(&self, at: At, which: Which) -> Option<usize> {
        let snapshots = &self.cluster(at).snapshots;
        let there = |place: &usize| snapshots[*place].is_listed(self.now) && snapshots[*place].is_completed(self.now);
        match which {
            Which::Newest => (0..snapshots.len()).rev().find(there),
            Which::Back(steps) => (0..snapshots.len()).rev().filter(there).nth(steps),
            Which::Place(place) => (place < snapshots.len()).then_some(place).filter(there),
        }
    }

    fn export(&mut self, at: At, which: Which, wanted: bool) {
        let Some(snapshot) = self.snapshot(at, which) else { return };
        let (now, policy) = (self.now, self.wanted_bucket(at));
        let buckets = &self.project(at).buckets;
        let other = |place: &usize| Some(*place) != policy && buckets[*place].is_registered(now);
        let bucket = if wanted { policy } else { (0..buckets.len()).find(other) };
        if let Some(bucket) = bucket {
            let bucket = buckets[bucket].id.clone();
            self.export_by_hand(at, snapshot, &bucket);
        }
    }

    fn delete_snapshot(&mut self, at: At, which: Which) {
        if let Some(snapshot) = self.snapshot(at, which) {
            let now = self.now;
            self.cluster_mut(at).snapshots[snapshot].deleted = Some(now);
            self.tell(at, "CPS_SNAPSHOT_DELETED_AUDIT");
        }
    }

    /// Place of the bucket that the policy names, whether it exports now or not.
    pub(super) fn wanted_bucket(&self, at: At) -> Option<usize> {
        let to = self.cluster(at).schedule.last().export.as_ref()?;
        self.project(at).buckets.iter().position(|bucket| bucket.id == to.bucket)
    }

    fn forget_bucket(&mut self, at: At) {
        let now = self.now;
        if let Some(bucket) = self.wanted_bucket(at) {
            self.project_mut(at).buckets[bucket].removed.get_or_insert(now);
        }
    }

    fn spoil_marker(&mut self, at: At, foreign: bool) {
        let (now, Some(bucket)) = (self.now, self.wanted_bucket(at)) else { return };
        let id = self.cluster(at).id.clone();
        let copies = &mut self.project_mut(at).buckets[bucket].copies;
        let newest = copies.iter_mut().rev().find(|copy| copy.cluster == id && *copy.marker.at(now) == Marker::There);
        if let Some(copy) = newest {
            copy.marker.set(now, if foreign { Marker::Foreign } else { Marker::Absent });
        }
    }

    /// What people happen to do to a cluster today.
    pub(super) fn plan_whims(&mut self, at: At, today: Time) {
        let (tier, temper) = (self.cluster(at).tier, self.cluster(at).temper);
        if tier != Tier::Dedicated || self.random.f64() > 0.06 * temper {
            return;
        }
        let time = today + self.random.i64(0..DAY / MINUTE) * MINUTE;
        let later = time + self.random.i64(30 * MINUTE..12 * DAY);
        let back = self.random.usize(0..6);
        let acts = match self.random.u32(0..100) {
            0..9 => vec![(time, Act::Pause), (later, Act::Resume)],
            9..11 => vec![(time, Act::BackupOff), (later, Act::BackupOn)],
            11..14 => vec![(time, Act::Delete), (later + 3 * HOUR, Act::Remake)],
            14..18 => vec![(time, Act::Update)],
            18..24 => vec![(time, Act::TakeSnapshot)],
            24..30 => vec![(time, Act::TakeSnapshot), (time + HOUR, Act::Export(Which::Newest))],
            30..38 => vec![(time, Act::Export(Which::Back(back)))],
            38..42 => vec![(time, Act::ExportElsewhere(Which::Back(back / 4)))],
            42..48 => vec![(time, Act::DeleteSnapshot(Which::Back(back / 3)))],
            48..84 => self.edits_of_a_day(at, time, later),
            84..85 => vec![(time, Act::ForgetBucket), (later, Act::Edit(super::Edit::NewBucket))],
            85..90 => vec![(time, Act::SpoilMarker(self.random.bool()))],
            90..95 => vec![(time, Act::DenyBucket), (later, Act::AdmitBucket)],
            // Yesterday's snapshot goes and the marker with it: nothing is left to tell of.
            _ => vec![(time, Act::DeleteSnapshot(Which::Newest)), (time, Act::SpoilMarker(false))],
        };
        for (time, act) in acts {
            self.act(time, at, act);
        }
    }

    /// A frequency that exports may have.
    pub(super) fn draw_frequency(&mut self) -> Frequency {
        match self.random.u32(0..20) {
            0..11 => Frequency::Daily,
            11..16 => Frequency::Weekly,
            16..18 => Frequency::Monthly,
            18 => Frequency::Yearly,
            _ => Frequency::Quarterly,
        }
    }
}
