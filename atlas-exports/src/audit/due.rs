//! Rules 9 to 13 and 22: whether what was due has arrived.

use std::time::Duration;

use atlas_exports_gen::types::{BackupSnapshot, Cluster, ExportJob};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    JobLog, MissingWhy, Reading, Rule, Trouble, UnreadableWhat, Verdict, dates,
    job_log::{Outcome, SnapshotJobs, created},
    judge::{Case, Draft, Need},
    overdue::Overdue,
    schedule::{Frequency, Item, Timetable},
};

/// How far ahead of the service's clock a snapshot may be before it is remarkable.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

/// What a schedule says must be exported, and where to.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) frequency: Frequency,
    pub(crate) timetable: Timetable,
    pub(crate) bucket: String,
}

impl Wanted {
    /// Whether a snapshot is labelled with the frequency or names a policy item of it.
    pub(crate) fn is_made_for(&self, snapshot: &BackupSnapshot) -> bool {
        snapshot.frequency_type.as_deref().is_some_and(|label| label.eq_ignore_ascii_case(self.frequency.as_str()))
            || self.timetable.of(self.frequency).any(|item| item.is_named_by(snapshot))
    }
}

/// A successful export.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Success<'a> {
    pub(crate) job: &'a ExportJob,
    /// Time of the snapshot.
    pub(crate) at: DateTime<Utc>,
}

/// A cluster whose jobs decide.
#[derive(Clone, Copy)]
pub(crate) struct Due<'a> {
    pub(crate) case: Case<'a>,
    pub(crate) cluster: &'a Cluster,
}

/// From when on due times count.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bounds {
    /// Also those before the policy item or the bucket was made.
    pub(crate) ignores_births: bool,
    /// Only those since a time.
    pub(crate) since: Option<DateTime<Utc>>,
}

impl<'a> Due<'a> {
    /// Rules 9 to 22 where a schedule says what is due.
    pub(crate) fn of_schedule(&self, wanted: &Wanted) -> Result<Draft, Need> {
        let (jobs, trouble) = match self.jobs()? {
            Ok(read) => read,
            Err(draft) => return Ok(draft),
        };
        let newest = self.newest_success(self.bucket_filter(wanted));
        let mut draft = if self.cluster.paused == Some(true) {
            match newest.and_then(|newest| self.unsuccessful_before_pause(wanted, jobs, newest)) {
                Some(due) => Overdue { due: *self, wanted, jobs, jobs_trouble: trouble, newest }.resolve(due)?,
                None => self.paused(wanted, newest, trouble)?,
            }
        } else {
            match self.last_due(wanted, self.case.now, Bounds::default()) {
                None => self.nothing_due(wanted, newest, trouble, None)?,
                Some(due) if newest.is_some_and(|newest| self.covers(newest.at, due)) => {
                    let mut draft = self.arrived(wanted, due, trouble)?;
                    draft.evidence.due_at = Some(due);
                    draft
                }
                Some(due) => Overdue { due: *self, wanted, jobs, jobs_trouble: trouble, newest }.resolve(due)?,
            }
        };
        draft.evidence.frequency = Some(wanted.frequency);
        draft.evidence.bucket_id = Some(wanted.bucket.clone());
        let next = wanted.timetable.of(wanted.frequency).filter_map(|item| item.next_due(self.case.now)).min();
        draft.evidence.next_due_at = next;
        Ok(draft)
    }

    /// Rules 9 to 22 where only the age of the newest export counts.
    pub(crate) fn by_age(&self, allowed: Duration) -> Result<Draft, Need> {
        let (jobs, trouble) = match self.jobs()? {
            Ok(read) => read,
            Err(draft) => return Ok(draft),
        };
        let newest = self.newest_success(None);
        let since = self.case.now - dates::delta(allowed);
        if let Some(newest) = newest.filter(|newest| newest.at >= since) {
            return self.prove(&[newest], Rule::ExportSuccessful, trouble);
        }
        if let Some(draft) = self.doubt(jobs, since) {
            return Ok(draft);
        }
        Ok(match newest {
            Some(newest) => self.stale(newest, Rule::OlderThanAllowed),
            None => Draft::missing(MissingWhy::NoExport, Rule::OlderThanAllowed, "no export job has succeeded"),
        })
    }

