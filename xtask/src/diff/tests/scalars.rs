//! Types, formats, values and bounds.

use super::*;

#[test]
fn another_type_breaks() {
    forth(&property("Job", "name", json!({"type": "integer"})), Breaking, Breaking, "types::Job::name");
    forth(&property("NewJob", "note", json!({"type": "boolean"})), Breaking, Breaking, "types::NewJob::note");
    forth(
        &property("Job", "name", json!({"type": "array", "items": {"type": "string"}})),
        Breaking,
        Breaking,
        "types::Job::name",
    );
}

#[test]
fn a_uuid_is_a_text_that_the_service_checks() {
    let uuid = |name: &str, key: &str| property(name, key, json!({"format": "uuid"}));
    forth(&uuid("NewJob", "note"), Breaking, None, "types::NewJob::note");
    back(&uuid("NewJob", "note"), Compatible, None, "types::NewJob::note");
    forth(&uuid("Job", "name"), Compatible, None, "types::Job::name");
    back(&uuid("Job", "name"), Compatible, None, "types::Job::name");
}

#[test]
fn numbers_that_are_listed_are_numbers() {
    let listed = property("Job", "count", json!({"enum": [1, 2]}));
    forth(&listed, Compatible, None, "types::Job::count");
    back(&listed, Compatible, None, "types::Job::count");
}

#[test]
fn whole_numbers_are_numbers_and_not_the_other_way_round() {
    let count = |name: &str| property(name, "count", json!({"type": "number", "format": null}));
    forth(&count("NewJob"), Compatible, Breaking, "types::NewJob::count");
    back(&count("NewJob"), Breaking, Breaking, "types::NewJob::count");
    forth(&count("Job"), Breaking, Breaking, "types::Job::count");
    back(&count("Job"), Compatible, Breaking, "types::Job::count");
}

#[test]
fn anything_takes_all_and_gives_all() {
    let any = |name: &str, key: &str| property(name, key, json!({"type": null, "format": null}));
    forth(&any("NewJob", "count"), Compatible, Breaking, "types::NewJob::count");
    back(&any("NewJob", "count"), Breaking, Breaking, "types::NewJob::count");
    forth(&any("Job", "count"), Breaking, Breaking, "types::Job::count");
    back(&any("Job", "count"), Compatible, Breaking, "types::Job::count");
}

#[test]
fn wider_integers_break_who_reads_them() {
    let wide = |name: &str| property(name, "count", json!({"format": "int64"}));
    forth(&wide("Job"), Breaking, Breaking, "types::Job::count");
    back(&wide("Job"), Compatible, Breaking, "types::Job::count");
    forth(&wide("NewJob"), Compatible, Breaking, "types::NewJob::count");
    back(&wide("NewJob"), Breaking, Breaking, "types::NewJob::count");
    forth(&property("Both", "size", json!({"format": "int64"})), Compatible, None, "types::Both::size");
    forth(&property("Job", "count", json!({"format": "strange"})), Person, Breaking, "types::Job::count");
}

#[test]
fn other_floats_are_a_matter_of_precision() {
    let float = property("NewJob", "share", json!({"format": "float"}));
    forth(&float, Person, Breaking, "types::NewJob::share");
    back(&float, Compatible, Breaking, "types::NewJob::share");
    forth(&property("NewJob", "share", json!({"format": "double"})), Compatible, None, "types::NewJob::share");
}

#[test]
fn a_format_with_a_type_of_its_own_breaks() {
    let date = |name: &str, key: &str| property(name, key, json!({"format": "date-time"}));
    forth(&date("Job", "name"), Compatible, Breaking, "types::Job::name");
    back(&date("Job", "name"), Breaking, Breaking, "types::Job::name");
    forth(&date("NewJob", "note"), Breaking, Breaking, "types::NewJob::note");
    back(&date("NewJob", "note"), Compatible, Breaking, "types::NewJob::note");
    forth(&property("Job", "createdAt", json!({"format": "date"})), Breaking, Breaking, "types::Job::created_at");
}

