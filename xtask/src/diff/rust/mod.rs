//! What a contract gives to Rust: the public items of the code that the generator makes of it.

mod compare;
mod differing;
mod generate;

pub(super) use compare::{Difference, compare};

use super::document::Document;
use crate::generator::{
    names,
    origin::Origins,
    read::{Code, Item},
};
use generate::{Failure, Made};

/// The public items of the generated crate, and where in the contract they come from.
#[derive(Debug, Default)]
pub(super) struct Surface {
    code: Code,
    origins: Origins,
    /// What the generator makes no code of that compiles.
    failures: Vec<Failure>,
    /// There is no code at all.
    blind: bool,
}

impl Surface {
    /// All items of two contracts, of the first perhaps as they were recorded when it was made.
    pub(super) fn both(base: Document<'_>, recorded: Option<&str>, head: Document<'_>) -> (Self, Self) {
        let (old, new) = generate::both(base, recorded, head);
        (Self::of(base, old), Self::of(head, new))
    }

    fn of(document: Document<'_>, made: Made) -> Self {
        let blind = made.code.is_none();
        let mut code = made.code.unwrap_or_default();
        for (name, schema) in document.components("schemas").into_iter().flatten() {
            let item = names::schema(name, schema);
            if item.starts_with("models::") {
                code.items.insert(item, Item::hand_written());
            }
        }
        let origins = Origins::of(document.root(), &code);
        let defects = origins.defects(&made.defects).into_iter().map(Failure::of_defect);
        let failures = made.failures.into_iter().chain(defects).collect();
        Self { code, origins, failures, blind }
    }

    fn place(&self, item: &str) -> String {
        self.origins.get(item).map_or(item, |origin| &origin.place).to_owned()
    }

    /// The item of a named schema and the type that it is.
    pub(super) fn component(&self, document: Document<'_>, name: &str) -> (String, Option<String>) {
        let item = document.schema(name).map_or_else(|| format!("types::{name}"), |schema| names::schema(name, schema));
        let leaf = item.strip_prefix("types::").map(str::to_owned);
        (item, leaf)
    }

    /// The field or variant of a key or value of the contract.
    pub(super) fn part(&self, leaf: Option<&str>, key: &str) -> Option<(&String, &Item)> {
        let path = self.code.parts.get(&format!("types::{}", leaf?))?.get(key)?;
        self.code.items.get_key_value(path)
    }

    /// The type inside of a type, when that only wraps another.
    pub(super) fn inside(&self, leaf: Option<String>) -> Option<String> {
        match self.code.items.get(&format!("types::{}", leaf.as_deref()?)) {
            Some(item) if item.is.starts_with("a newtype") => item.leaves.first().cloned(),
            _ => leaf,
        }
    }

    /// The type at a place of an operation.
    pub(super) fn slot(&self, place: &str) -> Option<String> {
        self.origins.slot(place).cloned()
    }

    /// Whether reading the type checks a text.
    pub(super) fn checks(&self, leaf: Option<&str>) -> bool {
        let item = leaf.and_then(|leaf| self.code.items.get(&format!("types::{leaf}")));
        item.is_some_and(|item| item.is.ends_with("with a rule"))
    }

    /// Whether a call that says nothing of its body sends one that the contract allows.
    pub(super) fn is_optional_body(&self, setter: &str, leaf: Option<&str>) -> bool {
        let has = |item: &str, fact: &str| self.code.items.get(item).is_some_and(|item| item.has(fact));
        has(setter, "body_map") && leaf.is_some_and(|leaf| has(&format!("types::{leaf}"), "Default"))
    }
}
