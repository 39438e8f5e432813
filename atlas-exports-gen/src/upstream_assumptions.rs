//! What this crate believes of the code that progenitor and typify make, each belief a test that an upgrade can break.

use crate::OPERATIONS;

const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/generated.rs"));
const CONTRACT: &str = include_str!("../openapi.json");

/// Schemas with a type of their own in this crate.
const HAND_WRITTEN: [&str; 3] = ["ClusterName", "ExportBucket", "ExportState"];

fn count(needle: &str) -> usize {
    GENERATED.matches(needle).count()
}

fn contract() -> serde_json::Value {
    serde_json::from_str(CONTRACT).unwrap()
}

#[test]
fn a_lost_hook_does_not_compile() {
    assert_eq!(count("fn assert_client_hooks () where Client : ClientHooks <"), 1);
}

#[test]
fn every_operation_goes_through_the_hook() {
    assert_eq!(count(". exec (request , & info)"), OPERATIONS.len());
    assert_eq!(count(". execute (request"), 0);
}

#[test]
fn every_operation_is_known_by_the_name_that_the_hook_gets() {
    let mut names: Vec<_> = GENERATED
        .match_indices("OperationInfo { operation_id : \"")
        .map(|(at, found)| GENERATED[at + found.len()..].split('"').next().unwrap())
        .collect();
    names.sort_unstable();
    let mut known: Vec<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
    known.sort_unstable();
    assert_eq!(names, known);
}

#[test]
fn the_surface_has_no_byte_streams() {
    assert_eq!(count("ResponseValue :: stream"), 0);
    assert_eq!(count("ResponseValue < ByteStream >"), 0);
}

#[test]
fn every_generated_type_of_the_contract_is_non_exhaustive() {
    let contract = contract();
    for (name, schema) in contract["components"]["schemas"].as_object().unwrap() {
        // One that is only another by another name has no type of its own.
        let is_alias = schema["$ref"].is_string();
        if is_alias || HAND_WRITTEN.contains(&name.as_str()) || schema["x-atlas-type"] == "objectId" {
            continue;
        }
        let name = pascal(name);
        let found = ["struct", "enum"].iter().find_map(|keyword| GENERATED.find(&format!("pub {keyword} {name} ")));
        let at = found.unwrap_or_else(|| panic!("no type `{name}`"));
        // Everything since the item before: documentation and attributes.
        let attributes = GENERATED[..at].rsplit('}').next().unwrap_or_default();
        assert!(attributes.contains("# [non_exhaustive]"), "{name} is exhaustive");
    }
}

/// The Rust name of a schema.
fn pascal(name: &str) -> String {
    let words = name.split(['_', '-', '.']).filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

#[test]
fn types_written_by_hand_are_not_generated_as_well() {
    for name in HAND_WRITTEN.into_iter().chain(["ProjectId", "ExportId", "ExportBucketId", "SnapshotId"]) {
        for keyword in ["struct", "enum", "type"] {
            assert_eq!(count(&format!("pub {keyword} {name} ")), 0, "{name}");
        }
    }
}

#[test]
fn a_null_is_like_missing_for_nullable_arrays_and_an_error_for_others() {
    use crate::types::{ExportJob, NewExport};

    let id = "5f3c5a1e8e4b2a0012345678";
    let job: ExportJob = serde_json::from_value(serde_json::json!({"id": id, "customData": null})).unwrap();
    assert_eq!(job.custom_data, None);
    let new = serde_json::json!({"snapshotId": id, "exportBucketId": id, "customData": null});
    assert!(serde_json::from_value::<NewExport>(new).is_err());
}

#[test]
fn what_requests_leave_out_is_not_sent_as_null() {
    let status = crate::types::ExportStatus::default();
    assert_eq!(serde_json::to_string(&status).unwrap(), "{}");
}
