//! Writes YAML as the contract's fragments are written.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// What comes first in a map whose members OpenAPI names; all else follows in the order of the alphabet.
const ORDER: [&str; 38] = [
    "paths",
    "components",
    "get",
    "put",
    "post",
    "patch",
    "delete",
    "head",
    "operationId",
    "summary",
    "name",
    "in",
    "type",
    "format",
    "nullable",
    "x-atlas-type",
    "x-atlas-differs",
    "description",
    "tags",
    "deprecated",
    "x-atlas-version",
    "x-atlas-only",
    "x-atlas-role",
    "parameters",
    "requestBody",
    "responses",
    "required",
    "enum",
    "oneOf",
    "discriminator",
    "propertyName",
    "mapping",
    "content",
    "schema",
    "properties",
    "items",
    "additionalProperties",
    "schemas",
];

/// Members whose own members are named by whoever writes the contract.
const FREE: [&str; 8] =
    ["paths", "schemas", "properties", "mapping", "responses", "content", "securitySchemes", "examples"];

/// A document in block style, with a line break at its end.
pub(super) fn write(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => members(map, 0, false, &mut text),
        _ => {
            text.push_str(&scalar(value));
            text.push('\n');
        }
    }
    text
}

fn members(map: &Map<String, Value>, indent: usize, is_free: bool, text: &mut String) {
    let mut names: Vec<&String> = map.keys().collect();
    if !is_free {
        let rank = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
        names.sort_by_key(|name| match (name.as_str(), map.get(*name)) {
            // Of a parameter it is said before what the parameter is for, of properties after it.
            ("required", Some(Value::Bool(_))) => (1, rank("type")),
            // Tags that are defined, rather than used.
            ("tags", Some(Value::Array(tags))) if tags.iter().all(Value::is_object) => (0, 0),
            _ => (1, rank(name)),
        });
    }
    for name in names {
        let Some(value) = map.get(name) else { continue };
        let _ = write!(text, "{:indent$}{}:", "", key(name));
        member(name, value, indent, is_free, text);
    }
}

/// What follows the name of a member.
fn member(name: &str, value: &Value, indent: usize, is_named: bool, text: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push('\n');
            members(map, indent + 2, !is_named && FREE.contains(&name), text);
        }
        Value::Array(list) if !list.is_empty() && list.iter().any(|item| item.is_object() || item.is_array()) => {
            text.push('\n');
            items(list, indent + 2, text);
        }
        Value::Array(list) if !list.is_empty() => {
            let line = format!(" {}\n", flow_list(list));
            if line.len() + indent + name.len() < 120 {
                text.push_str(&line);
            } else {
                text.push('\n');
                items_of(&list.iter().map(scalar).collect::<Vec<_>>(), indent + 2, text);
            }
        }
        _ => {
            let _ = writeln!(text, " {}", scalar(value));
        }
    }
}

fn items_of(items: &[String], indent: usize, text: &mut String) {
    for item in items {
        let _ = writeln!(text, "{:indent$}- {item}", "");
    }
}

fn items(list: &[Value], indent: usize, text: &mut String) {
    for item in list {
        match item {
            Value::Object(map) if !map.is_empty() => {
                let mut inner = String::new();
                members(map, indent + 2, false, &mut inner);
                let _ = write!(text, "{:indent$}- {}", "", inner.trim_start());
            }
            Value::Array(inner) if !inner.is_empty() => {
                let _ = writeln!(text, "{:indent$}- {}", "", flow_list(inner));
            }
            _ => items_of(&[scalar(item)], indent, text),
        }
    }
}

/// A list in a line, in which commas and brackets have a meaning.
fn flow_list(list: &[Value]) -> String {
    let items = list.iter().map(|item| match item {
        Value::String(text) if is_plain(text) && !text.contains(['{', '}', ',']) => text.clone(),
        _ => item.to_string(),
    });
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A value without parts.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        // Every JSON text is one of YAML.
        _ => value.to_string(),
    }
}

/// A name, which is a text whatever it looks like, but to readers of older YAML.
fn key(name: &str) -> String {
    let is_plain = is_plain(name) || name == "$ref" || matches!(name.as_bytes(), [b'1'..=b'5', b'X', b'X']);
    if is_plain { name.to_owned() } else { Value::from(name).to_string() }
}

/// Whether a text is itself without quotes, to readers of older YAML too.
fn is_plain(text: &str) -> bool {
    let first = |letter: char| letter.is_ascii_alphabetic() || letter == '/' || letter == '_';
    let rest = |letter: char| letter.is_ascii_alphanumeric() || " _-./{}()`,+$~".contains(letter);
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.starts_with(first)
        && text.chars().all(rest)
        && !text.ends_with(' ')
        && !text.contains(" #")
        && !(text.contains(", ") || text.contains(['{', '}', ',']) && !text.starts_with('/'))
        && !words.contains(&text.to_ascii_lowercase().as_str())
        || is_prose(text)
}

/// Whether a text is a sentence that nothing in YAML takes for something else.
fn is_prose(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.contains(' ')
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || " `,.()'_-/:".contains(letter))
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Value {
        let (node, problems) = crate::yaml::load(0, text);
        assert_eq!(problems, [], "{text}");
        serde_json::to_value(node.unwrap()).unwrap()
    }

    #[test]
    fn fragments_are_written_as_people_write_them() {
        let value = json!({"paths": {"/a/{b}": {"get": {
            "tags": ["exports"], "operationId": "getA", "x-atlas-version": "2023-01-01",
            "parameters": [{"$ref": "#/components/parameters/b"}, {"name": "c", "in": "query", "schema": {"type": "string"}}],
            "responses": {"200": {"description": "The response."}, "4XX": {"$ref": "#/components/responses/clientError"}},
        }}}});
        let text = write(&value);
        assert_eq!(
            text,
            "paths:
  /a/{b}:
    get:
      operationId: getA
      tags: [exports]
      x-atlas-version: \"2023-01-01\"
      parameters:
        - $ref: \"#/components/parameters/b\"
        - name: c
          in: query
          schema:
            type: string
      responses:
        \"200\":
          description: The response.
        4XX:
          $ref: \"#/components/responses/clientError\"
"
        );
        assert_eq!(read(&text), value);
    }

    #[test]
    fn commas_and_braces_in_a_list_are_in_quotes() {
        for list in [json!(["/a/{b}"]), json!(["Soon, or later"]), json!([["/a,b", "A, b"], ["A} b"]])] {
            let value = json!({"a": list});
            assert_eq!(read(&write(&value)), value);
        }
    }

    fn document() -> impl Strategy<Value = Value> {
        let text = prop_oneof!["[ -~]{0,12}", "(TODO|yes|null|1e3|0x1F|~|- a|a: b|a #b|\\{\\}|A, b: c|Äö\n\t)"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(text.clone(), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_as_it_was(value in document()) {
            prop_assert_eq!(read(&write(&value)), value);
        }
    }
}
