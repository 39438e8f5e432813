//! One view of the many ways to write the same schema: references, wrappers and `allOf` undone.

use std::borrow::Cow;

use serde_json::Value;

use super::document::{Document, Object, list};

/// How deep anything is followed. JSON itself is read to twice that depth.
pub(super) const DEEPEST: usize = 64;

/// Keywords that say how a schema is used where it stands, beside a reference or around one in an `allOf`.
const OVERLAYS: [&str; 11] = [
    "nullable",
    "default",
    "readOnly",
    "writeOnly",
    "deprecated",
    "title",
    "description",
    "example",
    "externalDocs",
    "xml",
    "discriminator",
];

/// Keywords that are for readers.
const DOCS: [&str; 5] = ["title", "description", "example", "externalDocs", "deprecated"];

/// Parts of one schema that are looked at. Few are enough for people; parts of parts of parts have no end.
const MOST_STEPS: usize = 250;

/// What has been followed to get somewhere.
#[derive(Debug, Default)]
struct Way {
    /// Named schemas, and nothing for wrappers.
    names: Vec<String>,
    steps: usize,
}

impl Way {
    fn goes_on(&mut self) -> bool {
        self.steps += 1;
        self.names.len() <= DEEPEST && self.steps <= MOST_STEPS
    }
}

/// A schema as far as it can be seen through.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub(super) target: Target,
    /// The keywords: all of an inline schema, for a named one those beside the reference.
    pub(super) map: Cow<'a, Object>,
    /// It was an `allOf` of several parts.
    pub(super) merged: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A schema of `components.schemas`.
    Named(String),
    /// The keywords are all there is.
    Inline,
    /// Nobody can say what it means.
    Unclear,
}

impl<'a> Node<'a> {
    /// Looks at a schema. The keys of `allOf` and of wrappers that wrap only one schema are gone afterwards.
    pub(super) fn of(document: Document<'_>, schema: &'a Value) -> Self {
        Self::look(document, schema, &mut Way::default())
    }

    fn look(document: Document<'_>, schema: &'a Value, way: &mut Way) -> Self {
        let Some(map) = schema.as_object() else { return Self::unclear(schema) };
        if let Some(reference) = map.get("$ref") {
            let name = reference.as_str().and_then(|reference| document.schema_name(reference));
            return name.map_or_else(
                || Self::unclear(schema),
                |name| Self { target: Target::Named(name), map: Cow::Owned(Object::new()), merged: false },
            );
        }
        if !way.goes_on() {
            return Self::unclear(schema);
        }
        if let Some(wrapped) = wrapped(map) {
            return Self::unwrap(document, map, wrapped, way);
        }
        if !map.contains_key("allOf") {
            return Self { target: Target::Inline, map: Cow::Borrowed(map), merged: false };
        }
        merged(document, map, way).unwrap_or_else(|| Self::unclear(schema))
    }

    /// What is inside of a wrapper, with what the wrapper adds.
    fn unwrap(document: Document<'_>, outer: &'a Object, wrapped: &'a Value, way: &mut Way) -> Self {
        way.names.push(String::new());
        let inner = Self::look(document, wrapped, way);
        way.names.pop();
        if inner.target == Target::Unclear {
            return inner;
        }
        let mut map = inner.map.into_owned();
        for (key, value) in outer.iter().filter(|(key, _)| is_overlay(key)) {
            // What is null inside is null outside too.
            if key == "nullable" && map.get(key) == Some(&Value::Bool(true)) {
                continue;
            }
            map.insert(key.clone(), value.clone());
        }
        Self { target: inner.target, map: Cow::Owned(map), merged: inner.merged }
    }

    /// A schema that is kept as it is written.
    fn unclear(schema: &Value) -> Self {
        let mut map = Object::new();
        map.insert("?".to_owned(), schema.clone());
        Self { target: Target::Unclear, map: Cow::Owned(map), merged: false }
    }

    /// The keywords with a named schema's own among them.
    pub(super) fn spread(self, document: Document<'_>) -> Object {
        self.seen_through(document).unwrap_or_default()
    }