#[test]
fn other_formats_are_for_the_service_to_check() {
    forth(&property("NewJob", "note", json!({"format": "email"})), Person, None, "types::NewJob::note");
    back(&property("NewJob", "note", json!({"format": "email"})), Compatible, None, "types::NewJob::note");
    forth(&property("Job", "name", json!({"format": "email"})), Compatible, None, "types::Job::name");
    forth(&property("Job", "name", json!({"format": "byte"})), Person, None, "types::Job::name");
    forth(&property("Job", "name", json!({"format": "password"})), Cosmetic, None, "types::Job::name");
}

#[test]
fn a_value_that_responses_gain_breaks_who_reads_a_closed_enum() {
    let more = schema("Cause", json!({"enum": ["LIMIT", "ERROR", "UNKNOWN"]}));
    forth(&more, Breaking, Compatible, "types::Cause::Unknown");
    back(&more, Compatible, Breaking, "types::Cause::Unknown");
}

#[test]
fn a_value_that_requests_gain_harms_nobody_and_one_that_they_lose_breaks() {
    let more = schema("Cloud", json!({"enum": ["AWS", "AZURE", "GCP"]}));
    forth(&more, Compatible, Compatible, "types::Cloud::Gcp");
    back(&more, Breaking, Breaking, "types::Cloud::Gcp");
}

#[test]
fn a_value_in_both_directions_breaks_either_way() {
    let more = property("Both", "kind", json!({"enum": ["A", "B", "C"]}));
    forth(&more, Breaking, Compatible, "types::BothKind::C");
    back(&more, Breaking, Breaking, "types::BothKind::C");
}

#[test]
fn null_among_the_values_counts() {
    let listed = |name: &str, key: &str, values: Value| {
        patched(contract(), &property(name, key, json!({"nullable": true, "enum": values})))
    };
    let (with, without) = (json!(["a", "b", null]), json!(["a", "b"]));
    let request = |values: &Value| listed("NewJob", "note", values.clone());
    judge(&request(&with), &request(&without), Person, None, "types::NewJob::note");
    judge(&request(&without), &request(&with), Compatible, None, "types::NewJob::note");
    let response = |values: &Value| listed("Job", "note", values.clone());
    judge(&response(&with), &response(&without), Compatible, None, "types::Job::note");
    judge(&response(&without), &response(&with), Compatible, None, "types::Job::note");
    let items = |values: &Value| property("Job", "links", json!({"items": {"enum": values}}));
    let base = patched(contract(), &items(&without));
    judge(&base, &patched(contract(), &items(&with)), Breaking, Breaking, "types::Job::links");
}

#[test]
fn a_closed_enum_is_another_type_than_a_text() {
    let closed = property("Job", "name", json!({"enum": ["a", "b"]}));
    forth(&closed, Compatible, Breaking, "types::Job::name");
    back(&closed, Breaking, Breaking, "types::Job::name");
    let closed = property("NewJob", "note", json!({"enum": ["a", "b"]}));
    forth(&closed, Breaking, Breaking, "types::NewJob::note");
    back(&closed, Compatible, Breaking, "types::NewJob::note");
}

#[test]
fn a_hand_written_type_keeps_values_that_it_does_not_know() {
    let closed = schema("ExportState", json!({"enum": ["Queued"]}));
    forth(&closed, Compatible, None, "models::ExportState");
    back(&closed, Compatible, None, "models::ExportState");
    let base = patched(contract(), &closed);
    let head = patched(contract(), &schema("ExportState", json!({"enum": ["Queued", "Paused"]})));
    judge(&base, &head, Compatible, None, "models::ExportState");
    forth(&schema("ExportState", json!({"type": "integer"})), Breaking, Person, "models::ExportState");
}

#[test]
fn bounds_of_a_text_are_checked_by_both_sides() {
    let name = |patch| property("NewJob", "name", patch);
    forth(&name(json!({"maxLength": 30})), Breaking, None, "types::NewJob::name");
    forth(&name(json!({"maxLength": 99})), Compatible, None, "types::NewJob::name");
    forth(&name(json!({"minLength": 5})), Breaking, None, "types::NewJob::name");
    forth(&name(json!({"minLength": 1})), Compatible, None, "types::NewJob::name");
    forth(&name(json!({"minLength": null, "maxLength": null})), Compatible, Breaking, "types::NewJob::name");
    // A text with rules is a type of its own, which checks what it reads.
    let base = patched(contract(), &property("Job", "name", json!({"maxLength": 9})));
    let head = patched(contract(), &property("Job", "name", json!({"maxLength": 10})));
    judge(&base, &head, Breaking, None, "types::Job::name");
    judge(&head, &base, Compatible, None, "types::Job::name");
}

