//! The code that the generator makes of a contract that may hold anything.

use serde_json::Value;

use super::differing;
use crate::{
    diff::document::Document,
    generator::{Generated, blame, names, read::Code, slice},
};

/// What the generator makes of a contract.
#[derive(Debug)]
pub(super) struct Made {
    /// Nothing where the generator fails on the whole.
    pub(super) code: Option<Code>,
    pub(super) failures: Vec<Failure>,
}

/// Something of which the generator makes no code that compiles.
#[derive(Debug, PartialEq)]
pub(super) struct Failure {
    pub(super) item: String,
    pub(super) place: String,
    pub(super) reason: String,
    /// The schema or operation, without documentation.
    pub(super) part: Value,
}

impl Made {
    fn of(generated: &Generated) -> Self {
        let defects = generated.defects().iter().map(|defect| Failure {
            item: format!("types::{}", defect.item),
            place: defect.item.clone(),
            reason: defect.what.clone(),
            part: Value::Null,
        });
        Self { code: Code::of(generated.surface()), failures: defects.collect() }
    }

    fn recorded(surface: &str) -> Option<Self> {
        Some(Self { code: Some(Code::of(surface)?), failures: Vec::new() })
    }
}

/// Generates all that can be generated of two contracts. Of the first, a recorded surface is used where there is one,
/// since another generator may have made it.
pub(super) fn both(base: Document<'_>, recorded: Option<&str>, head: Document<'_>) -> (Made, Made) {
    let (old, new) = (complete(base.root()), complete(head.root()));
    let recorded = recorded.and_then(Made::recorded);
    let wanted = if recorded.is_some() { vec![&new] } else { vec![&old, &new] };
    let mut made = Generated::all(&wanted);
    match (recorded, made.pop(), made.pop()) {
        (Some(recorded), Some(Ok(head)), _) => (recorded, Made::of(&head)),
        (None, Some(Ok(head)), Some(Ok(base))) => (Made::of(&base), Made::of(&head)),
        _ => {
            let slice = differing::slice(&old, &new);
            (partly(slice.cut(&old)), partly(slice.cut(&new)))
        }
    }
}

/// Generates the part of a contract that can be generated.
fn partly(mut document: Value) -> Made {
    let reason = match Generated::new(&document) {
        Ok(generated) => return Made::of(&generated),
        Err(reason) => reason,
    };
    let whole = document.clone();
    let blamed = blame::remove_failing(&mut document);
    let rest = if blamed.is_empty() { None } else { Generated::new(&document).ok() };
    match rest {
        Some(generated) => {
            let mut made = Made::of(&generated);
            made.failures.splice(0..0, blamed.into_iter().map(|blamed| failure(&whole, blamed)));
            made
        }
        None => {
            let (item, place, part) = ("Client".to_owned(), "document".to_owned(), undocumented(&whole));
            Made { code: None, failures: vec![Failure { item, place, reason: reason.to_string(), part }] }
        }
    }
}

fn failure(document: &Value, blame::Blamed { path, failure }: blame::Blamed) -> Failure {
    let part = path.iter().try_fold(document, |value, key| value.get(key)).cloned().unwrap_or_default();
    let (item, place) = match &path {
        [_, path, method] if part.get("responses").is_some() => {
            let id = part.get("operationId").and_then(Value::as_str).map(names::snake);
            let item = id.map_or_else(|| "Client".to_owned(), |id| format!("Client::{id}"));
            (item, format!("{} {path}", method.to_uppercase()))
        }
        [.., name] => (names::schema(name, &part), name.clone()),
    };
    Failure { item, place, reason: failure.to_string(), part: undocumented(&part) }
}

fn complete(document: &Value) -> Value {
    let mut document = document.clone();
    slice::complete(&mut document);
    document
}

/// A part of a contract without documentation.
fn undocumented(value: &Value) -> Value {
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
