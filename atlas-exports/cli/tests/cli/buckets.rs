//! `buckets`: list, get, create and delete.

use serde_json::json;

use crate::program::{command, fake, run, run_at};

const ROLE: &str = "668c5f0ed436263134491592";
const IDLE: &str = "5f3c5a1e8e4b2a00eeeeeeee";

#[test]
fn buckets_are_listed_as_a_table_and_as_documents_with_unknown_members() {
    let fake = fake();
    fake.put_bucket(json!({"_id": IDLE, "cloudProvider": "MOON", "crater": 7}));
    // Version 1.0 knows buckets of AWS alone.
    let table = run_at(&fake, ["buckets", "list", "--api", "v2"]);
    assert_eq!(table.code, Some(0), "{table:?}");
    assert!(table.out.starts_with("BUCKET") && table.out.contains("AWS       atlas-exports"), "{table:?}");
    assert!(table.out.contains(&format!("{IDLE}  MOON")), "{table:?}");
    let documents = run_at(&fake, ["buckets", "list", "--format", "json", "--api", "v2"]).json();
    let moon = documents.as_array().unwrap().iter().find(|document| document["_id"] == IDLE).unwrap();
    assert_eq!((&moon["cloudProvider"], &moon["crater"]), (&json!("MOON"), &json!(7)));
    let one = run_at(&fake, ["buckets", "get", IDLE, "--format", "json", "--api", "v2"]);
    assert_eq!((one.code, &one.json()), (Some(0), moon));
    assert_eq!(run_at(&fake, ["buckets", "get", IDLE, "--api", "v2"]).line("crater"), Some("7"));
}

#[test]
fn a_bucket_is_created_shown_and_deleted() {
    let fake = fake();
    let created = run_at(&fake, ["buckets", "create", "--name", "my-exports", "--role", ROLE, "--format", "json"]);
    assert_eq!((created.code, &created.json()["iamRoleId"]), (Some(0), &json!(ROLE)), "{created:?}");
    let id = created.json()["_id"].as_str().unwrap().to_owned();
    let shown = run_at(&fake, ["buckets", "get", &id]);
    assert_eq!((shown.line("Name"), shown.line("IAM role")), (Some("my-exports"), Some(ROLE)), "{shown:?}");
    let deleted = run_at(&fake, ["buckets", "delete", &id]);
    assert_eq!((deleted.code, deleted.out.as_str()), (Some(0), ""), "{deleted:?}");
    assert_eq!(run_at(&fake, ["buckets", "get", &id]).code, Some(1));
}

#[test]
fn buckets_of_other_clouds_are_created_on_version_2() {
    let fake = fake();
    let url = "https://exports.blob.core.windows.net";
    let azure = ["buckets", "create", "--provider", "azure", "--service-url", url, "--role", ROLE, "--api", "v2"];
    let azure = run_at(&fake, azure);
    assert_eq!((azure.code, azure.line("Service")), (Some(0), Some(url)), "{azure:?}");
    let gcp = ["buckets", "create", "--provider", "gcp", "--name", "my-exports", "--role", ROLE, "--api", "v2"];
    let gcp = run_at(&fake, gcp);
    assert_eq!((gcp.code, gcp.line("Provider")), (Some(0), Some("GCP")), "{gcp:?}");
}

#[test]
fn a_bucket_in_use_is_not_deleted_and_it_is_said_what_to_do() {
    let fake = fake();
    let ended = run_at(&fake, ["buckets", "delete", fake.bucket_id()]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("IN_USE") && ended.err.contains("wait for the jobs"), "{ended:?}");
}

#[test]
fn what_is_missing_or_malformed_is_usage() {
    let fake = fake();
    for wrong in [
        &["buckets"][..],
        &["buckets", "get"],
        &["buckets", "get", "1234"],
        &["buckets", "delete", "1234"],
        &["buckets", "create", "--name", "my-exports"],
        &["buckets", "create", "--role", ROLE],
        &["buckets", "create", "--provider", "azure", "--role", ROLE, "--api", "v2"],
        &["buckets", "create", "--provider", "moon", "--name", "my-exports", "--role", ROLE],
    ] {
        let ended = run_at(&fake, wrong);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{wrong:?} {ended:?}");
    }
    assert_eq!(fake.exchanges(), 0);
}

#[test]
fn every_verb_works_on_the_fake_without_being_told_of_what() {
    for verb in ["list", "get", "create", "delete"] {
        for api in ["v1", "v2"] {
            let ended = run(command(), ["buckets", verb, "--fake", "--api", api]);
            assert_eq!(ended.code, Some(0), "{verb} {api} {ended:?}");
        }
    }
}
