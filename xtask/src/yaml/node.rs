//! A document as a tree in which everything knows its place.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Number;

/// Where something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Place {
    /// Number of the file.
    pub(crate) file: usize,
    /// Line, counted from 1.
    pub(crate) line: usize,
    /// Column, counted from 1 in characters.
    pub(crate) column: usize,
}

/// A value and where it is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) content: Content,
}

/// What JSON can hold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Map),
}

/// Members by name, in the order of their names, so that the order in a file means nothing.
pub(crate) type Map = BTreeMap<String, Member>;

/// A member of a map.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    /// Where its name is written.
    pub(crate) key: Place,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn map(&self) -> Option<&Map> {
        if let Content::Map(map) = &self.content { Some(map) } else { None }
    }

    pub(crate) fn list(&self) -> Option<&[Node]> {
        if let Content::List(list) = &self.content { Some(list) } else { None }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Content::Text(text) = &self.content { Some(text) } else { None }
    }

    pub(crate) fn bool(&self) -> Option<bool> {
        if let Content::Bool(bool) = self.content { Some(bool) } else { None }
    }

    /// A member of a map; nothing for whatever is no map.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.map()?.get(name).map(|member| &member.value)
    }

    /// What it is, for people.
    pub(crate) fn kind(&self) -> &'static str {
        match self.content {
            Content::Null => "nothing",
            Content::Bool(_) => "a boolean",
            Content::Number(_) => "a number",
            Content::Text(_) => "a text",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.content {
            Content::Null => serializer.serialize_unit(),
            Content::Bool(bool) => bool.serialize(serializer),
            Content::Number(number) => number.serialize(serializer),
            Content::Text(text) => text.serialize(serializer),
            Content::List(list) => list.serialize(serializer),
            Content::Map(map) => serializer.collect_map(map.iter().map(|(name, member)| (name, &member.value))),
        }
    }
}
