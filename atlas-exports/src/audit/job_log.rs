//! What an audit remembers of a cluster's export jobs, however many there are.

use std::collections::BTreeMap;

use atlas_exports_gen::{models::ExportState, types::ExportJob};
use chrono::{DateTime, Utc};

use super::dates;

/// Snapshots whose jobs are remembered one by one, the newest of all that were seen.
const REMEMBERED: usize = 512;

/// The export jobs of a cluster, of which only those that a finding can depend on are kept.
///
/// Jobs may be added in any order and more than once. The memory it takes is bounded: jobs of all but the newest 512
/// snapshots are forgotten, except for the newest successful one of each bucket.
#[derive(Debug, Clone, Default)]
pub struct JobLog {
    snapshots: BTreeMap<String, SnapshotJobs>,
    /// Of each bucket the successful job with the newest snapshot.
    newest: BTreeMap<String, ExportJob>,
    /// The newest snapshot whose jobs were forgotten.
    forgotten: Option<DateTime<Utc>>,
    /// The newest job, other than a failed one, of which neither snapshot nor prefix is known.
    undated: Option<ExportJob>,
}

/// The jobs of one snapshot.
#[derive(Debug, Clone)]
pub(crate) struct SnapshotJobs {
    /// Minute in the prefix of a job, or the time in the snapshot's id, which is some minutes too early.
    pub(crate) at: DateTime<Utc>,
    /// Whether the time is that of a prefix.
    pub(crate) is_exact: bool,
    /// Of each bucket and outcome the newest.
    pub(crate) jobs: Vec<ExportJob>,
}

/// How a job ended, as far as an audit is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Not ended, or in an unknown state that does not say so.
    Active,
    Successful,
    Failed,
    Cancelled,
    /// Ended in an unknown state.
    Unknown,
}

impl Outcome {
    pub(crate) fn of(job: &ExportJob) -> Self {
        match &job.state {
            Some(ExportState::Successful) => Self::Successful,
            Some(ExportState::Failed) => Self::Failed,
            Some(ExportState::Cancelled) => Self::Cancelled,
            _ if job.is_finished() => Self::Unknown,
            _ => Self::Active,
        }
    }
}

/// When a job was created.
pub(crate) fn created(job: &ExportJob) -> Option<DateTime<Utc>> {
    job.created_at.or_else(|| dates::of_id(job.id.as_str()))
}

impl JobLog {
    /// Creates a log without jobs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a job.
    pub fn add(&mut self, mut job: ExportJob) {
        job.links = None;
        job.custom_data = None;
        let snapshot = job.snapshot_id.as_ref().map(|id| id.as_str().to_owned());
        let exact = job.prefix.as_deref().and_then(dates::of_prefix);
        let Some(at) = exact.or_else(|| snapshot.as_deref().and_then(dates::of_id)) else {
            if !matches!(Outcome::of(&job), Outcome::Failed | Outcome::Cancelled)
                && self.undated.as_ref().is_none_or(|other| created(other) <= created(&job))
            {
                self.undated = Some(job);
            }
            return;
        };
        if Outcome::of(&job) == Outcome::Successful
            && let Some(bucket) = job.export_bucket_id.as_ref().map(|id| id.as_str().to_owned())
            && self
                .newest
                .get(&bucket)
                .is_none_or(|other| (snapshot_time(other), created(other)) < (Some(at), created(&job)))
        {
            self.newest.insert(bucket, job.clone());
        }
        let key = snapshot.unwrap_or_else(|| at.to_rfc3339());
        let entry =
            self.snapshots.entry(key).or_insert(SnapshotJobs { at, is_exact: exact.is_some(), jobs: Vec::new() });
        if let Some(exact) = exact {
            (entry.at, entry.is_exact) = (exact, true);
        }
        entry.add(job);
        if self.snapshots.len() >= 2 * REMEMBERED {
            self.forget();
        }
    }

    fn forget(&mut self) {
        let mut times: Vec<_> = self.snapshots.values().map(|entry| entry.at).collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        let forgotten = times.get(REMEMBERED).copied();
        if let Some(forgotten) = forgotten {
            self.snapshots.retain(|_, entry| entry.at > forgotten);
        }
        self.forgotten = self.forgotten.max(forgotten);
    }

    /// Whether jobs of snapshots from a time on may have been forgotten.
    pub(crate) fn has_forgotten_since(&self, at: DateTime<Utc>) -> bool {
        self.forgotten.is_some_and(|forgotten| forgotten >= at)
    }

    pub(crate) fn undated(&self) -> Option<&ExportJob> {
        self.undated.as_ref()
    }

