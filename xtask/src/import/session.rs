//! One import: operations in, one fragment out.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use serde_json::{Map, Value, json};

use super::{
    names,
    operation::{self, Request},
    schema::{Drafter, Shared, TODO},
};
use crate::official::{Document, Operation, base, below, shape};

/// Drafts operations into one fragment.
#[derive(Debug)]
pub(super) struct Session<'d> {
    document: &'d Document,
    contract: &'d Document,
    as_of: Option<&'d str>,
    base: String,
    /// Paths of the contract and of what was drafted, by shape.
    paths: BTreeMap<String, String>,
    /// Ids that are taken, in snake case.
    ids: BTreeSet<String>,
    /// Tags that the contract defines.
    tags: BTreeSet<&'d str>,
    drafter: Drafter<'d>,
    drafts: Vec<Draft>,
}

/// What became of an operation.
#[derive(Debug)]
pub(super) struct Draft {
    /// Method and path in the document.
    pub(super) place: String,
    /// Name of the client's method.
    pub(super) rust: String,
    method: &'static str,
    path: String,
    /// The drafted operation and what was left out of it, or why there is none.
    pub(super) outcome: Result<(Value, Vec<String>), String>,
}

impl<'d> Session<'d> {
    pub(super) fn new(document: &'d Document, contract: &'d Document, shared: Shared, as_of: Option<&'d str>) -> Self {
        let ours = contract.operations();
        let ids = ours.iter().filter_map(|operation| operation.id()).map(ToSnakeCase::to_snake_case).collect();
        Self {
            document,
            contract,
            as_of,
            base: base(&document.operations(), &ours),
            paths: ours.iter().map(|operation| (shape("", operation.path), operation.path.to_owned())).collect(),
            ids,
            tags: defined_tags(contract.root()).collect(),
            drafter: Drafter::new(document, contract, shared),
            drafts: Vec::new(),
        }
    }

    /// Drafts an operation.
    pub(super) fn add(&mut self, operation: &Operation<'d>) {
        let below = below(operation.path, &self.base);
        let path = self.paths.entry(shape("", below)).or_insert_with(|| below.to_owned()).clone();
        let renamed = in_braces(below).zip(in_braces(&path)).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        let id = names::operation_id(operation, &path, &self.ids);
        let rust = id.to_snake_case();
        let request = Request {
            document: self.document,
            contract: self.contract,
            operation: *operation,
            path: path.clone(),
            renamed,
            id,
            as_of: self.as_of,
        };
        let outcome = operation::draft(&request, &mut self.drafter);
        self.drafter.finish();
        let outcome = outcome.and_then(|drafted| self.drafter.reached(&drafted.0).map(|_| drafted));
        if outcome.is_ok() {
            self.ids.insert(rust.clone());
        }
        self.drafts.push(Draft { place: operation.place(), rust, method: operation.method, path, outcome });
    }

    pub(super) fn drafts(&self) -> &[Draft] {
        &self.drafts
    }

    /// The fragment of some drafts, by their numbers.
    pub(super) fn fragment(&self, drafts: impl IntoIterator<Item = usize>) -> Value {
        let (mut paths, mut schemas, mut tags) = (Map::new(), Map::new(), BTreeSet::new());
        for draft in drafts.into_iter().filter_map(|number| self.drafts.get(number)) {
            let Ok((operation, _)) = &draft.outcome else { continue };
            for (name, schema) in self.drafter.reached(operation).into_iter().flatten() {
                schemas.insert(name, schema.clone());
            }
            let used = operation.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            tags.extend(used.filter(|tag| !self.tags.contains(tag)));
            let item = paths.entry(draft.path.clone()).or_insert_with(|| json!({}));
            if let Some(item) = item.as_object_mut() {
                item.insert(draft.method.to_owned(), operation.clone());
            }
        }
        let mut fragment = json!({"paths": paths});
        if let Some(map) = fragment.as_object_mut() {
            if !tags.is_empty() {
                let tags = tags.into_iter().map(|tag| json!({"name": tag, "description": TODO})).collect();
                map.insert("tags".to_owned(), tags);
            }
            if !schemas.is_empty() {
                map.insert("components".to_owned(), json!({"schemas": schemas}));
            }
        }
        fragment
    }

    /// Whether a draft is the operation at a place of the fragment, or leads to the schema there.
    pub(super) fn leads_to(&self, draft: usize, place: &[&str]) -> bool {
        let Some(Draft { method, path, outcome: Ok((operation, _)), .. }) = self.drafts.get(draft) else {
            return false;
        };
        match place {
            ["paths", wanted, rest @ ..] => path == wanted && rest.first().is_none_or(|first| first == method),
            ["components", "schemas", name, ..] => {
                self.drafter.reached(operation).is_ok_and(|reached| reached.contains_key(*name))
            }
            _ => true,
        }
    }
}

/// The names of the tags that a document defines.
fn defined_tags(root: &Value) -> impl Iterator<Item = &str> {
    let tags = root.get("tags").and_then(Value::as_array);
    tags.into_iter().flatten().filter_map(|tag| tag.get("name").and_then(Value::as_str))
}

/// The names of a path's parameters.
fn in_braces(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}
