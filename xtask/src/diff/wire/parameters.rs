//! Parameters, which only requests have.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Directions, Impact, Sides, Site, Verdict, WireDiff, keywords::kind, operations::Both};
use crate::diff::document::{Document, Object, Parameter, flag, path_names, text};
use crate::{diff::schema::Node, generator::names};

/// Parameters by place and name.
type Parameters<'a> = BTreeMap<(&'a str, &'a str), Parameter<'a>>;

/// Keys that have rules of their own.
const KNOWN: [&str; 9] =
    ["name", "in", "required", "schema", "style", "explode", "allowReserved", "allowEmptyValue", "content"];

impl<'a> WireDiff<'a> {
    pub(super) fn parameters(&mut self, both: &Both<'a>) {
        let mut was = self.base.parameters(&both.old);
        let mut is = self.head.parameters(&both.new);
        if self.base.unclear_parameters(&both.old) != self.head.unclear_parameters(&both.new) {
            let impact = Impact::person("some of them lead nowhere or have no name");
            self.report(&both.site, "the parameters changed", impact);
        }
        self.in_path(both, &mut was, &mut is);
        was.retain(|key, old| match is.remove(key) {
            Some(new) => {
                self.parameter(&self.at(both, old), Sides::new(old.node, new.node));
                false
            }
            None => true,
        });
        self.moved(both, &mut was, &mut is);
        let mut by_rest = BTreeMap::new();
        for new in is.values() {
            by_rest.entry(rest(new)).or_insert(new.name);
        }
        for old in was.values() {
            let like = by_rest.get(&rest(old)).map(|name| format!(" (`{name}` is like it)")).unwrap_or_default();
            let impact = Impact::apart("old clients may send it");
            self.report(&self.at(both, old), format!("the parameter is gone{like}"), impact);
        }
        for new in is.values() {
            let (what, impact) = if is_required(new.node) {
                (
                    "the parameter is new and required",
                    Impact::apart("old clients do not send it").rust(Verdict::Breaking),
                )
            } else {
                ("the parameter is new", Impact::wider("nobody has to send it"))
            };
            self.report(&self.at(both, new), what, impact);
        }
    }

    fn at(&self, both: &Both<'_>, parameter: &Parameter<'_>) -> Site {
        let place = format!("{} {}", parameter.location, parameter.name);
        both.part(self, &place, both.setter(&names::snake(parameter.name)), Directions::REQUEST)
    }

    /// A path shows values and not their names, so that the server goes by the order.
    fn in_path(&mut self, both: &Both<'a>, was: &mut Parameters<'a>, is: &mut Parameters<'a>) {
        if both.old.shape() != both.new.shape() {
            return;
        }
        let (before, after) = (path_names(both.old.path), path_names(both.new.path));
        for (old_name, new_name) in before.into_iter().zip(&after).filter(|(old, new)| old != *new) {
            let (old_key, new_key) = (("path", old_name), ("path", *new_name));
            let Some(old) = was.get(&old_key).copied() else { continue };
            let site = self.at(both, &old);
            if is.contains_key(&old_key) && after.contains(&old_name) {
                let what = format!("it stands where `{new_name}` stands now");
                let impact =
                    Impact::apart("a path shows the value and not the name: old clients send it for the other");
                self.report(&site, what, impact.rust(Verdict::Person));
            } else if !is.contains_key(&old_key)
                && !was.contains_key(&new_key)
                && let Some(new) = is.remove(&new_key)
            {
                was.remove(&old_key);
                let what = format!("the parameter is called `{new_name}`");
                self.report(&site, what, Impact::same(Verdict::None, "a path shows the value and not the name"));
                self.parameter(&site, Sides::new(old.node, new.node));
            }
        }
    }

