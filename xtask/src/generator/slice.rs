//! A part of a document: some operations and components, with all that these refer to.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::HAND_WRITTEN;

/// Schemas that the generator refers to by itself, where a document has them.
const IMPLIED: [&str; 1] = ["ApiError"];

/// Kind and name of a component.
pub(crate) type Component = (String, String);

/// What is kept of a document.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    pub(crate) components: BTreeSet<Component>,
    /// Paths and methods.
    pub(crate) operations: BTreeSet<(String, String)>,
}

impl Slice {
    pub(crate) fn of_schema(name: &str) -> Self {
        Self { components: BTreeSet::from([("schemas".to_owned(), name.to_owned())]), ..Self::default() }
    }

    pub(crate) fn of_operation(path: &str, method: &str) -> Self {
        Self { operations: BTreeSet::from([(path.to_owned(), method.to_owned())]), ..Self::default() }
    }

    /// Adds all that the kept parts refer to in a document.
    pub(crate) fn close(mut self, document: &Value) -> Self {
        let mut open: Vec<_> = std::mem::take(&mut self.components).into_iter().collect();
        for (path, method) in &self.operations {
            let item = document.get("paths").and_then(|paths| paths.get(path));
            for part in [method, "parameters"].into_iter().filter_map(|key| item?.get(key)) {
                references(part, &mut open);
            }
        }
        while let Some(component) = open.pop() {
            let (kind, name) = &component;
            if !self.components.contains(&component) {
                let found = document.get("components").and_then(|all| all.get(kind)?.get(name));
                found.into_iter().for_each(|found| references(found, &mut open));
                self.components.insert(component);
            }
        }
        self
    }

    /// The part of a document that is kept, as a document that can be generated: where it refers to a schema that is
    /// not kept, that is empty.
    pub(crate) fn cut(&self, document: &Value) -> Value {
        let mut part = Map::new();
        for (key, value) in document.as_object().into_iter().flatten() {
            match key.as_str() {
                "paths" => drop(part.insert(key.clone(), self.paths(value))),
                "components" => drop(part.insert(key.clone(), self.components(value))),
                _ => drop(part.insert(key.clone(), value.clone())),
            }
        }
        let mut part = Value::Object(part);
        let mut mentioned = Vec::new();
        references(&part, &mut mentioned);
        mentioned.extend(IMPLIED.map(|name| ("schemas".to_owned(), name.to_owned())));
        complete(&mut part);
        if let Some(schemas) = part.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
            for (kind, name) in mentioned {
                if kind == "schemas"
                    && document.pointer("/components/schemas").is_some_and(|all| all.get(&name).is_some())
                {
                    schemas.entry(name).or_insert_with(|| json!({}));
                }
            }
        }
        part
    }

    fn components(&self, all: &Value) -> Value {
        let kept = |kind: &String, components: &Value| -> Map<String, Value> {
            let components = components.as_object().into_iter().flatten();
            let kept = components.filter(|(name, _)| self.components.contains(&(kind.clone(), (*name).clone())));
            kept.map(|(name, component)| (name.clone(), component.clone())).collect()
        };
        let kinds = all.as_object().into_iter().flatten();
        kinds.map(|(kind, components)| (kind.clone(), Value::Object(kept(kind, components)))).collect()
    }

    fn paths(&self, paths: &Value) -> Value {
        let is_kept = |path: &String, key: &String, member: &Value| {
            !is_operation(member) || self.operations.contains(&(path.clone(), key.clone()))
        };
        let item = |(path, item): (&String, &Value)| {
            let members = item.as_object()?.iter().filter(|(key, member)| is_kept(path, key, member));
            let members: Map<_, _> = members.map(|(key, member)| (key.clone(), member.clone())).collect();
            members.values().any(is_operation).then(|| (path.clone(), Value::Object(members)))
        };
        paths.as_object().into_iter().flatten().filter_map(item).collect()
    }
}

/// Adds what the generator asks for in any document.
pub(crate) fn complete(document: &mut Value) {
    let Some(root) = document.as_object_mut() else { return };
    root.entry("info").or_insert_with(|| json!({"title": "", "version": ""}));
    let components = root.entry("components").or_insert_with(|| json!({})).as_object_mut();
    let schemas = components.and_then(|all| all.entry("schemas").or_insert_with(|| json!({})).as_object_mut());
    let Some(schemas) = schemas else { return };
    for (name, _) in HAND_WRITTEN {
        schemas.entry(name).or_insert_with(|| json!({}));
    }
}

pub(crate) fn is_operation(member: &Value) -> bool {
    member.get("responses").is_some()
}

/// All components that a value refers to.
pub(crate) fn references(value: &Value, found: &mut Vec<Component>) {
    match value {
        Value::Object(members) => {
            let target = members.get("$ref").and_then(Value::as_str);
            let target = target.and_then(|target| target.strip_prefix("#/components/")?.split_once('/'));
            found.extend(target.map(|(kind, name)| (kind.to_owned(), name.to_owned())));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// A part of a document without documentation.
pub(crate) fn undocumented(value: &Value) -> Value {
    let is_documentation =
        |key: &str, value: &Value| value.is_string() && ["description", "summary", "title"].contains(&key);
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(key, value)| !is_documentation(key, value));
            kept.map(|(key, value)| (key.clone(), undocumented(value))).collect()
        }
        Value::Array(items) => items.iter().map(undocumented).collect(),
        other => other.clone(),
    }
}
