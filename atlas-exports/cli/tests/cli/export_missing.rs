//! `export missing`: what it creates, and what it never does.

use std::sync::atomic::{AtomicUsize, Ordering};

use atlas_exports_testing::{FakeAtlas, FakeResponse, Fault};
use serde_json::{Value, json};

use crate::{
    audit::world::{AT_ONCE, BUCKET, CLUSTER, Night, SHOP, deny, job, shop, snapshot},
    program::{Ended, command, command_at, run},
};

const EXPORTS: &str = "/groups/{groupId}/clusters/{clusterName}/backup/exports";

/// All kinds of nights; exports of Cancelled, Failed and Missing can be created.
fn nights() -> FakeAtlas {
    shop(&[
        ("Cancelled", Night::Cancelled),
        ("Failed", Night::Failed),
        ("Fine", Night::Exported),
        ("Missing", Night::NotStarted),
        ("Paused", Night::Paused),
        ("Running", Night::Running),
        ("Stuck", Night::Stuck),
    ])
}

fn missing(fake: &FakeAtlas, options: &[&str]) -> Ended {
    run(command_at(fake), [&["export", "missing"][..], &AT_ONCE, options].concat())
}

/// The snapshots of the jobs that were created, in order.
fn created(fake: &FakeAtlas) -> Vec<String> {
    let jobs = fake.created_jobs();
    assert!(jobs.iter().all(|job| job["exportBucketId"] == BUCKET), "{jobs:#?}");
    let mut created: Vec<_> = jobs.iter().map(|job| job["snapshotId"].as_str().unwrap().to_owned()).collect();
    created.sort_unstable();
    created
}

fn snapshots(clusters: &[&str]) -> Vec<String> {
    let mut snapshots: Vec<_> = clusters.iter().map(|cluster| snapshot(cluster, 10)).collect();
    snapshots.sort_unstable();
    snapshots
}

/// The clusters in a document that are named and have a member of this name.
fn with<'a>(report: &'a Value, member: &str) -> Vec<&'a str> {
    let listed = report.as_array().unwrap().iter().filter(|it| !it[member].is_null());
    listed.filter_map(|it| it["cluster"].as_str()).collect()
}

