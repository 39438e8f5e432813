//! Responses: statuses, content and headers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ANSWER, Site, Verdict, WireDiff, how, operations::Both};
use crate::diff::document::{Document, Object, Operation, Status, flag, keys, members, responses};

impl<'a> WireDiff<'a> {
    pub(super) fn responses(&mut self, both: &Both<'a>) {
        let (was, is) = (responses(self.base, &both.old), responses(self.head, &both.new));
        let strange = |document: Document<'a>, operation: &Operation<'a>| -> Vec<(String, Value)> {
            let lost = |status: &str, value: &'a Value| {
                status.starts_with("x-")
                    || Status::of(status).is_none()
                    || document.follow("responses", value).is_none()
            };
            let all = members(operation.node, "responses");
            all.filter(|(status, value)| lost(status, value))
                .map(|(status, value)| (status.clone(), value.clone()))
                .collect()
        };
        if strange(self.base, &both.old) != strange(self.head, &both.new) {
            self.person(&both.site, "the responses changed", "some of them lead nowhere or have no status");
        }
        for (status, old) in &was {
            match is.get(status) {
                Some(new) => self.response(&self.at_status(both, status, status), old, new),
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
            let why = "old clients wait for one";
            self.wire(&both.site, "there is no success any more", Verdict::Breaking, why);
        }
    }

    fn at_status(&self, both: &Both<'_>, old: &str, new: &str) -> Site {
        let slot = |surface: &crate::diff::rust::Surface, operation: &Operation<'_>, status: &str| {
            surface.slot(&format!("{}: {status}", operation.place()))
        };
        let leaf = slot(self.old, &both.old, old).or_else(|| slot(self.new, &both.new, new));
        Site { leaf, ..both.part(new, both.site.item.clone()) }
    }

    fn status_gone(&mut self, both: &Both<'a>, status: &str, old: &Object, is: &BTreeMap<&str, &'a Object>) {
        let site = self.at_status(both, status, status);
        let Some(kind) = Status::of(status) else { return };
        if let Some((cover, new)) = covering(kind, is) {
            self.wire(
                &site,
                format!("`{cover}` stands for the status now"),
                Verdict::Compatible,
                "old clients know what it gives",
            );
            self.response(&site, old, new);
            return;
        }
        let (verdict, why) = if kind.is_success() || kind.is_error() {
            (Verdict::Compatible, "old clients wait for it in vain, which harms nobody")
        } else {
            (Verdict::Person, "the tool does not know what clients make of it")
        };
        self.wire(&site, "the status is gone", verdict, why);
    }

    fn status_new(&mut self, both: &Both<'a>, status: &str, new: &Object, was: &BTreeMap<&str, &'a Object>) {
        let Some(kind) = Status::of(status) else { return };
        if let Some((cover, old)) = covering(kind, was) {
            let site = self.at_status(both, cover, status);
            self.wire(
                &site,
                "the status is new",
                Verdict::Compatible,
                "old clients took it for one of those they know",
            );
            self.response(&site, old, new);
            return;
        }
        let site = self.at_status(both, status, status);
        // Beside a success of its own, what stands for all others stands for failures.
        let for_errors =
            kind == Status::Default && was.keys().any(|status| Status::of(status).is_some_and(Status::is_success));
        let (verdict, why) = if kind.is_success() && !for_errors {
            (Verdict::Breaking, "old clients take a success that they do not know for a failure")
        } else if kind.is_error() {
            (Verdict::Compatible, "old clients took it for an unexpected answer, which is an error as well")
        } else {
            (Verdict::Person, "the tool does not know what clients make of it")
        };
        self.wire(&site, "the status is new", verdict, why);
    }

    fn response(&mut self, site: &Site, old: &Object, new: &Object) {
        self.media(site, old, new, ANSWER);
        self.headers(site, old, new);
        let known = ["content", "headers"];
        self.leftovers(site, keys(old, new).into_iter().filter(|key| !known.contains(key)), old, new);
    }

    fn headers(&mut self, site: &Site, old: &Object, new: &Object) {
        use Verdict::{Breaking, Compatible, Person};
        let by_name = |document: Document<'a>, node: &Object| -> BTreeMap<String, Option<Object>> {
            let headers = node.get("headers").and_then(Value::as_object).cloned().unwrap_or_default();
            let follow = |header: Value| document.follow_owned("headers", &header);
            headers.into_iter().map(|(name, header)| (name.to_ascii_lowercase(), follow(header))).collect()
        };
        let (was, is) = (by_name(self.base, old), by_name(self.head, new));
        for (name, old) in &was {
            let site = site.part(&format!(" header {name}"), None);
            match (old, is.get(name)) {
                (Some(old), None) => {
                    let verdict = if flag(old, "required") { Breaking } else { Person };
                    self.wire(&site, "the header is gone", verdict, "old clients may read it");
                }
                (Some(old), Some(Some(new))) => self.header(&site, old, new),
                (old, new) if Some(old) == new => {}
                (_, new) => {
                    let what = format!("the header {}", how(Some(&Value::Null), new.map(|_| &Value::Null)));
                    self.person(&site, what, "its reference leads nowhere");
                }
            }
        }
        for name in is.keys().filter(|name| !was.contains_key(*name)) {
            let site = site.part(&format!(" header {name}"), None);
            self.wire(&site, "the header is new", Compatible, "nobody has to read it");
        }
    }

    fn header(&mut self, site: &Site, old: &Object, new: &Object) {
        match (flag(old, "required"), flag(new, "required")) {
            (true, false) => self.wire(site, "it is not always there", Verdict::Person, "old clients may rely on it"),
            (false, true) => self.wire(site, "it is always there", Verdict::Compatible, "who reads it finds it"),
            _ => {}
        }
        let any = Value::Object(Object::new());
        self.schema(site, old.get("schema").unwrap_or(&any), new.get("schema").unwrap_or(&any), ANSWER);
        let known = ["required", "schema"];
        self.leftovers(site, keys(old, new).into_iter().filter(|key| !known.contains(key)), old, new);
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
