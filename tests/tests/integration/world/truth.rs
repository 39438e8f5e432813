//! The truth about a cluster at a moment, read from the world alone: what is safe, what was due, what went wrong.

use super::{
    model::{Cluster, DueExport, Job, Marker, Project, Snapshot, SnapshotKind, State},
    policy::Schedule,
    time::Time,
};

/// Three independent facts.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    /// Time of the newest snapshot of which a complete and marked copy lies in the bucket of the policy.
    pub(crate) safe: Option<Time>,
    /// What was due last under the policy in force.
    pub(crate) due: Option<DueExport>,
    /// How far the export of what was due last has come.
    pub(crate) status: ExportStatus,
}

/// How far the export of a due snapshot has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExportStatus {
    /// A marked copy is in the bucket.
    Exported,
    /// Nothing was due.
    NothingDue,
    NoSnapshot,
    /// Listed, and not completed yet.
    SnapshotUnderWay,
    SnapshotFailed,
    /// A fallback snapshot, which cannot be exported.
    NotExportable,
    /// Deleted or expired before anything exported it.
    SnapshotGone,
    /// Completed at this time, and no export of it was started.
    NoJob(Time),
    /// Exported to another bucket only.
    Elsewhere,
    /// An export has been running since this time.
    JobUnderWay(Time),
    JobFailed,
    JobCancelled,
    /// The job, which ended at this time, was successful, and the copy has no marker of its own.
    NotMarked(Time),
}

/// A cluster at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    pub(crate) project: &'a Project,
    pub(crate) cluster: &'a Cluster,
    pub(crate) at: Time,
}

impl<'a> Moment<'a> {
    pub(crate) fn truth(&self) -> Truth {
        let due = self.due_exports().next_back();
        let status = due.map_or(ExportStatus::NothingDue, |due_export| self.status(due_export));
        Truth { safe: self.safe(), due: due.cloned(), status }
    }

