//! `create`: starts jobs, and watches them.

use atlas_exports_testing::{Fault, Script};
use serde_json::json;

use crate::program::{command, fake, run, run_at};

const SNAPSHOT: &str = "5f3c5a1e8e4b2a0012345678";

#[test]
fn a_job_is_created_with_its_custom_data_and_shown() {
    let fake = fake();
    let new = ["create", "--snapshot", SNAPSHOT, "--bucket", fake.bucket_id(), "--custom-data", "ticket=OPS-1=x"];
    let ended = run_at(&fake, new);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!((ended.line("State"), ended.line("Custom data")), (Some("Queued"), Some("ticket = OPS-1=x")));
    let [created] = fake.created_jobs().try_into().unwrap();
    assert_eq!(created["snapshotId"], SNAPSHOT);
    assert_eq!(created["customData"], json!([{"key": "ticket", "value": "OPS-1=x"}]));
}

#[test]
fn a_created_job_is_watched_to_its_end() {
    let fake = fake();
    fake.script_created_jobs(Script::per_poll(["Queued", "InProgress", "Failed"]));
    let new = ["create", "--snapshot", SNAPSHOT, "--bucket", fake.bucket_id(), "--watch", "--interval", "50ms"];
    let ended = run_at(&fake, [&new[..], &["--format", "json"]].concat());
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(ended.json(), fake.created_jobs()[0]);
}

#[test]
fn the_id_of_a_watched_job_is_told_at_once() {
    let fake = fake();
    let new = ["create", "--snapshot", SNAPSHOT, "--bucket", fake.bucket_id(), "--watch", "--timeout", "100ms"];
    fake.script_created_jobs(Script::staying("Queued"));
    let ended = run_at(&fake, new);
    let id = fake.created_jobs()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.err.starts_with(&format!("created export job {id}\n")), "{ended:?}");
}

#[test]
fn a_lost_answer_does_not_make_a_second_job() {
    let fake = fake();
    fake.fault(Fault::lost_response().on_method("POST"));
    let new = ["create", "--snapshot", SNAPSHOT, "--bucket", fake.bucket_id(), "--watch", "--interval", "50ms"];
    let ended = run_at(&fake, new);
    assert_eq!((ended.code, fake.created_jobs().len()), (Some(0), 1), "{ended:?}");
}

#[test]
fn what_is_missing_or_malformed_is_usage_and_what_is_refused_is_a_failure() {
    let fake = fake();
    let bucket = fake.bucket_id();
    for wrong in [
        &["create", "--bucket", bucket][..],
        &["create", "--snapshot", SNAPSHOT],
        &["create", "--snapshot", "1", "--bucket", bucket],
        &["create", "--snapshot", SNAPSHOT, "--bucket", bucket, "--custom-data", "novalue"],
    ] {
        let ended = run_at(&fake, wrong);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{wrong:?} {ended:?}");
    }
    assert_eq!(fake.exchanges(), 0);
    let refused = run_at(&fake, ["create", "--snapshot", SNAPSHOT, "--bucket", SNAPSHOT]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{refused:?}");
    assert!(fake.created_jobs().is_empty());
}

#[test]
fn the_fake_creates_a_job_without_being_told_of_what() {
    let ended = run(command(), ["create", "--fake", "--format", "json"]);
    assert_eq!((ended.code, &ended.json()["state"]), (Some(0), &json!("Queued")), "{ended:?}");
}
