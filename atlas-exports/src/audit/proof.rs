//! Rule 13: what a successful export is worth.

use atlas_exports_gen::{models::ExportState, types::ExportJob};
use chrono::{DateTime, Timelike, Utc};

use super::{
    Marker, MissingWhy, Reading, Rule, Trouble, UnreadableWhat, Verdict, dates,
    due::{Due, Success, incomplete},
    finding::JobEvidence,
    job_log::created,
    judge::{Draft, Need},
};

/// Exports of the same or newer snapshots whose `.complete` objects are asked for: more than a month of daily ones. When
/// all of these are gone, an older one would be an accident.
const MARKERS: usize = 40;

/// What the bucket says of one export.
enum Proof {
    Fits,
    /// Not there, and it should be.
    Gone,
    /// Not there, but the export has only just ended.
    Awaited,
    Foreign(String),
    Unreadable(String),
}

impl Due<'_> {
    /// Says that a snapshot was exported: the first of `successes`, or a later one if only its `.complete` object is
    /// there.
    pub(crate) fn prove(
        &self,
        successes: &[Success<'_>],
        rule: Rule,
        trouble: Option<&Trouble>,
    ) -> Result<Draft, Need> {
        let Some(newest) = successes.first() else {
            return Ok(incomplete(UnreadableWhat::Jobs, trouble));
        };
        let of = newest.at.format("%Y-%m-%d %H:%M UTC");
        let mut reported =
            Draft::new(Verdict::Reported, rule, format!("Atlas reports that the snapshot of {of} was exported"));
        if let Some(mut draft) = self.failed_component(newest.job, &mut reported.notes)? {
            draft.evidence.job = Some(JobEvidence::new(newest.job, Some(newest.at)));
            return Ok(draft);
        }
        if !self.case.rules.markers {
            return Ok(reported);
        }
        let (mut awaited, mut is_unclear, mut lost) = (false, false, None);
        for success in successes.iter().take(MARKERS) {
            let at = success.at.format("%Y-%m-%d %H:%M UTC");
            match self.proof(success)? {
                Proof::Fits => {
                    let message = format!("the snapshot of {at} is in the bucket, with a `.complete` object");
                    return Ok(Draft { notes: reported.notes, ..Draft::new(Verdict::Proved, rule, message) });
                }
                Proof::Awaited => awaited = true,
                Proof::Unreadable(why) => {
                    is_unclear = true;
                    reported.notes.push(format!("the bucket proves nothing: {why}"));
                }
                Proof::Gone => {
                    let message = format!("the `.complete` object of the export of the snapshot of {at} is not there");
                    lost.get_or_insert(Draft::missing(MissingWhy::MarkerGone, rule, message));
                }
                Proof::Foreign(why) => {
                    let message = format!("the `.complete` object below the prefix of the export is of {why}");
                    lost.get_or_insert(Draft::missing(MissingWhy::MarkerForeign, rule, message));
                }
            }
        }
        Ok(match lost {
            _ if awaited => {
                let message =
                    format!("the export of the snapshot of {of} has ended; its `.complete` object is awaited");
                Draft { notes: reported.notes, ..Draft::new(Verdict::Running, rule, message) }
            }
            Some(_) if trouble.is_some() => incomplete(UnreadableWhat::Jobs, trouble),
            Some(lost) if !is_unclear => lost,
            _ => reported,
        })
    }

    fn proof(&self, success: &Success<'_>) -> Result<Proof, Need> {
        let job = success.job;
        let Some(prefix) = &job.prefix else {
            return Ok(Proof::Unreadable(format!("export job {} names no prefix", job.id)));
        };
        Ok(match self.case.facts.markers.get(job.id.as_str()) {
            None => {
                self.case.asked(Need::Marker { job: Box::new(job.clone()) })?;
                Proof::Unreadable("it was not asked".to_owned())
            }
            Some(Marker::Unreadable(why)) => Proof::Unreadable(why.clone()),
            Some(Marker::Absent) => {
                let ended = job.finished_at.or_else(|| created(job));
                let grace = dates::delta(self.case.rules.marker_grace);
                if ended.is_some_and(|ended| self.case.now - ended <= grace) { Proof::Awaited } else { Proof::Gone }
            }
            Some(Marker::Present { cluster_id, snapshot_at }) => {
                let (Some(named), Some(cluster), Some(date)) = (cluster_id, &self.cluster.id, *snapshot_at) else {
                    return Ok(Proof::Unreadable("the `.complete` object does not say what it is of".to_owned()));
                };
                if !named.eq_ignore_ascii_case(cluster) {
                    Proof::Foreign(format!("another cluster, {named}"))
                } else if !self.is_of_snapshot(success, prefix, date) {
                    Proof::Foreign(format!("another snapshot, that of {}", date.format("%Y-%m-%d %H:%M UTC")))
                } else {
                    Proof::Fits
                }
            }
        })
    }

    /// Whether the time in a `.complete` object is that of the snapshot.
    fn is_of_snapshot(&self, success: &Success<'_>, prefix: &str, date: DateTime<Utc>) -> bool {
        let tolerance = dates::delta(self.case.rules.clock_tolerance);
        match dates::of_prefix(prefix) {
            Some(minute) => {
                let date = date.with_second(0).and_then(|date| date.with_nanosecond(0)).unwrap_or(date);
                (date - minute).abs() <= tolerance
            }
            // A snapshot is taken some minutes after the time in its id, and before its export.
            None => date >= success.at - tolerance && created(success.job).is_none_or(|end| date <= end + tolerance),
        }
    }

    /// An export that Atlas calls successful although one of the jobs that it consists of is not.
    fn failed_component(&self, job: &ExportJob, notes: &mut Vec<String>) -> Result<Option<Draft>, Need> {
        if !self.case.rules.components || job.components.as_ref().is_none_or(Vec::is_empty) {
            return Ok(None);
        }
        let (Reading::Whole(states) | Reading::Partial(states, _)) =
            self.case.facts.components.get(job.id.as_str()).unwrap_or(&Reading::NotRead)
        else {
            if !self.case.facts.components.contains_key(job.id.as_str()) {
                self.case.asked(Need::Components { job: Box::new(job.clone()) })?;
            }
            notes.push("the exports of the replica sets could not be read".to_owned());
            return Ok(None);
        };
        Ok(states.iter().find(|state| **state != ExportState::Successful).map(|state| {
            let message = format!("the export of one replica set is {state}, although export job {} succeeded", job.id);
            Draft::new(Verdict::Failed, Rule::ExportFailed, message)
        }))
    }
}
