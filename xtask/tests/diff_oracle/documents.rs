//! Contracts made from a seed, of everything that the generator has Rust for.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Names that schemas get.
const NAMES: [&str; 8] = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Eta", "Theta"];

/// Names that properties get.
const KEYS: [&str; 8] = ["name", "createdAt", "exportId", "count", "type", "labels", "parent_ref", "links"];

/// A contract.
pub(crate) fn document(rng: &mut Rng) -> Value {
    let number = rng.usize(3..NAMES.len());
    let names: Vec<_> = NAMES.into_iter().take(number).collect();
    let mut schemas = json!({
        "ClusterName": {"type": "string"},
        "ExportState": {"type": "string"},
        "ExportBucket": {"type": "object", "properties": {"cloudProvider": {"type": "string", "nullable": true}}},
        "ThingId": {"type": "string", "x-atlas-type": "objectId"},
        "Failure": {"type": "object", "properties": {"detail": {"type": "string", "nullable": true}}},
    });
    for (place, name) in names.iter().enumerate() {
        // References go to later schemas alone, so that `allOf` and aliases never run in circles.
        let later: Vec<_> = names.iter().skip(place + 1).copied().collect();
        schemas[*name] = named(rng, &names, &later);
    }
    let mut paths = json!({});
    for index in 0..rng.usize(1..4) {
        paths[format!("/things{index}/{{thingId}}")] = json!({"get": operation(rng, index, "get", &names)});
        if rng.bool() {
            paths[format!("/things{index}/{{thingId}}")]["post"] = operation(rng, index, "post", &names);
        }
    }
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Things", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn named(rng: &mut Rng, names: &[&str], later: &[&str]) -> Value {
    match rng.u8(0..14) {
        0 => json!({"type": "string", "enum": values(rng), "maxLength": rng.u8(3..12)}),
        1 => json!({"type": "string"}),
        2 => json!({"type": "string", "minLength": rng.u8(0..3), "maxLength": rng.u8(4..9), "pattern": "^.*$"}),
        3 => json!({"type": "array", "items": value(rng, names, 1)}),
        4 => json!({"type": "object", "additionalProperties": value(rng, names, 1)}),
        // The generator follows an `allOf` that contains itself without end.
        5 if later.len() > 1 => json!({"allOf": [reference(later[0]), object(rng, &later[1..], 1)]}),
        6 if later.len() > 1 => json!({"oneOf": [reference(later[0]), reference(later[1])]}),
        7 if !later.is_empty() => reference(later[0]),
        8 => json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
        _ => object(rng, names, 0),
    }
}

fn values(rng: &mut Rng) -> Value {
    let all = ["AWS", "AZURE", "GCP", "in-progress", "done"];
    json!(all.into_iter().take(rng.usize(1..=all.len())).collect::<Vec<_>>())
}

/// An object with properties of every kind.
pub(crate) fn object(rng: &mut Rng, names: &[&str], depth: usize) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for key in KEYS {
        if rng.u8(0..3) == 0 {
            properties.insert(key.to_owned(), property(rng, names, depth + 1));
            if rng.u8(0..3) == 0 {
                required.push(key);
            }
        }
    }
    let mut object = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    if rng.u8(0..10) == 0 {
        object["additionalProperties"] = if rng.bool() { json!(false) } else { json!({"type": "string"}) };
    }
    object
}

/// A value that may be null or have a default.
pub(crate) fn property(rng: &mut Rng, names: &[&str], depth: usize) -> Value {
    let mut schema = value(rng, names, depth);
    if schema.get("$ref").is_some() {
        return match rng.u8(0..6) {
            0 => json!({"allOf": [schema], "nullable": true, "description": "Wrapped."}),
            1 => json!({"allOf": [schema], "description": "Wrapped."}),
            _ => schema,
        };
    }
    if rng.u8(0..3) == 0 {
        schema["nullable"] = json!(true);
    } else if rng.u8(0..5) == 0
        && let Some(default) = default(rng, &schema)
    {
        schema["default"] = default;
    }
    schema
}

