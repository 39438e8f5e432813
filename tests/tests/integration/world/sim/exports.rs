//! Export jobs from their creation to the copy in the bucket.

use super::{Action, At, Export, ExportOutcome, MarkerOutcome, Sim, Step, Which};
use crate::world::{
    model::{Copy, Job, Marker, State},
    time::{HOUR, History, MINUTE, Time, utc},
};

/// Most replica sets of a project that are exported at a time, where that is limited.
const PLACES: usize = 5;

impl Sim {
    /// Plans the automatic export of a snapshot.
    pub(super) fn await_export(&mut self, at: At, snapshot: usize, export: Export) {
        if export.outcome == ExportOutcome::NotStarted {
            return;
        }
        let Some((end, _)) = self.cluster(at).snapshots[snapshot].ended else { return };
        self.coming.insert((at, snapshot), export);
        self.plan(end + export.delay, Step::ExportStarts(at, snapshot));
    }

    pub(super) fn export_starts(&mut self, at: At, snapshot: usize) {
        let Some(export) = self.coming.remove(&(at, snapshot)) else { return };
        let to = self.cluster(at).schedule.last().exports().map(|to| to.bucket.clone());
        if let Some(bucket) = to {
            self.create_job(at, snapshot, &bucket, export, false);
        }
    }

    /// Creates the job of a manual export.
    pub(super) fn create_manual_export(&mut self, at: At, snapshot: usize, bucket: &str) {
        let settled = self.exports.get_mut(&(at, snapshot)).and_then(|exports| exports.pop_front());
        let export = settled.unwrap_or_else(|| Export::draw(&mut self.random, 1.0));
        self.create_job(at, snapshot, bucket, export, true);
    }

    /// Does nothing where Atlas refuses: for a snapshot that is not there, a bucket that is not registered, a second
    /// export of the same snapshot while one is active.
    fn create_job(&mut self, at: At, snapshot: usize, bucket: &str, export: Export, is_manual: bool) {
        let (now, cluster, project) = (self.now, self.cluster(at), self.project(at));
        let held = &cluster.snapshots[snapshot];
        let active = cluster.jobs.iter().any(|job| job.snapshot == snapshot && !job.state(now).is_over());
        let registered = project.bucket(bucket).is_some_and(|bucket| bucket.is_registered(now));
        if active || !registered || !held.is_listed(now) || !held.is_completed(now) || !cluster.exists(now) {
            return;
        }
        let prefix = self.prefix(at, held.created);
        let collections = self.random.u32(1..200);
        let job = Job {
            id: self.new_id(),
            snapshot,
            bucket: bucket.to_owned(),
            created: now,
            begun: None,
            ended: None,
            prefix,
            is_manual,
            collections,
            copied: 0,
        };
        let cluster = self.cluster_mut(at);
        cluster.jobs.push(job);
        let job = cluster.jobs.len() - 1;
        self.under_way.insert((at, job), export);
        self.waiting[at.project].push_back((at, job));
        self.fill_places(at.project);
    }

    /// Prefix with ids or, where the schedule says so, names, then the minute of the snapshot and the second of the job.
    fn prefix(&self, at: At, snapshot_time: Time) -> String {
        let (project, cluster) = (self.project(at), self.cluster(at));
        let minute = utc(snapshot_time).format("%Y-%m-%dT%H%M");
        let (organisation, group) = if cluster.schedule.last().names_in_prefix {
            ("ACME_Ltd".to_owned(), project.name.replace(' ', "_"))
        } else {
            (self.world.organisation.clone(), project.id.clone())
        };
        format!("exported_snapshots/{organisation}/{group}/{}/{minute}/{}", cluster.name, self.now)
    }

    fn fill_places(&mut self, project: usize) {
        while let Some((at, job)) = self.waiting[project].front().copied() {
            if self.assumptions.queue_of_five && self.running[project] >= PLACES {
                return;
            }
            self.waiting[project].pop_front();
            self.running[project] += self.cluster(at).shape.replica_sets();
            let begins = self.now + self.random.i64(MINUTE..4 * MINUTE);
            self.plan(begins, Step::JobBegins(at, job));
        }
    }

