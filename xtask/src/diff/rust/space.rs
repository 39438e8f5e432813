//! The types that the generator makes of a contract, in its own terms.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

/// Number of a type.
pub(super) type Id = usize;

/// A type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Entry {
    /// Built into Rust or taken from a crate, under its full name.
    Native(String),
    Option(Id),
    Vec(Id),
    /// A list without duplicates. It is a `Vec` too, but one that has no default when absent.
    Set(Id),
    Map(Id),
    Array(Id, u64),
    Boxed(Id),
    /// A type with a definition.
    Defined(String),
}

/// What a schema with a name of its own becomes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Definition {
    pub(super) body: Body,
    /// The schema has a default, and so has the type.
    pub(super) default: bool,
    /// Where in the contract it is.
    pub(super) place: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    Struct(Vec<Field>),
    Enum {
        variants: Vec<Variant>,
        /// The variants are told apart by what they hold.
        untagged: bool,
    },
    Newtype {
        inner: Id,
        /// What it asks of its value.
        rule: String,
    },
    /// Something that is not followed any further, as it is written.
    Unclear(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    /// Name in Rust.
    pub(super) name: String,
    /// Name in the contract.
    pub(super) key: String,
    pub(super) state: State,
    pub(super) id: Id,
}

/// What becomes of a field that is not there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    Required,
    /// The type's own default.
    Optional,
    Default(Value),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variant {
    pub(super) name: String,
    /// What it holds.
    pub(super) holds: Holds,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Holds {
    Nothing,
    One(Id),
    Fields(Vec<Field>),
}

/// All types of a contract.
#[derive(Debug, Default)]
pub(super) struct Space {
    entries: Vec<Entry>,
    unnamed: HashMap<Entry, Id>,
    pub(super) definitions: BTreeMap<String, Definition>,
    /// Names that different types have, with the place of one that comes later.
    pub(super) clashes: BTreeMap<String, String>,
}

impl Space {
    /// Puts a type aside whose definition comes later.
    pub(super) fn reserve(&mut self, entry: Entry) -> Id {
        self.entries.push(entry);
        self.entries.len() - 1
    }

    /// The number of a type; the same type always has the same.
    pub(super) fn id(&mut self, entry: Entry) -> Id {
        if let Some(id) = self.unnamed.get(&entry) {
            return *id;
        }
        let id = self.reserve(entry.clone());
        self.unnamed.insert(entry, id);
        id
    }

    /// The number of a defined type, behind all others when there is no such type.
    pub(super) fn defined(&self, name: &str) -> Id {
        self.unnamed.get(&Entry::Defined(name.to_owned())).copied().unwrap_or(Id::MAX)
    }

    pub(super) fn native(&mut self, name: &str) -> Id {
        self.id(Entry::Native(name.to_owned()))
    }

    pub(super) fn option(&mut self, id: Id) -> Id {
        self.id(Entry::Option(id))
    }

    pub(super) fn entry(&self, id: Id) -> Option<&Entry> {
        self.entries.get(id)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Makes the type of a number another one.
    pub(super) fn replace(&mut self, id: Id, entry: Entry) {
        if let Some(place) = self.entries.get_mut(id) {
            *place = entry;
        }
    }

    /// Defines a type, if nothing of this name is there yet: the generator takes the first.
    pub(super) fn define(&mut self, name: String, definition: Definition) -> Id {
        match self.definitions.get(&name) {
            Some(first) if first.body != definition.body => drop(self.clashes.insert(name.clone(), definition.place)),
            Some(_) => {}
            None => drop(self.definitions.insert(name.clone(), definition)),
        }
        self.id(Entry::Defined(name))
    }

    /// The type as Rust writes it.
    pub(super) fn render(&self, id: Id) -> String {
        match self.entry(id) {
            None => "?".to_owned(),
            Some(Entry::Native(name)) => name.clone(),
            Some(Entry::Defined(name)) => format!("types::{name}"),
            // An option of an option is written as one.
            Some(Entry::Option(inner)) if matches!(self.entry(*inner), Some(Entry::Option(_))) => self.render(*inner),
            Some(Entry::Option(inner)) => format!("Option<{}>", self.render(*inner)),
            Some(Entry::Vec(inner) | Entry::Set(inner)) => format!("Vec<{}>", self.render(*inner)),
            Some(Entry::Map(inner)) if self.is_json(*inner) => "serde_json::Map<String, serde_json::Value>".to_owned(),
            Some(Entry::Map(inner)) => format!("BTreeMap<String, {}>", self.render(*inner)),
            Some(Entry::Array(inner, length)) => format!("[{}; {length}]", self.render(*inner)),
            Some(Entry::Boxed(inner)) => format!("Box<{}>", self.render(*inner)),
        }
    }

    fn is_json(&self, id: Id) -> bool {
        matches!(self.entry(id), Some(Entry::Native(name)) if name == "serde_json::Value")
    }

    /// The defined type inside of options, lists and the like.
    pub(super) fn leaf(&self, id: Id) -> Option<&str> {
        match self.entry(id)? {
            Entry::Native(_) => None,
            Entry::Defined(name) => Some(name),
            Entry::Option(inner) | Entry::Vec(inner) | Entry::Set(inner) | Entry::Map(inner) => self.leaf(*inner),
            Entry::Array(inner, _) | Entry::Boxed(inner) => self.leaf(*inner),
        }
    }

    pub(super) fn is_option(&self, id: Id) -> bool {
        matches!(self.entry(id), Some(Entry::Option(_)))
    }
}
