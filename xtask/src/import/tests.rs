//! Small documents with the shapes of MongoDB's.

use serde_json::Value;

use super::{session::Session, yaml};
use crate::{
    contract::testing::with,
    official::{Document, compare},
};

const OFFICIAL: &str = include_str!("../../tests/shapes/official.yaml");

fn contract(fragment: &str) -> Document {
    Document::of(with(fragment).document().unwrap())
}

/// The fragment of the operations whose ids begin so, and what was refused.
fn import(official: &str, ids: &str, contract: &Document, as_of: Option<&str>) -> (Value, Vec<String>) {
    let official = Document::parse(official).unwrap();
    let shared = compare(contract, &official).shared;
    let mut session = Session::new(&official, contract, shared, as_of);
    let operations = official.operations();
    operations.iter().filter(|one| one.id().unwrap().starts_with(ids)).for_each(|operation| session.add(operation));
    let refused = session.drafts().iter().filter_map(|draft| draft.outcome.as_ref().err().cloned()).collect();
    (session.fragment(0..session.drafts().len()), refused)
}

fn draft(ids: &str) -> Value {
    let (fragment, refused) = import(OFFICIAL, ids, &contract("x-a: 1\n"), None);
    assert_eq!(refused, Vec::<String>::new());
    fragment
}

fn schema<'v>(fragment: &'v Value, name: &str) -> &'v Value {
    &fragment["components"]["schemas"][name]
}

/// A document with one operation that has a response of this schema, and these named schemas.
fn returning(schema: &str, schemas: &str) -> String {
    format!(
        "openapi: 3.0.1\npaths:\n  /api/atlas/v2/probe:\n    get:\n      operationId: getProbe\n      tags: [Probes]\n      \
         responses:\n        200:\n          content:\n            application/vnd.atlas.2023-01-01+json:\n              \
         schema: {schema}\ncomponents:\n  schemas:\n    None: {{}}\n{schemas}"
    )
}

#[test]
fn every_shape_is_drafted_in_the_rules_of_the_contract() {
    let fragment = yaml::write(&draft(""));
    insta::assert_snapshot!(fragment);
    let contract = with(&fragment);
    let json = contract.json().unwrap();
    let generated = contract.rust(&json).unwrap();
    assert_eq!(generated.defects(), []);
}