    /// The same. Nothing where it is unclear what the schema means.
    pub(super) fn seen_through(self, document: Document<'_>) -> Option<Object> {
        spread(document, self, &mut Way::default())
    }
}

pub(super) fn is_overlay(key: &str) -> bool {
    OVERLAYS.contains(&key) || key.starts_with("x-")
}

/// The one schema that a schema with nothing of its own wraps. Inside of `oneOf` and `anyOf` only a reference is: the
/// generator makes enums of other ones.
fn wrapped(map: &Object) -> Option<&Value> {
    let mut own = map.keys().filter(|key| !is_overlay(key));
    let (Some(key), None) = (own.next(), own.next()) else { return None };
    let [only] = list(map, key) else { return None };
    match key.as_str() {
        "allOf" => Some(only),
        "oneOf" | "anyOf" => only.get("$ref").map(|_| only),
        _ => None,
    }
}

/// A node's keywords and those of the schema that it names.
fn spread(document: Document<'_>, node: Node<'_>, way: &mut Way) -> Option<Object> {
    match node.target {
        Target::Unclear => None,
        Target::Inline => Some(node.map.into_owned()),
        Target::Named(name) => {
            if way.names.contains(&name) || !way.goes_on() {
                return None;
            }
            let schema = document.schema(&name)?;
            way.names.push(name);
            let named = Node::look(document, schema, way);
            let mut map = spread(document, named, way);
            way.names.pop();
            for (key, value) in node.map.iter() {
                if let Some(map) = &mut map
                    && (key != "nullable" || value == &Value::Bool(true))
                {
                    map.insert(key.clone(), value.clone());
                }
            }
            map
        }
    }
}

/// An `allOf` and what stands beside it as one schema. Nothing when the parts do not simply add up.
fn merged<'a>(document: Document<'_>, map: &Object, way: &mut Way) -> Option<Node<'a>> {
    let mut sum: Object = map.iter().filter(|(key, _)| *key != "allOf").map(|(k, v)| (k.clone(), v.clone())).collect();
    let parts = map.get("allOf")?.as_array()?;
    let mut all_nullable = !parts.is_empty();
    let mut named = Vec::new();
    let mut closed = false;
    for part in parts {
        way.names.push(String::new());
        let node = Node::look(document, part, way);
        let target = node.target.clone();
        let part = spread(document, node, way);
        way.names.pop();
        let part = part?;
        all_nullable &= part.get("nullable") == Some(&Value::Bool(true));
        if let Target::Named(name) = &target
            && is_flat(document, name)
        {
            named.push((target, essence(&part)));
        }
        // What is left of a choice under more demands is hard to tell.
        if ["oneOf", "anyOf", "not"].iter().any(|key| part.contains_key(*key)) {
            return None;
        }
        // Who is one of the kinds of a part is told apart as that part says.
        if let Some(discriminator) = part.get("discriminator") {
            sum.entry("discriminator").or_insert_with(|| discriminator.clone());
        }
        closed |= part.get("additionalProperties").is_some_and(|value| *value != Value::Bool(true));
        for (key, value) in part.into_iter().filter(|(key, _)| !is_overlay(key)) {
            add(&mut sum, key, value)?;
        }
    }
    if all_nullable {
        sum.insert("nullable".to_owned(), Value::Bool(true));
    }
    // Parts that add nothing to a named one leave it what it is.
    let whole = essence(&sum);
    if let Some((target, _)) = named.into_iter().find(|(_, part)| *part == whole) {
        sum.retain(|key, _| is_overlay(key));
        return Some(Node { target, map: Cow::Owned(sum), merged: true });
    }
    // What one part says of other members it says of those of the other parts.
    (!closed).then_some(Node { target: Target::Inline, map: Cow::Owned(sum), merged: true })
}

/// Whether a named schema is written out, and not in parts.
fn is_flat(document: Document<'_>, name: &str) -> bool {
    let mut name = name.to_owned();
    for _ in 0..DEEPEST {
        let Some(schema) = document.schema(&name) else { return false };
        match schema.get("$ref").and_then(Value::as_str).and_then(|reference| document.schema_name(reference)) {
            Some(next) => name = next,
            None => return schema.get("allOf").is_none(),
        }
    }
    false
}

