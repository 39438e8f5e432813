//! Parameters, which only requests have.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Finding, REQUEST, Site, Verdict, WireDiff, operations::Both, schemas};
use crate::{
    diff::{
        document::{Object, Parameter, flag, keys, path_names, text},
        schema::Node,
    },
    generator::names,
};

type Key<'a> = (&'a str, &'a str);

/// Keys that have rules of their own.
const KNOWN: [&str; 9] =
    ["name", "in", "required", "schema", "style", "explode", "allowReserved", "allowEmptyValue", "content"];

impl<'a> WireDiff<'a> {
    pub(super) fn parameters(&mut self, both: &Both<'a>) {
        let mut was = self.base.parameters(&both.old);
        let mut is = self.head.parameters(&both.new);
        if self.base.unclear_parameters(&both.old) != self.head.unclear_parameters(&both.new) {
            self.person(&both.site, "the parameters changed", "some of them lead nowhere or have no name");
        }
        self.swapped_in_path(both, &was, &is);
        for key in was.keys().copied().collect::<Vec<_>>() {
            if let (true, Some(old)) = (is.contains_key(&key), was.get(&key).copied())
                && let Some(new) = is.remove(&key)
            {
                was.remove(&key);
                self.parameter(&self.at(both, &old), old.node, new.node);
            }
        }
        self.renamed_in_path(both, &mut was, &mut is);
        self.moved(both, &mut was, &mut is);
        let mut by_rest = BTreeMap::new();
        for new in is.values() {
            by_rest.entry(rest(new)).or_insert(new.name);
        }
        for old in was.values() {
            let like = by_rest.get(&rest(old));
            let what = match like {
                Some(name) => format!("the parameter is gone (`{name}` is like it)"),
                None => "the parameter is gone".to_owned(),
            };
            self.wire(&self.at(both, old), what, Verdict::Breaking, "old clients may send it");
        }
        for new in is.values() {
            let required = new.location == "path" || flag(new.node, "required");
            let (what, verdicts, why) = if required {
                let both = (Verdict::Breaking, Verdict::Breaking);
                ("the parameter is new and required", both, "old clients do not send it")
            } else {
                ("the parameter is new", (Verdict::Compatible, Verdict::None), "nobody has to send it")
            };
            self.both(&self.at(both, new), what, verdicts, why);
        }
    }

    fn at(&self, both: &Both<'_>, parameter: &Parameter<'_>) -> Site {
        let end = format!("{} {}", parameter.location, parameter.name);
        let leaf = [(self.old, &both.old), (self.new, &both.new)]
            .into_iter()
            .find_map(|(surface, operation)| surface.slot(&format!("{}: {end}", operation.place())));
        Site { leaf, ..both.part(&end, both.setter(&names::snake(parameter.name))) }
    }

    /// Parameters that have changed places in a path that looks the same otherwise.
    fn swapped_in_path(
        &mut self,
        both: &Both<'a>,
        was: &BTreeMap<Key<'a>, Parameter<'a>>,
        is: &BTreeMap<Key<'a>, Parameter<'a>>,
    ) {
        let (before, after) = (path_names(both.old.path), path_names(both.new.path));
        for (old, new) in before.iter().zip(&after).filter(|(old, new)| old != new) {
            let (Some(parameter), true) = (was.get(&("path", *old)), is.contains_key(&("path", *old))) else {
                continue;
            };
            if both.old.shape() == both.new.shape() && after.contains(old) {
                let what = format!("it stands where `{new}` stands now");
                let why = "a path shows the value and not the name: old clients send it for the other";
                self.both(&self.at(both, parameter), what, (Verdict::Breaking, Verdict::Person), why);
            }
        }
    }

    /// The names in a path are for people, the server sees the order.
    fn renamed_in_path(
        &mut self,
        both: &Both<'a>,
        was: &mut BTreeMap<Key<'a>, Parameter<'a>>,
        is: &mut BTreeMap<Key<'a>, Parameter<'a>>,
    ) {
        if both.old.shape() != both.new.shape() {
            return;
        }
        for (old, new) in path_names(both.old.path).into_iter().zip(path_names(both.new.path)) {
            let (before, after) = (("path", old), ("path", new));
            if old == new || !was.contains_key(&before) || !is.contains_key(&after) {
                continue;
            }
            let (Some(old), Some(new)) = (was.remove(&before), is.remove(&after)) else { continue };
            let site = self.at(both, &old);
            let what = format!("the parameter is called `{}`", new.name);
            self.wire(&site, what, Verdict::None, "a path shows the value and not the name");
            self.parameter(&site, old.node, new.node);
        }
    }

