//! One import: operations in, one fragment out.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use serde_json::{Map, Value, json};

use super::{
    names,
    operation::{self, Request},
    schema::Drafter,
};
use crate::official::{Document, Operation, base, below, operations, shape};

#[derive(Debug)]
pub(super) struct Session<'d> {
    document: &'d Document,
    contract: &'d Value,
    as_of: Option<&'d str>,
    base: String,
    /// Paths of the contract and of what was drafted, by shape.
    paths: BTreeMap<String, String>,
    /// Method and shape of what the contract has, with its id.
    covered: BTreeMap<String, String>,
    /// Ids that are taken, in snake case.
    ids: BTreeSet<String>,
    drafter: Drafter<'d>,
    drafts: Vec<Draft>,
}

/// What became of an operation.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) place: String,
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) outcome: Result<(Value, Vec<String>), String>,
}

impl<'d> Session<'d> {
    pub(super) fn new(document: &'d Document, contract: &'d Value, as_of: Option<&'d str>) -> Self {
        let ours = operations(contract);
        let base = base(&document.operations(), &ours);
        let paths = ours.iter().map(|operation| (shape("", operation.path), operation.path.to_owned())).collect();
        let id = |operation: &Operation<'_>| operation.id().unwrap_or_default().to_owned();
        Self {
            document,
            contract,
            as_of,
            base,
            paths,
            covered: ours.iter().map(|operation| (shape(operation.method, operation.path), id(operation))).collect(),
            ids: ours.iter().map(|operation| id(operation).to_snake_case()).collect(),
            drafter: Drafter::new(document, contract, BTreeMap::new()),
            drafts: Vec::new(),
        }
    }

    /// The id of the contract's operation that an operation is.
    pub(super) fn covered(&self, operation: &Operation<'_>) -> Option<&str> {
        self.covered.get(&shape(operation.method, below(operation.path, &self.base))).map(String::as_str)
    }

    /// Drafts an operation.
    pub(super) fn add(&mut self, operation: &Operation<'d>) {
        let below = below(operation.path, &self.base);
        let path = self.paths.entry(shape("", below)).or_insert_with(|| below.to_owned()).clone();
        let renamed = in_braces(below).zip(in_braces(&path)).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        let id = names::operation_id(operation, &path, &self.ids);
        let request = Request {
            document: self.document,
            contract: self.contract,
            operation: *operation,
            path: path.clone(),
            renamed,
            id: id.clone(),
            as_of: self.as_of,
        };
        let outcome = operation::draft(&request, &mut self.drafter);
        self.drafter.finish();
        let outcome = outcome.and_then(|drafted| self.drafter.reached(&drafted.0).map(|_| drafted));
        if outcome.is_ok() {
            self.ids.insert(id.to_snake_case());
        }
        self.drafts.push(Draft { place: operation.place(), method: operation.method, path, outcome });
    }

    pub(super) fn finish(self) -> (Value, Vec<String>) {
        let mut paths = Map::new();
        let mut schemas = Map::new();
        let mut told = Vec::new();
        for Draft { place, method, path, outcome } in self.drafts {
            match outcome {
                Ok((draft, notes)) => {
                    told.extend(notes.into_iter().map(|note| format!("{place}: {note}")));
                    for (name, schema) in self.drafter.reached(&draft).into_iter().flatten() {
                        schemas.insert(name, schema.clone());
                    }
                    let item = paths.entry(path).or_insert_with(|| json!({}));
                    if let Some(item) = item.as_object_mut() {
                        item.insert(method.to_owned(), draft);
                    }
                }
                Err(why) => told.push(format!("{place}: refused: {why}")),
            }
        }
        let mut fragment = json!({"paths": paths});
        if let (Some(map), false) = (fragment.as_object_mut(), schemas.is_empty()) {
            map.insert("components".to_owned(), json!({"schemas": schemas}));
        }
        (fragment, told)
    }
}

/// The names of a path's parameters.
fn in_braces(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}
