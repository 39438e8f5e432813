//! What a contract gives to Rust: every public item of the generated crate that a dependent can name.

use std::collections::{BTreeMap, BTreeSet};

mod compare;
mod cycles;
mod hand_written;
mod lower;
pub(super) mod names;
pub(super) mod numbers;
mod operations;
#[cfg(test)]
pub(super) mod reality;
mod space;
mod surface;
mod traits;
mod unions;

pub(super) use compare::{Difference, compare};
pub(super) use hand_written::path as hand_written_path;
pub(super) use operations::{Status, is_optional_body, responses};
pub(super) use unions::is_null;

/// The public items of the generated crate.
#[derive(Debug, Default)]
pub(super) struct Surface {
    /// By their paths, such as `types::ExportJob::state`.
    pub(super) items: BTreeMap<String, Item>,
    /// Fields by the name of their type and their name in the contract.
    fields: BTreeMap<(String, String), FieldUse>,
    /// The defined types inside of newtypes.
    inside: BTreeMap<String, Option<String>>,
    /// The defined types at the places where operations use them.
    slots: BTreeMap<String, Option<String>>,
    /// Items of the named schemas, with the defined type that each is.
    components: BTreeMap<String, (String, Option<String>)>,
    /// What no code that compiles is generated of, by item and place.
    refused: BTreeMap<(String, String), &'static str>,
}

/// An item.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    /// Where in the contract it comes from.
    pub(super) place: String,
    pub(super) is: Is,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Is {
    Type {
        kind: Kind,
        /// Traits that it has or lacks.
        traits: BTreeSet<String>,
    },
    Field {
        ty: String,
        required: bool,
        default: Option<String>,
    },
    Variant(String),
    Method {
        success: String,
        error: String,
    },
    /// `builds` when the setter takes a builder too.
    Setter {
        ty: String,
        required: bool,
        builds: bool,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Struct,
    Enum,
    Newtype { inner: String, rule: String },
    HandWritten,
    Unclear(String),
}

/// A field as somebody meets it who comes from the contract.
#[derive(Debug, Clone)]
pub(super) struct FieldUse {
    pub(super) item: String,
    /// The defined type in it.
    pub(super) leaf: Option<String>,
    /// It holds null.
    pub(super) option: bool,
}

impl Surface {
    /// The item of a named schema and the defined type that it is.
    pub(super) fn component(&self, name: &str) -> (String, Option<String>) {
        self.components.get(name).cloned().unwrap_or_else(|| (format!("types::{}", names::pascal(name)), None))
    }

    pub(super) fn field(&self, leaf: Option<&str>, key: &str) -> Option<&FieldUse> {
        self.fields.get(&(leaf?.to_owned(), key.to_owned()))
    }

    /// The defined type inside of a defined type, when that only wraps another.
    pub(super) fn inside(&self, leaf: Option<String>) -> Option<String> {
        match self.inside.get(leaf.as_deref()?) {
            Some(inner) => inner.clone(),
            None => leaf,
        }
    }

    /// The defined type at a place of an operation.
    pub(super) fn slot(&self, place: &str) -> Option<String> {
        self.slots.get(place).cloned().flatten()
    }

    /// The enum that a defined type is, if it is one.
    pub(super) fn is_enum(&self, leaf: &str) -> bool {
        let item = self.items.get(&format!("types::{leaf}"));
        matches!(item, Some(Item { is: Is::Type { kind: Kind::Enum, .. }, .. }))
    }

    /// The type that a text with rules, or a number, has behind a defined type.
    pub(super) fn checks(&self, leaf: Option<&str>) -> bool {
        let item = leaf.and_then(|leaf| self.items.get(&format!("types::{leaf}")));
        matches!(item, Some(Item { is: Is::Type { kind: Kind::Newtype { rule, .. }, .. }, .. }) if !rule.is_empty())
    }
}
