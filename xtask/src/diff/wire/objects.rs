//! Objects: their properties, and what else they may hold.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Verdict::{self, Breaking, Compatible, Person};
use super::{Impact, Sides, Site, WireDiff};
use crate::diff::document::{Document, Object, flag, members, texts};
use crate::{diff::schema::Node, generator::names};

/// What an object may hold beside its properties.
enum Others<'a> {
    Any,
    None,
    Like(&'a Value),
}

fn others(map: &Object) -> Others<'_> {
    match map.get("additionalProperties") {
        Some(Value::Bool(false)) => Others::None,
        Some(schema @ Value::Object(map)) if !map.is_empty() => Others::Like(schema),
        _ => Others::Any,
    }
}

/// A property on one side.
struct Property<'a> {
    schema: &'a Value,
    required: bool,
    /// Only responses have it.
    read_only: bool,
    /// Only requests have it.
    write_only: bool,
}

fn properties<'v>(document: Document<'_>, map: &'v Object, any: &'v Value) -> BTreeMap<&'v str, Property<'v>> {
    let required = texts(map, "required");
    let mut schemas: BTreeMap<&str, &Value> = required.iter().map(|key| (*key, any)).collect();
    schemas.extend(members(map, "properties").map(|(key, schema)| (key.as_str(), schema)));
    let property = |(key, schema)| {
        let keywords = Node::of(document, schema).spread(document);
        let (read_only, write_only) = (flag(&keywords, "readOnly"), flag(&keywords, "writeOnly"));
        (key, Property { schema, required: required.contains(key), read_only, write_only })
    };
    schemas.into_iter().map(property).collect()
}

impl WireDiff<'_> {
    pub(super) fn object(&mut self, site: &Site, sides: Sides<'_>) {
        self.additional(site, sides);
        let any = Value::Object(Object::new());
        let (was, is) = (properties(self.base, sides.old, &any), properties(self.head, sides.new, &any));
        let fresh: Vec<_> = is.iter().filter(|(key, _)| !was.contains_key(*key)).collect();
        // What a property may be known by under another name: its name in Rust, and its schema.
        let (mut names, mut schemas) = (BTreeMap::new(), BTreeMap::new());
        for (key, property) in &fresh {
            names.entry(names::snake(key)).or_insert(**key);
            schemas.entry(property.schema.to_string()).or_insert(**key);
        }
        for (key, property) in &was {
            match is.get(key) {
                Some(other) => self.property(site, key, property, other),
                None => {
                    let like = names.get(&names::snake(key)).or_else(|| schemas.get(&property.schema.to_string()));
                    self.removed(site, key, property, like.copied());
                }
            }
        }
        for (key, property) in fresh {
            self.added(site, key, property, sides.old);
        }
    }

    /// The site of a property.
    fn member(&self, site: &Site, key: &str) -> Site {
        let old = self.old.part(site.leaf.as_deref(), key);
        let part = site.part(&format!(".{key}"), None);
        match old.or_else(|| self.new.part(site.leaf.as_deref(), key)) {
            Some((item, field)) => Site {
                item: item.clone(),
                leaf: field.leaves.first().cloned(),
                null_ok: old.is_some_and(|(_, field)| field.is_option()),
                ..part
            },
            None => part,
        }
    }

    fn property(&mut self, site: &Site, key: &str, was: &Property<'_>, is: &Property<'_>) {
        let site = Site { required: (was.required, is.required), ..self.member(site, key) };
        let (found, absent) = ("whoever reads it finds it always now", "requests may still have it");
        let set = match (is.read_only, site.directions.request) {
            (true, _) => Impact::wider(found),
            (_, true) => Impact::tighter("old clients may leave it out of requests").rust(Breaking),
            _ => Impact::tighter(found),
        };
        let dropped = if was.write_only {
            Impact::wider(absent)
        } else {
            Impact::unread("old clients refuse responses without it").or(absent)
        };
        self.toggle(&site, site.required, ("it is required now", set), ("it is no longer required", dropped));
        self.schema(&site, was.schema, is.schema);
    }

    fn removed(&mut self, site: &Site, key: &str, was: &Property<'_>, like: Option<&str>) {
        let site = self.member(site, key);
        let request = if was.read_only { Compatible } else { Breaking };
        let response = match like {
            _ if was.write_only => Compatible,
            _ if was.required => Breaking,
            // No compiler will tell of it.
            Some(name) if names::snake(name) == names::snake(key) => Person,
            _ => Compatible,
        };
        let missed = "old clients do not miss it, but the field is gone";
        let why = match (site.directions.request && request == Breaking, response) {
            (true, _) => "old clients may send it, and a service refuses what it does not know",
            (_, Breaking) => "old clients refuse responses without it",
            (_, Person) => "it is the same field in Rust, where old clients find nothing any more",
            _ => missed,
        };
        let like = like.map(|other| format!(" (`{other}` is like it)")).unwrap_or_default();
        self.report(&site, format!("the property is gone{like}"), Impact::of(request, response, why).or(missed));
    }

    fn added(&mut self, site: &Site, key: &str, is: &Property<'_>, owner: &Object) {
        let is_demanded = is.required && !is.read_only;
        let is_read = match others(owner) {
            _ if is.write_only || site.lenient => true,
            Others::Any => true,
            Others::Like(schema) => schema == is.schema,
            Others::None => false,
        };
        let verdict = |fine| if fine { Compatible } else { Breaking };
        let (why, rust) = if site.directions.request && is_demanded {
            ("old clients leave it out of requests", Breaking)
        } else {
            ("old clients refuse an object with members that they do not expect", Verdict::None)
        };
        let impact = Impact::of(verdict(!is_demanded), verdict(is_read), why).or("nobody has to use it").rust(rust);
        let required = if is.required { " and required" } else { "" };
        self.report(&self.member(site, key), format!("the property is new{required}"), impact);
    }

    fn additional(&mut self, site: &Site, sides: Sides<'_>) {
        let field = self.old.part(site.leaf.as_deref(), "").or_else(|| self.new.part(site.leaf.as_deref(), ""));
        let place = match field {
            Some((item, field)) => Site { item: item.clone(), ..site.part("{}", field.leaves.first().cloned()) },
            None => site.part("{}", self.inside(site)),
        };
        let impact = match sides.each(others) {
            (Others::Like(was), Others::Like(is)) => return self.schema(&place, was, is),
            (Others::Any, Others::Any) | (Others::None, Others::None) => {
                // An empty schema and none are the same but to the generator.
                if sides.touched("additionalProperties").is_some() {
                    let impact = Impact::same(Verdict::None, "it allows the same");
                    self.report(&place, "`additionalProperties` is written in another way", impact);
                }
                return;
            }
            (Others::Any, _) | (_, Others::None) => {
                Impact::tighter("old clients may send members that are refused now")
            }
            (_, Others::Any) | (Others::None, _) => {
                Impact::unread("old clients refuse members that they do not expect")
            }
        };
        self.report(&place, "other members than the properties are another matter now", impact);
    }
}
