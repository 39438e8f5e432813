//! What a contract gives to Rust: the public items of the code that the generator makes of it.

use std::collections::BTreeMap;

mod compare;
mod differing;
mod generate;
pub(super) mod numbers;

pub(super) use compare::{Difference, compare};

use super::document::{Document, Status, responses};
use crate::generator::{
    names,
    read::{Code, Item},
};
use generate::{Failure, Made};

/// The public items of the generated crate, and where in the contract they come from.
#[derive(Debug, Default)]
pub(super) struct Surface {
    code: Code,
    /// Places of items.
    places: BTreeMap<String, String>,
    /// Types at the places where operations use them.
    slots: BTreeMap<String, String>,
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
        let mut surface = Self { code: made.code.unwrap_or_default(), blind, ..Self::default() };
        let schemas = document.components("schemas");
        for (name, schema) in schemas.into_iter().flatten() {
            let item = names::schema(name, schema);
            if let Some(path) = item.strip_prefix("models::") {
                surface.code.items.insert(format!("models::{path}"), Item::hand_written());
            }
            surface.places.entry(item).or_insert_with(|| name.clone());
        }
        for (name, schema) in schemas.into_iter().flatten() {
            surface.descend(&names::schema(name, schema), name);
        }
        for operation in document.operations() {
            let (Some(id), place) = (operation.id(), operation.place()) else { continue };
            let method = format!("Client::{}", names::snake(id));
            let builder = surface.code.builders.get(&method).cloned().unwrap_or_default();
            for parameter in document.parameters(&operation).values() {
                let setter = format!("{builder}::{}", names::snake(parameter.name));
                surface.slot_of(&setter, 0, &format!("{place}: {} {}", parameter.location, parameter.name));
            }
            surface.slot_of(&format!("{builder}::body"), 0, &format!("{place}: body"));
            for status in responses(document, &operation).keys() {
                let is_success = Status::of(status).is_some_and(Status::is_success);
                surface.slot_of(&method, usize::from(!is_success), &format!("{place}: {status}"));
            }
            surface.places.insert(method, place);
        }
        for failure in made.failures {
            let place = surface.places.get(&failure.item).unwrap_or(&failure.place).clone();
            surface.failures.push(Failure { place, ..failure });
        }
        surface
    }

    /// Gives places to the parts of a type, and to the types without a name of their own in them.
    fn descend(&mut self, item: &str, place: &str) {
        let parts: Vec<_> = self.code.parts(item).map(|(key, part)| (key.clone(), part.clone())).collect();
        for (key, part) in parts {
            let place = if key.is_empty() { format!("{place}{{}}") } else { format!("{place}.{key}") };
            let leaf = self.leaf(&part, 0);
            self.places.insert(part, place.clone());
            self.name(leaf, &place);
        }
        let inside = self.leaf(item, 0);
        self.name(inside, place);
    }

    /// A type that only stands in another one has the place where it stands.
    fn name(&mut self, leaf: Option<String>, place: &str) {
        let Some(item) = leaf.map(|leaf| format!("types::{leaf}")) else { return };
        if self.code.items.contains_key(&item) && !self.places.contains_key(&item) {
            self.places.insert(item.clone(), place.to_owned());
            self.descend(&item, place);
        }
    }

    fn slot_of(&mut self, item: &str, number: usize, place: &str) {
        self.places.entry(item.to_owned()).or_insert_with(|| place.to_owned());
        let Some(leaf) = self.leaf(item, number) else { return };
        self.name(Some(leaf.clone()), place);
        self.slots.insert(place.to_owned(), leaf);
    }

    /// A type that an item holds.
    fn leaf(&self, item: &str, number: usize) -> Option<String> {
        self.code.items.get(item)?.leaves.get(number).cloned()
    }

    fn place(&self, item: &str) -> String {
        let parent = item.rsplit_once("::").map_or(item, |(parent, _)| parent);
        [item, parent].iter().find_map(|item| self.places.get(*item)).map_or(item, String::as_str).to_owned()
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
        self.slots.get(place).cloned()
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
