//! `watch`: how a wait ends, and what it says.

use std::time::{Duration, Instant};

use atlas_exports_testing::{FakeAtlas, Fault, Kind, NewJob, Script};
use serde_json::json;

use crate::program::{Ended, command, fake, run, run_at};

const QUICKLY: [&str; 2] = ["--interval", "50ms"];

fn watch(fake: &FakeAtlas, id: &str, more: &[&str]) -> Ended {
    run_at(fake, [&["watch", id][..], &QUICKLY, more].concat())
}

#[test]
fn a_job_is_watched_in_lines_until_it_is_successful() {
    let fake = fake();
    let id = fake.add_job(NewJob::new(Script::per_poll(["Queued", "InProgress", "InProgress", "Successful"])));
    let ended = watch(&fake, &id, &[]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    let states: Vec<_> = ended.out.lines().filter_map(|line| line.split("UTC  ").nth(1)).collect();
    assert!(states[0].starts_with("Queued"), "{ended:?}");
    assert!(states[1].starts_with("InProgress   4 of 12 collections"), "{ended:?}");
    assert!(states[3].starts_with("Successful   12 of 12 collections (100 %)"), "{ended:?}");
    assert_eq!(ended.line("State"), Some("Successful"), "the job comes in full at the end: {ended:?}");
}

#[test]
fn a_job_that_failed_or_was_cancelled_or_ended_unknown_exits_with_three() {
    let fake = fake();
    let unknown = fake.add_job(NewJob::new(Script::per_poll(["InProgress", "Evaporated"]).finished()));
    for (id, text) in [
        (fake.job_id(Kind::Failed), "failed: The bucket's role does not allow s3:PutObject."),
        (fake.job_id(Kind::FailedOldStyle), "failed: Access to the bucket was denied."),
        (fake.job_id(Kind::Cancelled), "was cancelled"),
        (unknown, "Evaporated"),
    ] {
        let ended = watch(&fake, &id, &[]);
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert!(ended.err.contains(text), "{ended:?}");
    }
}

#[test]
fn a_job_that_does_not_end_in_time_exits_with_four_and_without_delay() {
    let fake = fake();
    for timeout in ["200ms", "1s"] {
        let start = Instant::now();
        let ended = watch(&fake, &fake.job_id(Kind::InProgress), &["--timeout", timeout]);
        assert_eq!(ended.code, Some(4), "{ended:?}");
        assert!(ended.err.contains("still InProgress") && ended.err.contains("the job continues"), "{ended:?}");
        assert!(start.elapsed() < Duration::from_secs(20), "the timeout of {timeout} was not kept");
    }
}

#[test]
fn a_service_that_stalls_does_not_outlast_the_timeout() {
    let fake = fake();
    fake.fault(Fault::slow_headers(Duration::from_secs(600)).always());
    let ended = watch(&fake, &fake.job_id(Kind::InProgress), &["--timeout", "500ms"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(4), ""), "{ended:?}");
}

#[test]
fn trouble_that_passes_is_ridden_out() {
    let fake = fake();
    let id = fake.add_job(NewJob::new(Script::per_poll(["Queued", "Successful"])));
    for fault in [Fault::html_502(), Fault::reset(), Fault::empty_503(), Fault::truncated()] {
        fake.fault(fault);
    }
    let ended = watch(&fake, &id, &["--format", "json"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.json()["state"], "Successful");
    assert_eq!(fake.pending_faults(), 0);
}

#[test]
fn asking_that_fails_for_good_exits_with_one_at_once() {
    let fake = fake();
    let missing = watch(&fake, "5f3c5a1e8e4b2a00cccccccc", &[]);
    assert_eq!((missing.code, missing.out.as_str()), (Some(1), ""), "{missing:?}");
    assert!(missing.err.contains("404"), "{missing:?}");
    fake.revoke_key(fake.public_key());
    let refused = watch(&fake, &fake.job_id(Kind::InProgress), &["--format", "json"]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{refused:?}");
}

#[test]
fn json_is_the_last_document_alone_and_stderr_is_empty() {
    let fake = fake();
    let id = fake.add_job(NewJob::new(Script::per_poll(["Queued", "InProgress", "Successful"])));
    let ended = watch(&fake, &id, &["--format", "json"]);
    assert_eq!((ended.json(), ended.err.as_str()), (fake.job(&id).unwrap(), ""));
    let stranger = json!({"id": "5f3c5a1e8e4b2a00dddddddd", "state": "Failed", "newMember": 1});
    fake.put_job(stranger.clone());
    let failed = watch(&fake, "5f3c5a1e8e4b2a00dddddddd", &["--format", "json"]);
    assert_eq!((failed.code, failed.json()), (Some(3), stranger));
}

#[test]
fn times_that_are_none_are_usage() {
    let fake = fake();
    let id = fake.job_id(Kind::InProgress);
    for wrong in
        [["--interval", "soon"], ["--timeout", "-1s"], ["--interval", "0s"], ["--timeout", "5"], ["--timeout", "1M"]]
    {
        let ended = run_at(&fake, [&["watch", &id][..], &wrong].concat());
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{wrong:?} {ended:?}");
    }
    assert_eq!(fake.exchanges(), 0);
}

#[test]
fn the_fake_has_a_job_that_moves_while_it_is_watched() {
    let ended = run(command(), ["--fake", "watch"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("InProgress") && ended.out.contains("40 of 40 collections"), "{ended:?}");
}

#[test]
fn the_latest_job_can_be_watched_without_its_id() {
    let fake = fake();
    let id = fake.add_job(NewJob::new(Script::per_poll(["Queued", "InProgress", "Failed"])));
    let ended = run_at(&fake, [&["watch", "--latest", "--format", "json"][..], &QUICKLY].concat());
    assert_eq!((ended.code, &ended.json()["id"]), (Some(3), &json!(id)), "{ended:?}");
}

#[test]
fn a_cluster_without_jobs_has_no_latest() {
    let fake = fake();
    let list = "/groups/{groupId}/clusters/{clusterName}/backup/exports";
    fake.respond("GET", list, 200, json!({"results": [], "links": [], "totalCount": 0}));
    let ended = run_at(&fake, ["watch", "--latest"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.err.contains("no export job to watch"), "{ended:?}");
}

#[test]
fn durations_are_read_as_people_write_them() {
    let fake = fake();
    let id = fake.job_id(Kind::ReplicaSet);
    for timeout in ["1.5h", "1 hour, 30 minutes", "90min", "01:30:00"] {
        let ended = run_at(&fake, ["watch", &id, "--timeout", timeout]);
        assert_eq!(ended.code, Some(0), "{timeout} {ended:?}");
    }
}

#[test]
fn a_quiet_watch_is_silent_unless_the_job_fails() {
    let fake = fake();
    let id = fake.add_job(NewJob::new(Script::per_poll(["Queued", "InProgress", "Successful"])));
    let good = watch(&fake, &id, &["--quiet"]);
    assert_eq!((good.code, good.out.as_str(), good.err.as_str()), (Some(0), "", ""), "{good:?}");
    let bad = watch(&fake, &fake.job_id(Kind::Failed), &["-q"]);
    assert_eq!((bad.code, bad.out.as_str()), (Some(3), ""), "{bad:?}");
    assert!(bad.err.starts_with("error: export job"), "{bad:?}");
    let document = watch(&fake, &id, &["--quiet", "--format", "json"]);
    assert_eq!((document.code, &document.json()["state"]), (Some(0), &json!("Successful")), "{document:?}");
}