/// Whether a schema demands nothing.
fn is_anything(schema: &Value) -> bool {
    schema.as_object().is_some_and(|map| map.keys().all(|key| DOCS.contains(&key.as_str())))
}

/// Whether two schemas differ in documentation at most.
fn alike(a: &Value, b: &Value) -> bool {
    let bare = |value: &Value| -> Option<Object> {
        let map = value.as_object()?.iter().filter(|(key, _)| !DOCS.contains(&key.as_str()));
        Some(map.map(|(key, value)| (key.clone(), value.clone())).collect())
    };
    a == b || bare(a).is_some() && bare(a) == bare(b)
}

/// What a schema demands, whatever is said about it.
fn essence(map: &Object) -> Object {
    let mut map: Object = map.iter().filter(|(key, _)| !is_overlay(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
    if let Some(Value::Array(required)) = map.get_mut("required") {
        required.sort_by_key(ToString::to_string);
    }
    map
}

/// Adds a keyword to a sum. Nothing when it is there with another meaning.
fn add(sum: &mut Object, key: String, value: Value) -> Option<()> {
    let Some(old) = sum.get_mut(&key) else {
        sum.insert(key, value);
        return Some(());
    };
    if *old == value {
        return Some(());
    }
    match (key.as_str(), old, value) {
        ("properties", Value::Object(old), Value::Object(new)) => {
            for (name, property) in new {
                let Some(same) = old.get_mut(&name) else {
                    old.insert(name, property);
                    continue;
                };
                if is_anything(same) {
                    *same = property;
                } else if !alike(same, &property) && !is_anything(&property) {
                    return None;
                }
                // Of what is said twice the generator forgets the default.
                if let Some(same) = same.as_object_mut() {
                    same.remove("default");
                }
            }
            Some(())
        }
        ("required", Value::Array(old), Value::Array(new)) => {
            for name in new {
                if !old.contains(&name) {
                    old.push(name);
                }
            }
            Some(())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({"components": {"schemas": {
            "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
            "Loop": {"allOf": [{"$ref": "#/components/schemas/Loop"}, {"type": "object"}]},
            "Alias": {"$ref": "#/components/schemas/Base"},
        }}})
    }

    fn node(schema: &Value) -> Node<'_> {
        Node::of(Document::new(Box::leak(Box::new(document()))), schema)
    }

    #[test]
    fn a_wrapper_around_a_reference_is_the_reference() {
        for wrapper in ["allOf", "oneOf", "anyOf"] {
            let schema = json!({wrapper: [{"$ref": "#/components/schemas/Base"}], "nullable": true});
            let node = node(&schema);
            assert_eq!(node.target, Target::Named("Base".to_owned()));
            assert_eq!(node.map.get("nullable"), Some(&json!(true)));
        }
    }

    #[test]
    fn the_parts_of_an_all_of_add_up() {
        let schema = json!({"allOf": [
            {"$ref": "#/components/schemas/Alias"},
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
        ]});
        let map = node(&schema).map.into_owned();
        assert_eq!(map.get("required"), Some(&json!(["id", "a"])));
        assert_eq!(map.get("properties").and_then(Value::as_object).map(Object::len), Some(2));
    }

    #[test]
    fn parts_that_add_nothing_to_a_named_schema_leave_it_what_it_is() {
        for more in [json!({"description": "more"}), json!({"type": "object"}), json!({"required": ["id"]})] {
            let schema = json!({"allOf": [{"$ref": "#/components/schemas/Base"}, more]});
            assert_eq!(node(&schema).target, Target::Named("Base".to_owned()));
        }
    }

    #[test]
    fn what_cannot_be_seen_through_is_unclear() {
        for schema in [
            json!({"$ref": "elsewhere.yaml#/A"}),
            json!({"$ref": "#/components/schemas/Gone"}),
            json!({"allOf": [{"$ref": "#/components/schemas/Loop"}, {"minProperties": 1}]}),
            json!({"allOf": [{"type": "string"}, {"type": "integer"}]}),
            json!(true),
        ] {
            assert_eq!(node(&schema).target, Target::Unclear, "{schema}");
        }
    }
}