    pub(crate) fn schedule(&self) -> &'a Schedule {
        self.cluster.schedule.at(self.at)
    }

    /// Id of the bucket of the policy.
    pub(crate) fn wanted(&self) -> Option<&'a str> {
        self.schedule().export.as_ref().map(|to| to.bucket.as_str())
    }

    /// The export jobs that were created by now, to the bucket of the policy or to any.
    pub(crate) fn jobs(&self, only_wanted: bool) -> impl Iterator<Item = (&'a Job, &'a Snapshot)> {
        let (at, wanted, snapshots) = (self.at, self.wanted(), &self.cluster.snapshots);
        let jobs = self.cluster.jobs.iter().filter(move |job| job.created <= at);
        let jobs = jobs.filter(move |job| !only_wanted || Some(job.bucket.as_str()) == wanted);
        jobs.map(|job| (job, &snapshots[job.snapshot]))
    }

    /// The jobs that were successful by now.
    pub(crate) fn successful_jobs(&self) -> impl Iterator<Item = (&'a Job, &'a Snapshot)> {
        let at = self.at;
        self.jobs(true).filter(move |(job, _)| job.state(at) == State::Successful)
    }

    /// Time of the newest snapshot that Atlas reports as exported to the bucket of the policy.
    pub(crate) fn reported(&self) -> Option<Time> {
        self.successful_jobs().map(|(_, snapshot)| snapshot.created).max()
    }

    /// The marker of a job; `None` when the audit may not read the bucket.
    pub(crate) fn marker(&self, job: &Job) -> Option<Marker> {
        let Some(bucket) = self.project.bucket(&job.bucket) else { return Some(Marker::Absent) };
        if *bucket.denied.at(self.at) {
            return None;
        }
        Some(bucket.copy(&job.prefix).map_or(Marker::Absent, |copy| bucket.marker(copy, self.at)))
    }

    fn safe(&self) -> Option<Time> {
        let bucket = self.project.bucket(self.wanted()?)?;
        let copies = bucket.copies.iter().filter(|copy| {
            copy.cluster == self.cluster.id
                && copy.complete.is_some_and(|complete| complete <= self.at)
                && bucket.marker(copy, self.at) == Marker::There
        });
        copies.map(|copy| copy.snapshot_time).max()
    }

    /// Since when the policy has been in force, and whether an edit of the schedule began it.
    pub(crate) fn policy_since(&self) -> (Time, bool) {
        let policy = |schedule: &Schedule| schedule.export_policy();
        let edited = changed(&self.cluster.schedule.0, self.at, policy);
        let hidden = [
            changed(&self.cluster.backup.0, self.at, |on| *on),
            changed(&self.cluster.paused.0, self.at, |on| *on),
            if self.cluster.ready <= self.at { self.cluster.ready } else { self.cluster.created },
        ];
        let hidden = hidden.into_iter().max().unwrap_or(Time::MIN);
        (edited.max(hidden), edited >= hidden)
    }

    /// What was due under the policy in force, the oldest first.
    pub(crate) fn due_exports(&self) -> impl DoubleEndedIterator<Item = &'a DueExport> {
        let (since, at) = (self.policy_since().0, self.at);
        self.cluster.due_exports.iter().filter(move |due_export| since <= due_export.at && due_export.at <= at)
    }

    /// What was due last before the policy came into force.
    pub(crate) fn due_export_before_policy(&self) -> Option<&'a DueExport> {
        let since = self.policy_since().0;
        self.cluster.due_exports.iter().rev().find(|due_export| due_export.at < since)
    }

    /// Whether the schedule was edited after this time.
    pub(crate) fn is_edited_after(&self, time: Time) -> bool {
        self.cluster.schedule.0.iter().skip(1).any(|(edited, _)| time <= *edited && *edited <= self.at)
    }

    /// How far the export of a due snapshot has come.
    pub(crate) fn status(&self, due_export: &DueExport) -> ExportStatus {
        let Some(snapshot) = due_export.snapshot.map(|place| &self.cluster.snapshots[place]) else {
            return ExportStatus::NoSnapshot;
        };
        if snapshot.queued > self.at {
            return ExportStatus::NoSnapshot;
        }
        if snapshot.has_failed(self.at) {
            return ExportStatus::SnapshotFailed;
        }
        if !snapshot.is_completed(self.at) {
            return ExportStatus::SnapshotUnderWay;
        }
        let of_it = |(job, held): &(&Job, &Snapshot)| held.id == snapshot.id && job.created <= self.at;
        let mut jobs: Vec<_> = self.jobs(true).filter(of_it).map(|(job, _)| job).collect();
        // A successful job counts more than any other.
        jobs.sort_by_key(|job| (job.state(self.at) == State::Successful, job.created));
        let Some(job) = jobs.last() else {
            let elsewhere = self.jobs(false).filter(of_it).any(|(job, _)| job.state(self.at) == State::Successful);
            return match snapshot.kind {
                _ if elsewhere => ExportStatus::Elsewhere,
                _ if !snapshot.is_listed(self.at) => ExportStatus::SnapshotGone,
                SnapshotKind::Fallback => ExportStatus::NotExportable,
                _ => ExportStatus::NoJob(snapshot.ended.map_or(snapshot.created, |(end, _)| end)),
            };
        };
        match job.state(self.at) {
            State::Queued | State::InProgress => ExportStatus::JobUnderWay(job.created),
            State::Failed => ExportStatus::JobFailed,
            State::Cancelled => ExportStatus::JobCancelled,
            State::Successful => {
                let marked = self.project.bucket(&job.bucket).is_some_and(|bucket| {
                    let copy = bucket.copy(&job.prefix);
                    copy.is_some_and(|copy| bucket.marker(copy, self.at) == Marker::There)
                });
                if marked {
                    ExportStatus::Exported
                } else {
                    ExportStatus::NotMarked(job.ended.map_or(self.at, |(end, _)| end))
                }
            }
        }
    }
}

/// When a value last changed.
fn changed<T, U: PartialEq>(history: &[(Time, T)], at: Time, what: impl Fn(&T) -> U) -> Time {
    let past = history.iter().take_while(|(time, _)| *time <= at);
    let mut since = history.first().map_or(Time::MIN, |(time, _)| *time);
    let mut held: Option<U> = None;
    for (time, value) in past {
        let value = what(value);
        if held.as_ref().is_some_and(|held| *held != value) {
            since = *time;
        }
        held = Some(value);
    }
    since
}
