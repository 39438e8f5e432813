//! What the bucket and the parts of an export add.

use serde_json::json;

use super::fixture::{CLUSTER, Fixture, TODAY, YESTERDAY, at, id, job, schedule};
use crate::audit::Marker;

fn marker(time: &str) -> Marker {
    Marker::present(Some(CLUSTER.to_owned()), Some(at(time)))
}

/// The last export with what the bucket says of it.
fn with(marker: Marker) -> Fixture {
    Fixture::but(|it| {
        it.rules.markers = true;
        it.markers.push((it.jobs[2]["id"].as_str().unwrap().to_owned(), marker));
    })
}

#[test]
fn a_marker_of_cluster_and_snapshot_proves_the_export() {
    with(marker("2026-08-10T03:07:08")).is("proved", "export_successful", 13);
    let mut paused = with(marker("2026-08-10T03:07:08"));
    paused.cluster["paused"] = json!(true);
    paused.is("proved", "cluster_paused", 11);
}

#[test]
fn a_marker_of_another_cluster_or_snapshot_does_not() {
    let finding = with(marker("2026-08-09T03:07:08")).is("missing", "marker_foreign", 13);
    assert!(finding.message.contains("2026-08-09 03:07"), "{}", finding.message);
    let other = Marker::present(Some("695a00000000000000000002".to_owned()), Some(at("2026-08-10T03:07:08")));
    with(other).is("missing", "marker_foreign", 13);
}

#[test]
fn a_marker_that_is_not_there_is_awaited_for_an_hour() {
    let mut fixture = with(Marker::Absent);
    fixture.now = at("2026-08-10T04:50");
    fixture.is("running", "marker_awaited", 13);
    fixture.now = at("2026-08-10T04:51");
    fixture.is("missing", "marker_gone", 13);
    fixture.rules.marker_grace = std::time::Duration::from_secs(7200);
    fixture.is("running", "marker_awaited", 13);
    fixture.rules.markers = false;
    fixture.is("reported", "export_successful", 13);
}

#[test]
fn a_marker_that_cannot_be_read_leaves_what_atlas_reports() {
    for marker in [
        Marker::Unreadable("access denied".to_owned()),
        Marker::present(None, Some(at("2026-08-10T03:07"))),
        Marker::present(Some(CLUSTER.to_owned()), None),
    ] {
        let finding = with(marker).is("reported", "export_successful", 13);
        assert!(finding.notes[0].contains("the bucket proves nothing"), "{:?}", finding.notes);
    }
    let mut without_prefix = with(marker("2026-08-10T03:07:08"));
    without_prefix.jobs[2]["prefix"] = json!(null);
    without_prefix.is("reported", "export_successful", 13);
    let not_asked = Fixture::but(|it| it.rules.markers = true);
    not_asked.is("reported", "export_successful", 13);
}

#[test]
fn a_marker_under_an_odd_prefix_is_held_against_the_times_of_snapshot_and_job() {
    let under = |time: &str| {
        let mut fixture = with(marker(time));
        fixture.jobs[2]["prefix"] = json!("odd");
        fixture
    };
    under("2026-08-10T03:07:08").is("proved", "export_successful", 13);
    under("2026-08-09T03:07:08").is("missing", "marker_foreign", 13);
    under("2026-08-10T03:40:00").is("missing", "marker_foreign", 13);
}

#[test]
fn of_two_exports_of_what_was_due_one_with_a_marker_is_enough() {
    let later = "2026-08-10T09:00";
    let mut fixture = with(marker("2026-08-10T03:07:08"));
    fixture.jobs.push(job(later, "Successful"));
    let newest = fixture.jobs[3]["id"].as_str().unwrap().to_owned();
    fixture.markers.push((newest, Marker::Absent));
    fixture.is("proved", "export_successful", 13);
    fixture.markers[0].1 = Marker::Unreadable("access denied".to_owned());
    fixture.is("reported", "export_successful", 13);
}

#[test]
fn however_many_exports_have_lost_their_markers_one_with_a_marker_is_looked_for() {
    let mut fixture = Fixture::but(|it| {
        it.rules.markers = true;
        it.schedule = schedule("monthly", &[("daily", 1, 7), ("monthly", 1, 365)]);
        it.now = at("2026-08-31T20:00");
        it.jobs = (1..=31).map(|day| job(&format!("2026-08-{day:02}T03:00"), "Successful")).collect();
    });
    let ids: Vec<_> = fixture.jobs.iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect();
    fixture.markers = ids.iter().map(|id| (id.clone(), Marker::Absent)).collect();
    fixture.is("missing", "marker_gone", 13);
    fixture.markers[0].1 = marker("2026-08-01T03:07:08");
    fixture.is("proved", "export_successful", 13);
}

#[test]
fn a_missing_marker_proves_nothing_when_jobs_were_cut() {
    let mut fixture = with(Marker::Absent);
    fixture.cut.push("jobs");
    fixture.is("unreadable", "jobs", 10);
}

#[test]
fn one_replica_set_that_was_not_exported_makes_the_export_fail() {
    let sharded = |states: Option<Vec<&'static str>>| {
        Fixture::but(|it| {
            it.rules.components = true;
            it.jobs[2]["components"] = json!([{"exportId": id(TODAY, 1)}, {"exportId": id(YESTERDAY, 2)}]);
            let job = it.jobs[2]["id"].as_str().unwrap().to_owned();
            it.components.extend(states.map(|states| (job, states)));
        })
    };
    sharded(Some(vec!["Successful", "Successful"])).is("reported", "export_successful", 13);
    for state in ["Failed", "Cancelled", "InProgress", "Lost"] {
        sharded(Some(vec!["Successful", state])).is("failed", "export_failed", 16);
    }
    let finding = sharded(None).is("reported", "export_successful", 13);
    assert!(finding.notes[0].contains("replica sets"), "{:?}", finding.notes);
    let mut off = sharded(Some(vec!["Failed"]));
    off.rules.components = false;
    off.is("reported", "export_successful", 13);
}