    /// The last due time before the pause, when an export of its snapshot was started and did not succeed, although the
    /// one before is recent enough.
    fn unsuccessful_before_pause(&self, wanted: &Wanted, jobs: &JobLog, newest: Success<'a>) -> Option<DateTime<Utc>> {
        if !self.is_allowed(newest, wanted) {
            return None;
        }
        let bucket = self.bucket_filter(wanted);
        let is_in_bucket =
            |job: &ExportJob| bucket.is_none_or(|id| job.export_bucket_id.as_ref().is_some_and(|of| of.as_str() == id));
        let started = jobs.snapshots().filter(|(_, entry)| entry.jobs.iter().any(is_in_bucket));
        let due =
            started.filter_map(|(id, entry)| self.last_due(wanted, self.snapshot_time(id, entry), Bounds::default()));
        due.max().filter(|due| !self.covers(newest.at, *due))
    }

    /// Rule 11.
    fn paused(&self, wanted: &Wanted, newest: Option<Success<'a>>, trouble: Option<&Trouble>) -> Result<Draft, Need> {
        match newest {
            Some(newest) if self.is_allowed(newest, wanted) => self.prove(&[newest], Rule::ClusterPaused, trouble),
            _ if trouble.is_some() => Ok(incomplete(UnreadableWhat::Jobs, trouble)),
            Some(newest) => Ok(self.stale(newest, Rule::ClusterPaused)),
            None => {
                let message = "the cluster is paused, and no snapshot of it was exported";
                Ok(Draft::new(Verdict::Stale, Rule::ClusterPaused, message))
            }
        }
    }

    /// Rule 12: nothing was due since cluster, policy item and bucket came into being, or since the schedule was
    /// changed.
    pub(crate) fn nothing_due(
        &self,
        wanted: &Wanted,
        newest: Option<Success<'a>>,
        trouble: Option<&Trouble>,
        changed: Option<DateTime<Utc>>,
    ) -> Result<Draft, Need> {
        let last = self.last_due(wanted, self.case.now, Bounds { ignores_births: true, since: None });
        let is_new = self.cluster_born().is_some_and(|born| last.is_none_or(|last| last < born));
        if let Some(newest) = newest
            && (self.is_allowed(newest, wanted) || last.is_some_and(|last| self.covers(newest.at, last)))
        {
            return if self.is_too_old(newest) {
                Ok(self.stale(newest, Rule::OlderThanAllowed))
            } else {
                self.prove(&[newest], Rule::NothingDueYet, trouble)
            };
        }
        if trouble.is_some() && !is_new {
            return Ok(incomplete(UnreadableWhat::Jobs, trouble));
        }
        // Whoever has exported the same before goes on doing so when a schedule is written once more.
        if let Some(newest) = newest
            && self.has_exported_before(wanted)?
        {
            return Ok(self.stale(newest, Rule::NothingDueYet));
        }
        let since = |since: DateTime<Utc>| since.format("%Y-%m-%d %H:%M UTC");
        let (rule, message) = match (changed, self.cluster_born()) {
            (None, Some(born)) if is_new => {
                (Rule::ClusterInTransition, format!("the cluster was created at {}", since(born)))
            }
            (Some(changed), _) => {
                (Rule::NothingDueYet, format!("the backup schedule was changed at {}", since(changed)))
            }
            _ => (Rule::NothingDueYet, "the policy item or export bucket is newer than the last due time".to_owned()),
        };
        Ok(Draft::new(Verdict::NotDue, rule, message))
    }

