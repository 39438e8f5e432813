//! References, choices, and schemas as wholes.

use super::*;

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

#[test]
fn a_reference_to_another_name_for_the_same_breaks_rust_alone() {
    let mut head = patched(contract(), &schema("Copy", contract()["components"]["schemas"]["Cause"].clone()));
    head["components"]["schemas"]["Job"]["properties"]["cause"] = reference("Copy");
    judge(&contract(), &head, None, Breaking, "types::Job::cause");
}

#[test]
fn a_reference_to_something_else_breaks() {
    forth(&property("Job", "cause", reference("Good")), Breaking, Breaking, "types::Job::cause");
}

#[test]
fn a_schema_that_is_renamed_breaks_rust_alone() {
    let text = contract().to_string().replace("schemas/Cause\"", "schemas/Why\"").replace("\"Cause\":", "\"Why\":");
    let head = serde_json::from_str(&text).unwrap();
    judge(&contract(), &head, None, Breaking, "types::Cause");
    let report = compare(&contract(), &head);
    assert!(report.changes.iter().any(|change| change.what.contains("called `Why` now")));
}

#[test]
fn a_schema_that_nobody_uses_is_a_type_all_the_same() {
    forth(&schema("Unused", Value::Null), None, Breaking, "types::Unused");
    back(&schema("Unused", Value::Null), None, Compatible, "types::Unused");
    forth(&property("Unused", "a", Value::Null), Cosmetic, Breaking, "types::Unused");
    forth(&property("Unused", "a", json!({"maximum": 3})), Person, Person, "types::Unused::a");
    forth(&property("Unused", "a", json!({"format": "email"})), Cosmetic, None, "types::Unused::a");
}

#[test]
fn a_hand_written_type_without_a_schema_breaks() {
    let mut head = contract();
    head["components"]["schemas"].as_object_mut().unwrap().remove("ExportState");
    head["components"]["schemas"]["Job"]["properties"]["state"] = json!({"type": "string"});
    judge(&contract(), &head, None, Breaking, "models::ExportState");
}

#[test]
fn an_id_is_a_type_of_its_own() {
    forth(&schema("JobId", json!({"x-atlas-type": null})), None, Breaking, "ids::JobId");
    back(&schema("JobId", json!({"x-atlas-type": null})), None, Breaking, "types::JobId");
}

#[test]
fn what_stands_beside_a_reference_is_not_passed_over() {
    forth(&property("Job", "cause", json!({"description": "Why."})), Cosmetic, Cosmetic, "types::Job::cause");
    forth(&property("Job", "cause", json!({"nullable": true})), Person, Person, "types::Job::cause");
}

#[test]
fn a_part_that_a_choice_of_a_response_gains_breaks_who_reads_it() {
    let more = schema("Result", json!({"oneOf": [reference("Good"), reference("Bad"), reference("Both")]}));
    forth(&more, Breaking, Compatible, "types::Result");
    back(&more, Compatible, Breaking, "types::Result::Both");
}

#[test]
fn a_part_that_a_choice_of_a_request_loses_breaks_who_sends_it() {
    let choice =
        |parts: Vec<Value>| patched(contract(), &property("NewJob", "share", json!({"type": null, "oneOf": parts})));
    let (two, three) = (
        choice(vec![reference("Good"), reference("Bad")]),
        choice(vec![reference("Good"), reference("Bad"), reference("Unused")]),
    );
    judge(&two, &three, Compatible, Compatible, "types::NewJobShare::Unused");
    judge(&three, &two, Breaking, Breaking, "types::NewJobShare::Unused");
}

#[test]
fn one_that_becomes_a_choice_breaks_who_reads_it() {
    let before = property("Job", "result", reference("Good"));
    let base = patched(contract(), &before);
    let after = json!({"$ref": null, "oneOf": [reference("Good"), reference("Bad")]});
    let head = patched(contract(), &property("Job", "result", after));
    judge(&base, &head, Breaking, Breaking, "types::Job::result");
    judge(&head, &base, Compatible, Breaking, "types::Job::result");
}

#[test]
fn parts_in_another_order_are_what_rust_makes_of_them() {
    let turned = schema("Result", json!({"oneOf": [reference("Bad"), reference("Good")]}));
    forth(&turned, None, None, "types::Result");
}

