//! The contract against MongoDB's document: operation by operation, only what the contract covers.

mod operations;
mod schemas;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::Document;
use crate::{
    diff::{Change, Verdict},
    generator::HAND_WRITTEN,
};

/// Says on a member of the contract why it is not as in MongoDB's document.
pub(super) const NOTE: &str = "x-atlas-differs";

/// What a comparison finds.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// What is different and not recorded as deliberate.
    pub(crate) changes: Vec<Change>,
    /// The contract's schema for one of the document's, by its name there and whether it is one of responses.
    pub(crate) shared: BTreeMap<(String, bool), String>,
}

/// Who writes what is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Request,
    Response,
}

/// Where the comparison stands in the contract.
#[derive(Debug, Clone)]
struct At {
    /// JSON pointer.
    pointer: String,
    /// The place, for people.
    place: String,
    /// The Rust item that it shows in.
    item: String,
    /// Pointer of the note that covers what is different here.
    note: Option<String>,
    side: Side,
}

/// Something different.
struct Difference<'w> {
    what: String,
    why: &'w str,
    wire: Verdict,
    rust: Verdict,
}

struct Comparer<'a> {
    ours: &'a Document,
    theirs: &'a Document,
    /// The schema of most errors of the document.
    usual_error: Option<String>,
    changes: Vec<Change>,
    shared: BTreeMap<(String, bool), String>,
    /// Named schemas that were compared, ours with theirs.
    seen: BTreeSet<(String, String, Side)>,
    /// Notes of what was compared.
    notes: BTreeSet<String>,
    /// Notes that something different is covered by.
    used: BTreeSet<String>,
}

/// Compares a contract, with its notes, with MongoDB's document.
pub(crate) fn compare(ours: &Document, theirs: &Document) -> Comparison {
    let mut walk = Comparer {
        ours,
        theirs,
        usual_error: operations::usual_error(theirs),
        changes: Vec::new(),
        shared: BTreeMap::new(),
        seen: BTreeSet::new(),
        notes: BTreeSet::new(),
        used: BTreeSet::new(),
    };
    walk.operations();
    walk.stale_notes();
    let Comparer { mut changes, shared, .. } = walk;
    changes.sort();
    changes.dedup();
    Comparison { changes, shared }
}

impl Comparer<'_> {
    /// Notes a difference, unless the contract says that it is deliberate.
    fn differ(&mut self, at: &At, difference: Difference<'_>) {
        if let Some(note) = &at.note {
            self.used.insert(note.clone());
            return;
        }
        let Difference { what, why, wire, rust } = difference;
        let (place, item, why) = (at.place.clone(), at.item.clone(), why.to_owned());
        self.changes.push(Change { place, what, wire, rust, item, why });
    }

    /// The note on a value of the contract, if it has one.
    fn note(&mut self, pointer: &str) -> Option<String> {
        self.ours.at(pointer)?.get(NOTE)?.as_str()?;
        self.notes.insert(pointer.to_owned());
        Some(pointer.to_owned())
    }

    fn stale_notes(&mut self) {
        for pointer in self.notes.difference(&self.used).cloned().collect::<Vec<_>>() {
            let place = pointer.trim_start_matches('/').replace("~1", "/").replace('/', ".");
            let place = place.replace("components.schemas.", "").replace(".properties.", ".");
            self.changes.push(Change {
                place,
                what: format!("`{NOTE}` no longer applies"),
                wire: Verdict::Person,
                rust: Verdict::None,
                item: String::new(),
                why: "the document is as the contract by now, or differs elsewhere: drop the note".to_owned(),
            });
        }
    }
}

impl At {
    /// Whether the schema's Rust type is written by hand.
    fn is_hand_written(&self) -> bool {
        let name = self.pointer.strip_prefix("/components/schemas/");
        name.is_some_and(|name| HAND_WRITTEN.iter().any(|(hand_written, _)| *hand_written == name))
    }

    /// A part that has no place of its own, such as the items of a list.
    fn part(&self, key: &str, end: &str) -> Self {
        Self { pointer: format!("{}/{key}", self.pointer), place: format!("{}{end}", self.place), ..self.clone() }
    }
}

/// A key as a JSON pointer has it.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A value of the document in a line.
fn shown(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => format!("`{text}`"),
        Some(value) => format!("`{value}`"),
        None => "none".to_owned(),
    }
}
