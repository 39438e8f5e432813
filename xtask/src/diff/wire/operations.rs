//! Operations: which of them are the same, and what each says of itself.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::{EITHER, Finding, Site, Verdict, WireDiff, how, schemas::toggled};
use crate::{
    diff::document::{Operation, flag, keys, texts},
    generator::names,
};

/// Keys that have rules of their own.
const KNOWN: [&str; 9] =
    ["operationId", "tags", "parameters", "requestBody", "responses", "security", "servers", "callbacks", "deprecated"];

/// What two operations have in common if they are the same one.
type Mark<'s> = dyn Fn(&Operation<'_>) -> Option<String> + 's;

/// An operation in both contracts.
pub(super) struct Both<'a> {
    pub(super) old: Operation<'a>,
    pub(super) new: Operation<'a>,
    /// Place and method.
    pub(super) site: Site,
}

impl Both<'_> {
    /// A part of the operation, with the item that it has in Rust.
    pub(super) fn part(&self, place: &str, item: String) -> Site {
        Site { place: format!("{}: {place}", self.site.place), item, ..Site::default() }
    }

    /// A setter of the operation's builder.
    pub(super) fn setter(&self, name: &str) -> String {
        match self.old.id() {
            Some(id) => format!("builder::{}::{name}", names::builder(&names::snake(id))),
            None => self.site.item.clone(),
        }
    }
}

fn item(operation: &Operation<'_>) -> String {
    operation.id().map_or_else(|| "Client".to_owned(), |id| format!("Client::{}", names::snake(id)))
}

impl<'a> WireDiff<'a> {
    pub(super) fn operations(&mut self) {
        let mut olds = self.base.operations();
        let mut news = self.head.operations();
        let mut pairs = Vec::new();
        let name = |operation: &Operation<'_>| operation.id().map(names::snake);
        let marks: [&Mark<'_>; 4] = [
            &|operation| Some(format!("{} {:?}", operation.shape(), name(operation))),
            &|operation| operation.id().map(str::to_owned),
            &name,
            &|operation| Some(operation.shape()),
        ];
        for mark in marks {
            let mut left: BTreeMap<usize, Operation<'a>> = news.into_iter().enumerate().collect();
            let mut places: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
            for (place, new) in &left {
                if let Some(mark) = mark(new) {
                    places.entry(mark).or_default().push_back(*place);
                }
            }
            olds.retain(|old| {
                let place = mark(old).and_then(|mark| places.get_mut(&mark)?.pop_front());
                let Some(new) = place.and_then(|place| left.remove(&place)) else { return true };
                pairs.push((*old, new));
                false
            });
            news = left.into_values().collect();
        }
        for (old, new) in pairs {
            let site = Site { place: new.place(), item: item(&old), ..Site::default() };
            self.operation(&Both { old, new, site });
        }
        for old in olds {
            let site = Site { place: old.place(), item: item(&old), ..Site::default() };
            self.wire(&site, "the operation is gone", Verdict::Breaking, "old clients still call it");
        }
        for new in news {
            let site = Site { place: new.place(), item: item(&new), ..Site::default() };
            self.wire(&site, "the operation is new", Verdict::Compatible, "nobody has to call it");
        }
    }

    fn operation(&mut self, both: &Both<'a>) {
        let (old, new, site) = (both.old, both.new, &both.site);
        self.visits = 0;
        if old.shape() != new.shape() {
            let what = format!("the operation was `{}`", old.place());
            self.wire(site, what, Verdict::Breaking, "old clients call it where it is no more");
        }
        if old.id() != new.id() {
            let shown =
                |operation: &Operation<'_>| operation.id().map_or_else(|| "none".to_owned(), |id| format!("`{id}`"));
            let what = format!("the operationId is {} instead of {}", shown(&new), shown(&old));
            let why = "no request shows it, but the method is called after it";
            self.both(site, what, (Verdict::None, Verdict::Compatible), why);
        }
        self.hints(both);
        self.parameters(both);
        self.body(both);
        self.responses(both);
        self.operation_security(both);
        for (was, is) in [(old.item, new.item), (old.node, new.node)] {
            match (was.get("servers"), is.get("servers")) {
                (Some(was), Some(is)) => self.servers(site, Some(was), Some(is)),
                (None, None) => {}
                _ => self.person(site, "other servers serve it", "generated code calls one server for all operations"),
            }
        }
    }

