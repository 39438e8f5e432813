//! Judges one cluster by what is known of it. Reads nothing and asks no clock.

use atlas_exports_gen::types::{BackupSchedule, Cluster};
use chrono::{DateTime, Utc};

use super::{
    Evidence, Facts, Finding, MissingWhy, Reading, Rule, Rules, Trouble, UnreadableWhat, Verdict,
    due::{Due, Wanted},
    finding::JobEvidence,
    next,
    schedule::{Frequency, Timetable},
};

/// Something that has to be read before a cluster can be judged.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Need {
    /// The cluster itself.
    Cluster,
    /// The export buckets of the project.
    Buckets,
    /// The backup schedule.
    Schedule,
    /// The export jobs.
    Jobs,
    /// The snapshots.
    Snapshots,
    /// Changes of the backup schedule.
    #[non_exhaustive]
    ScheduleChanges {
        /// Earliest time that matters.
        since: DateTime<Utc>,
    },
    /// The `.complete` object of an export.
    #[non_exhaustive]
    Marker {
        /// Export job, whose id is the key in [`Facts::markers`].
        job: Box<atlas_exports_gen::types::ExportJob>,
    },
    /// The states of the jobs that an export of a sharded cluster consists of.
    #[non_exhaustive]
    Components {
        /// Export job, whose id is the key in [`Facts::components`].
        job: Box<atlas_exports_gen::types::ExportJob>,
    },
}

/// Judges a cluster.
///
/// `now` is the time of the service, not of this machine. What was not read counts as unreadable where the verdict
/// depends on it, so the verdict is never [`Proved`](Verdict::Proved) or [`Reported`](Verdict::Reported) for want of facts.
#[must_use]
pub fn judge(facts: &Facts, rules: &Rules, now: DateTime<Utc>) -> Finding {
    let case = Case { facts, rules, now, asks: false };
    case.decide().unwrap_or_else(|need| case.unread(&need))
}

/// Returns what to read next, or `None` when [`judge`](judge()) has all that it can use.
///
/// Reading one thing after the other until nothing is needed takes as few requests as possible. Something that could
/// not be read is never asked for again.
#[must_use]
pub fn need(facts: &Facts, rules: &Rules, now: DateTime<Utc>) -> Option<Need> {
    Case { facts, rules, now, asks: true }.decide().err()
}

/// A cluster, and what is expected of it.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) rules: &'a Rules,
    pub(crate) now: DateTime<Utc>,
    /// Whether to ask for what is merely useful, too.
    asks: bool,
}

/// A verdict on its way to a finding.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) verdict: Verdict,
    pub(crate) rule: Rule,
    pub(crate) message: String,
    /// What makes up for a hint that follows from the verdict.
    pub(crate) hint: Option<String>,
    pub(crate) evidence: Evidence,
    pub(crate) notes: Vec<String>,
}

impl Draft {
    pub(crate) fn new(verdict: Verdict, rule: Rule, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { verdict, rule, message, hint: None, evidence: Evidence::default(), notes: Vec::new() }
    }

    pub(crate) fn missing(why: MissingWhy, rule: Rule, message: impl Into<String>) -> Self {
        Self::new(Verdict::missing(why), rule, message)
    }

    pub(crate) fn unreadable(what: UnreadableWhat, rule: Rule, message: impl Into<String>) -> Self {
        Self::new(Verdict::unreadable(what), rule, message)
    }

    pub(crate) fn troubled(what: UnreadableWhat, rule: Rule, trouble: &Trouble) -> Self {
        Self { hint: trouble.hint.clone(), ..Self::unreadable(what, rule, trouble.message.clone()) }
    }
}

impl<'a> Case<'a> {
    fn decide(&self) -> Result<Finding, Need> {
        let cluster = match &self.facts.cluster {
            Reading::Whole(cluster) | Reading::Partial(cluster, _) => cluster,
            Reading::Failed(trouble) if trouble.is_flex() => return Ok(self.finish(None, flex())),
            Reading::Failed(trouble) => {
                let draft = Draft::troubled(UnreadableWhat::Clusters, Rule::ClustersUnreadable, trouble);
                return Ok(self.finish(None, draft));
            }
            Reading::NotRead => return Err(Need::Cluster),
        };
        let draft = match self.before_schedule(cluster) {
            Some(draft) => draft,
            None => self.with_schedule(cluster)?,
        };
        Ok(self.finish(Some(cluster), draft))
    }