    fn moved(
        &mut self,
        both: &Both<'a>,
        was: &mut BTreeMap<Key<'a>, Parameter<'a>>,
        is: &mut BTreeMap<Key<'a>, Parameter<'a>>,
    ) {
        for key in was.keys().copied().collect::<Vec<_>>() {
            let same = |new: &&Parameter<'_>| {
                // Names of headers have no case.
                if key.0 == "header" && new.location == "header" {
                    new.name.eq_ignore_ascii_case(key.1)
                } else {
                    new.name == key.1
                }
            };
            let Some(new) = is.values().find(same).copied() else { continue };
            let Some(old) = was.remove(&key) else { continue };
            is.remove(&(new.location, new.name));
            let site = self.at(both, &old);
            if old.location == new.location {
                let what = format!("the header is called `{}`", new.name);
                self.wire(&site, what, Verdict::Cosmetic, "names of headers have no case");
            } else {
                let what = format!("the parameter is in the {} instead of the {}", new.location, old.location);
                self.wire(&site, what, Verdict::Breaking, "old clients send it where nobody looks");
            }
            self.parameter(&site, old.node, new.node);
        }
    }

    fn parameter(&mut self, site: &Site, old: &Object, new: &Object) {
        use Verdict::{Breaking, Compatible};
        let required = |node: &Object| text(node, "in") == Some("path") || flag(node, "required");
        match (required(old), required(new)) {
            (false, true) => {
                self.both(site, "it is required now", (Breaking, Breaking), "old clients may leave it out");
            }
            (true, false) => self.wire(site, "it is no longer required", Compatible, "old clients go on sending it"),
            _ => {}
        }
        self.style(site, old, new);
        if flag(old, "allowReserved") != flag(new, "allowReserved") {
            let what = format!("`allowReserved` {}", schemas::toggled(flag(new, "allowReserved")));
            self.person(site, what, "generated clients always escape; others may not");
        }
        match (flag(old, "allowEmptyValue"), flag(new, "allowEmptyValue")) {
            (false, true) => self.wire(site, "it may be empty", Compatible, "nobody has to leave it empty"),
            (true, false) => self.wire(site, "it may not be empty", Breaking, "old clients may leave it empty"),
            _ => {}
        }
        match (old.get("schema"), new.get("schema")) {
            (Some(was), Some(is)) => self.schema(site, was, is, REQUEST),
            (None, None) => {}
            _ => self.wire(site, "its value is written in another way", Breaking, "old clients write it as before"),
        }
        match (old.get("content").and_then(Value::as_object), new.get("content").and_then(Value::as_object)) {
            (Some(was), Some(is)) => self.content(site, was, is, REQUEST),
            (None, None) => {}
            _ if old.contains_key("schema") != new.contains_key("schema") => {}
            _ => self.person(site, "`content` changed", "the tool has no rule for it"),
        }
        let others = keys(old, new).into_iter().filter(|key| !KNOWN.contains(key));
        self.leftovers(site, others, old, new);
    }

    /// How a list or an object is written in one parameter.
    fn style(&mut self, site: &Site, old: &Object, new: &Object) {
        let style = |node: &Object| {
            let of_place = if matches!(text(node, "in"), Some("query" | "cookie")) { "form" } else { "simple" };
            let style = text(node, "style").unwrap_or(of_place).to_owned();
            let explode = node.get("explode").and_then(Value::as_bool).unwrap_or(style == "form");
            (style, explode)
        };
        let ((was, exploded), (is, explodes)) = (style(old), style(new));
        let changed = text(old, "in") == text(new, "in") && (was != is || exploded != explodes);
        if !changed {
            return;
        }
        let documents = [(self.base, old), (self.head, new)];
        let simple = documents.into_iter().all(|(document, node)| {
            let schema = node.get("schema").map(|schema| Node::of(document, schema).spread(document));
            schema.is_some_and(|map| matches!(schemas::kind(&map), "string" | "integer" | "number" | "boolean"))
        });
        let written = |style: &str, explode| format!("`{style}`{}", if explode { ", exploded" } else { "" });
        let what = format!("it is written {} instead of {}", written(&is, explodes), written(&was, exploded));
        if simple && was == is {
            self.say(Finding {
                place: site.place.clone(),
                what,
                why: "a single value is written the same in both".to_owned(),
                item: site.item.clone(),
                wire: Verdict::Cosmetic,
                rust: Verdict::None,
            });
        } else {
            self.wire(site, what, Verdict::Breaking, "old clients write it as before");
        }
    }
}

/// All of a parameter but its name, as a text.
fn rest(parameter: &Parameter<'_>) -> String {
    let named = |key: &str| ["name", "description"].contains(&key);
    let rest = parameter.node.iter().filter(|(key, _)| !named(key)).map(|(k, v)| (k.clone(), v.clone()));
    Value::Object(rest.collect()).to_string()
}