    /// What an operation says of itself.
    fn hints(&mut self, both: &Both<'a>) {
        let (old, new, site) = (both.old.node, both.new.node, &both.site);
        if texts(old, "tags") != texts(new, "tags") {
            self.docs(site, "the tags changed");
        }
        if flag(old, "deprecated") != flag(new, "deprecated") {
            self.docs(site, format!("`deprecated` {}", toggled(flag(new, "deprecated"))));
        }
        for key in keys(old, new) {
            let (was, is) = (old.get(key), new.get(key));
            if was == is || KNOWN.contains(&key) {
                continue;
            }
            let what = Self::changed(old, new, key).unwrap_or_default();
            match key {
                "x-atlas-version" => self.person(site, what, "another version of the resource may have other members"),
                "x-atlas-role" => self.person(site, what, "who could call it before may be refused now"),
                "x-atlas-only" if is.is_none() => {
                    self.wire(site, what, Verdict::Compatible, "it is there in every version of the API now");
                }
                "x-atlas-only" => {
                    let why = "clients of another version of the API can no longer call it";
                    self.both(site, what, (Verdict::Breaking, Verdict::Person), why);
                }
                _ => self.leftovers(site, [key], old, new),
            }
        }
        if old.get("callbacks") != new.get("callbacks") {
            let what = format!("`callbacks` {}", how(old.get("callbacks"), new.get("callbacks")));
            self.person(site, what, "the tool does not look into callbacks");
        }
        // What is in one travels in both directions.
        if let Some(callbacks) = old.get("callbacks") {
            self.link_all(callbacks, EITHER);
        }
        for (key, was, is) in [
            ("description", both.old.item.get("description"), both.new.item.get("description")),
            ("summary", both.old.item.get("summary"), both.new.item.get("summary")),
        ] {
            if was != is {
                let site = Site { place: both.new.path.to_owned(), ..site.clone() };
                self.docs(&site, format!("`{key}` {}", how(was, is)));
            }
        }
    }

    /// Things of a path that are no operations.
    pub(super) fn paths(&mut self) {
        let path = |document: crate::diff::document::Document<'a>| document.get("paths").and_then(Value::as_object);
        let (Some(old), Some(new)) = (path(self.base), path(self.head)) else { return };
        for key in keys(old, new) {
            let (was, is) = (old.get(key), new.get(key));
            let site = Site { place: key.to_owned(), item: "Client".to_owned(), ..Site::default() };
            if key.starts_with("x-") {
                self.leftovers(&site, [key], old, new);
                continue;
            }
            let strange = |item: Option<&'a Value>| {
                item.and_then(Value::as_object).map(|item| {
                    let known = |key: &str| {
                        ["summary", "description", "servers", "parameters"].contains(&key) || METHODS.contains(&key)
                    };
                    item.iter().filter(|(key, _)| !known(key)).map(|(k, v)| (k.clone(), v.clone())).collect::<Vec<_>>()
                })
            };
            let (was, is) = (strange(was).unwrap_or_default(), strange(is).unwrap_or_default());
            if was != is {
                self.say(Finding {
                    place: key.to_owned(),
                    what: "the path has other keys that the tool does not know".to_owned(),
                    why: "the tool has no rule for them".to_owned(),
                    item: "Client".to_owned(),
                    wire: Verdict::Person,
                    rust: Verdict::Person,
                });
            }
        }
    }
}

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
