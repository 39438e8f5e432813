//! What happened to a cluster around a moment, for whoever looks into a wrong finding.

use std::fmt::Write as _;

use crate::world::{
    model::SnapshotKind,
    time::{DAY, iso},
    truth::Moment,
};

/// How many nights, edits and jobs before the moment are told.
const LAST: usize = 6;

pub(super) fn explain(moment: Moment<'_>) -> String {
    let Moment { project, cluster, at } = moment;
    let mut text = String::new();
    let schedule = moment.schedule();
    let items = schedule.items.iter().map(|item| format!("{} {}", item.frequency.name(), item.interval));
    let to = schedule.exports().map(|to| (to.frequency.name(), to.bucket.as_str()));
    let _ = writeln!(
        text,
        "  at {:02}:{:02} {} to {to:?}; created {}, paused {}; law since {:?}; told {:?}",
        schedule.hour,
        schedule.minute,
        items.collect::<Vec<_>>().join(", "),
        iso(cluster.created),
        cluster.paused.at(at),
        iso(moment.law_since().0),
        moment.told().map(iso),
    );
    let _ = writeln!(text, "  link {:?}, safe {:?}", moment.truth().link, moment.truth().safe.map(iso));
    for duty in cluster.duties.iter().filter(|duty| duty.at <= at).rev().take(LAST) {
        let snapshot = duty.snapshot.map(|place| cluster.snapshots[place].id.as_str());
        let _ = writeln!(text, "  due {} {} {snapshot:?}", iso(duty.at), duty.frequency.name());
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
            "  job {} of {} to {} {:?} by hand {}",
            iso(job.created),
            iso(snapshot.created),
            job.bucket,
            job.state(at),
            job.by_hand
        );
    }
    let events = project.events.iter().filter(|event| event.cluster == cluster.name && event.created <= at);
    let edits = events.filter(|event| !event.name.starts_with("CPS_SNAPSHOT_S") || event.name.contains("SCHEDULE"));
    for event in edits.filter(|event| !event.name.starts_with("CPS_EXPORT")).rev().take(LAST) {
        let _ = writeln!(text, "  {} {}", iso(event.created), event.name);
    }
    text
}