#[test]
fn a_pattern_is_for_the_service_to_check() {
    let pattern = |name: &str, key: &str, pattern: Value| property(name, key, json!({"pattern": pattern}));
    forth(&pattern("NewJob", "note", json!("^a")), Breaking, None, "types::NewJob::note");
    back(&pattern("NewJob", "note", json!("^a")), Compatible, None, "types::NewJob::note");
    forth(&pattern("Job", "name", json!("^a")), Compatible, None, "types::Job::name");
    back(&pattern("Job", "name", json!("^a")), Compatible, None, "types::Job::name");
    let base = patched(contract(), &pattern("NewJob", "note", json!("^a")));
    let head = patched(contract(), &pattern("NewJob", "note", json!("^b")));
    judge(&base, &head, Person, None, "types::NewJob::note");
}

#[test]
fn bounds_of_numbers_break_when_they_are_tightened_for_requests() {
    for patch in [
        property("NewJob", "count", json!({"maximum": 10})),
        property("NewJob", "count", json!({"minimum": 0})),
        property("NewJob", "share", json!({"maximum": 1})),
        property("NewJob", "share", json!({"minimum": 0, "exclusiveMinimum": true})),
        property("NewJob", "share", json!({"multipleOf": 0.5})),
    ] {
        let item = if patch.to_string().contains("share") { "types::NewJob::share" } else { "types::NewJob::count" };
        forth(&patch, Breaking, None, item);
        back(&patch, Compatible, None, item);
    }
    forth(&property("Job", "count", json!({"maximum": 10})), Compatible, None, "types::Job::count");
    back(&property("Job", "count", json!({"maximum": 10})), Compatible, None, "types::Job::count");
    // Without a format, a minimum of 0 is an unsigned type.
    forth(&property("Both", "size", json!({"minimum": 0})), Breaking, Breaking, "types::Both::size");
}

#[test]
fn steps_that_every_number_keeps_to_say_nothing() {
    for step in [json!(1), json!(0.5)] {
        let whole = property("NewJob", "count", json!({"multipleOf": step}));
        forth(&whole, Cosmetic, None, "types::NewJob::count");
        back(&whole, Cosmetic, None, "types::NewJob::count");
        let fraction = property("NewJob", "share", json!({"multipleOf": step}));
        forth(&fraction, Breaking, None, "types::NewJob::share");
    }
}

#[test]
fn wider_steps_are_explained_as_wider() {
    let step = |step: u64| patched(contract(), &property("NewJob", "count", json!({"multipleOf": step})));
    let why = |base: &Value, head: &Value| compare_wire(base, head).changes[0].why.clone();
    for (narrow, wide) in [(step(10), step(5)), (step(10), contract())] {
        assert_eq!(why(&wide, &narrow), "old clients may send numbers between the steps");
        assert_eq!(why(&narrow, &wide), "all that was allowed before still is");
    }
}

#[test]
fn an_exclusive_bound_without_a_bound_says_nothing() {
    let alone = property("NewJob", "share", json!({"exclusiveMaximum": true}));
    forth(&alone, Cosmetic, None, "types::NewJob::share");
    back(&alone, Cosmetic, None, "types::NewJob::share");
}

#[test]
fn an_exclusive_bound_is_tighter() {
    let bound = |patch: Value| patched(contract(), &property("NewJob", "share", patch));
    let open = bound(json!({"minimum": 0}));
    let closed = bound(json!({"minimum": 0, "exclusiveMinimum": true}));
    judge(&open, &closed, Breaking, None, "types::NewJob::share");
    judge(&closed, &open, Compatible, None, "types::NewJob::share");
    let whole = |patch: Value| patched(contract(), &property("NewJob", "count", patch));
    // More than 4 and from 5 on are the same whole numbers.
    judge(
        &whole(json!({"minimum": 5})),
        &whole(json!({"minimum": 4, "exclusiveMinimum": true})),
        Compatible,
        None,
        "types::NewJob::count",
    );
}