    fn moved(&mut self, both: &Both<'a>, was: &mut Parameters<'a>, is: &mut Parameters<'a>) {
        was.retain(|(location, name), old| {
            // Names of headers have no case.
            let is_it = |new: &&Parameter<'_>| match (*location, new.location) {
                ("header", "header") => new.name.eq_ignore_ascii_case(name),
                _ => new.name == *name,
            };
            let Some(new) = is.values().find(is_it).copied() else { return true };
            is.remove(&(new.location, new.name));
            let site = self.at(both, old);
            let (what, impact) = if old.location == new.location {
                let what = format!("the header is called `{}`", new.name);
                (what, Impact::same(Verdict::Cosmetic, "names of headers have no case"))
            } else {
                let what = format!("the parameter is in the {} instead of the {}", new.location, old.location);
                (what, Impact::apart("old clients send it where nobody looks"))
            };
            self.report(&site, what, impact);
            self.parameter(&site, Sides::new(old.node, new.node));
            false
        });
    }

    fn parameter(&mut self, site: &Site, sides: Sides<'_>) {
        let set = ("it is required now", Impact::apart("old clients may leave it out").rust(Verdict::Breaking));
        let taken_back = ("it is no longer required", Impact::wider("old clients go on sending it"));
        self.toggle(site, sides.each(is_required), set, taken_back);
        self.style(site, sides);
        let escaped = Impact::person("generated clients always escape; others may not");
        let reserved = sides.flags("allowReserved");
        self.toggle(site, reserved, ("`allowReserved` added", escaped), ("`allowReserved` removed", escaped));
        let set = ("it may be empty", Impact::wider("nobody has to leave it empty"));
        let taken_back = ("it may not be empty", Impact::apart("old clients may leave it empty"));
        self.toggle(site, sides.flags("allowEmptyValue"), set, taken_back);
        let schemas = sides.each(|node| node.contains_key("schema"));
        match schemas {
            (true, true) => self.schema_at(site, "schema", sides),
            (false, false) => {}
            _ => self.report(
                site,
                "its value is written in another way",
                Impact::apart("old clients write it as before"),
            ),
        }
        match sides.each(|node| node.get("content").is_some_and(Value::is_object)) {
            (true, true) => self.content(site, sides.part("content")),
            (was, is) if was != is && schemas.0 == schemas.1 => {
                self.report(site, "`content` changed", Impact::person("the tool has no rule for it"));
            }
            _ => {}
        }
        self.rest(site, &KNOWN, sides);
    }

    /// How a list or an object is written in one parameter.
    fn style(&mut self, site: &Site, sides: Sides<'_>) {
        let style = |node: &Object| {
            let of_place = if matches!(text(node, "in"), Some("query" | "cookie")) { "form" } else { "simple" };
            let style = text(node, "style").unwrap_or(of_place).to_owned();
            let explode = node.get("explode").and_then(Value::as_bool).unwrap_or(style == "form");
            (style, explode)
        };
        let ((was, exploded), (is, explodes)) = sides.each(style);
        let (place, new_place) = sides.each(|node| text(node, "in"));
        if place != new_place || (&was, exploded) == (&is, explodes) {
            return;
        }
        let is_single = |document: Document<'_>, node: &Object| {
            let schema = node.get("schema").map(|schema| Node::of(document, schema).spread(document));
            schema.is_some_and(|map| matches!(kind(&map), "string" | "integer" | "number" | "boolean"))
        };
        let written = |style: &str, explode| format!("`{style}`{}", if explode { ", exploded" } else { "" });
        let what = format!("it is written {} instead of {}", written(&is, explodes), written(&was, exploded));
        let impact = if was == is && is_single(self.base, sides.old) && is_single(self.head, sides.new) {
            Impact::same(Verdict::Cosmetic, "a single value is written the same in both")
        } else {
            Impact::apart("old clients write it as before")
        };
        self.report(site, what, impact);
    }
}

fn is_required(parameter: &Object) -> bool {
    text(parameter, "in") == Some("path") || flag(parameter, "required")
}

/// All of a parameter but its name, as a text.
fn rest(parameter: &Parameter<'_>) -> String {
    let named = |key: &str| ["name", "description"].contains(&key);
    let rest = parameter.node.iter().filter(|(key, _)| !named(key)).map(|(k, v)| (k.clone(), v.clone()));
    Value::Object(rest.collect()).to_string()
}