    /// Whether the newest export, those of on-demand snapshots aside, may have been one of the same frequency.
    pub(crate) fn has_exported_before(&self, wanted: &Wanted) -> Result<bool, Need> {
        let listed = match &self.case.facts.snapshots {
            Reading::NotRead => return self.case.asked(Need::Snapshots).map(|()| true),
            Reading::Whole(snapshots) | Reading::Partial(snapshots, _) => snapshots.as_slice(),
            Reading::Failed(_) => &[],
        };
        for success in self.successes(self.bucket_filter(wanted)) {
            let is_it = |id: &str| success.job.snapshot_id.as_ref().is_some_and(|of_job| of_job.as_str() == id);
            let Some(snapshot) = listed.iter().find(|snapshot| is_it(snapshot.id.as_str())) else { return Ok(true) };
            let is_on_demand = |kind: &String| kind.eq_ignore_ascii_case("ondemand");
            if !snapshot.snapshot_type.as_ref().is_some_and(is_on_demand) {
                return Ok(wanted.is_made_for(snapshot));
            }
        }
        Ok(false)
    }

    /// Rules 13 and 22: the snapshot that was due was exported.
    fn arrived(&self, wanted: &Wanted, due: DateTime<Utc>, trouble: Option<&Trouble>) -> Result<Draft, Need> {
        let mut arrived = self.successes(self.bucket_filter(wanted));
        arrived.retain(|success| self.covers(success.at, due));
        match arrived.first() {
            Some(newest) if self.is_too_old(*newest) => Ok(self.stale(*newest, Rule::OlderThanAllowed)),
            _ => self.prove(&arrived, Rule::ExportSuccessful, trouble),
        }
    }

    /// Says that the newest export is too old, unless a newer one may have succeeded.
    pub(crate) fn stale(&self, newest: Success<'_>, rule: Rule) -> Draft {
        let draft = Draft::new(Verdict::Stale, rule, age_message(newest));
        self.overlooked(newest.at).unwrap_or(draft)
    }

    /// The jobs, and what went wrong while they were read. The error is the finding when they could not be read.
    fn jobs(&self) -> Result<Result<(&'a JobLog, Option<&'a Trouble>), Draft>, Need> {
        Ok(match &self.case.facts.jobs {
            Reading::NotRead => return Err(Need::Jobs),
            Reading::Whole(jobs) => Ok((jobs, None)),
            Reading::Partial(jobs, trouble) => Ok((jobs, Some(trouble))),
            Reading::Failed(trouble) if trouble.is_flex() => {
                let message = "snapshots of flex clusters cannot be exported";
                Err(Draft::new(Verdict::Unsupported, Rule::TierUnsupported, message))
            }
            Reading::Failed(trouble) => Err(Draft::troubled(UnreadableWhat::Jobs, Rule::JobsUnreadable, trouble)),
        })
    }

    /// Why it cannot be said that no export of a snapshot since a time has succeeded, if so.
    pub(crate) fn doubt(&self, jobs: &JobLog, since: DateTime<Utc>) -> Option<Draft> {
        self.overlooked(since).or_else(|| {
            let is_forgotten = jobs.has_forgotten_since(since - dates::delta(self.case.rules.clock_tolerance));
            is_forgotten.then(|| unclear("there are too many export jobs to remember".to_owned()))
        })
    }

    /// Which export of a snapshot since a time may have succeeded without being recognized, if any.
    pub(crate) fn overlooked(&self, since: DateTime<Utc>) -> Option<Draft> {
        let jobs = match &self.case.facts.jobs {
            Reading::Whole(jobs) => jobs,
            Reading::Partial(_, trouble) => return Some(incomplete(UnreadableWhat::Jobs, Some(trouble))),
            Reading::NotRead | Reading::Failed(_) => return None,
        };
        let since = since - dates::delta(self.case.rules.clock_tolerance);
        if let Some(job) = jobs.undated().filter(|job| created(job).is_none_or(|created| created >= since)) {
            return Some(unclear(format!("export job {} names neither its snapshot nor its prefix", job.id)));
        }
        let recent = jobs.snapshots().filter(|(id, entry)| self.snapshot_time(id, entry) >= since);
        recent.flat_map(|(_, entry)| &entry.jobs).find_map(|job| match Outcome::of(job) {
            Outcome::Unknown => Some(unknown_state(job)),
            Outcome::Successful | Outcome::Active if job.export_bucket_id.is_none() => {
                Some(unclear(format!("export job {} names no bucket", job.id)))
            }
            _ => None,
        })
    }

