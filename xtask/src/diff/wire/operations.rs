//! Operations: which of them are the same, and what each says of itself.

use std::collections::{BTreeMap, VecDeque};

use super::{Directions, Impact, Sides, Site, Verdict, WireDiff};
use crate::diff::document::{METHODS, Operation, texts};
use crate::generator::names;

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

impl<'a> Both<'a> {
    pub(super) fn sides(&self) -> Sides<'a> {
        Sides::new(self.old.node, self.new.node)
    }

    /// What stands beside the operation, at its path.
    fn items(&self) -> Sides<'a> {
        Sides::new(self.old.item, self.new.item)
    }

    /// A part of the operation, with the item that it has in Rust and the type of its slot.
    pub(super) fn part(&self, diff: &WireDiff<'_>, place: &str, item: String, directions: Directions) -> Site {
        let leaf = diff.old.slot(&format!("{}: {place}", self.old.place()));
        let leaf = leaf.or_else(|| diff.new.slot(&format!("{}: {place}", self.new.place())));
        Site { leaf, ..Site::new(format!("{}: {place}", self.site.place), item, directions) }
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
            let mut marked: BTreeMap<_, VecDeque<_>> = BTreeMap::new();
            for new in news {
                marked.entry(mark(&new)).or_default().push_back(new);
            }
            olds.retain(|old| {
                let mark = mark(old);
                let new = mark.is_some().then(|| marked.get_mut(&mark)?.pop_front()).flatten();
                pairs.extend(new.map(|new| (*old, new)));
                new.is_none()
            });
            news = marked.into_values().flatten().collect();
        }
        for (old, new) in pairs {
            let site = Site::new(new.place(), item(&old), Directions::EITHER);
            self.operation(&Both { old, new, site });
        }
        for old in olds {
            let site = Site::new(old.place(), item(&old), Directions::EITHER);
            self.report(&site, "the operation is gone", Impact::apart("old clients still call it"));
        }
        for new in news {
            let site = Site::new(new.place(), item(&new), Directions::EITHER);
            self.report(&site, "the operation is new", Impact::wider("nobody has to call it"));
        }
    }

    fn operation(&mut self, both: &Both<'a>) {
        let (old, new, site) = (both.old, both.new, &both.site);
        self.visits = 0;
        if old.shape() != new.shape() {
            let what = format!("the operation was `{}`", old.place());
            self.report(site, what, Impact::apart("old clients call it where it is no more"));
        }
        if old.id() != new.id() {
            let shown =
                |operation: &Operation<'_>| operation.id().map_or_else(|| "none".to_owned(), |id| format!("`{id}`"));
            let what = format!("the operationId is {} instead of {}", shown(&new), shown(&old));
            let impact = Impact::same(Verdict::None, "no request shows it, but the method is called after it");
            self.report(site, what, impact.rust(Verdict::Compatible));
        }
        self.hints(both);
        self.parameters(both);
        self.body(both);
        self.responses(both);
        self.operation_security(both);
        for sides in [both.items(), both.sides()] {
            match sides.get("servers") {
                (Some(was), Some(is)) => self.servers(site, Some(was), Some(is)),
                (None, None) => {}
                _ => {
                    let why = "generated code calls one server for all operations";
                    self.report(site, "other servers serve it", Impact::person(why));
                }
            }
        }
    }

    /// What an operation says of itself.
    fn hints(&mut self, both: &Both<'a>) {
        let (site, sides) = (&both.site, both.sides());
        let (was, is) = sides.each(|node| texts(node, "tags"));
        if was != is {
            self.report(site, "the tags changed", Impact::docs());
        }
        for key in sides.keys().into_iter().filter(|key| !KNOWN.contains(key)) {
            let impact = match key {
                "x-atlas-version" => Impact::person("another version of the resource may have other members"),
                "x-atlas-role" => Impact::person("who could call it before may be refused now"),
                "x-atlas-only" if !sides.new.contains_key(key) => {
                    Impact::wider("it is there in every version of the API now")
                }
                "x-atlas-only" => {
                    Impact::apart("clients of another version of the API can no longer call it").rust(Verdict::Person)
                }
                _ => {
                    self.leftovers(site, [key], sides);
                    continue;
                }
            };
            if let Some(what) = sides.changed(key) {
                self.report(site, what, impact);
            }
        }
        let (set, taken_back) = (("`deprecated` added", Impact::docs()), ("`deprecated` removed", Impact::docs()));
        self.toggle(site, sides.flags("deprecated"), set, taken_back);
        if let Some(what) = sides.touched("callbacks") {
            self.report(site, what, Impact::person("the tool does not look into callbacks"));
        }
        // What is in one travels in both directions.
        if let Some(callbacks) = sides.old.get("callbacks") {
            self.link_all(callbacks, Directions::EITHER);
        }
        let path = Site::new(both.new.path, &site.item, Directions::EITHER);
        self.leftovers(&path, ["description", "summary"], both.items());
    }

    /// Things of a path that are no operations.
    pub(super) fn paths(&mut self, sides: Sides<'_>) {
        let known = |key: &str| ["summary", "description", "servers", "parameters"].contains(&key);
        for key in sides.keys() {
            let site = Site::of_client(key);
            if key.starts_with("x-") {
                self.leftovers(&site, [key], sides);
                continue;
            }
            let item = sides.part(key);
            let strange = |key: &&str| !known(key) && !METHODS.contains(key) && item.touched(key).is_some();
            if item.keys().iter().any(strange) {
                let impact = Impact::person("the tool has no rule for them");
                self.report(&site, "the path has other keys that the tool does not know", impact);
            }
        }
    }
}
