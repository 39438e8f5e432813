//! `get`: one job, as text and as JSON, and every way to ask wrongly.

use std::net::TcpListener;

use atlas_exports_testing::Kind;
use serde_json::json;

use crate::program::{command, command_at, fake, run, run_at};

#[test]
fn a_job_is_shown_with_state_progress_times_place_and_components() {
    let fake = fake();
    let ended = run_at(&fake, ["get", &fake.job_id(Kind::ReplicaSet)]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.line("State"), Some("Successful"));
    assert_eq!(ended.line("Progress"), Some("5 of 5 collections (100 %)"));
    assert_eq!(ended.line("Created"), Some("2026-08-10 03:28:25 UTC"));
    assert_eq!(ended.line("Custom data"), Some("exported by = myName"));
    assert!(ended.line("Folder").unwrap().ends_with("/1616691031"), "{ended:?}");
    let sharded = run_at(&fake, ["get", &fake.job_id(Kind::Sharded)]);
    assert_eq!(sharded.line("Components"), Some("atlas-shard-0  5fb1a8c0e2c4d84c1e4f1a01"));
}

#[test]
fn a_failed_job_is_shown_with_its_reason_and_is_no_failure_of_the_program() {
    let fake = fake();
    for (kind, reason) in [
        (Kind::Failed, "The bucket's role does not allow s3:PutObject. (EXPORT_BUCKET_ACCESS_DENIED)"),
        (Kind::FailedOldStyle, "Access to the bucket was denied."),
    ] {
        let ended = run_at(&fake, ["get", &fake.job_id(kind)]);
        assert_eq!((ended.code, ended.line("Reason")), (Some(0), Some(reason)), "{ended:?}");
    }
}

#[test]
fn control_characters_that_the_service_sends_do_not_reach_the_terminal() {
    let fake = fake();
    let id = "5f3c5a1e8e4b2a00aaaaaaaa";
    fake.put_job(json!({"id": id, "state": "Failed", "errMsg": "a\u{1b}[2Jb\rc"}));
    let ended = run_at(&fake, ["get", id]);
    assert_eq!(ended.line("Reason"), Some("a [2Jb c"));
}

#[test]
fn json_is_the_document_of_atlas_with_unknown_members_and_nothing_else() {
    let fake = fake();
    let id = "5f3c5a1e8e4b2a00bbbbbbbb";
    let document = json!({
        "id": id, "state": "Defragmenting", "newMember": {"deep": [1, null]}, "exportStatus": {"more": 12345678901234567890_u64},
    });
    fake.put_job(document.clone());
    for envelope in [&["--format", "json"][..], &["--format", "json", "--envelope"]] {
        let ended = run_at(&fake, [&["get", id], envelope].concat());
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
        assert_eq!(ended.json(), document);
    }
    assert!(fake.requests().iter().any(|request| request.query == "envelope=true"));
}

#[test]
fn the_envelope_makes_no_difference_to_what_is_shown() {
    let fake = fake();
    let id = fake.job_id(Kind::Sharded);
    let (plain, enveloped) = (run_at(&fake, ["get", &id]), run_at(&fake, ["get", &id, "--envelope"]));
    assert_eq!(plain.out, enveloped.out);
}

#[test]
fn options_stand_before_or_after_the_command_and_the_environment_stands_in_for_them() {
    let fake = fake();
    let id = fake.job_id(Kind::Tiny);
    let asked = run_at(&fake, ["get", &id]).out;
    let (project, cluster, url) = (fake.project_id(), fake.cluster_name(), fake.base_url());
    let mut elsewhere = command_at(&fake);
    elsewhere.env("MONGODB_ATLAS_BASE_URL", "http://127.0.0.1:1");
    let ended = run(elsewhere, ["--base-url", url, "get", &id, "--cluster", cluster, "--project", project]);
    assert_eq!(ended.out, asked, "{ended:?}");
    let mut by_environment = command();
    by_environment
        .env("MONGODB_ATLAS_PUBLIC_KEY", fake.public_key())
        .env("MONGODB_ATLAS_PRIVATE_KEY", fake.private_key())
        .env("MONGODB_ATLAS_PROJECT_ID", project);
    let ended = run(by_environment, ["get", &id, "--cluster", cluster, "--base-url", &format!("{url}/")]);
    assert_eq!(ended.out, asked, "{ended:?}");
}

