//! Properties of responses, of requests, and of both.

use super::*;

#[test]
fn a_response_may_gain_a_property() {
    forth(&property("Job", "new", json!({"type": "string"})), Compatible, Compatible, "types::Job::new");
    // Old clients do not mind, but the builder of those who make such values fails without it.
    let required = schema("Job", json!({"properties": {"new": {"type": "string"}}, "required": ["id", "new"]}));
    forth(&required, Compatible, Breaking, "types::Job::new");
}

#[test]
fn a_required_property_takes_the_default_of_a_type_that_had_one() {
    let patch = schema("ApiError", json!({"properties": {"code": {"type": "string"}}, "required": ["code"]}));
    forth(&patch, Compatible, Breaking, "types::ApiError");
}

#[test]
fn a_response_that_loses_a_property_breaks_rust_and_the_wire_if_it_was_required() {
    forth(&property("Job", "name", Value::Null), Compatible, Breaking, "types::Job::name");
    let patch = schema("Good", json!({"properties": {"good": null}, "required": null}));
    forth(&patch, Breaking, Breaking, "types::Good::good");
}

#[test]
fn a_property_of_a_response_that_becomes_required_breaks_rust_alone() {
    let required = |key: &str| schema("Job", json!({"required": ["id", key]}));
    forth(&required("name"), Compatible, Breaking, "types::Job::name");
    // The type stays, but its builder fails without it.
    forth(&required("note"), Compatible, Breaking, "types::Job::note");
    forth(&required("links"), Compatible, Breaking, "types::Job::links");
}

#[test]
fn a_property_of_a_response_that_becomes_optional_breaks() {
    back(&schema("Job", json!({"required": ["id", "name"]})), Breaking, Breaking, "types::Job::name");
    back(&schema("Job", json!({"required": ["id", "note"]})), Breaking, None, "types::Job::note");
}

#[test]
fn null_in_a_response_breaks_what_does_not_read_it() {
    // An `Option` reads null, a `Vec` does not.
    forth(&property("Job", "name", json!({"nullable": true})), Compatible, None, "types::Job::name");
    back(&property("Job", "name", json!({"nullable": true})), Compatible, None, "types::Job::name");
    forth(&property("Job", "links", json!({"nullable": true})), Breaking, Breaking, "types::Job::links");
    back(&property("Job", "links", json!({"nullable": true})), Compatible, Breaking, "types::Job::links");
    forth(&property("Job", "labels", json!({"nullable": true})), Breaking, Breaking, "types::Job::labels");
    forth(&property("Good", "good", json!({"nullable": true})), Breaking, Breaking, "types::Good::good");
    back(&property("Good", "good", json!({"nullable": true})), Compatible, Breaking, "types::Good::good");
    forth(&property("Job", "links", json!({"items": {"nullable": true}})), Breaking, Breaking, "types::Job::links");
    let wrapped = json!({"$ref": null, "allOf": [{"$ref": "#/components/schemas/Cause"}], "nullable": true});
    forth(&property("Job", "cause", wrapped), Compatible, None, "types::Job::cause");
}

#[test]
fn null_in_a_request_breaks_when_it_is_refused() {
    forth(&property("NewJob", "note", json!({"nullable": true})), Compatible, None, "types::NewJob::note");
    back(&property("NewJob", "note", json!({"nullable": true})), Breaking, None, "types::NewJob::note");
}

#[test]
fn a_request_may_gain_what_is_optional_and_nothing_else() {
    forth(&property("NewJob", "new", json!({"type": "string"})), Compatible, Compatible, "types::NewJob::new");
    let required = schema("NewJob", json!({"properties": {"new": {"type": "string"}}, "required": ["name", "new"]}));
    forth(&required, Breaking, Breaking, "types::NewJob::new");
}

#[test]
fn a_request_that_loses_a_property_breaks() {
    forth(&property("NewJob", "note", Value::Null), Breaking, Breaking, "types::NewJob::note");
}

#[test]
fn a_property_of_a_request_that_becomes_required_breaks() {
    let required = schema("NewJob", json!({"required": ["name", "note"]}));
    forth(&required, Breaking, Breaking, "types::NewJob::note");
    // The setter takes what becomes an `Option`, which is another thing.
    back(&required, Compatible, Breaking, "types::NewJob::note");
    // The list is a `Vec` in both.
    forth(&schema("NewJob", json!({"required": ["name", "labels"]})), Breaking, Breaking, "types::NewJob::labels");
    back(&schema("NewJob", json!({"required": ["name", "labels"]})), Compatible, None, "types::NewJob::labels");
}

#[test]
fn what_is_in_both_is_judged_by_the_worse() {
    forth(&property("Both", "new", json!({"type": "string"})), Compatible, Compatible, "types::Both::new");
    forth(&schema("Both", json!({"required": ["id", "size"]})), Breaking, Breaking, "types::Both::size");
    forth(&schema("Both", json!({"required": null})), Breaking, Breaking, "types::Both::id");
    forth(&property("Both", "size", Value::Null), Breaking, Breaking, "types::Both::size");
}

