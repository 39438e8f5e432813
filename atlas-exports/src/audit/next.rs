//! What can be done about a verdict.

use super::{Evidence, MissingWhy, Rule, UnreadableWhat, Verdict};

/// Returns what to do next, where there is something to do.
pub(crate) fn step(verdict: Verdict, rule: Rule, evidence: &Evidence) -> Option<String> {
    let text = match verdict {
        Verdict::Proved | Verdict::Reported | Verdict::Running | Verdict::NotDue | Verdict::Unsupported => return None,
        Verdict::Stale if rule == Rule::ClusterPaused => {
            "no snapshots are taken while a cluster is paused; resume it, or accept the age of its data"
        }
        Verdict::Stale if rule == Rule::ExportRunning => "wait for the export; find out why the one before is missing",
        Verdict::Stale => "export a newer snapshot, or allow a greater age",
        Verdict::Failed => return Some(retry(rule, evidence)),
        Verdict::Missing { why } => return Some(fill(why, evidence)),
        Verdict::Unreadable { what } => match what {
            UnreadableWhat::Projects => "check the credentials and their access list",
            UnreadableWhat::Jobs => "grant the role Project Backup Manager, or try again later",
            UnreadableWhat::JobState => {
                "look at the export in Atlas; a newer version of this program may know the state"
            }
            UnreadableWhat::Frequency => "a newer version of this program may know the frequency",
            UnreadableWhat::Bucket => "use version 2 of the API, which shows buckets of all providers",
            _ => "grant the role Project Read Only, or try again later",
        },
    };
    Some(text.to_owned())
}

/// Atlas never tries a failed export again.
fn retry(rule: Rule, evidence: &Evidence) -> String {
    let again = match &evidence.snapshot {
        Some(snapshot) => format!("create a new export job for snapshot {}{}", snapshot.id, into(evidence)),
        None => "the snapshot is not listed any more; take a new one and export it".to_owned(),
    };
    match rule {
        Rule::ExportStuck => format!("look at the export in Atlas; once it has ended, {again}"),
        _ => format!("Atlas does not try again: {again}"),
    }
}

fn fill(why: MissingWhy, evidence: &Evidence) -> String {
    let text = match why {
        MissingWhy::BackupOff => "turn cloud backup on",
        MissingWhy::NotConfigured => "turn automatic export on in the backup schedule",
        MissingWhy::BucketGone => "choose an export bucket of the project in the backup schedule",
        MissingWhy::FrequencyHasNoSnapshots => "add a policy item of that frequency, or export another frequency",
        MissingWhy::NoExport => match &evidence.snapshot {
            Some(snapshot) => return format!("create an export job for snapshot {}{}", snapshot.id, into(evidence)),
            None => "create an export job",
        },
        MissingWhy::NotExportable => "take a new snapshot on demand and export it",
        MissingWhy::Elsewhere => "export to the bucket of the schedule, or accept any bucket",
        MissingWhy::MarkerGone => "check the lifecycle rules of the bucket and who deletes from it, then export again",
        MissingWhy::MarkerForeign => "find out who writes to that prefix, then export again",
        MissingWhy::SnapshotFailed | MissingWhy::SnapshotLate | MissingWhy::NoSnapshot => {
            "find out in Atlas why there is no snapshot; one on demand can be taken and exported"
        }
        MissingWhy::SnapshotGone => "keep snapshots longer; this one can no longer be exported",
    };
    text.to_owned()
}

fn into(evidence: &Evidence) -> String {
    evidence.bucket_id.as_ref().map(|bucket| format!(" into bucket {bucket}")).unwrap_or_default()
}
