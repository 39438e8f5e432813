//! Rules 14 to 21: why a snapshot that was due has not arrived.

use atlas_exports_gen::types::{BackupSnapshot, ExportJob};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Evidence, JobLog, MissingWhy, Reading, Rule, Trouble, UnreadableWhat, Verdict, dates,
    due::{Bounds, Due, Success, Wanted, incomplete, just_before},
    finding::{JobEvidence, SnapshotEvidence},
    job_log::{Outcome, created},
    judge::{Draft, Need},
};

/// Due times that are looked at, one before the other, as long as each is within its grace.
const STEPS: usize = 1000;

/// A cluster of which the last snapshot that was due has not arrived.
pub(crate) struct Overdue<'d, 'a> {
    pub(crate) due: Due<'a>,
    pub(crate) wanted: &'d Wanted,
    pub(crate) jobs: &'a JobLog,
    pub(crate) jobs_trouble: Option<&'a Trouble>,
    pub(crate) newest: Option<Success<'a>>,
}

/// What became of the snapshot of one due time.
enum Fate {
    /// It may still arrive in time.
    Pending(Draft),
    /// It will not.
    Lost(Draft),
    /// That cannot be said.
    Unclear(Draft),
}

/// Snapshots that may be the one of a due time.
struct Candidates<'a> {
    /// Completed ones, the newest first.
    completed: Vec<&'a BackupSnapshot>,
    /// Others, the newest first.
    incomplete: Vec<&'a BackupSnapshot>,
    /// Jobs that have not succeeded, of the completed ones or else of snapshots that are not listed any more.
    jobs: Vec<(&'a ExportJob, DateTime<Utc>)>,
}