#[test]
fn bounds_are_compared_exactly_beyond_what_floating_point_holds() {
    let bound = |name: &str, patch: Value| patched(contract(), &property("NewJob", name, patch));
    let large = |maximum: u64| bound("count", json!({"format": "int64", "maximum": maximum}));
    judge(&large(9_007_199_254_740_993), &large(9_007_199_254_740_992), Breaking, None, "types::NewJob::count");
    judge(&large(9_007_199_254_740_992), &large(9_007_199_254_740_993), Compatible, None, "types::NewJob::count");
    // What no `serde_json::Number` holds is the text of it.
    let huge = |maximum: &str| bound("share", json!({"maximum": maximum}));
    judge(&huge("1e401"), &huge("1e400"), Breaking, None, "types::NewJob::share");
    judge(&huge("18446744073709551616.5"), &huge("18446744073709551617"), Compatible, None, "types::NewJob::share");
    let count = |most: u64| bound("labels", json!({"maxItems": most}));
    judge(&count(9_007_199_254_740_993), &count(9_007_199_254_740_992), Breaking, None, "types::NewJob::labels");
}

#[test]
fn bounds_of_lists_break_when_they_are_tightened_for_requests() {
    let labels = |patch| property("NewJob", "labels", patch);
    forth(&labels(json!({"maxItems": 5})), Breaking, None, "types::NewJob::labels");
    forth(&labels(json!({"maxItems": 50})), Compatible, None, "types::NewJob::labels");
    forth(&labels(json!({"maxItems": null})), Compatible, None, "types::NewJob::labels");
    forth(&labels(json!({"minItems": 1})), Breaking, None, "types::NewJob::labels");
    forth(&labels(json!({"minItems": 0})), Cosmetic, None, "types::NewJob::labels");
    forth(&labels(json!({"items": {"type": "integer"}})), Breaking, Breaking, "types::NewJob::labels");
    forth(&property("Job", "links", json!({"maxItems": 5})), Compatible, None, "types::Job::links");
    back(&property("Job", "links", json!({"maxItems": 5})), Compatible, None, "types::Job::links");
    // A list of one length is an array.
    forth(&property("Job", "links", json!({"minItems": 2, "maxItems": 2})), Compatible, Breaking, "types::Job::links");
    back(&property("Job", "links", json!({"minItems": 2, "maxItems": 2})), Breaking, Breaking, "types::Job::links");
}

#[test]
fn duplicates_count() {
    forth(&property("NewJob", "labels", json!({"uniqueItems": true})), Breaking, Breaking, "types::NewJob::labels");
    // Without a default when it is absent, a list without duplicates is an option.
    forth(&property("Job", "links", json!({"uniqueItems": true})), Compatible, Breaking, "types::Job::links");
}

#[test]
fn keywords_with_values_of_another_kind_are_for_a_person() {
    // The generator refuses most of them.
    let refused = [
        ("Job", "note", json!({"required": true})),
        ("Job", "note", json!({"enum": "a"})),
        ("NewJob", "share", json!({"exclusiveMinimum": 3})),
        ("NewJob", "share", json!({"minimum": "3"})),
        ("NewJob", "labels", json!({"minItems": "3"})),
    ];
    for (name, key, patch) in refused {
        forth(&property(name, key, patch.clone()), Person, Breaking, &format!("types::{name}"));
        back(&property(name, key, patch), Person, Person, &format!("types::{name}::{key}"));
    }
    for (name, key, patch) in [("Job", "note", json!({"enum": []})), ("NewJob", "labels", json!({"maxLength": 3}))] {
        forth(&property(name, key, patch.clone()), Person, Person, &format!("types::{name}::{key}"));
        back(&property(name, key, patch), Person, Person, &format!("types::{name}::{key}"));
    }
    // Lists of types are of OpenAPI 3.1.
    let types = |list: Value| patched(contract(), &property("Job", "name", json!({"type": list})));
    judge(&types(json!(["string"])), &types(json!(["integer"])), Person, Person, "types::Job");
}
