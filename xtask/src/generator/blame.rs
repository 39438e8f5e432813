//! Finds which schemas and operations of a document the generator fails on, which it seldom says itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Failure, child};

/// A part of a document that the generator fails on.
#[derive(Debug)]
pub(crate) struct Blamed {
    /// The keys that lead to it.
    pub(crate) path: Vec<String>,
    pub(crate) failure: Failure,
}

impl Blamed {
    fn schema(name: &str, failure: Failure) -> Self {
        Self { path: ["components", "schemas", name].map(str::to_owned).into(), failure }
    }
}

/// Removes what the generator fails on: schemas become empty ones, operations go.
pub(crate) fn remove_failing(document: &mut Value) -> Vec<Blamed> {
    let mut blamed = schemas(document);
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for name in blamed.iter().filter_map(|one| one.path.last()) {
            schemas.insert(name.clone(), json!({}));
        }
    }
    let operations = operations(document);
    for Blamed { path, .. } in &operations {
        if let [_, path, method] = path.as_slice()
            && let Some(item) = document.get_mut("paths").and_then(|paths| paths.get_mut(path)?.as_object_mut())
        {
            item.remove(method);
        }
    }
    blamed.extend(operations);
    blamed
}

/// The schemas that fail by themselves, or else those that fail with what they refer to.
fn schemas(document: &Value) -> Vec<Blamed> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).cloned().unwrap_or_default();
    let bare = with(document, "paths", json!({}));
    let part = |kept: &BTreeSet<&str>| {
        let keep = |(name, schema): (&String, &Value)| {
            (name.clone(), if kept.contains(name.as_str()) { schema.clone() } else { json!({}) })
        };
        let mut part = bare.clone();
        if let Some(all) = part.pointer_mut("/components/schemas") {
            *all = schemas.iter().map(keep).collect();
        }
        part
    };
    let alone: Vec<_> = schemas.keys().map(|name| part(&BTreeSet::from([name.as_str()]))).collect();
    let failed = schemas.keys().zip(failures(&alone));
    let blamed: Vec<_> = failed.filter_map(|(name, failure)| Some(Blamed::schema(name, failure?))).collect();
    if !blamed.is_empty() || child::rust(&bare).is_ok() {
        return blamed;
    }
    let reached: Vec<_> = schemas.keys().map(|name| reached(&schemas, name)).collect();
    let parts: Vec<_> = reached.iter().map(part).collect();
    let failed = schemas.keys().zip(reached.iter().zip(failures(&parts)));
    let failing: BTreeMap<&str, (&BTreeSet<&str>, Failure)> =
        failed.filter_map(|(name, (reached, failure))| Some((name.as_str(), (reached, failure?)))).collect();
    // A schema that fails only because of one that it refers to is not to blame.
    let is_cause = |reached: &BTreeSet<&str>| {
        let others = reached.iter().filter_map(|name| failing.get(name));
        others.map(|(other, _)| other.len()).all(|size| size >= reached.len())
    };
    let causes = failing.iter().filter(|(_, (reached, _))| is_cause(reached));
    causes.map(|(name, (_, failure))| Blamed::schema(name, failure.clone())).collect()
}

/// The operations that fail by themselves.
fn operations(document: &Value) -> Vec<Blamed> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let members = paths.flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |it| (path, item, it)));
    let operations: Vec<_> = members.filter(|(.., (_, operation))| operation.get("responses").is_some()).collect();
    let alone = |(path, item, (method, _)): &(&String, &Value, (&String, &Value))| {
        let mut item = (*item).clone();
        if let Some(members) = item.as_object_mut() {
            members.retain(|name, other| name == *method || other.get("responses").is_none());
        }
        with(document, "paths", json!({(*path): item}))
    };
    let failed = operations.iter().zip(failures(&operations.iter().map(alone).collect::<Vec<_>>()));
    let blamed = failed.filter_map(|((path, _, (method, _)), failure)| {
        Some(Blamed { path: ["paths", path, method].map(str::to_owned).into(), failure: failure? })
    });
    blamed.collect()
}

fn failures(documents: &[Value]) -> Vec<Option<Failure>> {
    child::run(&documents.iter().collect::<Vec<_>>()).into_iter().map(Result::err).collect()
}

fn with(document: &Value, name: &str, value: Value) -> Value {
    let mut document = document.clone();
    if let Some(members) = document.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
    document
}

/// A schema and all that it refers to, directly or not.
fn reached<'a>(schemas: &'a Map<String, Value>, name: &'a str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![name];
    while let Some(name) = open.pop() {
        if let Some(schema) = schemas.get(name)
            && seen.insert(name)
        {
            references(schema, &mut open);
        }
    }
    seen
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            let target = members.get("$ref").and_then(Value::as_str);
            found.extend(target.and_then(|target| target.strip_prefix("#/components/schemas/")));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
