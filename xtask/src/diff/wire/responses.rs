//! Responses: statuses, content and headers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Directions, Impact, Sides, Site, Verdict, WireDiff, operations::Both};
use crate::diff::document::{Document, Object, Operation, Status, flag, members, responses};

const UNKNOWN: Impact = Impact::same(Verdict::Person, "the tool does not know what clients make of it");

impl<'a> WireDiff<'a> {
    pub(super) fn responses(&mut self, both: &Both<'a>) {
        let (was, is) = (responses(self.base, &both.old), responses(self.head, &both.new));
        let strange = |document: Document<'a>, operation: &Operation<'a>| -> Vec<(&'a String, &'a Value)> {
            let has_status = |status: &str| !status.starts_with("x-") && Status::of(status).is_some();
            let leads = |value: &'a Value| document.follow("responses", value).is_some();
            let all = members(operation.node, "responses");
            all.filter(|(status, value)| !has_status(status) || !leads(value)).collect()
        };
        if strange(self.base, &both.old) != strange(self.head, &both.new) {
            let impact = Impact::person("some of them lead nowhere or have no status");
            self.report(&both.site, "the responses changed", impact);
        }
        for (status, old) in &was {
            match is.get(status) {
                Some(new) => self.response(&self.at_status(both, status, status), Sides::new(old, new)),
                None => self.status_gone(both, status, old, &is),
            }
        }
        for (status, new) in is.iter().filter(|(status, _)| !was.contains_key(*status)) {
            self.status_new(both, status, new, &was);
        }
        let succeeds = |operation: &Operation<'a>| {
            members(operation.node, "responses").any(|(status, _)| Status::of(status).is_some_and(Status::is_success))
        };
        if succeeds(&both.old) && !succeeds(&both.new) {
            self.report(&both.site, "there is no success any more", Impact::apart("old clients wait for one"));
        }
    }

    fn at_status(&self, both: &Both<'_>, old: &str, new: &str) -> Site {
        let site = both.part(self, new, both.site.item.clone(), Directions::RESPONSE);
        let leaf = self.old.slot(&format!("{}: {old}", both.old.place()));
        Site { leaf: leaf.or(site.leaf), ..site }
    }

    fn status_gone(&mut self, both: &Both<'a>, status: &str, old: &Object, is: &BTreeMap<&str, &'a Object>) {
        let site = self.at_status(both, status, status);
        let Some(kind) = Status::of(status) else { return };
        if let Some((cover, new)) = covering(kind, is) {
            let what = format!("`{cover}` stands for the status now");
            self.report(&site, what, Impact::wider("old clients know what it gives"));
            return self.response(&site, Sides::new(old, new));
        }
        let is_known = kind.is_success() || kind.is_error();
        let impact =
            if is_known { Impact::wider("old clients wait for it in vain, which harms nobody") } else { UNKNOWN };
        self.report(&site, "the status is gone", impact);
    }

    fn status_new(&mut self, both: &Both<'a>, status: &str, new: &Object, was: &BTreeMap<&str, &'a Object>) {
        let Some(kind) = Status::of(status) else { return };
        let cover = covering(kind, was);
        let site = self.at_status(both, cover.map_or(status, |(cover, _)| cover), status);
        // Beside a success of its own, what stands for all others stands for failures.
        let for_errors =
            kind == Status::Default && was.keys().any(|status| Status::of(status).is_some_and(Status::is_success));
        let impact = match cover {
            Some(_) => Impact::wider("old clients took it for one of those they know"),
            None if kind.is_success() && !for_errors => {
                Impact::unread("old clients take a success that they do not know for a failure")
            }
            None if kind.is_error() => {
                Impact::wider("old clients took it for an unexpected response, which is an error as well")
            }
            None => UNKNOWN,
        };
        self.report(&site, "the status is new", impact);
        if let Some((_, old)) = cover {
            self.response(&site, Sides::new(old, new));
        }
    }

    fn response(&mut self, site: &Site, sides: Sides<'_>) {
        self.content(site, sides.part("content"));
        self.headers(site, sides.part("headers"));
        self.rest(site, &["content", "headers"], sides);
    }

    fn headers(&mut self, site: &Site, sides: Sides<'_>) {
        let by_name = |document: Document<'_>, headers: &Object| -> BTreeMap<String, Option<Object>> {
            let follow = |header| document.follow_owned("headers", header);
            headers.iter().map(|(name, header)| (name.to_ascii_lowercase(), follow(header))).collect()
        };
        let (was, is) = (by_name(self.base, sides.old), by_name(self.head, sides.new));
        let at = |name: &str| site.part(&format!(" header {name}"), None);
        for (name, old) in &was {
            match (old, is.get(name)) {
                (Some(old), None) => {
                    let verdict = if flag(old, "required") { Verdict::Breaking } else { Verdict::Person };
                    self.report(&at(name), "the header is gone", Impact::same(verdict, "old clients may read it"));
                }
                (Some(old), Some(Some(new))) => self.header(&at(name), Sides::new(old, new)),
                (old, new) if Some(old) == new => {}
                (_, new) => {
                    let what = if new.is_some() { "the header changed" } else { "the header removed" };
                    self.report(&at(name), what, Impact::person("its reference leads nowhere"));
                }
            }
        }
        for name in is.keys().filter(|name| !was.contains_key(*name)) {
            self.report(&at(name), "the header is new", Impact::wider("nobody has to read it"));
        }
    }

    fn header(&mut self, site: &Site, sides: Sides<'_>) {
        let always = ("it is always there", Impact::wider("who reads it finds it"));
        let sometimes = ("it is not always there", Impact::same(Verdict::Person, "old clients may rely on it"));
        self.toggle(site, sides.flags("required"), always, sometimes);
        self.schema_at(site, "schema", sides);
        self.rest(site, &["required", "schema"], sides);
    }
}

/// The response that stands for a status among others.
fn covering<'s, 'a>(status: Status, all: &BTreeMap<&'s str, &'a Object>) -> Option<(&'s str, &'a Object)> {
    let range = match status {
        Status::Code(code) => Some(Status::Range(code / 100)),
        Status::Range(_) => None,
        Status::Default => return None,
    };
    let find = |wanted: Status| all.iter().find(|(name, _)| Status::of(name) == Some(wanted)).map(|(n, r)| (*n, *r));
    range.and_then(find).or_else(|| find(Status::Default))
}
