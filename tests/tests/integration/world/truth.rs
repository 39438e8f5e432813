//! The truth about a cluster at a moment, read from the world alone: what is safe, what was due, what went wrong first.

use super::{
    model::{Cluster, Duty, Job, Marker, Project, Snapshot, SnapshotKind, State},
    policy::Schedule,
    time::Time,
};

/// Three facts, each for itself.
#[derive(Clone, Debug)]
pub(crate) struct Truth {
    /// Time of the newest snapshot of which a complete and marked copy lies in the bucket of the policy.
    pub(crate) safe: Option<Time>,
    /// What fell due last under the law in force.
    pub(crate) due: Option<Duty>,
    /// The first link that is not as it should be in the chain of what fell due last.
    pub(crate) link: Link,
}

/// How far the chain from a due time to a copy in the bucket holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// All of it.
    Whole,
    /// Nothing fell due.
    NothingDue,
    NoSnapshot,
    /// Listed, and not yet over.
    SnapshotUnderWay,
    SnapshotFailed,
    /// A fallback snapshot, which cannot be exported.
    NotExportable,
    /// Deleted or expired before anything exported it.
    SnapshotGone,
    /// Completed at this time, and no export of it was started.
    NoJob(Time),
    /// Exported to another bucket alone.
    Elsewhere,
    /// Since this time an export of it has been under way.
    JobUnderWay(Time),
    JobFailed,
    JobCancelled,
    /// The service calls the job successful, and the copy has no marker of its own; the job ended at this time.
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
        let due = self.duties().next_back();
        let link = due.map_or(Link::NothingDue, |duty| self.link(duty));
        Truth { safe: self.safe(), due: due.cloned(), link }
    }

    pub(crate) fn schedule(&self) -> &'a Schedule {
        self.cluster.schedule.at(self.at)
    }

    /// Id of the bucket of the policy.
    pub(crate) fn wanted(&self) -> Option<&'a str> {
        self.schedule().export.as_ref().map(|to| to.bucket.as_str())
    }

    /// The exports that were started by now, to the bucket of the policy or to any.
    pub(crate) fn jobs(&self, only_wanted: bool) -> impl Iterator<Item = (&'a Job, &'a Snapshot)> {
        let (at, wanted, snapshots) = (self.at, self.wanted(), &self.cluster.snapshots);
        let jobs = self.cluster.jobs.iter().filter(move |job| job.created <= at);
        let jobs = jobs.filter(move |job| !only_wanted || Some(job.bucket.as_str()) == wanted);
        jobs.map(|job| (job, &snapshots[job.snapshot]))
    }

    /// The jobs that the service calls successful.
    pub(crate) fn told_jobs(&self) -> impl Iterator<Item = (&'a Job, &'a Snapshot)> {
        let at = self.at;
        self.jobs(true).filter(move |(job, _)| job.state(at) == State::Successful)
    }

    /// Time of the newest snapshot that lies in the bucket of the policy by the service's word.
    pub(crate) fn told(&self) -> Option<Time> {
        self.told_jobs().map(|(_, snapshot)| snapshot.created).max()
    }

    /// What stands where the marker of a job belongs; `None` where the auditor is refused.
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

    /// Since when the cluster has been under the law in force, and whether its schedule alone tells of the change.
    pub(crate) fn law_since(&self) -> (Time, bool) {
        let law = |schedule: &Schedule| schedule.law();
        let edited = changed(&self.cluster.schedule.0, self.at, law);
        let hidden = [
            changed(&self.cluster.backup.0, self.at, |on| *on),
            changed(&self.cluster.paused.0, self.at, |on| *on),
            if self.cluster.ready <= self.at { self.cluster.ready } else { self.cluster.created },
        ];
        let hidden = hidden.into_iter().max().unwrap_or(Time::MIN);
        (edited.max(hidden), edited >= hidden)
    }

    /// What fell due under the law in force, the oldest first.
    pub(crate) fn duties(&self) -> impl DoubleEndedIterator<Item = &'a Duty> {
        let (since, at) = (self.law_since().0, self.at);
        self.cluster.duties.iter().filter(move |duty| since <= duty.at && duty.at <= at)
    }

    /// What fell due under the law before, last.
    pub(crate) fn duty_before_law(&self) -> Option<&'a Duty> {
        let since = self.law_since().0;
        self.cluster.duties.iter().rev().find(|duty| duty.at < since)
    }

    /// Whether the schedule was edited after this time, in whatever way.
    pub(crate) fn is_edited_after(&self, time: Time) -> bool {
        self.cluster.schedule.0.iter().skip(1).any(|(edited, _)| time <= *edited && *edited <= self.at)
    }

    /// The first link of the chain that does not hold.
    pub(crate) fn link(&self, duty: &Duty) -> Link {
        let Some(snapshot) = duty.snapshot.map(|place| &self.cluster.snapshots[place]) else { return Link::NoSnapshot };
        if snapshot.queued > self.at {
            return Link::NoSnapshot;
        }
        if snapshot.has_failed(self.at) {
            return Link::SnapshotFailed;
        }
        if !snapshot.is_completed(self.at) {
            return Link::SnapshotUnderWay;
        }
        let of_it = |(job, held): &(&Job, &Snapshot)| held.id == snapshot.id && job.created <= self.at;
        let mut jobs: Vec<_> = self.jobs(true).filter(of_it).map(|(job, _)| job).collect();
        // A success counts more than whatever was tried before or after it.
        jobs.sort_by_key(|job| (job.state(self.at) == State::Successful, job.created));
        let Some(job) = jobs.last() else {
            let elsewhere = self.jobs(false).filter(of_it).any(|(job, _)| job.state(self.at) == State::Successful);
            return match snapshot.kind {
                _ if elsewhere => Link::Elsewhere,
                _ if !snapshot.is_listed(self.at) => Link::SnapshotGone,
                SnapshotKind::Fallback => Link::NotExportable,
                _ => Link::NoJob(snapshot.ended.map_or(snapshot.created, |(end, _)| end)),
            };
        };
        match job.state(self.at) {
            State::Queued | State::InProgress => Link::JobUnderWay(job.created),
            State::Failed => Link::JobFailed,
            State::Cancelled => Link::JobCancelled,
            State::Successful => {
                let marked = self.project.bucket(&job.bucket).is_some_and(|bucket| {
                    let copy = bucket.copy(&job.prefix);
                    copy.is_some_and(|copy| bucket.marker(copy, self.at) == Marker::There)
                });
                if marked { Link::Whole } else { Link::NotMarked(job.ended.map_or(self.at, |(end, _)| end)) }
            }
        }
    }
}

/// When something last became what it is, in a history of changes.
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