/// A default that a schema can have.
pub(crate) fn default(rng: &mut Rng, schema: &Value) -> Option<Value> {
    match schema["type"].as_str() {
        Some("boolean") => Some(json!(rng.bool())),
        Some("integer") => Some(json!(rng.u8(1..3))),
        Some("string") if schema.get("format").is_some() || schema.get("maxLength").is_some() => None,
        Some("string") => Some(schema.get("enum").map_or_else(|| json!("text"), |values| values[0].clone())),
        Some("array") => Some(json!([])).filter(|_| schema.get("minItems").is_none()),
        _ => None,
    }
}

/// A value of any type.
pub(crate) fn value(rng: &mut Rng, names: &[&str], depth: usize) -> Value {
    match rng.u8(0..20) {
        0 => json!({"type": "boolean"}),
        1 => json!({"type": "integer"}),
        2 => json!({"type": "integer", "format": "int32"}),
        3 => json!({"type": "integer", "format": "int64"}),
        4 => json!({"type": "integer", "format": "int32", "minimum": rng.u8(0..2), "maximum": 500}),
        5 => json!({"type": "integer", "minimum": rng.u8(0..2)}),
        6 => json!({"type": "number"}),
        7 => json!({"type": "number", "format": "float"}),
        8 => json!({"type": "string", "format": "date-time"}),
        9 => json!({"type": "string", "format": "date"}),
        10 => json!({"type": "string", "format": "uri"}),
        11 if depth < 3 => json!({"type": "array", "items": value(rng, names, depth + 1)}),
        12 if depth < 3 => json!({"type": "object", "additionalProperties": value(rng, names, depth + 1)}),
        13 if depth < 3 => object(rng, names, depth + 1),
        14 => json!({"type": "string", "enum": values(rng)}),
        15 => json!({}),
        16 => reference(["ThingId", "ExportState", "ClusterName"][rng.usize(0..3)]),
        17 | 18 => reference(names[rng.usize(0..names.len())]),
        19 if depth < 3 => {
            json!({"type": "array", "items": value(rng, names, depth + 1), "minItems": 2, "maxItems": 2})
        }
        _ => json!({"type": "string"}),
    }
}

fn operation(rng: &mut Rng, index: usize, method: &str, names: &[&str]) -> Value {
    let mut parameters =
        vec![json!({"name": "thingId", "in": "path", "required": true, "schema": reference("ThingId")})];
    for name in ["pretty", "pageNum", "sort-by"] {
        if rng.bool() {
            parameters.push(parameter(rng, name));
        }
    }
    let mut operation = json!({
        "operationId": format!("{method}Thing{index}"),
        "parameters": parameters,
        "responses": {
            "200": response(rng, names),
            "4XX": {"description": "No.", "content": {"application/json": {"schema": reference("Failure")}}},
        },
    });
    if method == "post" {
        let schema = if rng.bool() { reference(names[rng.usize(0..names.len())]) } else { object(rng, names, 0) };
        operation["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
    }
    operation
}

/// A query parameter.
pub(crate) fn parameter(rng: &mut Rng, name: &str) -> Value {
    let schema = match rng.u8(0..6) {
        0 => json!({"type": "boolean", "default": false}),
        1 => json!({"type": "integer", "format": "int32", "minimum": 1}),
        2 => json!({"type": "string", "enum": ["asc", "desc"]}),
        3 => json!({"type": "string", "minLength": 1}),
        4 => json!({"type": "array", "items": {"type": "string"}}),
        _ => json!({"type": "string"}),
    };
    json!({"name": name, "in": "query", "required": rng.u8(0..3) == 0, "schema": schema})
}

fn response(rng: &mut Rng, names: &[&str]) -> Value {
    let schema = match rng.u8(0..5) {
        0 => json!({"type": "array", "items": reference(names[rng.usize(0..names.len())])}),
        1 => object(rng, names, 1),
        _ => reference(names[rng.usize(0..names.len())]),
    };
    json!({"description": "Yes.", "content": {"application/json": {"schema": schema}}})
}