    /// When a snapshot was taken, as far as jobs and the list of snapshots tell it.
    pub(crate) fn snapshot_time(&self, id: &str, entry: &SnapshotJobs) -> DateTime<Utc> {
        if entry.is_exact {
            return entry.at;
        }
        let listed = match &self.case.facts.snapshots {
            Reading::Whole(snapshots) | Reading::Partial(snapshots, _) => snapshots.as_slice(),
            Reading::NotRead | Reading::Failed(_) => &[],
        };
        let snapshot = listed.iter().find(|snapshot| snapshot.id.as_str() == id);
        snapshot.and_then(|snapshot| snapshot.created_at).unwrap_or(entry.at)
    }

    /// The successful exports to a bucket, or to any, those of the newest snapshots first.
    pub(crate) fn successes(&self, bucket: Option<&str>) -> Vec<Success<'a>> {
        let jobs = match &self.case.facts.jobs {
            Reading::Whole(jobs) | Reading::Partial(jobs, _) => jobs,
            Reading::NotRead | Reading::Failed(_) => return Vec::new(),
        };
        let remembered = jobs.snapshots().flat_map(|(id, entry)| {
            let at = self.snapshot_time(id, entry);
            entry.jobs.iter().map(move |job| (job, at))
        });
        let newest = jobs.newest().filter_map(|job| Some((job, super::job_log::snapshot_time(job)?)));
        let born = self.cluster_born();
        let mut found: Vec<_> = remembered
            .chain(newest)
            .filter(|(job, _)| Outcome::of(job) == Outcome::Successful)
            .filter(|(job, _)| {
                let of_job = job.export_bucket_id.as_ref().map(|id| id.as_str());
                of_job.is_some() && bucket.is_none_or(|bucket| of_job == Some(bucket))
            })
            // What is older was exported of another cluster of that name.
            .filter(|(_, at)| born.is_none_or(|born| *at >= born))
            .map(|(job, at)| Success { job, at: at.min(self.case.now) })
            .collect();
        found.sort_by_key(|success| std::cmp::Reverse((success.at, created(success.job))));
        found.dedup_by(|a, b| a.job.id == b.job.id);
        found
    }

    pub(crate) fn newest_success(&self, bucket: Option<&str>) -> Option<Success<'a>> {
        self.successes(bucket).into_iter().next()
    }

    /// The bucket that exports must be in, if it matters.
    pub(crate) fn bucket_filter<'w>(&self, wanted: &'w Wanted) -> Option<&'w str> {
        (!self.case.rules.any_bucket).then_some(wanted.bucket.as_str())
    }

    /// Tells of a snapshot that is dated after the service's own time.
    pub(crate) fn clock_note(&self) -> Option<String> {
        let jobs = match &self.case.facts.jobs {
            Reading::Whole(jobs) | Reading::Partial(jobs, _) => jobs,
            Reading::NotRead | Reading::Failed(_) => return None,
        };
        let latest = jobs.snapshots().map(|(id, entry)| self.snapshot_time(id, entry)).max()?;
        (latest > self.case.now + CLOCK_SKEW)
            .then(|| format!("a snapshot is dated {latest}, which is later than now; it counts as taken now"))
    }

    /// Whether a snapshot of a time counts for a due time.
    pub(crate) fn covers(&self, at: DateTime<Utc>, due: DateTime<Utc>) -> bool {
        at >= due - dates::delta(self.case.rules.clock_tolerance)
    }

    /// Whether an export is recent enough by itself.
    pub(crate) fn is_allowed(&self, success: Success<'_>, wanted: &Wanted) -> bool {
        let by_schedule = || wanted.frequency.period() + dates::delta(self.case.rules.total_grace());
        let allowed = self.case.rules.max_age.map_or_else(by_schedule, dates::delta);
        self.case.now - success.at <= allowed
    }

    /// Whether an export is older than `max_age`, where that is set.
    pub(crate) fn is_too_old(&self, success: Success<'_>) -> bool {
        self.case.rules.max_age.is_some_and(|allowed| self.case.now - success.at > dates::delta(allowed))
    }

    pub(crate) fn cluster_born(&self) -> Option<DateTime<Utc>> {
        let by_id = || self.cluster.id.as_deref().and_then(|id| self.born(id));
        self.cluster.create_date.or_else(by_id)
    }

    /// The time in an id, unless it is one that no time was put in: those lie ahead.
    fn born(&self, id: &str) -> Option<DateTime<Utc>> {
        dates::of_id(id).filter(|born| self.is_past(*born))
    }

    fn is_past(&self, born: DateTime<Utc>) -> bool {
        born <= self.case.now + CLOCK_SKEW
    }

    /// The last time, not after another, at which a snapshot that is exported was due.
    pub(crate) fn last_due(&self, wanted: &Wanted, at: DateTime<Utc>, bounds: Bounds) -> Option<DateTime<Utc>> {
        let items = wanted.timetable.of(wanted.frequency);
        items.filter_map(|item| self.last_due_of(item, wanted, at, bounds)).max()
    }

    fn last_due_of(&self, item: &Item, wanted: &Wanted, at: DateTime<Utc>, bounds: Bounds) -> Option<DateTime<Utc>> {
        let bucket_born = self.born(&wanted.bucket).filter(|_| !self.case.rules.any_bucket);
        let births = [item.born.filter(|born| self.is_past(*born)), bucket_born]
            .into_iter()
            .flatten()
            .filter(|_| !bounds.ignores_births);
        let earliest = births.chain(self.cluster_born()).chain(bounds.since).max();
        let mut due = item.last_due(at)?;
        // Of two frequencies that are due together all the time, one is never due alone.
        for _ in 0..1000 {
            if earliest.is_some_and(|earliest| due < earliest) {
                return None;
            }
            if self.case.rules.overlapping_frequencies || !wanted.timetable.is_overlapped(item, due) {
                return Some(due);
            }
            due = item.last_due(just_before(due))?;
        }
        None
    }
}

pub(crate) fn just_before(at: DateTime<Utc>) -> DateTime<Utc> {
    at - TimeDelta::seconds(1)
}

/// Says how old the newest export is.
pub(crate) fn age_message(newest: Success<'_>) -> String {
    format!("the newest exported snapshot is of {}", newest.at.format("%Y-%m-%d %H:%M UTC"))
}

fn unclear(message: String) -> Draft {
    Draft::unreadable(UnreadableWhat::Jobs, Rule::ListIncomplete, message)
}

pub(crate) fn unknown_state(job: &ExportJob) -> Draft {
    let state = job.state.as_ref().map_or("missing", |state| state.as_str());
    let message = format!("the state in which export job {} ended is unknown: {state}", job.id);
    Draft::unreadable(UnreadableWhat::JobState, Rule::ListIncomplete, message)
}

/// Rule 10: what was read proves nothing, and the rest could not be read.
pub(crate) fn incomplete(what: UnreadableWhat, trouble: Option<&Trouble>) -> Draft {
    match trouble {
        Some(trouble) => Draft::troubled(what, Rule::ListIncomplete, trouble),
        None => Draft::unreadable(what, Rule::ListIncomplete, format!("the {what} lack what is needed")),
    }
}
