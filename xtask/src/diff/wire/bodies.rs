//! Request bodies, and the media types of bodies of both directions.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ANSWER, Directions, REQUEST, Site, Verdict, WireDiff, how, operations::Both};
use crate::diff::document::{Object, flag, keys};

impl<'a> WireDiff<'a> {
    pub(super) fn body(&mut self, both: &Both<'a>) {
        use Verdict::{Breaking, Compatible, Person};
        let slot = |surface: &crate::diff::rust::Surface, place: String| surface.slot(&format!("{place}: body"));
        let leaf = slot(self.old, both.old.place()).or_else(|| slot(self.new, both.new.place()));
        let site = Site { leaf, ..both.part("body", both.setter("body")) };
        let (was, is) = (both.old.node.get("requestBody"), both.new.node.get("requestBody"));
        let follow = |document: crate::diff::document::Document<'a>, value: Option<&'a Value>| match value {
            Some(value) => document.follow("requestBodies", value).map(Some).ok_or(()),
            None => Ok(None),
        };
        match (follow(self.base, was), follow(self.head, is)) {
            (Ok(None), Ok(None)) => {}
            (Ok(Some(old)), Ok(Some(new))) => {
                match (flag(old, "required"), flag(new, "required")) {
                    (false, true) => {
                        self.wire(&site, "the body is required now", Breaking, "old clients may send none")
                    }
                    (true, false) => {
                        self.wire(&site, "the body is optional now", Compatible, "old clients go on sending it")
                    }
                    _ => {}
                }
                self.media(&site, old, new, REQUEST);
                let known = ["required", "content"];
                self.leftovers(&site, keys(old, new).into_iter().filter(|key| !known.contains(key)), old, new);
            }
            (Ok(None), Ok(Some(new))) if flag(new, "required") => {
                self.both(
                    &site,
                    "there is a body now, and it is required",
                    (Breaking, Breaking),
                    "old clients send none",
                );
            }
            (Ok(None), Ok(Some(_))) => {
                // The generated builder always sends one, if only an empty object.
                let rust = if self.new.is_optional_body(&site.item, site.leaf.as_deref()) { Person } else { Breaking };
                let why = "old clients send none, which is allowed; generated code has to give one now";
                self.both(&site, "there may be a body now", (Compatible, rust), why);
            }
            (Ok(Some(_)), Ok(None)) => {
                self.wire(&site, "there is no body any more", Breaking, "old clients still send it");
            }
            _ if was == is => {}
            _ => self.person(&site, "the body changed", "its reference leads nowhere"),
        }
    }

    /// The media types of something with content.
    pub(super) fn media(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        let nothing = Object::new();
        let content = |node: &'_ Object| node.get("content").and_then(Value::as_object).cloned();
        let (was, is) = (content(old), content(new));
        self.content(site, was.as_ref().unwrap_or(&nothing), is.as_ref().unwrap_or(&nothing), directions);
    }

    pub(super) fn content(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        use Verdict::{Breaking, Compatible, Cosmetic, Person};
        let by_name = |content: &Object| -> BTreeMap<String, (String, Value)> {
            content.iter().map(|(media, value)| (plain(media), (media.clone(), value.clone()))).collect()
        };
        let (was, is) = (by_name(old), by_name(new));
        let none = was.is_empty();
        for (media, (old_name, old)) in &was {
            let Some((new_name, new)) = is.get(media) else {
                let why = if directions == ANSWER { "old clients ask for it" } else { "old clients send it" };
                self.wire(site, format!("the media type `{old_name}` is gone"), Breaking, why);
                continue;
            };
            if old_name != new_name {
                let what = format!("the media type is written `{new_name}` instead of `{old_name}`");
                self.wire(site, what, Cosmetic, "it is the same type");
            }
            self.media_type(site, old, new, directions);
        }
        for (_, (name, _)) in is.iter().filter(|(media, _)| !was.contains_key(*media)) {
            let answer = match (none, was.contains_key("application/json")) {
                // Who expects no content looks at none.
                (true, _) | (_, true) => Compatible,
                _ => Person,
            };
            let why = match directions.judge(Compatible, answer) {
                Person => "the service may answer with it although old clients do not know it",
                _ => "nobody has to use it",
            };
            let what = format!("the media type `{name}` is new");
            self.wire(site, what, directions.judge(Compatible, answer), why);
        }
    }

    fn media_type(&mut self, site: &Site, old: &Value, new: &Value, directions: Directions) {
        let empty = Object::new();
        let any = Value::Object(Object::new());
        let (was, is) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
        self.schema(site, was.get("schema").unwrap_or(&any), is.get("schema").unwrap_or(&any), directions);
        if was.get("encoding") != is.get("encoding") {
            let what = format!("`encoding` {}", how(was.get("encoding"), is.get("encoding")));
            self.person(site, what, "the tool does not follow how parts are written");
        }
        if let Some(encoding) = was.get("encoding") {
            self.link_all(encoding, directions);
        }
        let known = ["schema", "encoding"];
        self.leftovers(site, keys(was, is).into_iter().filter(|key| !known.contains(key)), was, is);
    }
}

/// A media type without its parameters and in one case.
fn plain(media: &str) -> String {
    media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