    /// The jobs of the snapshots that are remembered, by the snapshot's id, in no order of time.
    pub(crate) fn snapshots(&self) -> impl Iterator<Item = (&str, &SnapshotJobs)> {
        self.snapshots.iter().map(|(id, jobs)| (id.as_str(), jobs))
    }

    /// The successful job with the newest snapshot, of each bucket.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &ExportJob> {
        self.newest.values()
    }
}

/// The time of a job's snapshot, as far as the job tells it.
pub(crate) fn snapshot_time(job: &ExportJob) -> Option<DateTime<Utc>> {
    let of_id = || job.snapshot_id.as_ref().and_then(|id| dates::of_id(id.as_str()));
    job.prefix.as_deref().and_then(dates::of_prefix).or_else(of_id)
}

impl SnapshotJobs {
    fn add(&mut self, job: ExportJob) {
        let outcome = Outcome::of(&job);
        // A list that changes while it is read can have a job twice. It never leaves the state in which it ends.
        if let Some(same) = self.jobs.iter().position(|other| other.id == job.id) {
            let was_active = self.jobs.get(same).is_some_and(|other| Outcome::of(other) == Outcome::Active);
            if !was_active {
                return;
            }
            self.jobs.swap_remove(same);
        }
        let is_like =
            |other: &ExportJob| Outcome::of(other) == outcome && other.export_bucket_id == job.export_bucket_id;
        match self.jobs.iter_mut().find(|other| is_like(other)) {
            Some(other) if created(other) <= created(&job) => *other = job,
            Some(_) => {}
            None => self.jobs.push(job),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn job(document: Value) -> ExportJob {
        serde_json::from_value(document).unwrap()
    }

    /// The id that is made at a time.
    fn id(seconds: u32) -> String {
        format!("{seconds:08x}0000000000000000")
    }

    fn successful(seconds: u32) -> ExportJob {
        job(json!({
            "id": id(seconds + 600), "snapshotId": id(seconds), "exportBucketId": id(1), "state": "Successful",
        }))
    }

    #[test]
    fn memory_is_bounded_and_what_was_forgotten_is_known() {
        let mut log = JobLog::new();
        let mut times: Vec<u32> = (1..=5_000).map(|n| n * 86_400).collect();
        fastrand::Rng::with_seed(7).shuffle(&mut times);
        for time in times {
            log.add(successful(time));
            assert!(log.snapshots.len() < 2 * REMEMBERED);
        }
        let at = |day: i64| DateTime::from_timestamp(day * 86_400, 0).unwrap();
        assert!(log.has_forgotten_since(at(3_900)) && !log.has_forgotten_since(at(4_489)));
        let remembered: Vec<_> =
            (4_489..=5_000).filter(|day| !log.snapshots().any(|(_, s)| s.at == at(*day))).collect();
        assert_eq!(remembered, [0_i64; 0], "the newest are all there");
        let newest: Vec<_> = log.newest().map(|job| snapshot_time(job).unwrap()).collect();
        assert_eq!(newest, [at(5_000)]);
    }

    #[test]
    fn a_job_seen_twice_counts_with_its_later_state_in_either_order() {
        let with = |state: &str| {
            job(json!({"id": id(90_000), "snapshotId": id(86_400), "exportBucketId": id(1), "state": state}))
        };
        for order in [["InProgress", "Failed"], ["Failed", "InProgress"]] {
            let mut log = JobLog::new();
            order.into_iter().for_each(|state| log.add(with(state)));
            let states: Vec<_> = log.snapshots().flat_map(|(_, s)| &s.jobs).map(Outcome::of).collect();
            assert_eq!(states, [Outcome::Failed], "{order:?}");
        }
    }

    #[test]
    fn the_minute_in_a_prefix_is_better_than_the_time_in_an_id() {
        let mut log = JobLog::new();
        let mut dated = successful(86_400);
        dated.prefix = Some("exported_snapshots/o/p/c/1970-01-02T0007/87000".to_owned());
        for job in [successful(86_400), dated] {
            log.add(job);
        }
        let (_, entry) = log.snapshots().next().unwrap();
        assert!(entry.is_exact);
        assert_eq!(entry.at, DateTime::from_timestamp(86_400 + 7 * 60, 0).unwrap());
    }

    #[test]
    fn of_jobs_without_any_time_the_newest_that_may_have_succeeded_is_kept() {
        let mut log = JobLog::new();
        for (at, state) in [(100, "Successful"), (300, "Failed"), (200, "InProgress")] {
            log.add(job(json!({"id": id(at), "state": state})));
        }
        assert_eq!(log.undated().unwrap().id.as_str(), id(200));
    }
}
