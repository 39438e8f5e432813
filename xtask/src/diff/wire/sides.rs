//! Two objects of the contracts, side by side.

use std::{collections::BTreeSet, sync::LazyLock};

use serde_json::Value;

use crate::diff::document::{self, Object, flag};

static NOTHING: LazyLock<Object> = LazyLock::new(Object::new);

/// An object of the old contract, and the one of the new contract that stands for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'v> {
    pub(super) old: &'v Object,
    pub(super) new: &'v Object,
}

impl<'v> Sides<'v> {
    pub(super) fn new(old: &'v Object, new: &'v Object) -> Self {
        Self { old, new }
    }

    /// The same of values. One that is none, or no object, is empty.
    pub(super) fn of(old: Option<&'v Value>, new: Option<&'v Value>) -> Self {
        let object = |value: Option<&'v Value>| value.and_then(Value::as_object).unwrap_or(&NOTHING);
        Self { old: object(old), new: object(new) }
    }

    /// The objects at a key.
    pub(super) fn part(self, key: &str) -> Self {
        Self::of(self.old.get(key), self.new.get(key))
    }

    pub(super) fn each<T>(self, read: impl Fn(&'v Object) -> T) -> (T, T) {
        (read(self.old), read(self.new))
    }

    pub(super) fn get(self, key: &str) -> (Option<&'v Value>, Option<&'v Value>) {
        self.each(|map| map.get(key))
    }

    pub(super) fn flags(self, key: &str) -> (bool, bool) {
        self.each(|map| flag(map, key))
    }

    /// All keys of both, each once.
    pub(super) fn keys(self) -> BTreeSet<&'v str> {
        document::keys(self.old, self.new)
    }

    /// What happened to a key whose value is not what it was.
    pub(super) fn how(self, key: &str) -> &'static str {
        match self.get(key) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        }
    }

    /// Says what happened to a key. Nothing when the value is the same.
    pub(super) fn touched(self, key: &str) -> Option<String> {
        let (old, new) = self.get(key);
        (old != new).then(|| format!("`{key}` {}", self.how(key)))
    }

    /// The same, with the values.
    pub(super) fn changed(self, key: &str) -> Option<String> {
        match self.get(key) {
            (old, new) if old == new => None,
            (Some(old), Some(new)) => Some(format!("`{key}` is {new} instead of {old}")),
            (old, new) => old.or(new).map(|value| format!("`{key}` {value} {}", self.how(key))),
        }
    }
}
