//! The reports as people and programs see them.

use super::*;
use crate::diff::{markdown, text};

/// Something of every verdict.
fn report() -> Report {
    let mut head = patched(contract(), &property("Job", "name", json!({"description": "What it is called."})));
    for patch in [
        schema("Job", json!({"required": ["id", "note", "createdAt"]})),
        schema("Cause", json!({"enum": ["LIMIT", "ERROR", "UNKNOWN"]})),
        operation("/jobs", "get", json!({"x-atlas-version": "2024-05-30"})),
        operation("/jobs/{jobId}", "get", json!({"operationId": "fetchJob"})),
        property("NewJob", "comment", json!({"type": "string"})),
    ] {
        head = patched(head, &patch);
    }
    compare(&contract(), &head)
}

#[test]
fn the_text_is_one_line_a_change_worst_first() {
    insta::assert_snapshot!(text::render(&report()));
}

#[test]
fn the_markdown_is_a_table_a_verdict() {
    insta::assert_snapshot!(markdown::render(&report()));
}

#[test]
fn the_json_has_a_verdict_and_the_members_of_each_change() {
    let json = serde_json::to_value(report()).unwrap();
    assert_eq!(json["verdict"], "breaking");
    let mut keys: Vec<_> = json["changes"][0].as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["item", "place", "rust", "what", "why", "wire"]);
    let named = json["changes"].as_array().unwrap().iter().find(|change| change["item"] == "types::Job::created_at");
    assert_eq!((&named.unwrap()["wire"], &named.unwrap()["rust"]), (&json!("compatible"), &json!("breaking")));
}

#[test]
fn no_changes_are_said_to_be_none() {
    let report = compare(&contract(), &contract());
    assert_eq!(serde_json::to_value(&report).unwrap(), json!({"verdict": "none", "changes": []}));
    assert_eq!(text::render(&report), "Nothing changed in meaning.\n");
    assert_eq!(markdown::render(&report), "### Contract: none\n\nNothing changed in meaning.\n");
}