#[test]
fn a_dry_run_shows_what_is_missing_and_creates_nothing() {
    let fake = nights();
    let ended = missing(&fake, &["--dry-run"]);
    assert_eq!((ended.code, created(&fake).len()), (Some(0), 0), "{ended:?}");
    let clusters: Vec<_> = ended.out.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(clusters, ["Shop/Cancelled", "Shop/Failed", "Shop/Missing"], "{ended:?}");
    assert!(ended.out.contains(&snapshot("Missing", 10)) && ended.out.contains("no_export"), "{ended:?}");
    assert!(ended.err.contains("Stuck is left out, since its export has not ended"), "{ended:?}");
    let report = missing(&fake, &["--dry-run", "--format", "json"]).json();
    assert_eq!(with(&report, "snapshotId"), ["Cancelled", "Failed", "Missing"], "{report:#}");
    assert!(with(&report, "jobId").is_empty() && fake.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn nothing_is_asked_or_created_without_a_terminal_or_yes() {
    let fake = nights();
    for options in [&[][..], &["--format", "json"], &["--limit", "1"]] {
        let ended = missing(&fake, options);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.err.contains("--yes") && ended.err.contains("--dry-run"), "{ended:?}");
    }
    assert_eq!(fake.exchanges(), 0);
}

#[test]
fn exactly_what_is_missing_and_failed_is_created_and_only_once() {
    let fake = nights();
    let ended = missing(&fake, &["--yes", "--format", "json"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    assert_eq!(created(&fake), snapshots(&["Cancelled", "Failed", "Missing"]));
    let report = ended.json();
    assert_eq!(with(&report, "jobId"), ["Cancelled", "Failed", "Missing"], "{report:#}");
    let ids: Vec<_> = fake.created_jobs().iter().map(|job| job["id"].clone()).collect();
    assert!(report.as_array().unwrap().iter().all(|it| ids.contains(&it["jobId"])), "{report:#}");
    let again = missing(&fake, &["--yes"]);
    assert_eq!((again.code, again.out.as_str(), created(&fake).len()), (Some(0), "", 3), "{again:?}");
    assert!(again.err.contains("no exports are missing that could be created"), "{again:?}");
}

#[test]
fn a_limit_is_kept_and_what_it_leaves_out_is_told() {
    let fake = nights();
    let ended = missing(&fake, &["--yes", "--limit", "1"]);
    assert_eq!((ended.code, created(&fake).len()), (Some(0), 1), "{ended:?}");
    assert!(ended.err.contains("2 more are left out by --limit"), "{ended:?}");
    assert!(ended.out.contains("created export job "), "{ended:?}");
}

#[test]
fn a_job_that_came_meanwhile_is_not_doubled() {
    let fake = shop(&[("Missing", Night::NotStarted), ("Other", Night::NotStarted)]);
    let reads = AtomicUsize::new(0);
    fake.respond_with("GET", &format!("{CLUSTER}/Missing/backup/exports"), move |_| {
        let old = job(SHOP, "Missing", 9, Night::Exported);
        let new = job(SHOP, "Missing", 10, Night::Running);
        let is_first = reads.fetch_add(1, Ordering::Relaxed) == 0;
        let jobs = if is_first { vec![old] } else { vec![old, new] };
        FakeResponse::json(200, json!({"results": jobs, "totalCount": jobs.len(), "links": []}))
    });
    let ended = missing(&fake, &["--yes", "--format", "json"]);
    let report = ended.json();
    assert_eq!((ended.code, created(&fake)), (Some(0), snapshots(&["Other"])), "{report:#}");
    assert_eq!((with(&report, "skipped"), with(&report, "jobId")), (vec!["Missing"], vec!["Other"]), "{report:#}");
}

#[test]
fn what_cannot_be_read_again_is_not_created_and_fails() {
    let fake = shop(&[("Missing", Night::NotStarted)]);
    let reads = AtomicUsize::new(0);
    fake.respond_with("GET", &format!("{CLUSTER}/Missing/backup/exports"), move |_| {
        if reads.fetch_add(1, Ordering::Relaxed) == 0 {
            let old = job(SHOP, "Missing", 9, Night::Exported);
            return FakeResponse::json(200, json!({"results": [old], "totalCount": 1, "links": []}));
        }
        FakeResponse::json(403, json!({"error": 403, "errorCode": "FORBIDDEN", "reason": "Forbidden", "detail": "no"}))
    });
    let ended = missing(&fake, &["--yes", "--format", "json"]);
    assert_eq!((ended.code, with(&ended.json(), "error"), created(&fake).len()), (Some(1), vec!["Missing"], 0));
}

#[test]
fn lists_that_are_not_read_whole_create_nothing() {
    for what in ["/backup/snapshots", "/backup/exports", "/backup/schedule"] {
        let fake = shop(&[("Missing", Night::NotStarted)]);
        deny(&fake, "Missing", what);
        let ended = missing(&fake, &["--yes"]);
        assert_eq!((ended.code, created(&fake).len()), (Some(1), 0), "{what} {ended:?}");
        assert!(ended.err.contains("Missing could not be read whole"), "{ended:?}");
    }
    let fake = shop(&[("Missing", Night::NotStarted)]);
    fake.respond_with("GET", &format!("{CLUSTER}/Missing/backup/exports"), |request| {
        if request.query.contains("pageNum=2") {
            let error = json!({"error": 403, "errorCode": "FORBIDDEN", "reason": "Forbidden", "detail": "no"});
            return FakeResponse::json(403, error);
        }
        let old = job(SHOP, "Missing", 9, Night::Exported);
        let next = json!([{"rel": "next", "href": "https://cloud.mongodb.com/api?pageNum=2"}]);
        FakeResponse::json(200, json!({"results": vec![old; 500], "totalCount": 700, "links": next}))
    });
    let ended = missing(&fake, &["--yes"]);
    assert_eq!((ended.code, created(&fake).len()), (Some(1), 0), "{ended:?}");
}

#[test]
fn a_lost_answer_is_searched_for_and_not_repeated() {
    let fake = shop(&[("Missing", Night::NotStarted)]);
    fake.fault(Fault::lost_response().on_method("POST"));
    let ended = missing(&fake, &["--yes", "--format", "json"]);
    let [job] = fake.created_jobs().try_into().unwrap();
    assert_eq!((ended.code, &ended.json()[0]["jobId"]), (Some(0), &job["id"]), "{ended:?}");
}

#[test]
fn a_creation_that_is_refused_fails_and_the_others_go_on() {
    let fake = shop(&[("Denied", Night::NotStarted), ("Missing", Night::NotStarted)]);
    let refused = Fault::api_error(403, "USER_UNAUTHORIZED", "no").on("POST", EXPORTS);
    fake.fault(refused);
    let ended = missing(&fake, &["--yes", "--format", "json"]);
    let report = ended.json();
    assert_eq!((ended.code, created(&fake)), (Some(1), snapshots(&["Missing"])), "{report:#}");
    assert_eq!((with(&report, "error"), with(&report, "jobId")), (vec!["Denied"], vec!["Missing"]), "{report:#}");
    assert!(report[0]["error"].as_str().unwrap().contains("USER_UNAUTHORIZED"), "{report:#}");
}

#[cfg(unix)]
#[test]
fn whoever_sits_at_a_terminal_is_asked_and_anything_but_yes_means_no() {
    use crate::program::on_terminal;

    for (answer, code, is_created) in [("y\n", 0, true), ("yes\n", 0, true), ("n\n", 1, false), ("\n", 1, false)] {
        let line = "stty cols 120 rows 20 && $P export missing --fake";
        let Some((ended, screen)) = on_terminal(line, "xterm", answer) else { return };
        assert_eq!(ended, Some(code), "{answer:?} {screen}");
        assert!(screen.contains("create 2 export jobs? [y/N]"), "{screen}");
        assert_eq!(screen.contains("created export job"), is_created, "{answer:?} {screen}");
    }
}

#[test]
fn the_fake_shows_what_would_be_created() {
    let ended = run(command(), ["export", "missing", "--fake", "--dry-run"]);
    assert_eq!((ended.code, ended.out.lines().count()), (Some(0), 3), "{ended:?}");
}