#[test]
fn malformed_ids_names_and_options_are_usage_and_nothing_is_sent() {
    let fake = fake();
    let (project, id) = (fake.project_id(), fake.job_id(Kind::Tiny));
    for arguments in [
        &["get", "--project", project, "--cluster", "Cluster0", "nothex"][..],
        &["get", "--project", "1234", "--cluster", "Cluster0", &id],
        &["get", "--project", project, "--cluster", "no_underscores", &id],
        &["get", "--project", project, "--cluster", "Cluster0"],
        &["get", "--project", project, &id],
        &["get", "--cluster", "Cluster0", &id],
        &["get", "--project", project, "--cluster", "Cluster0", &id, "--format", "xml"],
        &["get", "--project", project, "--cluster", "Cluster0", &id, "--base-url", "ftp://h"],
        &["get", "--project", project, "--cluster", "Cluster0", &id, "--base-url", "http://10.0.0.1"],
        &["frobnicate"],
        &["--frobnicate"],
    ] {
        let ended = run(command_at(&fake), arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{arguments:?} {ended:?}");
        assert!(ended.err.starts_with("error: "), "{arguments:?} {ended:?}");
    }
    assert_eq!(fake.exchanges(), 0);
}

#[test]
fn arguments_without_credentials_are_answered_with_what_to_set() {
    let fake = fake();
    let id = fake.job_id(Kind::Tiny);
    let asked = ["get", "--project", fake.project_id(), "--cluster", "Cluster0", &id, "--base-url", fake.base_url()];
    let none = run(command(), asked);
    assert_eq!((none.code, none.out.as_str()), (Some(2), ""), "{none:?}");
    assert!(none.err.contains("MONGODB_ATLAS_PUBLIC_API_KEY") && none.err.contains("--fake"), "{none:?}");
    let mut half = command();
    half.env("MONGODB_ATLAS_PUBLIC_API_KEY", "abcdefgh").env("MONGODB_ATLAS_PRIVATE_API_KEY", "");
    let half = run(half, asked);
    assert_eq!((half.code, half.out.as_str(), fake.exchanges()), (Some(2), "", 0), "{half:?}");
    assert!(half.err.contains("MONGODB_ATLAS_PRIVATE_API_KEY"), "{half:?}");
}

#[test]
fn what_atlas_refuses_is_a_failure_told_on_stderr_without_the_key() {
    let fake = fake();
    let missing = run_at(&fake, ["get", "5f3c5a1e8e4b2a00cccccccc"]);
    assert_eq!((missing.code, missing.out.as_str()), (Some(1), ""), "{missing:?}");
    assert!(missing.err.contains("RESOURCE_NOT_FOUND") && missing.err.contains("Cluster0"), "{missing:?}");

    let mut command = command_at(&fake);
    command.env("MONGODB_ATLAS_PRIVATE_API_KEY", "wrong-private-key");
    let (project, id) = (fake.project_id(), fake.job_id(Kind::Tiny));
    let wrong = run(command, ["get", "--project", project, "--cluster", "Cluster0", &id, "--format", "json"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(1), ""), "{wrong:?}");
    assert!(wrong.err.contains("401") && !wrong.err.contains("wrong-private-key"), "{wrong:?}");
}

#[test]
fn a_service_that_cannot_be_reached_is_a_failure_with_its_cause() {
    let fake = fake();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = run_at(&fake, ["get", &fake.job_id(Kind::Tiny), "--base-url", &format!("http://{closed}")]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.err.contains("could not connect to the server") && ended.err.contains("caused by"), "{ended:?}");
    assert!(ended.err.contains("4 attempts"), "what the inner client met is tried again: {ended:?}");
}

#[test]
fn the_fake_can_be_asked_without_credentials_and_is_not_the_real_service() {
    let ended = run(command(), ["get", "--fake", "--format", "json"]);
    assert_eq!((ended.code, &ended.json()["state"]), (Some(0), &json!("Successful")), "{ended:?}");
    for both in [
        &["get", "--fake", "--base-url", "https://cloud.mongodb.com"][..],
        &["--fake", "get", "--base-url", "https://cloud.mongodb.com"],
        &["--fake", "get", "--profile", "default"],
        &["--fake", "-q", "get", "-v"],
    ] {
        let ended = run(command(), both);
        assert!(ended.code == Some(2) && ended.err.contains("exclude each other"), "{both:?} {ended:?}");
    }
}