#[test]
fn what_was_imported_differs_from_the_document_in_nothing() {
    let ours = contract(&yaml::write(&draft("")));
    let changes = compare(&ours, &Document::parse(OFFICIAL).unwrap()).changes;
    // Operations that the document has not are the contract's own.
    let left: Vec<_> = changes.iter().filter(|change| !change.what.contains("does not have the operation")).collect();
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn a_second_import_shares_what_the_first_one_brought() {
    let first = yaml::write(&draft("getGroupWidget"));
    assert!(schema(&draft("listGroupWidgets"), "Widget").is_object());
    let (second, _) = import(OFFICIAL, "listGroupWidgets", &contract(&first), None);
    let names: Vec<_> = second["components"]["schemas"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["WidgetPage"]);
    assert!(with(&yaml::write(&second)).findings().iter().any(|finding| finding.what.contains("`Widget`")));
}

#[test]
fn a_version_of_an_earlier_day_is_drafted_on_demand() {
    let contract = contract("x-a: 1\n");
    let (fragment, _) = import(OFFICIAL, "getGroupWidget", &contract, Some("2023-12-31"));
    let operation = &fragment["paths"]["/groups/{groupId}/widgets/{widgetId}"]["get"];
    assert_eq!((&operation["x-atlas-version"], &operation["x-atlas-only"]), (&"2023-01-01".into(), &Value::Null));
    assert!(schema(&fragment, "OldWidget").is_object());
    let (_, refused) = import(OFFICIAL, "createGroupWidget", &contract, Some("2023-12-31"));
    assert_eq!(refused, ["its oldest resource version is 2024-05-30, after 2023-12-31"]);
}

#[test]
fn no_sentence_of_the_document_gets_into_a_draft() {
    let text = yaml::write(&draft(""));
    for sentence in ["Return All Widgets of One Project", "How large it is."] {
        assert!(!text.contains(sentence), "{sentence}");
    }
}

#[test]
fn a_path_of_the_contract_keeps_its_names_for_parameters() {
    let official = OFFICIAL.replace("{widgetId}", "{id}").replace("name: widgetId", "name: id");
    let first = contract(&yaml::write(&draft("deleteGroupWidget")));
    let (fragment, refused) = import(&official, "getGroupWidget", &first, None);
    assert_eq!(refused, Vec::<String>::new());
    let operation = &fragment["paths"]["/groups/{groupId}/widgets/{widgetId}"]["get"];
    assert!(operation["parameters"].as_array().unwrap().iter().any(|parameter| parameter["name"] == "widgetId"));
}

#[test]
fn what_cannot_be_imported_is_refused_with_the_reason() {
    let contract = contract("x-a: 1\n");
    for (official, why) in [
        (returning("{$ref: '#/components/schemas/Gone'}", ""), "`#/components/schemas/Gone` leads nowhere"),
        (returning("{$ref: '#/elsewhere/Gone'}", ""), "`#/elsewhere/Gone` leads nowhere"),
        (returning("{$ref: other.yaml}", ""), "`other.yaml` leads nowhere"),
        (
            returning(
                "{$ref: '#/components/schemas/A'}",
                "    A: {properties: {b: {$ref: '#/components/schemas/Gone'}}}\n",
            ),
            "`#/components/schemas/Gone` leads nowhere (in the schema `A`)",
        ),
        (
            returning("{$ref: '#/components/schemas/A'}", "    A: {$ref: '#/components/schemas/A'}\n"),
            "a chain of `$ref`s has no end",
        ),
        (returning("{}", "").replace("200:", "404:"), "it has no successful response"),
        (
            returning("{}", "").replace("2023-01-01", "2030-01-01.upcoming"),
            "it is only announced, as 2030-01-01.upcoming",
        ),
        (returning("{}", "").replace("+json", "+xml"), "its response is neither JSON, gzip nor CSV"),
        (
            returning("{}", "").replace(
                "      responses:",
                "      requestBody: {content: {multipart/form-data: {schema: {type: object}}}}\n      responses:",
            ),
            "its request body is not JSON",
        ),
        (
            returning("{}", "").replace("      responses:", "      parameters: [{in: query}]\n      responses:"),
            "a parameter has no name, or no place",
        ),
    ] {
        let (_, refused) = import(&official, "", &contract, None);
        assert_eq!(refused, [why], "{official}");
    }
}

/// Draws documents that are made of anything, where MongoDB's has operations and schemas.
mod any {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static CONTRACT: LazyLock<Document> = LazyLock::new(|| contract("x-a: 1\n"));

    const WORDS: [&str; 34] = [
        "$ref",
        "type",
        "properties",
        "items",
        "oneOf",
        "anyOf",
        "allOf",
        "discriminator",
        "mapping",
        "propertyName",
        "required",
        "enum",
        "additionalProperties",
        "format",
        "pattern",
        "nullable",
        "readOnly",
        "name",
        "in",
        "schema",
        "content",
        "application/json",
        "application/vnd.atlas.2023-01-01+json",
        "responses",
        "200",
        "204",
        "parameters",
        "requestBody",
        "operationId",
        "tags",
        "get",
        "A",
        "B",
        "deprecated",
    ];

    const VALUES: [&str; 12] = [
        "object",
        "array",
        "string",
        "integer",
        "#/components/schemas/A",
        "#/components/schemas/B",
        "A",
        "query",
        "path",
        "date-time",
        "get-it",
        "",
    ];

    pub(super) fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3_i64..300).prop_map(Value::from),
            prop::sample::select(&VALUES[..]).prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 64, 5, |inner| {
            let key = prop::sample::select(&WORDS[..]).prop_map(str::to_owned);
            prop_oneof![
                1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                4 => prop::collection::btree_map(key, inner, 0..6).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_document_of_anything_is_imported_and_compared_without_a_crash(
            operation in value(), body in value(), a in value(), b in value(),
        ) {
            let operation = if operation.is_object() { operation } else { serde_json::json!({"responses": operation}) };
            let mut usual = operation.clone();
            usual["responses"] = serde_json::json!({"200": {"content": {"application/json": {"schema": body}}}});
            let document = serde_json::json!({
                "openapi": "3.0.1",
                "paths": {"/api/atlas/v2/groups": {"get": usual, "post": operation}},
                "components": {"schemas": {"A": a, "B": b}},
            });
            let (fragment, _) = import_any(&document, &CONTRACT);
            // Whatever comes out is YAML of what it was.
            let text = yaml::write(&fragment);
            let (node, problems) = crate::yaml::load(0, &text);
            prop_assert!(problems.is_empty(), "{}", text);
            prop_assert_eq!(serde_json::to_value(node.unwrap()).unwrap(), fragment);
        }
    }

    fn import_any(document: &Value, contract: &Document) -> (Value, usize) {
        let Ok(official) = Document::parse(&document.to_string()) else { return (serde_json::json!({}), 0) };
        let comparison = compare(contract, &official);
        let mut session = Session::new(&official, contract, comparison.shared, None);
        official.operations().iter().for_each(|operation| session.add(operation));
        (session.fragment(0..session.drafts().len()), comparison.changes.len())
    }
}
