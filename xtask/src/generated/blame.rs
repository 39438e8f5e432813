//! Finds which part of a contract the generator fails on, since the generator itself seldom says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{finding, guard};
use crate::contract::{Contract, Finding};

const MEND: &str = "write it another way, as the examples in openapi/README.md do, or leave it out";

/// What is wrong with generated Rust, at the schemas and operations that it comes from.
pub(super) fn clashes(contract: &Contract, clashes: Vec<(String, String)>) -> Vec<Finding> {
    let find = |(item, what): (String, String)| {
        finding(
            contract,
            contract.place_of_rust(&item),
            format!("the generator makes Rust that cannot compile: {what}"),
            MEND,
        )
    };
    clashes.into_iter().map(find).collect()
}

/// The operations or schemas that the generator fails on each by itself, or else the contract as a whole.
pub(super) fn failure(contract: &Contract, json: &str, message: &str) -> Vec<Finding> {
    let document: Value = serde_json::from_str(json).unwrap_or_default();
    let schemas_of = document.pointer("/components/schemas");
    let is_there = |name: &str| schemas_of.is_some_and(|schemas| schemas.get(name).is_some());
    if !crate::generator::HAND_WRITTEN.iter().all(|(name, _)| is_there(name)) {
        return vec![finding(
            contract,
            None,
            message.to_owned(),
            "restore the schema: openapi/README.md says which must stay",
        )];
    }
    let mut found = schemas(contract, &document);
    if found.is_empty() {
        found = operations(contract, &document);
    }
    if found.is_empty() {
        found.push(finding(contract, None, format!("the generator fails: {message}"), MEND));
    }
    found
}

/// Why the generator fails on a document, if it does.
fn fails(document: &Value) -> Option<String> {
    guard::rust(&document.to_string()).err()
}

fn object<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}

fn operations(contract: &Contract, document: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, item) in object(document, "/paths") {
        for (method, operation) in object(item, "").filter(|(_, operation)| operation.get("responses").is_some()) {
            let mut one = item.clone();
            if let Some(members) = one.as_object_mut() {
                members.retain(|name, other| name == method || other.get("responses").is_none());
            }
            let mut part = document.clone();
            set(&mut part, "paths", Value::Object(Map::from_iter([(path.clone(), one)])));
            if let Some(message) = fails(&part) {
                let id = operation.get("operationId").and_then(Value::as_str).unwrap_or(path);
                let place = contract.place(&["paths", path, method]);
                found.push(finding(contract, place, format!("the generator fails on `{id}`: {message}"), MEND));
            }
        }
    }
    found
}

fn schemas(contract: &Contract, document: &Value) -> Vec<Finding> {
    let all: BTreeMap<&String, &Value> = object(document, "/components/schemas").collect();
    let mut bare = document.clone();
    set(&mut bare, "paths", Value::Object(Map::new()));
    if fails(&bare).is_none() {
        return Vec::new();
    }
    let hand_written = crate::generator::HAND_WRITTEN.iter().map(|(name, _)| (*name).to_owned());
    let always: BTreeSet<String> = hand_written.flat_map(|name| closure(&all, &name)).collect();
    let mut failing: BTreeMap<String, (BTreeSet<String>, String)> = BTreeMap::new();
    for name in all.keys() {
        let closure = closure(&all, name);
        let keep = |other: &String| closure.contains(other) || always.contains(other);
        let part: Map<_, _> = all
            .iter()
            .filter(|(other, _)| keep(other))
            .map(|(name, schema)| ((*name).clone(), (*schema).clone()))
            .collect();
        let mut document = bare.clone();
        if let Some(components) = document.get_mut("components") {
            set(components, "schemas", Value::Object(part));
        }
        if let Some(message) = fails(&document) {
            failing.insert((*name).clone(), (closure, message));
        }
    }
    // Who fails only for what it refers to is not to blame.
    let is_to_blame = |name: &String, closure: &BTreeSet<String>| {
        !closure.iter().any(|other| other != name && failing.contains_key(other))
    };
    let blamed = failing.iter().filter(|(name, (closure, _))| is_to_blame(name, closure));
    blamed
        .map(|(name, (_, message))| {
            let place = contract.place(&["components", "schemas", name]);
            finding(contract, place, format!("the generator fails on the schema `{name}`: {message}"), MEND)
        })
        .collect()
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// A schema and all that it leads to.
fn closure(all: &BTreeMap<&String, &Value>, name: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(name) = open.pop() {
        if let Some(schema) = all.get(&name)
            && seen.insert(name)
        {
            references(schema, &mut open);
        }
    }
    seen
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let target = members.get("$ref").and_then(Value::as_str);
            found.extend(target.and_then(|target| target.strip_prefix("#/components/schemas/")).map(str::to_owned));
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
