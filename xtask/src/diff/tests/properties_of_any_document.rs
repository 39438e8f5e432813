//! What holds for every pair of documents, sensible or not.

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::soak::cases;

/// Keys and texts that mean something somewhere.
const WORDS: [&str; 66] = [
    "type",
    "object",
    "string",
    "integer",
    "number",
    "array",
    "boolean",
    "properties",
    "required",
    "items",
    "enum",
    "format",
    "int32",
    "int64",
    "date-time",
    "uuid",
    "nullable",
    "default",
    "additionalProperties",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "discriminator",
    "propertyName",
    "mapping",
    "readOnly",
    "writeOnly",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "title",
    "description",
    "deprecated",
    "x-atlas-type",
    "objectId",
    "x-new",
    "get",
    "post",
    "parameters",
    "name",
    "in",
    "query",
    "path",
    "schema",
    "style",
    "explode",
    "requestBody",
    "content",
    "application/json",
    "responses",
    "200",
    "4XX",
    "default",
    "headers",
    "security",
    "servers",
    "url",
    "operationId",
];

/// Names of schemas, all of which refer to each other.
const NAMES: [&str; 5] = ["A", "B", "a-b", "ExportState", "ExportBucket"];

fn reference() -> impl Strategy<Value = Value> {
    let target = |name| json!({"$ref": format!("#/components/schemas/{name}")});
    prop_oneof![
        8 => select(NAMES.to_vec()).prop_map(target),
        1 => Just(json!({"$ref": "elsewhere.yaml#/A"})),
        1 => Just(json!({"$ref": "#/components/schemas/Gone"})),
        1 => Just(json!({"$ref": 1})),
        1 => Just(json!({"$ref": "#/components/parameters/P"})),
    ]
}

/// Any value, of words that mean something.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => select(WORDS.to_vec()).prop_map(|word| json!(word)),
        3 => reference(),
        2 => (-3i64..600).prop_map(|number| json!(number)),
        1 => Just(json!(1.5e300)),
        2 => any::<bool>().prop_map(|flag| json!(flag)),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => vec((select(WORDS.to_vec()), inner), 0..6)
                .prop_map(|members| members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// A schema that is one more often than not.
fn schema_like() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        2 => reference(),
        1 => select(vec!["string", "integer", "number", "boolean", "object", "array", "odd"])
            .prop_map(|kind| json!({"type": kind})),
        1 => anything(),
    ];
    leaf.prop_recursive(5, 60, 5, |inner| {
        let parts = vec(inner.clone(), 0..4);
        let properties = vec((select(WORDS.to_vec()), inner.clone()), 0..5);
        prop_oneof![
            (select(vec!["allOf", "oneOf", "anyOf"]), parts).prop_map(|(key, parts)| json!({key: parts})),
            (properties, vec(select(WORDS.to_vec()), 0..3), any::<bool>()).prop_map(
                |(properties, required, nullable)| {
                    let properties: serde_json::Map<_, _> =
                        properties.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
                    json!({"type": "object", "properties": properties, "required": required, "nullable": nullable})
                }
            ),
            inner.clone().prop_map(|items| json!({"type": "array", "items": items, "nullable": true})),
            inner.prop_map(|value| json!({"type": "object", "additionalProperties": value})),
        ]
    })
}

fn document() -> impl Strategy<Value = Value> {
    (vec(schema_like(), NAMES.len()), schema_like(), schema_like(), anything(), anything()).prop_map(
        |(schemas, body, response, parameters, item)| {
            let schemas: serde_json::Map<_, _> = NAMES.into_iter().map(str::to_owned).zip(schemas).collect();
            json!({
                "openapi": "3.0.3",
                "paths": {
                    "/a/{b}": {"get": {
                        "operationId": "getA",
                        "parameters": parameters,
                        "responses": {"200": {"content": {"application/json": {"schema": response}}}},
                    }, "post": {
                        "operationId": "postA",
                        "requestBody": {"content": {"application/json": {"schema": body}}},
                        "responses": {"204": {}},
                    }},
                    "/b": item,
                },
                "components": {"schemas": schemas},
            })
        },
    )
}

/// Puts a value somewhere into a document, as the numbers choose.
fn put(document: &mut Value, choices: &[usize], value: Value) {
    let Some((choice, choices)) = choices.split_first() else {
        *document = value;
        return;
    };
    match document {
        Value::Object(map) if !map.is_empty() => {
            let key = map.keys().nth(choice % map.len()).cloned().unwrap();
            put(&mut map[&key], choices, value);
        }
        Value::Array(list) if !list.is_empty() => {
            let index = choice % list.len();
            put(&mut list[index], choices, value);
        }
        other => *other = value,
    }
}

/// A document with the keys of each object and the members of lists without an order turned around.
fn reordered(value: &Value) -> Value {
    const SETS: [&str; 3] = ["required", "enum", "security"];
    match value {
        Value::Object(map) => map
            .iter()
            .rev()
            .map(|(key, value)| {
                let mut value = reordered(value);
                if let (true, Some(list)) = (SETS.contains(&key.as_str()), value.as_array_mut()) {
                    list.reverse();
                }
                (key.clone(), value)
            })
            .collect(),
        Value::Array(list) => list.iter().map(reordered).collect(),
        other => other.clone(),
    }
}

