//! JSON values that fit a schema, made from a seed.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// A value that the schema allows. Nothing where the schema allows none, or none that ends.
pub(crate) fn fitting(rng: &mut Rng, document: &Value, schema: &Value, depth: usize) -> Option<Value> {
    if depth > 12 {
        return None;
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = document.pointer(reference.strip_prefix('#')?)?;
        return fitting(rng, document, target, depth + 1);
    }
    if schema["nullable"] == true && (depth > 5 || rng.u8(0..3) == 0) {
        return Some(Value::Null);
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        return all_of(rng, document, parts, depth);
    }
    if let Some(parts) = schema.get("oneOf").and_then(Value::as_array) {
        let part = &parts[rng.usize(0..parts.len())];
        return fitting(rng, document, part, depth + 1);
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let fit: Vec<_> = values.iter().filter(|value| has_length(value, schema)).collect();
        return Some((*rng.choice(&fit)?).clone());
    }
    match schema["type"].as_str() {
        Some("boolean") => Some(json!(rng.bool())),
        Some("integer") => Some(integer(rng, schema)),
        Some("number") => Some(json!(f64::from(rng.i16(..)) / 4.0)),
        Some("string") => Some(text(rng, schema)),
        Some("array") => array(rng, document, schema, depth),
        Some("object") => object(rng, document, schema, depth).map(Value::Object),
        _ => Some(json!({"any": ["thing", 1, null]})),
    }
}

/// Bounds of length say nothing of what is no text.
fn has_length(value: &Value, schema: &Value) -> bool {
    let Some(letters) = value.as_str().map(|text| text.chars().count() as u64) else { return true };
    let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
    bound("minLength").is_none_or(|least| letters >= least) && bound("maxLength").is_none_or(|most| letters <= most)
}

fn integer(rng: &mut Rng, schema: &Value) -> Value {
    let (least, most) = match schema["format"].as_str() {
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let least = schema["minimum"].as_i64().unwrap_or(least);
    let most = schema["maximum"].as_i64().unwrap_or(most);
    json!([least, most, rng.i64(least..=most), 1.clamp(least, most)][rng.usize(0..4)])
}

fn text(rng: &mut Rng, schema: &Value) -> Value {
    match schema["format"].as_str() {
        Some("date-time") => json!("2026-08-01T10:00:00Z"),
        Some("date") => json!("2026-08-01"),
        _ => {
            let least = schema["minLength"].as_u64().unwrap_or(0);
            let most = schema["maxLength"].as_u64().unwrap_or(30);
            let length = [least, most, rng.u64(least..=most.max(least))][rng.usize(0..3)];
            json!("ä".repeat(usize::try_from(length).unwrap()))
        }
    }
}

fn array(rng: &mut Rng, document: &Value, schema: &Value, depth: usize) -> Option<Value> {
    let least = schema["minItems"].as_u64().unwrap_or(0);
    let most = schema["maxItems"].as_u64().unwrap_or(least + 2);
    if most < least {
        return None;
    }
    let length = if depth > 5 { least } else { rng.u64(least..=most) };
    let any = json!({});
    let items = schema.get("items").unwrap_or(&any);
    let list: Option<Vec<_>> = (0..length).map(|_| fitting(rng, document, items, depth + 1)).collect();
    // No items are fine where none end.
    list.or((least == 0).then(Vec::new)).map(Value::from)
}

fn object(rng: &mut Rng, document: &Value, schema: &Value, depth: usize) -> Option<Map<String, Value>> {
    let mut object = Map::new();
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        let has_to = required.contains(&key.as_str());
        if has_to || depth <= 5 && rng.bool() {
            match fitting(rng, document, property, depth + 1) {
                Some(value) => drop(object.insert(key.clone(), value)),
                None if has_to => return None,
                None => {}
            }
        }
    }
    for key in required {
        object.entry(key).or_insert(json!("anything"));
    }
    match schema.get("additionalProperties") {
        Some(Value::Bool(false)) => {}
        Some(other @ Value::Object(_)) => {
            if let Some(value) = fitting(rng, document, other, depth + 1) {
                object.insert("zzOther".to_owned(), value);
            }
        }
        _ => drop(object.insert("zzOther".to_owned(), json!({"any": "thing"}))),
    }
    Some(object)
}

fn all_of(rng: &mut Rng, document: &Value, parts: &[Value], depth: usize) -> Option<Value> {
    // Of what two parts speak of both, a value is hard to find.
    let mut keys = Vec::new();
    for part in parts.iter().filter(|_| parts.len() > 1) {
        said(document, part, 0, &mut keys);
    }
    let all = keys.len();
    keys.sort();
    keys.dedup();
    if keys.len() < all || parts.len() > 1 && keys.iter().any(String::is_empty) {
        return None;
    }
    let mut whole = Map::new();
    for part in parts {
        match fitting(rng, document, part, depth + 1)? {
            Value::Object(map) => whole.extend(map),
            // One part alone is what the whole is.
            other => return Some(other).filter(|_| parts.len() == 1),
        }
    }
    Some(Value::Object(whole))
}

/// The members that a schema speaks of, and an empty name for all others.
fn said(document: &Value, schema: &Value, depth: usize, keys: &mut Vec<String>) {
    if depth > 12 {
        return keys.push(String::new());
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return said(document, document.pointer(&reference[1..]).unwrap_or(&Value::Null), depth + 1, keys);
    }
    schema["allOf"].as_array().into_iter().flatten().for_each(|part| said(document, part, depth + 1, keys));
    keys.extend(schema["properties"].as_object().into_iter().flatten().map(|(key, _)| key.clone()));
    if schema.get("additionalProperties").is_some() || schema.get("oneOf").is_some() {
        keys.push(String::new());
    }
}
