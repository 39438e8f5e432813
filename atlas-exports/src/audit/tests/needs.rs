//! What is read before a verdict, and in which order.

use serde_json::json;

use super::fixture::{Fixture, at, job};
use crate::audit::{Facts, Marker, Need, need};

/// Reads what is needed, one thing after the other, and returns the names of it all.
fn read(fixture: &Fixture) -> Vec<&'static str> {
    let all = fixture.facts();
    let mut facts = Facts::new(all.project.clone());
    facts.cluster = all.cluster.clone();
    let mut read = Vec::new();
    while let Some(needed) = need(&facts, &fixture.rules, fixture.now) {
        read.push(match needed {
            Need::Cluster => "cluster",
            Need::Buckets => {
                facts.buckets = all.buckets.clone();
                "buckets"
            }
            Need::Schedule => {
                facts.schedule = all.schedule.clone();
                "schedule"
            }
            Need::Jobs => {
                facts.jobs = all.jobs.clone();
                "jobs"
            }
            Need::Snapshots => {
                facts.snapshots = all.snapshots.clone();
                "snapshots"
            }
            Need::ScheduleChanges { .. } => {
                facts.schedule_changes = all.schedule_changes.clone();
                "changes"
            }
            Need::Marker { job } => {
                facts.markers.insert(job.id.to_string(), Marker::Absent);
                "marker"
            }
            Need::Components { job } => {
                facts.components.insert(job.id.to_string(), crate::audit::Reading::Whole(vec![]));
                "components"
            }
        });
        assert!(read.len() < 20, "{read:?}");
    }
    let finding = crate::audit::judge(&facts, &fixture.rules, fixture.now);
    let mut whole = all;
    whole.markers = facts.markers;
    let of_all = crate::audit::judge(&whole, &fixture.rules, fixture.now);
    assert_eq!(finding.verdict, of_all.verdict, "what was not needed changes nothing");
    read
}

#[test]
fn a_healthy_cluster_needs_schedule_and_jobs_beside_the_buckets() {
    assert_eq!(read(&Fixture::healthy()), ["schedule", "buckets", "jobs"]);
}

#[test]
fn what_needs_no_schedule_needs_nothing() {
    for (key, value) in [("stateName", json!("CREATING")), ("backupEnabled", json!(false))] {
        assert!(read(&Fixture::but(|it| it.cluster[key] = value)).is_empty(), "{key}");
    }
}

#[test]
fn doubts_need_the_snapshots_and_only_absences_the_changes_of_the_schedule() {
    let doubt = ["schedule", "buckets", "jobs", "snapshots"];
    assert_eq!(read(&Fixture::last_job("Failed")), doubt);
    let mut running = Fixture::last_job("InProgress");
    running.now = at("2026-08-10T08:00");
    assert_eq!(read(&running), doubt);
    assert_eq!(read(&Fixture::without_last_job()), ["schedule", "buckets", "jobs", "snapshots", "changes"]);
}

#[test]
fn a_cluster_without_automatic_export_needs_the_jobs_to_tell_the_newest_one() {
    let fixture = Fixture::but(|it| it.schedule["autoExportEnabled"] = json!(false));
    assert_eq!(read(&fixture), ["schedule", "jobs"]);
}

#[test]
fn markers_and_components_are_asked_for_only_if_they_count() {
    let mut fixture = Fixture::healthy();
    fixture.jobs[2]["components"] = json!([{"exportId": "5f3c5a1e8e4b2a0012345678"}]);
    assert_eq!(read(&fixture), ["schedule", "buckets", "jobs"]);
    fixture.rules.markers = true;
    fixture.rules.components = true;
    fixture.jobs.push(job("2026-08-10T09:00", "Successful"));
    assert_eq!(read(&fixture), ["schedule", "buckets", "jobs", "marker", "marker"]);
    fixture.jobs.pop();
    assert_eq!(read(&fixture), ["schedule", "buckets", "jobs", "components", "marker"]);
}

#[test]
fn without_facts_the_verdict_names_what_is_missing() {
    let fixture = Fixture::healthy();
    let facts = Facts::new(fixture.facts().project);
    let finding = crate::audit::judge(&facts, &fixture.rules, fixture.now);
    assert_eq!((finding.verdict.as_str(), finding.reason()), ("unreadable", "clusters"));
    let cluster = fixture.facts().cluster;
    let unread = |read: fn(&mut Facts, Facts)| {
        let mut facts = Facts { cluster: cluster.clone(), ..Facts::new(fixture.facts().project) };
        read(&mut facts, fixture.facts());
        let finding = crate::audit::judge(&facts, &fixture.rules, fixture.now);
        assert_eq!(finding.cluster.as_deref(), Some("Cluster0"));
        (finding.verdict.as_str(), finding.reason(), finding.message)
    };
    let schedule = "the backup schedule was not read".to_owned();
    assert_eq!(unread(|_, _| {}), ("unreadable", "schedule", schedule));
    let buckets = "the export buckets were not read".to_owned();
    assert_eq!(unread(|facts, all| facts.schedule = all.schedule), ("unreadable", "buckets", buckets));
    let mut facts = fixture.facts();
    facts.snapshots = crate::audit::Reading::NotRead;
    facts.jobs = crate::audit::Reading::Whole(crate::audit::JobLog::new());
    let finding = crate::audit::judge(&facts, &fixture.rules, fixture.now);
    assert_eq!((finding.verdict.as_str(), finding.reason()), ("unreadable", "snapshots"));
}