    pub(super) fn job_begins(&mut self, at: At, job: usize) {
        let now = self.now;
        self.cluster_mut(at).jobs[job].begun = Some(now);
        let run = self.under_way.get(&(at, job)).map_or(HOUR, |export| export.run);
        self.plan(now + run, Step::JobEnds(at, job));
    }

    pub(super) fn job_ends(&mut self, at: At, job: usize) {
        let Some(export) = self.under_way.remove(&(at, job)) else { return };
        let now = self.now;
        let state = match export.outcome {
            ExportOutcome::Successful => Some(State::Successful),
            ExportOutcome::Failed(_) => Some(State::Failed),
            ExportOutcome::Cancelled => Some(State::Cancelled),
            ExportOutcome::Stuck | ExportOutcome::NotStarted => None,
        };
        let ended = &mut self.cluster_mut(at).jobs[job];
        ended.copied = match export.outcome {
            ExportOutcome::Failed(percent) => ended.collections * percent / 100,
            ExportOutcome::Cancelled => ended.collections / 2,
            _ => ended.collections,
        };
        ended.ended = state.map(|state| (now, state));
        self.leave_copy(at, job, &export);
        match state {
            Some(State::Successful) => self.record_event(at, "CPS_EXPORT_SUCCESSFUL"),
            Some(_) => {
                self.record_event(at, "CPS_EXPORT_FAILED");
                self.maybe_retry(at, job);
            }
            // A job that never ends leaves the queue after a while, or nothing would be exported any more.
            None => {}
        }
        let replica_sets = self.cluster(at).shape.replica_sets();
        self.running[at.project] = self.running[at.project].saturating_sub(replica_sets);
        self.fill_places(at.project);
    }

    fn leave_copy(&mut self, at: At, job: usize, export: &Export) {
        let (now, cluster) = (self.now, self.cluster(at));
        let ended = &cluster.jobs[job];
        let successful = export.outcome == ExportOutcome::Successful;
        let (complete, marked) = match export.marker {
            MarkerOutcome::Comes => (successful, successful.then_some(Marker::There)),
            MarkerOutcome::Missing => (false, None),
            MarkerOutcome::Foreign => (successful, successful.then_some(Marker::Foreign)),
            MarkerOutcome::Regardless => (true, Some(Marker::There)),
        };
        let gap =
            if self.assumptions.marker_after_end { export.marker_gap } else { -export.marker_gap.min(export.run / 2) };
        let mut marker = History::new(Time::MIN, Marker::Absent);
        if let Some(there) = marked {
            marker.set(now + gap, there);
        }
        let copy = Copy {
            prefix: ended.prefix.clone(),
            cluster: cluster.id.clone(),
            cluster_name: cluster.name.clone(),
            snapshot_time: cluster.snapshots[ended.snapshot].created,
            complete: complete.then_some(now + gap.min(0)),
            marker,
            files: ended.collections * 2,
        };
        let bucket = ended.bucket.clone();
        let project = self.project_mut(at);
        if let Some(bucket) = project.buckets.iter_mut().find(|held| held.id == bucket) {
            bucket.copies.push(copy);
        }
    }

    /// Users repeat some failed exports; Atlas never does.
    fn maybe_retry(&mut self, at: At, job: usize) {
        if self.has_user_actions && self.random.f64() < 0.4 {
            let (snapshot, after) = (self.cluster(at).jobs[job].snapshot, self.random.i64(20 * MINUTE..14 * HOUR));
            let which = Which::Place(snapshot);
            // Some try another bucket.
            let elsewhere = self.random.u32(0..5) == 0;
            self.plan_action(
                self.now + after,
                at,
                if elsewhere { Action::ExportElsewhere(which) } else { Action::Export(which) },
            );
        }
    }
}
