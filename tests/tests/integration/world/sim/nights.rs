//! Due times and snapshots.

use super::{At, Night, Sim, SnapshotOutcome, Step};
use crate::world::{
    model::{DueExport, Snapshot, SnapshotKind},
    policy::Item,
    time::{DAY, MINUTE, Time},
};

impl Sim {
    /// Takes the snapshot that is due now, if any.
    pub(super) fn tick(&mut self, at: At) {
        let (now, cluster) = (self.now, self.cluster(at));
        // A schedule that was edited today has planned its minutes twice.
        if !cluster.takes_snapshots(now) || self.ticked.get(&at) == Some(&now) {
            return;
        }
        let schedule = cluster.schedule.last();
        let due: Vec<Item> = schedule.due_at(now).into_iter().cloned().collect();
        let Some(longest) = due.iter().max_by_key(|item| item.keep_days) else { return };
        let wanted = schedule.exports().cloned();
        let wanted = wanted.filter(|to| due.iter().any(|item| item.frequency == to.frequency));
        let error_rate = cluster.error_rate;
        self.ticked.insert(at, now);
        let night = self.nights.remove(&(at, now));
        let night = night.unwrap_or_else(|| Night::draw(&mut self.random, error_rate));
        let snapshot = (night.snapshot != SnapshotOutcome::Skipped).then(|| self.take(at, &due, longest, &night));
        if let Some(to) = wanted {
            // The service may look at the label alone.
            let exported = self.assumptions.exports_across_labels || longest.frequency == to.frequency;
            let due_export = DueExport { at: now, frequency: to.frequency, bucket: to.bucket, snapshot };
            self.cluster_mut(at).due_exports.push(due_export);
            if let (Some(snapshot), true, SnapshotOutcome::Completed) = (snapshot, exported, night.snapshot) {
                self.await_export(at, snapshot, night.export);
            }
        }
    }

    fn take(&mut self, at: At, due: &[Item], longest: &Item, night: &Night) -> usize {
        let items = if self.assumptions.names_all_items { due } else { std::slice::from_ref(longest) };
        let items = items.iter().map(|item| item.id.clone()).collect();
        let kind =
            if night.snapshot == SnapshotOutcome::Fallback { SnapshotKind::Fallback } else { SnapshotKind::Scheduled };
        let begun = self.now + night.snapshot_delay;
        let created = begun + night.snapshot_run;
        // Whether Atlas lists a snapshot that is queued is unknown.
        let queued = if night.listed_early { self.now } else { begun };
        let snapshot = Snapshot {
            id: self.id_at(queued),
            kind,
            queued,
            begun,
            ended: Some((created + MINUTE, night.snapshot != SnapshotOutcome::Failed)),
            created,
            label: longest.frequency.name(),
            items,
            expires: created + Time::from(longest.keep_days) * DAY,
            deleted: None,
        };
        self.add_snapshot(at, snapshot)
    }

    /// A snapshot that somebody asked for.
    pub(super) fn take_on_demand(&mut self, at: At) {
        let begun = self.now + self.random.i64(0..4 * MINUTE);
        let created = begun + self.random.i64(3 * MINUTE..12 * MINUTE);
        let keep = self.random.i64(2..15) * DAY;
        let snapshot = Snapshot {
            id: self.id_at(self.now),
            kind: SnapshotKind::OnDemand,
            queued: self.now,
            begun,
            ended: Some((created + MINUTE, true)),
            created,
            label: "ondemand",
            items: Vec::new(),
            expires: created + keep,
            deleted: None,
        };
        self.add_snapshot(at, snapshot);
    }

    fn id_at(&mut self, time: Time) -> String {
        self.ids += 1;
        crate::world::time::object_id(time, (self.world.seed << 32) + self.ids)
    }

    fn add_snapshot(&mut self, at: At, snapshot: Snapshot) -> usize {
        let ends = snapshot.ended.map(|(end, _)| end);
        let cluster = self.cluster_mut(at);
        cluster.snapshots.push(snapshot);
        let place = cluster.snapshots.len() - 1;
        if let Some(ends) = ends {
            self.plan(ends, Step::SnapshotEnds(at, place));
        }
        place
    }

    pub(super) fn snapshot_ends(&mut self, at: At, snapshot: usize) {
        let well = self.cluster(at).snapshots[snapshot].ended.is_some_and(|(_, well)| well);
        self.record_event(at, if well { "CPS_SNAPSHOT_SUCCESSFUL" } else { "CPS_SNAPSHOT_FAILED" });
    }
}