#[test]
fn one_keyword_for_another_is_for_a_person() {
    let any = schema("Result", json!({"oneOf": null, "anyOf": [reference("Good"), reference("Bad")]}));
    // The generator makes the same enum of both.
    forth(&any, Breaking, Person, "types::Result");
    forth(&schema("NewJob", json!({"not": {"required": ["note"]}})), Person, Breaking, "types::NewJob::note");
}

#[test]
fn discriminators_tell_parts_apart() {
    let with = |discriminator: Value| patched(contract(), &schema("Result", json!({"discriminator": discriminator})));
    let mapping = |mapping: Value| with(json!({"propertyName": "kind", "mapping": mapping}));
    let item = "types::Result";
    judge(&contract(), &mapping(json!({})), Person, Person, item);
    judge(&with(json!({"propertyName": "kind"})), &with(json!({"propertyName": "type"})), Breaking, None, item);
    let (one, two) = (
        mapping(json!({"a": "#/components/schemas/Good"})),
        mapping(json!({
            "a": "#/components/schemas/Good", "b": "#/components/schemas/Bad",
        })),
    );
    judge(&one, &two, Person, Compatible, "unions::Result");
    judge(&two, &one, Compatible, Breaking, "unions::Result::B");
    judge(&one, &mapping(json!({"a": "Good"})), None, None, item);
    judge(&one, &mapping(json!({"a": "#/components/schemas/Bad"})), Breaking, Breaking, "unions::Result::A");
    judge(&one, &mapping(json!({"a": "elsewhere.yaml"})), Person, Breaking, "unions::Result::A");
}

#[test]
fn the_parts_of_an_all_of_count_as_one() {
    let all = |more: Value| {
        patched(
            contract(),
            &schema(
                "Job",
                json!({
                    "type": null, "required": null, "properties": null, "allOf": [reference("Good"), more],
                }),
            ),
        )
    };
    let one = all(json!({"type": "object", "properties": {"a": {"type": "string"}}}));
    let two = all(json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}));
    judge(&one, &two, Compatible, Compatible, "types::Job::b");
    judge(&two, &one, Compatible, Breaking, "types::Job::b");
    // What a part gains, the whole gains.
    let head = patched(one.clone(), &property("Good", "good", json!({"type": "integer"})));
    judge(&one, &head, Breaking, Breaking, "types::Job::good");
}

#[test]
fn what_cannot_be_seen_through_is_for_a_person() {
    let far = property("Job", "result", json!({"$ref": "other.yaml#/Result"}));
    forth(&far, Person, Breaking, "types::Job");
    let mixed = json!({"allOf": [{"type": "string"}, {"type": "integer"}]});
    let base = patched(contract(), &schema("Mixed", mixed));
    let head = patched(base.clone(), &property("NewJob", "note", reference("Mixed")));
    judge(&base, &head, Person, Breaking, "types::NewJob::note");
    let odd = |patch: Value| patched(contract(), &property("Job", "name", json!({"type": null, "allOf": patch})));
    judge(
        &odd(json!([{"type": "string"}, {"type": "integer"}])),
        &odd(json!([{"type": "string"}, {"type": "integer"}, {"type": "number"}])),
        Person,
        Person,
        "types::Job::name",
    );
}

#[test]
fn parts_that_do_not_add_up_are_compared_one_by_one() {
    // As Atlas writes kinds: the whole is one of the kinds, and each kind is the whole and more.
    let kinds = json!({"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}},
        "oneOf": [reference("Good"), reference("Bad")]});
    let kind = |more: Value| {
        let part = patched(json!({"type": "object", "properties": {"a": {"type": "string", "enum": ["a"]}}}), &more);
        let kind = json!({"type": null, "required": null, "properties": null, "allOf": [reference("Kinds"), part]});
        patched(patched(contract(), &schema("Kinds", kinds.clone())), &schema("Good", kind))
    };
    let base = kind(json!({}));
    let goes = |more: Value, wire, rust| judge(&base, &kind(more), wire, rust, "types::Good");
    goes(json!({"description": "A."}), Cosmetic, Cosmetic);
    goes(json!({"properties": {"a": {"description": "A."}}}), Cosmetic, Cosmetic);
    goes(json!({"properties": {"b": {"type": "string"}}}), Compatible, Person);
    goes(json!({"properties": {"a": {"enum": ["a", "b"]}}}), Breaking, Person);
    let head = patched(base.clone(), &schema("Kinds", json!({"required": []})));
    judge(&base, &head, Breaking, Person, "types::Kinds");
}

