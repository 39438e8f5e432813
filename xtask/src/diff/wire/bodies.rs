//! Request bodies, and the media types of bodies of both directions.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Verdict::{Breaking, Compatible, Cosmetic, Person};
use super::{Directions, Impact, Sides, Site, WireDiff, operations::Both};
use crate::diff::document::{Document, Object, flag};

impl<'a> WireDiff<'a> {
    pub(super) fn body(&mut self, both: &Both<'a>) {
        let site = both.part(self, "body", both.setter("body"), Directions::REQUEST);
        let (was, is) = both.sides().get("requestBody");
        let follow = |document: Document<'a>, value: Option<&'a Value>| match value {
            Some(value) => document.follow("requestBodies", value).map(Some).ok_or(()),
            None => Ok(None),
        };
        match (follow(self.base, was), follow(self.head, is)) {
            (Ok(None), Ok(None)) => {}
            (Ok(Some(old)), Ok(Some(new))) => {
                let sides = Sides::new(old, new);
                let set = ("the body is required now", Impact::apart("old clients may send none"));
                let taken_back = ("the body is optional now", Impact::wider("old clients go on sending it"));
                self.toggle(&site, sides.flags("required"), set, taken_back);
                self.content(&site, sides.part("content"));
                self.rest(&site, &["required", "content"], sides);
            }
            (Ok(None), Ok(Some(new))) if flag(new, "required") => {
                let impact = Impact::apart("old clients send none").rust(Breaking);
                self.report(&site, "there is a body now, and it is required", impact);
            }
            (Ok(None), Ok(Some(_))) => {
                // The generated builder always sends one, if only an empty object.
                let rust = if self.new.is_optional_body(&site.item, site.leaf.as_deref()) { Person } else { Breaking };
                let impact =
                    Impact::wider("old clients send none, which is allowed; generated code has to give one now");
                self.report(&site, "there may be a body now", impact.rust(rust));
            }
            (Ok(Some(_)), Ok(None)) => {
                self.report(&site, "there is no body any more", Impact::apart("old clients still send it"));
            }
            _ if was == is => {}
            _ => self.report(&site, "the body changed", Impact::person("its reference leads nowhere")),
        }
    }

    /// The media types of something with content.
    pub(super) fn content(&mut self, site: &Site, sides: Sides<'_>) {
        let by_name = |content: &'_ Object| -> BTreeMap<String, (String, Value)> {
            content.iter().map(|(media, value)| (plain(media), (media.clone(), value.clone()))).collect()
        };
        let (was, is) = sides.each(by_name);
        for (media, (old_name, old)) in &was {
            let Some((new_name, new)) = is.get(media) else {
                let why = if site.directions.request { "old clients send it" } else { "old clients ask for it" };
                self.report(site, format!("the media type `{old_name}` is gone"), Impact::apart(why));
                continue;
            };
            if old_name != new_name {
                let what = format!("the media type is written `{new_name}` instead of `{old_name}`");
                self.report(site, what, Impact::same(Cosmetic, "it is the same type"));
            }
            self.media_type(site, Sides::of(Some(old), Some(new)));
        }
        // Who expects no content looks at none.
        let is_ignored = was.is_empty() || was.contains_key("application/json");
        let response = if is_ignored { Compatible } else { Person };
        let new =
            Impact::of(Compatible, response, "the service may respond with it although old clients do not know it");
        for (_, (name, _)) in is.iter().filter(|(media, _)| !was.contains_key(*media)) {
            self.report(site, format!("the media type `{name}` is new"), new.or("nobody has to use it"));
        }
    }

    fn media_type(&mut self, site: &Site, sides: Sides<'_>) {
        self.schema_at(site, "schema", sides);
        if let Some(what) = sides.touched("encoding") {
            self.report(site, what, Impact::person("the tool does not follow how parts are written"));
        }
        if let Some(encoding) = sides.old.get("encoding") {
            self.link_all(encoding, site.directions);
        }
        self.rest(site, &["schema", "encoding"], sides);
    }
}

/// A media type without its parameters and in one case.
fn plain(media: &str) -> String {
    media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
