//! One change of a contract, made from a seed.

use fastrand::Rng;
use serde_json::{Value, json};

use super::documents;

const WORDS: [&str; 4] = ["name", "count", "brandNew", "other_new"];

/// Changes one thing.
pub(crate) fn change(rng: &mut Rng, document: &mut Value) {
    match rng.u8(0..12) {
        0 => operations(rng, document),
        1 | 2 => parameters(rng, document),
        3 => responses(rng, document),
        4 => components(rng, document),
        _ => {
            let names = names(document);
            let places = schemas(document);
            let place = &places[rng.usize(0..places.len())];
            let schema = document.pointer_mut(place).unwrap();
            keyword(rng, schema, &names);
        }
    }
}

fn names(document: &Value) -> Vec<String> {
    let hand_written = ["ClusterName", "ExportBucket", "ExportState", "ThingId", "Failure"];
    let schemas = document["components"]["schemas"].as_object().unwrap();
    schemas.keys().filter(|name| !hand_written.contains(&name.as_str())).cloned().collect()
}

/// Where schemas are.
fn schemas(document: &Value) -> Vec<String> {
    fn walk(value: &Value, place: &str, found: &mut Vec<String>) {
        let is_schema = ["type", "allOf", "oneOf", "$ref"].iter().any(|key| value.get(key).is_some());
        if is_schema && !place.ends_with("/properties") {
            found.push(place.to_owned());
        }
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    walk(value, &format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")), found);
                }
            }
            Value::Array(list) => {
                for (index, value) in list.iter().enumerate() {
                    walk(value, &format!("{place}/{index}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    for name in names(document) {
        let schema = &document["components"]["schemas"][&name];
        walk(schema, &format!("/components/schemas/{name}"), &mut found);
    }
    walk(&document["paths"], "/paths", &mut found);
    // No client compiles that is to put null or a list into a path, where the first parameter is.
    found.retain(|place| !place.contains("/parameters/0/"));
    found
}

fn keyword(rng: &mut Rng, schema: &mut Value, names: &[String]) {
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    if schema["type"] == "object" && schema.get("properties").is_some() && rng.u8(0..4) > 0 {
        return property(rng, schema, &names);
    }
    let Some(map) = schema.as_object_mut() else { return };
    if map.contains_key("$ref") || map.contains_key("oneOf") {
        return reference(rng, schema, &names);
    }
    match rng.u8(0..16) {
        0 => drop(map.insert("nullable".to_owned(), json!(true))),
        1 => drop(map.remove("nullable")),
        2 => drop(map.insert("description".to_owned(), json!("Another."))),
        3 if map.contains_key("enum") => {
            map["enum"].as_array_mut().unwrap().push(json!("brand-new"));
        }
        3 | 4 if map.contains_key("enum") => drop(map["enum"].as_array_mut().unwrap().remove(0)),
        5 if map.get("type") == Some(&json!("string")) => {
            drop(map.insert("maxLength".to_owned(), json!(rng.u8(5..20))))
        }
        5 if map.get("type") == Some(&json!("integer")) => drop(map.insert("minimum".to_owned(), json!(rng.u8(0..2)))),
        6 if map.get("type") == Some(&json!("integer")) => drop(map.insert("maximum".to_owned(), json!(1000))),
        6 => ["minimum", "maximum", "minLength", "maxLength", "minItems"].iter().for_each(|key| drop(map.remove(*key))),
        7 if map.get("type") == Some(&json!("integer")) => drop(map.insert("format".to_owned(), json!("int64"))),
        7 => drop(map.remove("format")),
        8 => drop(map.remove("default")),
        9 if map.contains_key("items") => map["items"] = documents::value(rng, &names, 2),
        9 if map.contains_key("additionalProperties") => drop(map.remove("additionalProperties")),
        10 => *schema = json!({"allOf": [schema.take()]}),
        11 => {
            if let Some(default) = documents::default(rng, schema) {
                schema["default"] = default;
            }
        }
        12 if map.contains_key("enum") => {
            map["enum"].as_array_mut().unwrap().reverse();
        }
        12 => drop(map.insert("title".to_owned(), json!("Titled thing"))),
        13 if map.get("type") == Some(&json!("array")) => {
            match rng.u8(0..3) {
                0 => drop(map.insert("minItems".to_owned(), json!(rng.u8(0..3)))),
                1 => drop(map.insert("maxItems".to_owned(), json!(rng.u8(2..5)))),
                _ => drop(map.insert("uniqueItems".to_owned(), json!(rng.bool()))),
            };
        }
        13 if map.get("type") == Some(&json!("string")) => {
            drop(map.insert("minLength".to_owned(), json!(rng.u8(0..3))))
        }
        13 | 14 => {
            let key = ["readOnly", "writeOnly", "deprecated"][rng.usize(0..3)];
            map.insert(key.to_owned(), json!(rng.bool()));
        }
        _ => *schema = documents::value(rng, &names, 2),
    }
}

fn property(rng: &mut Rng, schema: &mut Value, names: &[&str]) {
    let keys: Vec<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    let required = |schema: &mut Value, key: &str, on: bool| {
        let mut list: Vec<_> = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        list.retain(|name| name != key);
        if on {
            list.push(json!(key));
        }
        schema["required"] = json!(list);
    };
    if keys.is_empty() || rng.u8(0..3) == 0 {
        let key = WORDS[rng.usize(0..WORDS.len())];
        schema["properties"][key] = documents::property(rng, names, 2);
        return if rng.u8(0..4) == 0 {
            required(schema, key, true)
        };
    }
    let key = &keys[rng.usize(0..keys.len())];
    match rng.u8(0..6) {
        0 => {
            required(schema, key, false);
            schema["properties"].as_object_mut().unwrap().remove(key);
        }
        // Some of the names are the same in Rust.
        5 => {
            let had_to = schema["required"].as_array().is_some_and(|list| list.contains(&json!(key)));
            required(schema, key, false);
            let renamed = schema["properties"].as_object_mut().unwrap().remove(key).unwrap();
            let name = if rng.bool() { heck::AsSnakeCase(key).to_string() } else { "renamed".to_owned() };
            schema["properties"][&name] = renamed;
            required(schema, &name, had_to);
        }
        1 => required(schema, key, true),
        2 => required(schema, key, false),
        3 => schema["properties"][key] = documents::property(rng, names, 2),
        _ => schema["additionalProperties"] = if rng.bool() { json!(false) } else { json!({"type": "string"}) },
    }
}

fn reference(rng: &mut Rng, schema: &mut Value, names: &[&str]) {
    let target = json!({"$ref": format!("#/components/schemas/{}", names[rng.usize(0..names.len())])});
    match (schema.get_mut("oneOf").and_then(Value::as_array_mut), rng.u8(0..3)) {
        (Some(parts), 0) if parts.len() > 2 => drop(parts.remove(0)),
        (Some(parts), 1) if !parts.contains(&target) => parts.push(target),
        (Some(parts), _) => parts.reverse(),
        (None, 0) => *schema = target,
        (None, 1) => *schema = json!({"allOf": [schema.take()], "nullable": true}),
        (None, _) => *schema = json!({"allOf": [schema.take()], "description": "Wrapped."}),
    }
}

fn pick<'d>(rng: &mut Rng, document: &'d mut Value) -> &'d mut Value {
    let paths = document["paths"].as_object_mut().unwrap();
    let index = rng.usize(0..paths.len());
    let item = paths.values_mut().nth(index).unwrap().as_object_mut().unwrap();
    let index = rng.usize(0..item.len());
    item.values_mut().nth(index).unwrap()
}

fn operations(rng: &mut Rng, document: &mut Value) {
    match rng.u8(0..4) {
        0 => {
            let mut new = pick(rng, document).clone();
            new["operationId"] = json!("brandNew");
            document["paths"]["/new/{thingId}"] = json!({"get": new});
            document["paths"]["/new/{thingId}"]["get"].as_object_mut().unwrap().remove("requestBody");
        }
        1 => pick(rng, document)["operationId"] = json!("renamed"),
        2 => pick(rng, document)["summary"] = json!("Another."),
        _ => pick(rng, document)["tags"] = json!(["others"]),
    }
}

fn parameters(rng: &mut Rng, document: &mut Value) {
    let new = documents::parameter(rng, "brandNew");
    let choice = rng.u8(0..10);
    let parameters = pick(rng, document)["parameters"].as_array_mut().unwrap();
    match choice {
        0 | 1 => parameters.push(new),
        2 if parameters.len() > 1 => drop(parameters.pop()),
        6 if parameters.len() > 1 => parameters.last_mut().unwrap()["in"] = json!("header"),
        7 if parameters.len() > 1 => parameters.last_mut().unwrap()["name"] = json!("renamed"),
        8 if parameters.len() > 1 => parameters.last_mut().unwrap()["schema"] = new["schema"].clone(),
        9 if parameters.len() > 1 => {
            let schema = &mut parameters.last_mut().unwrap()["schema"];
            if let Some(default) = documents::default(rng, schema) {
                schema["default"] = default;
            }
        }
        3 if parameters.len() > 1 => parameters.last_mut().unwrap()["required"] = json!(true),
        4 if parameters.len() > 1 => parameters.last_mut().unwrap()["required"] = json!(false),
        _ => parameters.reverse(),
    }
}

fn responses(rng: &mut Rng, document: &mut Value) {
    let names = names(document);
    let other = json!({"$ref": format!("#/components/schemas/{}", names[rng.usize(0..names.len())])});
    let choice = rng.u8(0..6);
    let operation = pick(rng, document);
    if choice == 5 && operation.get("requestBody").is_some() {
        operation["requestBody"]["content"]["application/json"]["schema"] = other;
        return;
    }
    let responses = operation["responses"].as_object_mut().unwrap();
    let (good, bad) = (responses["200"].clone(), responses["4XX"].clone());
    match choice {
        0 => drop(responses.insert("5XX".to_owned(), bad)),
        1 => drop(responses.insert("404".to_owned(), bad)),
        2 => drop(responses.insert("202".to_owned(), good)),
        3 | 5 => responses["200"]["content"]["application/json"]["schema"] = other,
        _ => responses["200"]["description"] = json!("Another."),
    }
}

fn components(rng: &mut Rng, document: &mut Value) {
    let names = names(document);
    let all: Vec<_> = names.iter().map(String::as_str).collect();
    let new = documents::object(rng, &all, 1);
    let old = names[rng.usize(0..names.len())].clone();
    let choice = rng.u8(0..5);
    if choice >= 3 {
        let name = if choice == 3 { "Renamed".to_owned() } else { old.to_uppercase() };
        let text = document.to_string().replace(&format!("schemas/{old}\""), &format!("schemas/{name}\""));
        *document = text.parse().unwrap();
        let schemas = document["components"]["schemas"].as_object_mut().unwrap();
        let schema = schemas.remove(&old).unwrap();
        schemas.insert(name, schema);
        return;
    }
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    match choice {
        0 => drop(schemas.insert("BrandNew".to_owned(), new)),
        1 => schemas["Failure"]["properties"]["code"] = json!({"type": "string"}),
        _ => schemas["ExportState"]["enum"] = json!(["Queued"]),
    }
}
