//! Who writes each schema of the document: the caller, Atlas, or both.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::official::Document;

/// Who writes a schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sides {
    pub(super) request: bool,
    pub(super) response: bool,
}

/// Follows the references of all operations, whichever are imported, so that a schema is drafted the same for each.
pub(super) fn of_schemas(document: &Document) -> BTreeMap<String, Sides> {
    let mut edges: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, schema) in document.schemas() {
        references(schema, edges.entry(name).or_default());
    }
    let mut sides: BTreeMap<String, Sides> = BTreeMap::new();
    let (mut requested, mut returned) = (Vec::new(), Vec::new());
    for operation in document.operations() {
        for parameter in operation.parameters(document).unwrap_or_default() {
            parameter.get("schema").into_iter().for_each(|schema| references(schema, &mut requested));
        }
        if let Some(Ok(body)) = operation.node.get("requestBody").map(|body| document.follow(body)) {
            references(body, &mut requested);
        }
        for (status, response) in operation.responses(document).unwrap_or_default() {
            if status.starts_with('2') {
                references(response, &mut returned);
            }
        }
    }
    for (mut open, mark) in [(requested, mark_request as fn(&mut Sides) -> bool), (returned, mark_response)] {
        while let Some(name) = open.pop() {
            if mark(sides.entry(name.to_owned()).or_default()) {
                open.extend(edges.get(name).into_iter().flatten());
            }
        }
    }
    sides
}

fn mark_request(sides: &mut Sides) -> bool {
    !std::mem::replace(&mut sides.request, true)
}

fn mark_response(sides: &mut Sides) -> bool {
    !std::mem::replace(&mut sides.response, true)
}

/// The names of all schemas that a value refers to.
pub(super) fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if key == "$ref" => found.extend(name(text)),
                    Value::Object(mapping) if key == "mapping" => {
                        found.extend(mapping.values().filter_map(Value::as_str).map(|text| name(text).unwrap_or(text)));
                    }
                    _ => references(value, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

fn name(target: &str) -> Option<&str> {
    target.strip_prefix("#/components/schemas/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_written_by_whoever_writes_what_holds_them() {
        let document = Document::parse(
            "openapi: 3.0.1
paths:
  /a:
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/New'}}}}
      responses:
        200: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
        400: {content: {application/json: {schema: {$ref: '#/components/schemas/Problem'}}}}
components:
  schemas:
    New: {properties: {both: {$ref: '#/components/schemas/Both'}}}
    Thing:
      properties: {both: {$ref: '#/components/schemas/Both'}}
      discriminator: {propertyName: kind, mapping: {A: '#/components/schemas/Kind', B: Bare}}
    Kind: {allOf: [{$ref: '#/components/schemas/Thing'}]}
    Bare: {}
    Both: {}
    Problem: {}
",
        )
        .unwrap();
        let sides = of_schemas(&document);
        let of = |name: &str| sides.get(name).map(|sides| (sides.request, sides.response));
        assert_eq!(of("New"), Some((true, false)));
        assert_eq!(of("Kind"), Some((false, true)));
        assert_eq!(of("Bare"), Some((false, true)));
        assert_eq!(of("Both"), Some((true, true)));
        assert_eq!(of("Problem"), None);
    }
}