    /// Rules that need nothing but the cluster.
    fn before_schedule(&self, cluster: &Cluster) -> Option<Draft> {
        if let Some(tier) = unsupported_tier(cluster) {
            let message = format!("snapshots of {tier} clusters cannot be exported");
            return Some(Draft::new(Verdict::Unsupported, Rule::TierUnsupported, message));
        }
        if let Some(state) = cluster.state_name.as_deref()
            && ["CREATING", "DELETING"].iter().any(|transition| state.eq_ignore_ascii_case(transition))
        {
            let message = format!("the cluster is {}", state.to_ascii_lowercase());
            return Some(Draft::new(Verdict::NotDue, Rule::ClusterInTransition, message));
        }
        let backup = [cluster.backup_enabled, cluster.provider_backup_enabled];
        if backup.contains(&Some(false)) && !backup.contains(&Some(true)) {
            return Some(Draft::missing(MissingWhy::BackupOff, Rule::BackupOff, "backups are off"));
        }
        None
    }

    fn with_schedule(&self, cluster: &'a Cluster) -> Result<Draft, Need> {
        let due = Due { case: *self, cluster };
        let schedule = match &self.facts.schedule {
            Reading::Whole(schedule) | Reading::Partial(schedule, _) => schedule,
            Reading::NotRead => return Err(Need::Schedule),
            Reading::Failed(trouble) if trouble.is_flex() => return Ok(flex()),
            Reading::Failed(trouble) => {
                return match self.rules.max_age {
                    Some(allowed) => {
                        let mut draft = due.by_age(allowed)?;
                        draft.notes.push(format!("the backup schedule could not be read: {}", trouble.message));
                        Ok(draft)
                    }
                    None => Ok(Draft::troubled(UnreadableWhat::Schedule, Rule::ScheduleUnreadable, trouble)),
                };
            }
        };
        match self.wanted(schedule)? {
            Ok(wanted) => due.of_schedule(&wanted),
            Err(draft) if draft.rule == Rule::ExportNotConfigured => match self.rules.max_age {
                Some(allowed) if self.rules.manual_exports => due.by_age(allowed),
                // How old the newest export is helps whoever forgot to turn automatic export on again.
                _ if matches!(self.facts.jobs, Reading::NotRead) => {
                    self.asked(Need::Jobs)?;
                    Ok(draft)
                }
                _ => Ok(draft),
            },
            Err(draft) => Ok(draft),
        }
    }

    /// Rules 6 to 8: what a schedule says must be exported, and where to.
    fn wanted(&self, schedule: &BackupSchedule) -> Result<Result<Wanted, Draft>, Need> {
        let export = schedule.export.as_ref().filter(|_| schedule.auto_export_enabled != Some(false));
        let Some(export) = export else {
            let draft = Draft::missing(
                MissingWhy::NotConfigured,
                Rule::ExportNotConfigured,
                "automatic export of snapshots is off",
            );
            return Ok(Err(draft));
        };
        let Some(bucket) = export.export_bucket_id.as_ref().map(|id| id.as_str().to_owned()) else {
            let message = "the backup schedule names no export bucket";
            return Ok(Err(Draft::unreadable(UnreadableWhat::Schedule, Rule::ScheduleUnreadable, message)));
        };
        if let Some(draft) = self.unknown_bucket(&bucket)? {
            return Ok(Err(draft));
        }
        let name = export.frequency_type.as_deref().unwrap_or("none");
        let Some(frequency) = Frequency::parse(name) else {
            let message = format!("the frequency whose snapshots are exported is unknown: {name}");
            let what = UnreadableWhat::Frequency;
            return Ok(Err(Draft::unreadable(what, Rule::FrequencyWithoutSnapshots, message)));
        };
        let timetable = match Timetable::new(schedule, frequency) {
            Ok(timetable) => timetable,
            Err(message) => {
                return Ok(Err(Draft::unreadable(UnreadableWhat::Schedule, Rule::ScheduleUnreadable, message)));
            }
        };
        if timetable.of(frequency).next().is_none() {
            let message = format!("{frequency} snapshots are exported, and the backup policy takes none");
            let why = MissingWhy::FrequencyHasNoSnapshots;
            return Ok(Err(Draft::missing(why, Rule::FrequencyWithoutSnapshots, message)));
        }
        Ok(Ok(Wanted { frequency, timetable, bucket }))
    }