// What travels is compared without the generator, which takes too long for so many.
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: Option::None, ..ProptestConfig::with_cases(cases(100, 300)) })]

    #[test]
    fn any_document_is_itself(a in document()) {
        prop_assert_eq!(compare_wire(&a, &a).changes, vec![]);
    }

    #[test]
    fn any_two_documents_are_compared(a in document(), b in document()) {
        let (forth, back) = (compare_wire(&a, &b), compare_wire(&b, &a));
        prop_assert_eq!(forth.verdict == None, back.verdict == None, "{:?} {:?}", forth, back);
    }

    #[test]
    fn any_values_at_all_are_compared(a in anything(), b in anything()) {
        let report = compare_wire(&a, &b);
        prop_assert_eq!(report.verdict, report.changes.iter().map(|change| change.verdict()).max().unwrap_or(None));
    }

    #[test]
    fn a_change_anywhere_is_compared(a in document(), choices in vec(any::<usize>(), 1..12), value in anything()) {
        let mut b = a.clone();
        put(&mut b, &choices, value);
        let (forth, back) = (compare_wire(&a, &b), compare_wire(&b, &a));
        prop_assert_eq!(forth.verdict == None, back.verdict == None, "{:?} {:?}", forth, back);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: Option::None, ..ProptestConfig::with_cases(cases(10, 60)) })]

    #[test]
    fn a_change_of_the_real_contract_is_compared(choices in vec(any::<usize>(), 1..12), value in anything()) {
        let a = real();
        let mut b = a.clone();
        put(&mut b, &choices, value);
        compare_wire(&a, &b);
        compare_wire(&b, &a);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: Option::None, ..ProptestConfig::with_cases(cases(4, 25)) })]

    #[test]
    fn any_two_documents_are_generated(a in document(), choices in vec(any::<usize>(), 1..12), value in anything()) {
        let mut b = a.clone();
        put(&mut b, &choices, value);
        let (forth, back) = (compare(&a, &b), compare(&b, &a));
        prop_assert_eq!(forth.verdict == None, back.verdict == None, "{:?} {:?}", forth, back);
    }

    #[test]
    fn a_change_of_the_real_contract_is_generated(choices in vec(any::<usize>(), 1..12), value in anything()) {
        let mut b = real();
        put(&mut b, &choices, value);
        compare(&real(), &b);
    }
}

fn real() -> Value {
    serde_json::from_str(include_str!("../../../../atlas-exports-gen/openapi.json")).unwrap()
}

#[test]
fn the_order_of_a_contract_means_nothing() {
    for document in [contract(), real()] {
        assert_eq!(compare(&document, &reordered(&document)).changes, vec![]);
    }
}

#[test]
fn depth_has_an_end() {
    // Deeper than any file that is read.
    let deep = |leaf: &str, wrap: fn(Value) -> Value| {
        let nested = (0..200).fold(json!({"type": leaf}), |inner, _| wrap(inner));
        patched(contract(), &property("Job", "deep", nested))
    };
    let wraps = [
        (|inner| json!({"type": "array", "items": inner})) as fn(Value) -> Value,
        |inner| json!({"type": "object", "properties": {"a": inner}}),
        |inner| json!({"type": "object", "additionalProperties": inner}),
        |inner| json!({"allOf": [inner]}),
        |inner| json!({"allOf": [inner, {"minProperties": 1}]}),
        |inner| json!({"oneOf": [inner, {"type": "string"}]}),
    ];
    for wrap in wraps {
        let (a, b) = (deep("string", wrap), deep("integer", wrap));
        assert_eq!(compare_wire(&a, &a).verdict, None);
        assert!(compare_wire(&a, &b).verdict >= Person);
    }
    // The generator takes long to give up.
    for wrap in wraps.into_iter().take(cases(2, 6) as usize) {
        assert!(compare(&deep("string", wrap), &deep("integer", wrap)).verdict >= Person);
    }
}

#[test]
fn circles_have_an_end() {
    let target = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let circle = |leaf: &str| {
        let mut document = contract();
        // Each leads to itself, twice over, in ways that no memory of names catches.
        document["components"]["schemas"] = json!({
            "Job": {"allOf": [target("Half"), {"properties": {"a": {"allOf": [target("Job"), {"minProperties": 1}]}}}]},
            "Half": {"properties": {
                "b": {"allOf": [target("Job"), {"maxProperties": 9}]}, "c": {"allOf": [target("Half"), target("Job")]},
                "leaf": {"type": leaf},
            }},
            "Page": {"allOf": [target("Page"), target("Page")]},
            "NewJob": target("ApiError"), "ApiError": target("NewJob"), "JobId": target("JobId"),
            "Both": {"oneOf": [target("Both"), {"type": "array", "items": target("Both")}]},
        });
        document
    };
    assert_eq!(compare(&circle("string"), &circle("string")).verdict, None);
    assert!(compare(&circle("string"), &circle("integer")).verdict >= Person);
}

#[test]
fn parts_of_parts_have_an_end() {
    let mut document = contract();
    for level in 0..60 {
        let next = json!({"$ref": format!("#/components/schemas/L{}", level + 1)});
        document["components"]["schemas"][format!("L{level}")] = json!({"allOf": [
            {"allOf": [next, {"properties": {format!("a{level}"): {"type": "string"}}}]},
            {"allOf": [next, {"properties": {format!("b{level}"): {"type": "string"}}}]},
        ]});
    }
    document["components"]["schemas"]["L60"] = json!({"type": "object"});
    assert_eq!(compare(&document, &document).verdict, None);
    let head = patched(document.clone(), &schema("L60", json!({"properties": {"c": {"type": "string"}}})));
    assert!(compare(&document, &head).verdict >= Compatible);
}
