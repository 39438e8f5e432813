//! Finds which schemas and operations of a document the generator fails on, which it seldom says itself.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Failure,
    child::{self, Want},
    slice::{Slice, is_operation},
};

/// A part of a document that the generator fails on.
#[derive(Debug)]
pub(crate) struct Blamed {
    /// The keys that lead to it.
    pub(crate) path: [String; 3],
    pub(crate) failure: Failure,
}

/// Removes what the generator fails on: schemas become empty ones, operations go.
pub(crate) fn remove_failing(document: &mut Value) -> Vec<Blamed> {
    let mut blamed = schemas(document);
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        for Blamed { path: [.., name], .. } in &blamed {
            schemas.insert(name.clone(), json!({}));
        }
    }
    let operations = operations(document);
    for Blamed { path: [_, path, method], .. } in &operations {
        if let Some(item) = document.get_mut("paths").and_then(|paths| paths.get_mut(path)?.as_object_mut()) {
            item.remove(method);
        }
    }
    blamed.extend(operations);
    blamed
}

/// The schemas that fail by themselves, or else those that fail with what they refer to.
fn schemas(document: &Value) -> Vec<Blamed> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let names: Vec<_> = schemas.into_iter().flatten().map(|(name, _)| name).collect();
    let blamed = |(name, failure): (&&String, Option<Failure>)| {
        Some(Blamed { path: ["components", "schemas", name].map(str::to_owned), failure: failure? })
    };
    let alone = failures(names.iter().map(|name| Slice::of_schema(name).cut(document)));
    let failing: Vec<_> = names.iter().zip(alone).filter_map(blamed).collect();
    if !failing.is_empty() {
        return failing;
    }
    let reached: Vec<_> = names.iter().map(|name| Slice::of_schema(name).close(document)).collect();
    let failed = failures(reached.iter().map(|slice| slice.cut(document)));
    let failing = names.iter().zip(failed).filter_map(blamed);
    let sizes: BTreeMap<_, _> =
        names.iter().zip(&reached).map(|(name, slice)| (*name, slice.components.len())).collect();
    let failing: BTreeMap<_, _> = failing.map(|blamed| (blamed.path[2].clone(), blamed)).collect();
    // A schema that fails only because of one that it refers to is not to blame.
    let is_cause = |name: &String| {
        let slice = reached.get(names.iter().position(|other| *other == name)?)?;
        let failing = slice.components.iter().filter(|(_, other)| failing.contains_key(other));
        failing.map(|(_, other)| sizes.get(other)).min()?.map(|least| *least >= slice.components.len())
    };
    let causes: Vec<_> = failing.keys().filter(|name| is_cause(name) == Some(true)).cloned().collect();
    failing.into_iter().filter(|(name, _)| causes.contains(name)).map(|(_, blamed)| blamed).collect()
}

/// The operations that fail by themselves.
fn operations(document: &Value) -> Vec<Blamed> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let members = paths.flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |it| (path, it)));
    let operations: Vec<_> = members.filter(|(_, (_, member))| is_operation(member)).collect();
    let part = |(path, (method, _)): &(&String, (&String, &Value))| {
        Slice::of_operation(path, method).close(document).cut(document)
    };
    let failed = operations.iter().zip(failures(operations.iter().map(part)));
    let blamed = failed.filter_map(|((path, (method, _)), failure)| {
        Some(Blamed { path: ["paths", path, method].map(str::to_owned), failure: failure? })
    });
    blamed.collect()
}

fn failures(documents: impl Iterator<Item = Value> + Send) -> Vec<Option<Failure>> {
    child::run(documents, Want::Surface).into_iter().map(Result::err).collect()
}