impl<'a> Overdue<'_, 'a> {
    pub(crate) fn resolve(&self, last_due: DateTime<Utc>) -> Result<Draft, Need> {
        let mut due = last_due;
        let mut pending: Option<Draft> = None;
        for _ in 0..STEPS {
            let mut draft = match self.fate(due)? {
                Fate::Unclear(draft) => return Ok(draft),
                Fate::Lost(draft) => draft,
                Fate::Pending(draft) => {
                    let is_running = draft.rule == Rule::ExportRunning;
                    let first = pending.get_or_insert(draft);
                    first.evidence.due_at.get_or_insert(due);
                    // As long as one snapshot may still arrive, the one before must be there.
                    let before = self.due.last_due(self.wanted, just_before(due), Bounds::default());
                    let is_there = |before| self.newest.is_some_and(|newest| self.due.covers(newest.at, before));
                    match before {
                        Some(before) if is_there(before) => return Ok(self.in_time(first)),
                        None => return Ok(self.in_time(first)),
                        Some(before) if is_running => {
                            due = before;
                            self.late_run(first)
                        }
                        Some(before) => {
                            due = before;
                            continue;
                        }
                    }
                }
            };
            draft.evidence.due_at.get_or_insert(due);
            return self.unless_changed(draft, due, pending.as_ref());
        }
        let message = "too many snapshots are due at once";
        Ok(Draft::unreadable(UnreadableWhat::Schedule, Rule::ScheduleUnreadable, message))
    }

    /// A snapshot that may still arrive, when the one before has arrived or was not due.
    fn in_time(&self, pending: &Draft) -> Draft {
        match self.newest.filter(|newest| self.due.is_too_old(*newest)) {
            Some(_) if self.jobs_trouble.is_some() => incomplete(UnreadableWhat::Jobs, self.jobs_trouble),
            Some(newest) => {
                let rule = if pending.rule == Rule::ExportRunning { pending.rule } else { Rule::OlderThanAllowed };
                Draft { evidence: pending.evidence.clone(), ..self.due.stale(newest, rule) }
            }
            None => pending.clone(),
        }
    }

    /// An export runs, but the one before never arrived.
    fn late_run(&self, pending: &Draft) -> Draft {
        if self.jobs_trouble.is_some() {
            return incomplete(UnreadableWhat::Jobs, self.jobs_trouble);
        }
        let message = match self.newest {
            Some(newest) => self.due.stale(newest, Rule::ExportRunning).message,
            None => "no snapshot has been exported before".to_owned(),
        };
        let message = format!("{}; {message}", pending.message);
        Draft { evidence: pending.evidence.clone(), ..Draft::new(Verdict::Stale, Rule::ExportRunning, message) }
    }

    /// Rule 12 when the schedule was changed since, which leaves open what was due before.
    fn unless_changed(&self, mut draft: Draft, due: DateTime<Utc>, pending: Option<&Draft>) -> Result<Draft, Need> {
        let is_excusable = match draft.verdict {
            Verdict::Missing { .. } | Verdict::Stale => true,
            // Of a snapshot that is not listed it is not known whether it had to be exported.
            Verdict::Failed => draft.evidence.snapshot.is_none(),
            _ => false,
        };
        if !is_excusable {
            return Ok(draft);
        }
        let changes = match &self.due.case.facts.schedule_changes {
            Reading::Whole(changes) | Reading::Partial(changes, _) => changes.as_slice(),
            Reading::NotRead => {
                self.due.case.asked(Need::ScheduleChanges { since: due })?;
                return Ok(draft);
            }
            Reading::Failed(trouble) => {
                let note = "whether the backup schedule was changed lately could not be read";
                draft.notes.push(format!("{note}: {}", trouble.message));
                return Ok(draft);
            }
        };
        let now = self.due.case.now;
        let Some(changed) = changes.iter().copied().filter(|changed| *changed > due && *changed <= now).max() else {
            return Ok(draft);
        };
        let since = Bounds { since: Some(changed), ..Bounds::default() };
        match (self.due.last_due(self.wanted, now, since), pending) {
            (Some(_), Some(pending)) => match self.newest {
                Some(newest)
                    if !self.due.is_allowed(newest, self.wanted) && self.due.has_exported_before(self.wanted)? =>
                {
                    Ok(Draft { evidence: pending.evidence.clone(), ..self.due.stale(newest, Rule::NothingDueYet) })
                }
                _ => Ok(self.in_time(pending)),
            },
            (Some(_), None) => Ok(draft),
            (None, _) => self.due.nothing_due(self.wanted, self.newest, self.jobs_trouble, Some(changed)),
        }
    }

    /// What became of the snapshot that was due at one time.
    fn fate(&self, due: DateTime<Utc>) -> Result<Fate, Need> {
        let (snapshots, trouble) = match &self.due.case.facts.snapshots {
            Reading::NotRead => return Err(Need::Snapshots),
            Reading::Failed(trouble) => {
                return Ok(Fate::Unclear(Draft::troubled(UnreadableWhat::Snapshots, Rule::ListIncomplete, trouble)));
            }
            Reading::Whole(snapshots) => (snapshots, None),
            Reading::Partial(snapshots, trouble) => (snapshots, Some(trouble)),
        };
        let candidates = self.candidates(snapshots, trouble.is_none(), due);
        // Whether an export runs is seen. All else is only so when nothing was overlooked.
        let newest_job = candidates.jobs.iter().max_by_key(|(job, _)| created(job));
        if let Some((job, at)) = newest_job
            && Outcome::of(job) == Outcome::Active
            && self.age(created(job).unwrap_or(*at)) <= dates::delta(self.due.case.rules.run_grace)
        {
            let state = job.state.as_ref().map_or("unknown", |state| state.as_str());
            let message = format!("the export of the snapshot of {} is {state}", minute(*at));
            return Ok(Fate::Pending(with_job(Draft::new(Verdict::Running, Rule::ExportRunning, message), job, *at)));
        }
        if let Some(draft) = self.due.doubt(self.jobs, self.jobs_trouble, due) {
            return Ok(Fate::Unclear(draft));
        }
        let is_undated = |it: &&BackupSnapshot| time(it).is_none() && self.is_of_frequency(it, due);
        if trouble.is_some() || snapshots.iter().any(|snapshot| is_undated(&snapshot)) {
            return Ok(Fate::Unclear(incomplete(UnreadableWhat::Snapshots, trouble)));
        }
        Ok(match (newest_job, candidates.completed.first()) {
            (Some((job, at)), snapshot) => {
                let fate = self.fate_by_job(job, *at);
                match (fate, snapshot) {
                    (Fate::Lost(mut draft), Some(snapshot)) => {
                        draft.evidence.snapshot = Some(evidence(snapshot));
                        Fate::Lost(draft)
                    }
                    (fate, _) => fate,
                }
            }
            (None, Some(snapshot)) => self.fate_without_job(snapshot, due),
            (None, None) => self.fate_without_snapshot(&candidates, due),
        })
    }

    /// Rules 15 to 17.
    fn fate_by_job(&self, job: &ExportJob, at: DateTime<Utc>) -> Fate {
        let of = minute(at);
        let why = || job.failure().map_or("no reason given".to_owned(), |failure| failure.to_string());
        let (rule, message) = match Outcome::of(job) {
            Outcome::Failed => (Rule::ExportFailed, format!("the export of the snapshot of {of} failed: {}", why())),
            Outcome::Cancelled => (Rule::ExportCancelled, format!("the export of the snapshot of {of} was cancelled")),
            Outcome::Active => {
                let hours = self.age(created(job).unwrap_or(at)).num_hours();
                (Rule::ExportStuck, format!("the export of the snapshot of {of} has not ended for {hours} hours"))
            }
            Outcome::Unknown | Outcome::Successful => {
                let state = job.state.as_ref().map_or("missing", |state| state.as_str());
                let message = format!("the state in which export job {} ended is unknown: {state}", job.id);
                let draft = Draft::unreadable(UnreadableWhat::JobState, Rule::ListIncomplete, message);
                return Fate::Unclear(with_job(draft, job, at));
            }
        };
        Fate::Lost(with_job(Draft::new(Verdict::Failed, rule, message), job, at))
    }

    /// Rules 18 and 19.
    fn fate_without_job(&self, snapshot: &BackupSnapshot, due: DateTime<Utc>) -> Fate {
        let at = time(snapshot);
        let of = at.map_or_else(|| "unknown time".to_owned(), minute);
        let is_young = at.is_some_and(|at| self.age(at) <= dates::delta(self.due.case.rules.start_grace));
        let mut draft = if snapshot.snapshot_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("fallback")) {
            let message = format!("the snapshot of {of} is a fallback snapshot, which cannot be exported");
            Draft::missing(MissingWhy::NotExportable, Rule::ExportNotStarted, message)
        } else if is_young {
            let message = format!("the export of the snapshot of {of} has not started yet");
            Draft::new(Verdict::Running, Rule::ExportAwaited, message)
        } else {
            let label = snapshot.frequency_type.as_deref().unwrap_or_default();
            let labelled = if label.eq_ignore_ascii_case(self.wanted.frequency.as_str()) {
                String::new()
            } else {
                format!(", which is labelled {label:?}")
            };
            let message = format!("no export of the snapshot of {of}{labelled} was started");
            Draft::missing(MissingWhy::NoExport, Rule::ExportNotStarted, message)
        };
        if draft.verdict != Verdict::Running {
            draft = self.elsewhere(due).unwrap_or(draft);
        }
        draft.evidence.snapshot = Some(evidence(snapshot));
        match draft.verdict {
            Verdict::Running => Fate::Pending(draft),
            _ => Fate::Lost(draft),
        }
    }

    /// Rules 20 and 21.
    fn fate_without_snapshot(&self, candidates: &Candidates<'_>, due: DateTime<Utc>) -> Fate {
        let of = minute(due);
        if self.age(due) <= dates::delta(self.due.case.rules.snapshot_grace) {
            let message = format!("the snapshot that was due at {of} is not completed yet");
            return Fate::Pending(Draft::new(Verdict::NotDue, Rule::SnapshotNotCompleted, message));
        }
        if let Some(draft) = self.elsewhere(due) {
            return Fate::Lost(draft);
        }
        let Some(snapshot) = candidates.incomplete.first() else {
            let items = self.wanted.timetable.of(self.wanted.frequency);
            let kept = items.filter_map(|item| item.retention).max();
            return Fate::Lost(if kept.is_some_and(|kept| self.age(due) > kept) {
                let message = format!("the snapshot of {of} is past its retention and was never exported");
                Draft::missing(MissingWhy::SnapshotGone, Rule::SnapshotExpired, message)
            } else {
                let message = format!("no snapshot has been completed since it was due at {of}");
                Draft::missing(MissingWhy::NoSnapshot, Rule::SnapshotNotCompleted, message)
            });
        };
        let has_failed = snapshot.status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("failed"));
        let (why, what) = if has_failed {
            (MissingWhy::SnapshotFailed, "failed")
        } else {
            (MissingWhy::SnapshotLate, "is not completed")
        };
        let message = format!("the snapshot that was due at {of} {what}");
        let mut draft = Draft::missing(why, Rule::SnapshotNotCompleted, message);
        draft.evidence.snapshot = Some(evidence(snapshot));
        Fate::Lost(draft)
    }

    /// A snapshot since the due time that was exported to another bucket.
    fn elsewhere(&self, due: DateTime<Utc>) -> Option<Draft> {
        let other = self.due.newest_success(None).filter(|success| self.due.covers(success.at, due))?;
        let bucket = other.job.export_bucket_id.as_ref().map_or("unknown", |id| id.as_str());
        let message = format!("the snapshot of {} was exported to another bucket, {bucket}", minute(other.at));
        Some(Draft::missing(MissingWhy::Elsewhere, Rule::ExportSuccessful, message))
    }

    fn candidates(&self, snapshots: &'a [BackupSnapshot], are_all: bool, due: DateTime<Utc>) -> Candidates<'a> {
        let until = self.wanted.timetable.of(self.wanted.frequency).filter_map(|item| item.next_due(due)).min();
        let tolerance = dates::delta(self.due.case.rules.clock_tolerance);
        let in_range = |at: DateTime<Utc>| at >= due - tolerance && until.is_none_or(|until| at < until - tolerance);
        let mut listed: Vec<_> = snapshots
            .iter()
            .filter(|snapshot| time(snapshot).is_some_and(in_range) && self.is_of_frequency(snapshot, due))
            .collect();
        listed.sort_by_key(|snapshot| std::cmp::Reverse(time(snapshot)));
        // Only completed snapshots have a time.
        let is_completed = |snapshot: &&BackupSnapshot| match snapshot.status.as_deref() {
            Some(status) => status.eq_ignore_ascii_case("completed"),
            None => snapshot.created_at.is_some(),
        };
        let (completed, incomplete): (Vec<_>, Vec<_>) = listed.into_iter().partition(is_completed);

        // A job without a snapshot id is remembered by the minute of its snapshot.
        let is_candidate = |id: &str, at: DateTime<Utc>| {
            let is_minute =
                |it: DateTime<Utc>| dates::of_id(id).is_none() && at <= it && it - at < TimeDelta::minutes(1);
            completed.iter().any(|snapshot| snapshot.id.as_str() == id || time(snapshot).is_some_and(is_minute))
        };
        let is_listed = |id: &str| snapshots.iter().any(|snapshot| snapshot.id.as_str() == id);
        let jobs = self.jobs.snapshots().filter(|(id, entry)| {
            let at = self.due.snapshot_time(id, entry);
            is_candidate(id, at) || (completed.is_empty() && are_all && in_range(at) && !is_listed(id))
        });
        let bucket = self.due.bucket_filter(self.wanted);
        let jobs = jobs.flat_map(|(id, entry)| {
            let at = self.due.snapshot_time(id, entry);
            entry.jobs.iter().map(move |job| (job, at))
        });
        let jobs = jobs.filter(|(job, _)| {
            let of_job = job.export_bucket_id.as_ref().map(|id| id.as_str());
            Outcome::of(job) != Outcome::Successful && (bucket.is_none() || of_job == bucket)
        });
        Candidates { jobs: jobs.collect(), completed, incomplete }
    }

    /// Whether a snapshot was taken for a policy item of the frequency, or for one that was due at the same time.
    fn is_of_frequency(&self, snapshot: &BackupSnapshot, due: DateTime<Utc>) -> bool {
        if self.wanted.is_made_for(snapshot) {
            return true;
        }
        // Atlas labels a snapshot that several items are due for with the one that is kept longest.
        let has_label =
            |label: &str| snapshot.frequency_type.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(label));
        let at = time(snapshot).unwrap_or(due).max(due);
        let timetable = &self.wanted.timetable;
        timetable.items.iter().any(|item| {
            timetable.of(self.wanted.frequency).any(|own| own.is_due_at(due) && item.may_outlive(own))
                && item.last_due(at) == Some(due)
                && (item.is_named_by(snapshot) || has_label(item.frequency.as_str()))
        })
    }

    fn age(&self, at: DateTime<Utc>) -> TimeDelta {
        self.due.case.now - at
    }
}

/// When a snapshot was taken, or queued as long as it is not completed.
fn time(snapshot: &BackupSnapshot) -> Option<DateTime<Utc>> {
    snapshot.created_at.or_else(|| dates::of_id(snapshot.id.as_str()))
}

fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn evidence(snapshot: &BackupSnapshot) -> SnapshotEvidence {
    SnapshotEvidence { id: snapshot.id.as_str().to_owned(), at: time(snapshot), status: snapshot.status.clone() }
}

fn with_job(draft: Draft, job: &ExportJob, at: DateTime<Utc>) -> Draft {
    let evidence = Evidence { job: Some(JobEvidence::new(job, Some(at))), ..draft.evidence.clone() };
    Draft { evidence, ..draft }
}