#[test]
fn what_is_used_deep_down_counts() {
    let mut deep = reference("Unused");
    for _ in 0..45 {
        deep = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "items": deep}}});
    }
    let base = patched(contract(), &property("Job", "deep", deep));
    let head = patched(base.clone(), &property("Unused", "a", json!({"enum": ["a"]})));
    judge(&head, &base, Breaking, Breaking, "types::Unused::a");
}

#[test]
fn what_many_others_stand_before_counts() {
    let many = |number: usize| {
        let properties: serde_json::Map<_, _> =
            (0..150).map(|index| (format!("p{index}"), json!({"type": "string"}))).collect();
        let one = json!({"type": "object", "properties": properties});
        let all: serde_json::Map<_, _> = (0..number).map(|index| (format!("a{index}"), one.clone())).collect();
        json!({"type": "object", "properties": all})
    };
    // More than the tool looks at.
    let base = patched(contract(), &property("Job", "a", many(34)));
    let base = patched(base, &property("Job", "z", reference("Unused")));
    let head = patched(base.clone(), &property("Unused", "a", json!({"enum": ["a"]})));
    judge(&head, &base, Breaking, Breaking, "types::Unused::a");
}

#[test]
fn a_new_circle_puts_old_fields_in_boxes() {
    // `Result` holds a `Good`; a `Good` with a `Result`, or with a `Job` that has one, would hold itself.
    for name in ["Result", "Job"] {
        forth(&property("Good", "back", reference(name)), Compatible, Breaking, "types::Result::Good");
    }
    // A list is behind a pointer anyway.
    let list = json!({"type": "array", "items": reference("Job")});
    forth(&property("Good", "back", list), Compatible, Compatible, "types::Good::back");
}

#[test]
fn a_schema_that_only_a_mapping_leads_to_counts() {
    let mapped = json!({"discriminator": {"propertyName": "good", "mapping": {"it": "#/components/schemas/Unused"}}});
    let base = patched(contract(), &schema("Good", mapped));
    let head = patched(base.clone(), &property("Unused", "a", json!({"enum": ["a"]})));
    judge(&base, &head, Compatible, Breaking, "types::Unused::a");
    judge(&head, &base, Breaking, Breaking, "types::Unused::a");
}

#[test]
fn the_discriminator_of_a_part_counts() {
    let with = |name: &str, mapping: Value| {
        let kind = json!({"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}},
            "discriminator": {"propertyName": name, "mapping": mapping}});
        let good = json!({"type": null, "required": null, "properties": null,
            "allOf": [reference("Kind"), {"type": "object", "properties": {"good": {"type": "string"}}}]});
        patched(patched(contract(), &schema("Kind", kind)), &schema("Good", good))
    };
    let base = with("kind", json!({"a": "#/components/schemas/Good"}));
    judge(&base, &with("type", json!({"a": "#/components/schemas/Good"})), Breaking, None, "types::Good");
    judge(&base, &with("kind", json!({"b": "#/components/schemas/Good"})), Person, None, "types::Good");
}

#[test]
fn a_named_choice_that_becomes_one_of_its_parts_is_still_read() {
    let one = property("Job", "result", reference("Good"));
    forth(&one, Compatible, Breaking, "types::Job::result");
    back(&one, Breaking, Breaking, "types::Job::result");
}

#[test]
fn parts_that_one_value_fits_are_taken_in_their_order() {
    let choice = |list: Value| patched(contract(), &schema("Result", json!({"oneOf": list})));
    let turned = |more: &Value| {
        let (here, there) = (choice(json!([reference("Good"), more])), choice(json!([more, reference("Good")])));
        judge(&here, &there, None, Person, "types::Result");
    };
    turned(&reference("Unused"));
    turned(&json!({"type": "object", "required": ["good"], "properties": {"good": {"type": "string"}}}));
    let same = |a: Value, b: Value| judge(&choice(json!([a, b])), &choice(json!([b, a])), None, None, "");
    same(json!({"type": "string", "enum": ["a"]}), json!({"type": "string", "enum": ["b"]}));
    let tagged = |kind: &str| {
        let kind = json!({"type": "string", "enum": [kind]});
        json!({"type": "object", "title": kind["enum"][0], "required": ["kind"], "properties": {"kind": kind}})
    };
    let (here, there) = (choice(json!([tagged("a"), tagged("b")])), choice(json!([tagged("b"), tagged("a")])));
    assert!(compare(&here, &there).changes.iter().all(|change| !change.what.contains("order")));
}