    fn unknown_bucket(&self, bucket: &str) -> Result<Option<Draft>, Need> {
        let (buckets, trouble) = match &self.facts.buckets {
            Reading::NotRead => return Err(Need::Buckets),
            Reading::Failed(trouble) => {
                return Ok(Some(Draft::troubled(UnreadableWhat::Buckets, Rule::BucketNotListed, trouble)));
            }
            Reading::Whole(buckets) => (buckets, None),
            Reading::Partial(buckets, trouble) => (buckets, Some(trouble)),
        };
        Ok(match trouble {
            _ if buckets.contains(bucket) => None,
            Some(trouble) => Some(Draft::troubled(UnreadableWhat::Buckets, Rule::ListIncomplete, trouble)),
            None if buckets.is_aws_only() => {
                let message = format!("version 1.0 of the API does not show bucket {bucket}");
                Some(Draft::unreadable(UnreadableWhat::Bucket, Rule::BucketNotListed, message))
            }
            None => {
                let message = format!("the export bucket {bucket} is not among those of the project");
                Some(Draft::missing(MissingWhy::BucketGone, Rule::BucketNotListed, message))
            }
        })
    }

    /// Asks for something that the verdict can do without.
    pub(crate) fn asked(&self, need: Need) -> Result<(), Need> {
        if self.asks { Err(need) } else { Ok(()) }
    }

    /// The finding when something that is needed was not even asked for.
    fn unread(&self, need: &Need) -> Finding {
        let (what, rule, name) = match need {
            Need::Cluster => (UnreadableWhat::Clusters, Rule::ClustersUnreadable, "the cluster was"),
            Need::Buckets => (UnreadableWhat::Buckets, Rule::BucketNotListed, "the export buckets were"),
            Need::Schedule => (UnreadableWhat::Schedule, Rule::ScheduleUnreadable, "the backup schedule was"),
            Need::Snapshots => (UnreadableWhat::Snapshots, Rule::ListIncomplete, "the snapshots were"),
            _ => (UnreadableWhat::Jobs, Rule::JobsUnreadable, "the export jobs were"),
        };
        let cluster = match &self.facts.cluster {
            Reading::Whole(cluster) | Reading::Partial(cluster, _) => Some(cluster),
            _ => None,
        };
        self.finish(cluster, Draft::unreadable(what, rule, format!("{name} not read")))
    }

    fn finish(&self, cluster: Option<&Cluster>, draft: Draft) -> Finding {
        let Draft { verdict, rule, message, hint, mut evidence, mut notes } = draft;
        if let Some(cluster) = cluster {
            let due = Due { case: *self, cluster };
            let exported = due.newest_success(evidence.bucket_id.as_deref()).or_else(|| due.newest_success(None));
            evidence.exported = exported.map(|success| JobEvidence::new(success.job, Some(success.at)));
            notes.extend(due.clock_note());
        }
        Finding {
            project: Some(self.facts.project.id.clone()),
            project_name: self.facts.project.name.clone(),
            cluster: cluster.map(|cluster| cluster.name.as_str().to_owned()),
            verdict,
            rule,
            message,
            next: hint.or_else(|| next::step(verdict, rule, &evidence)),
            evidence,
            notes,
            complete: self.is_complete(verdict),
        }
    }

    /// Whether everything that was read was read to its end.
    fn is_complete(&self, verdict: Verdict) -> bool {
        fn is_whole<T>(reading: &Reading<T>) -> bool {
            matches!(reading, Reading::Whole(_) | Reading::NotRead)
        }
        let Facts { cluster, schedule, buckets, jobs, snapshots, schedule_changes, components, .. } = self.facts;
        // That an operation is refused is how a flex cluster is recognized.
        verdict == Verdict::Unsupported
            || !matches!(verdict, Verdict::Unreadable { .. })
                && is_whole(cluster)
                && is_whole(schedule)
                && is_whole(buckets)
                && is_whole(jobs)
                && is_whole(snapshots)
                && is_whole(schedule_changes)
                && components.values().all(is_whole)
    }
}

fn flex() -> Draft {
    Draft::new(Verdict::Unsupported, Rule::TierUnsupported, "snapshots of flex clusters cannot be exported")
}

/// The tier or provider of a cluster whose snapshots cannot be exported.
fn unsupported_tier(cluster: &Cluster) -> Option<&str> {
    const TIERS: [&str; 8] = ["M0", "M2", "M5", "FLEX", "TENANT", "SHARED", "FREE", "SERVERLESS"];
    let settings = cluster.provider_settings.as_ref();
    let v1 = [
        settings.and_then(|settings| settings.instance_size_name.as_deref()),
        settings.and_then(|settings| settings.provider_name.as_deref()),
    ];
    let specs = cluster.replication_specs.iter().flatten();
    let v2 = specs.flat_map(|spec| spec.region_configs.iter().flatten()).flat_map(|region| {
        let size = region.electable_specs.as_ref().and_then(|specs| specs.instance_size.as_deref());
        [size, region.provider_name.as_deref()]
    });
    v1.into_iter().chain(v2).flatten().find(|name| TIERS.iter().any(|tier| tier.eq_ignore_ascii_case(name)))
}
