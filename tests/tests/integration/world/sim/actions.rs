//! What users do to clusters, snapshots, exports and buckets.

use super::{At, Sim, Step};
use crate::world::{
    model::{Marker, Tier},
    policy::Frequency,
    time::{DAY, HOUR, MINUTE, Time},
};

/// An action of a user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    Pause,
    Resume,
    BackupOff,
    BackupOn,
    /// Deletes the cluster, with its snapshots.
    Delete,
    /// Creates another cluster with the name of this one, which was deleted.
    Recreate,
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
    /// Removes the bucket of the policy from the project.
    RemoveBucket,
    /// Deletes or replaces the marker of the newest copy in the bucket of the policy.
    DamageMarker(bool),
    DenyBucket,
    AllowBucket,
}

/// Which snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Which {
    Newest,
    /// The newest but this many.
    Back(usize),
    Place(usize),
}

impl Sim {
    pub(super) fn carry_out(&mut self, at: At, action: Action) {
        let now = self.now;
        if !self.cluster(at).exists(now) && action != Action::Recreate {
            return;
        }
        match action {
            Action::Pause | Action::Resume => self.pause(at, action == Action::Pause),
            Action::BackupOff | Action::BackupOn => self.switch_backup(at, action == Action::BackupOn),
            Action::Delete => self.delete(at),
            Action::Recreate => self.recreate(at),
            Action::Update => {
                self.update(at);
                let ends = now + self.random.i64(5 * MINUTE..2 * HOUR);
                self.plan(ends, Step::Action(at, Action::UpdateEnds));
            }
            Action::UpdateEnds => self.cluster_mut(at).updating.set(now, false),
            Action::TakeSnapshot => {
                if self.cluster(at).takes_snapshots(now) {
                    self.take_on_demand(at);
                }
            }
            Action::Export(which) => self.export(at, which, true),
            Action::ExportElsewhere(which) => self.export(at, which, false),
            Action::DeleteSnapshot(which) => self.delete_snapshot(at, which),
            Action::Edit(edit) => self.edit(at, &edit),
            Action::RemoveBucket => self.remove_bucket(at),
            Action::DamageMarker(foreign) => self.damage_marker(at, foreign),
            Action::DenyBucket | Action::AllowBucket => {
                if let Some(bucket) = self.wanted_bucket(at) {
                    self.project_mut(at).buckets[bucket].denied.set(now, action == Action::DenyBucket);
                }
            }
        }
    }

    fn pause(&mut self, at: At, paused: bool) {
        let (now, cluster) = (self.now, self.cluster_mut(at));
        if *cluster.paused.last() != paused && cluster.tier == Tier::Dedicated {
            cluster.paused.set(now, paused);
            self.record_event(at, "CLUSTER_UPDATE_SUBMITTED");
            if paused {
                // The service resumes it after 30 days.
                self.plan_action(now + 30 * DAY, at, Action::Resume);
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
            self.record_event(at, "CLUSTER_UPDATE_SUBMITTED");
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
            self.record_event(at, "CLUSTER_DELETE_SUBMITTED");
        }
    }

    fn update(&mut self, at: At) {
        let now = self.now;
        self.cluster_mut(at).updating.set(now, true);
        self.record_event(at, "CLUSTER_UPDATE_SUBMITTED");
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
            self.create_manual_export(at, snapshot, &bucket);
        }
    }

    fn delete_snapshot(&mut self, at: At, which: Which) {
        if let Some(snapshot) = self.snapshot(at, which) {
            let now = self.now;
            self.cluster_mut(at).snapshots[snapshot].deleted = Some(now);
            self.record_event(at, "CPS_SNAPSHOT_DELETED_AUDIT");
        }
    }

    /// Index of the bucket of the policy, whether automatic export is on or not.
    pub(super) fn wanted_bucket(&self, at: At) -> Option<usize> {
        let to = self.cluster(at).schedule.last().export.as_ref()?;
        self.project(at).buckets.iter().position(|bucket| bucket.id == to.bucket)
    }

    fn remove_bucket(&mut self, at: At) {
        let now = self.now;
        if let Some(bucket) = self.wanted_bucket(at) {
            self.project_mut(at).buckets[bucket].removed.get_or_insert(now);
        }
    }

    fn damage_marker(&mut self, at: At, foreign: bool) {
        let (now, Some(bucket)) = (self.now, self.wanted_bucket(at)) else { return };
        let id = self.cluster(at).id.clone();
        let copies = &mut self.project_mut(at).buckets[bucket].copies;
        let newest = copies.iter_mut().rev().find(|copy| copy.cluster == id && *copy.marker.at(now) == Marker::There);
        if let Some(copy) = newest {
            copy.marker.set(now, if foreign { Marker::Foreign } else { Marker::Absent });
        }
    }

    /// Plans what users do to a cluster today.
    pub(super) fn plan_user_actions(&mut self, at: At, today: Time) {
        let (tier, error_rate) = (self.cluster(at).tier, self.cluster(at).error_rate);
        if tier != Tier::Dedicated || self.random.f64() > 0.06 * error_rate {
            return;
        }
        let time = today + self.random.i64(0..DAY / MINUTE) * MINUTE;
        let later = time + self.random.i64(30 * MINUTE..12 * DAY);
        let back = self.random.usize(0..6);
        let actions = match self.random.u32(0..100) {
            0..9 => vec![(time, Action::Pause), (later, Action::Resume)],
            9..11 => vec![(time, Action::BackupOff), (later, Action::BackupOn)],
            11..14 => vec![(time, Action::Delete), (later + 3 * HOUR, Action::Recreate)],
            14..18 => vec![(time, Action::Update)],
            18..24 => vec![(time, Action::TakeSnapshot)],
            24..30 => vec![(time, Action::TakeSnapshot), (time + HOUR, Action::Export(Which::Newest))],
            30..38 => vec![(time, Action::Export(Which::Back(back)))],
            38..42 => vec![(time, Action::ExportElsewhere(Which::Back(back / 4)))],
            42..48 => vec![(time, Action::DeleteSnapshot(Which::Back(back / 3)))],
            48..84 => self.edits_of_a_day(at, time, later),
            84..85 => vec![(time, Action::RemoveBucket), (later, Action::Edit(super::Edit::NewBucket))],
            85..90 => vec![(time, Action::DamageMarker(self.random.bool()))],
            90..95 => vec![(time, Action::DenyBucket), (later, Action::AllowBucket)],
            // Neither snapshot nor marker remain.
            _ => vec![(time, Action::DeleteSnapshot(Which::Newest)), (time, Action::DamageMarker(false))],
        };
        for (time, action) in actions {
            self.plan_action(time, at, action);
        }
    }

    /// Draws the frequency that is exported.
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