#[test]
fn a_default_of_what_is_wrapped_is_none() {
    let wrapped = json!({"type": null, "default": null, "allOf": [{"type": "boolean", "default": false}]});
    forth(&property("NewJob", "private", wrapped), None, Breaking, "types::NewJob::private");
    let outside = json!({"type": null, "allOf": [{"type": "boolean"}]});
    forth(&property("NewJob", "private", outside), None, None, "types::NewJob::private");
}

#[test]
fn a_default_changes_the_type_of_what_is_optional() {
    forth(&property("NewJob", "note", json!({"default": "x"})), Person, Breaking, "types::NewJob::note");
    back(&property("NewJob", "note", json!({"default": "x"})), Person, Breaking, "types::NewJob::note");
    forth(&property("NewJob", "private", json!({"default": true})), Person, Person, "types::NewJob::private");
    forth(&property("Job", "name", json!({"default": "x"})), Compatible, Breaking, "types::Job::name");
}

#[test]
fn another_default_of_a_type_means_something_else() {
    let default = |name: &str, value: &str| patched(contract(), &schema(name, json!({"default": value})));
    judge(&default("Cause", "LIMIT"), &default("Cause", "ERROR"), Compatible, Person, "types::Cause");
    judge(&default("Cloud", "AWS"), &default("Cloud", "AZURE"), Person, Person, "types::Cloud");
}

#[test]
fn what_hand_written_code_makes_values_of_has_no_defaults() {
    let real: Value = serde_json::from_str(include_str!("../../../../atlas-exports-gen/openapi.json")).unwrap();
    let more = |property: Value| patched(real.clone(), &schema("NewExport", json!({"properties": {"more": property}})));
    judge(&real, &more(json!({"type": "string"})), Compatible, Compatible, "types::NewExport::more");
    judge(&real, &more(json!({"type": "string", "default": "a"})), Compatible, Breaking, "types::NewExport");
}

#[test]
fn who_writes_a_property_counts() {
    let read_only = property("NewJob", "note", json!({"readOnly": true}));
    forth(&read_only, Person, None, "types::NewJob::note");
    back(&read_only, Compatible, None, "types::NewJob::note");
    let required = property("NewJob", "name", json!({"readOnly": true}));
    back(&required, Breaking, None, "types::NewJob::name");
    let write_only = property("Job", "name", json!({"writeOnly": true}));
    forth(&write_only, Person, None, "types::Job::name");
    back(&write_only, Compatible, None, "types::Job::name");
    forth(&property("Good", "good", json!({"writeOnly": true})), Breaking, None, "types::Good::good");
    // Only responses have a required property that is read only.
    let new = json!({"properties": {"new": {"type": "string", "readOnly": true}}, "required": ["id", "new"]});
    forth(&schema("Both", new), Compatible, Breaking, "types::Both::new");
}

#[test]
fn other_members_count_too() {
    let closed = |name: &str| schema(name, json!({"additionalProperties": false}));
    forth(&closed("NewJob"), Breaking, None, "types::NewJob");
    back(&closed("NewJob"), Compatible, None, "types::NewJob");
    forth(&closed("Job"), Compatible, None, "types::Job");
    back(&closed("Job"), Breaking, None, "types::Job");
    let typed = schema("Job", json!({"additionalProperties": {"type": "integer"}}));
    forth(&typed, Compatible, Breaking, "types::Job::extra");
    back(&typed, Breaking, Breaking, "types::Job::extra");
    // A client that knows all members refuses a response with a new one.
    let base = patched(contract(), &closed("Job"));
    let head = patched(base.clone(), &property("Job", "new", json!({"type": "string"})));
    judge(&base, &head, Breaking, Compatible, "types::Job::new");
    forth(
        &property("Job", "labels", json!({"additionalProperties": {"type": "integer"}})),
        Breaking,
        Breaking,
        "types::Job::labels",
    );
}

#[test]
fn bounds_on_the_number_of_members_count() {
    forth(&schema("NewJob", json!({"minProperties": 2})), Breaking, None, "types::NewJob");
    back(&schema("NewJob", json!({"minProperties": 2})), Compatible, None, "types::NewJob");
    forth(&schema("Job", json!({"maxProperties": 2})), Compatible, None, "types::Job");
}

#[test]
fn documentation_of_a_property_is_cosmetic() {
    for patch in [
        json!({"description": "The name."}),
        json!({"description": null}),
        json!({"example": "x"}),
        json!({"deprecated": true}),
        json!({"externalDocs": {"url": "https://example.org"}}),
        json!({"title": "Name"}),
    ] {
        forth(&property("Job", "name", patch), Cosmetic, Cosmetic, "types::Job::name");
    }
}

#[test]
fn a_property_that_keeps_its_name_in_rust_alone_is_for_a_person() {
    let renamed = schema(
        "Job",
        json!({"properties": {"createdAt": null, "created_at":
        {"type": "string", "format": "date-time"}}}),
    );
    forth(&renamed, Person, None, "types::Job::created_at");
    let renamed = schema("NewJob", json!({"properties": {"note": null, "Note": {"type": "string"}}}));
    forth(&renamed, Breaking, None, "types::NewJob::note");
    let renamed =
        schema("Good", json!({"required": ["Good"], "properties": {"good": null, "Good": {"type": "string"}}}));
    forth(&renamed, Breaking, None, "types::Good::good");
}
