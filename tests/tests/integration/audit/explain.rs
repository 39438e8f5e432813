//! Describes what happened to a cluster before a moment, to explain a wrong finding.

use std::fmt::Write as _;

use crate::world::{
    model::SnapshotKind,
    time::{DAY, iso},
    truth::Moment,
};

/// How many due times, edits and jobs are described.
const LAST: usize = 6;

pub(super) fn explain(moment: Moment<'_>) -> String {
    let Moment { project, cluster, at } = moment;
    let mut text = String::new();
    let schedule = moment.schedule();
    let items = schedule.items.iter().map(|item| format!("{} {}", item.frequency.name(), item.interval));
    let to = schedule.exports().map(|to| (to.frequency.name(), to.bucket.as_str()));
    let _ = writeln!(
        text,
        "  at {:02}:{:02} {} to {to:?}; created {}, paused {}; policy since {:?}; reported {:?}",
        schedule.hour,
        schedule.minute,
        items.collect::<Vec<_>>().join(", "),
        iso(cluster.created),
        cluster.paused.at(at),
        iso(moment.policy_since().0),
        moment.reported().map(iso),
    );
    let _ = writeln!(text, "  status {:?}, safe {:?}", moment.truth().status, moment.truth().safe.map(iso));
    for due_export in cluster.due_exports.iter().filter(|due_export| due_export.at <= at).rev().take(LAST) {
        let snapshot = due_export.snapshot.map(|place| cluster.snapshots[place].id.as_str());
        let _ = writeln!(text, "  due {} {} {snapshot:?}", iso(due_export.at), due_export.frequency.name());
    }
    let snapshots = cluster.snapshots.iter().filter(|held| held.queued <= at && held.queued > at - 9 * DAY);
    for held in snapshots.rev().filter(|held| held.label != "hourly").take(2 * LAST) {
        let state = match held {
            _ if held.is_completed(at) => "completed",
            _ if held.has_failed(at) => "failed",
            _ => "under way",
        };
        let listed = if held.is_listed(at) { "" } else { ", gone" };
        let kind = if held.kind == SnapshotKind::Scheduled { "" } else { ", not scheduled" };
        let _ = writeln!(text, "  snapshot {} {} {} {state}{listed}{kind}", held.id, iso(held.created), held.label);
    }
    for (job, snapshot) in moment.jobs(false).collect::<Vec<_>>().into_iter().rev().take(LAST) {
        let _ = writeln!(
            text,
            "  job {} of {} to {} {:?} manual {}",
            iso(job.created),
            iso(snapshot.created),
            job.bucket,
            job.state(at),
            job.is_manual
        );
    }
    let events = project.events.iter().filter(|event| event.cluster == cluster.name && event.created <= at);
    let edits = events.filter(|event| !event.name.starts_with("CPS_SNAPSHOT_S") || event.name.contains("SCHEDULE"));
    for event in edits.filter(|event| !event.name.starts_with("CPS_EXPORT")).rev().take(LAST) {
        let _ = writeln!(text, "  {} {}", iso(event.created), event.name);
    }
    text
}
