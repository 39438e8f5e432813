//! Whether a value is what a schema of a generated contract allows.

use serde_json::Value;

/// Whether a schema allows a value.
pub(super) fn fits(document: &Value, schema: &Value, value: &Value) -> bool {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return document.pointer(&reference[1..]).is_some_and(|schema| fits(document, schema, value));
    }
    let parts = |key: &str| schema.get(key).and_then(Value::as_array);
    let by = |part: &&Value| fits(document, part, value);
    if value.is_null() && schema["nullable"] == true {
        return true;
    }
    if parts("allOf").is_some_and(|parts| !parts.iter().all(|part| by(&part)))
        || parts("oneOf").is_some_and(|parts| !parts.iter().any(|part| by(&part)))
        || parts("enum").is_some_and(|values| !values.contains(value))
    {
        return false;
    }
    let at_least = |key: &str, size: usize| schema[key].as_u64().is_none_or(|least| size as u64 >= least);
    let at_most = |key: &str, size: usize| schema[key].as_u64().is_none_or(|most| size as u64 <= most);
    let of_type = match schema["type"].as_str() {
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    of_type
        && match value {
            Value::Number(number) => {
                let number = number.as_f64().unwrap();
                let int32 = schema["format"] != "int32" || number.abs() <= -f64::from(i32::MIN);
                int32
                    && schema["minimum"].as_f64().is_none_or(|least| number >= least)
                    && schema["maximum"].as_f64().is_none_or(|most| number <= most)
            }
            Value::String(text) => {
                let letters = text.chars().count();
                let date = |length: usize| text.starts_with("2026-") && text.len() == length;
                at_least("minLength", letters)
                    && at_most("maxLength", letters)
                    && match schema["format"].as_str() {
                        Some("date-time") => date(20),
                        Some("date") => date(10),
                        _ => true,
                    }
            }
            Value::Array(list) => {
                let different = list.iter().enumerate().all(|(place, item)| !list[..place].contains(item));
                at_least("minItems", list.len())
                    && at_most("maxItems", list.len())
                    && (schema["uniqueItems"] != true || different)
                    && list.iter().all(|item| schema.get("items").is_none_or(|items| fits(document, items, item)))
            }
            Value::Object(map) => {
                let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
                required.into_iter().all(|key| map.contains_key(key))
                    && map.iter().all(|(key, value)| {
                        match (schema["properties"].get(key), &schema["additionalProperties"]) {
                            (Some(property), _) => fits(document, property, value),
                            (None, Value::Bool(false)) => false,
                            (None, others @ Value::Object(_)) => fits(document, others, value),
                            _ => true,
                        }
                    })
            }
            _ => true,
        }
}
