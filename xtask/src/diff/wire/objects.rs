//! Objects: their properties, and what else they may hold.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Directions, Site, Verdict, WireDiff};
use crate::{
    diff::{
        document::{Object, flag, members, texts},
        schema::Node,
    },
    generator::names,
};

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
    /// Only answers have it.
    read_only: bool,
    /// Only requests have it.
    write_only: bool,
}

/// New properties by what they may be known by: their names in Rust, and their schemas.
struct Fresh<'a> {
    names: BTreeMap<String, &'a str>,
    schemas: BTreeMap<String, &'a str>,
}

impl<'a> Fresh<'a> {
    fn of<'p>(properties: impl Iterator<Item = (&'p &'a str, &'p Property<'a>)>) -> Self
    where
        'a: 'p,
    {
        let mut fresh = Self { names: BTreeMap::new(), schemas: BTreeMap::new() };
        for (key, property) in properties {
            fresh.names.entry(names::snake(key)).or_insert(key);
            fresh.schemas.entry(property.schema.to_string()).or_insert(key);
        }
        fresh
    }

    /// The one that a property may have become.
    fn like(&self, key: &str, property: &Property<'_>) -> Option<&'a str> {
        let same = self.names.get(&names::snake(key));
        same.or_else(|| self.schemas.get(&property.schema.to_string())).copied()
    }
}

impl WireDiff<'_> {
    pub(super) fn object(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        self.bound(site, ("minProperties", true), old, new, directions, false);
        self.bound(site, ("maxProperties", false), old, new, directions, false);
        self.additional(site, old, new, directions);

        let any = Value::Object(Object::new());
        let (was, is) = (self.properties(old, &any, true), self.properties(new, &any, false));
        let fresh = Fresh::of(is.iter().filter(|(key, _)| !was.contains_key(*key)));
        for (key, property) in &was {
            match is.get(key) {
                Some(other) => self.property(site, key, property, other, directions),
                None => self.removed(site, key, property, fresh.like(key, property), directions),
            }
        }
        for (key, property) in is.iter().filter(|(key, _)| !was.contains_key(*key)) {
            self.added(site, key, property, old, directions);
        }
        let known = ["properties", "required", "additionalProperties", "minProperties", "maxProperties"];
        self.misplaced(site, &known, old, new);
    }

    fn properties<'v>(&self, map: &'v Object, any: &'v Value, base: bool) -> BTreeMap<&'v str, Property<'v>> {
        let document = if base { self.base } else { self.head };
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

    /// The site of a property.
    fn member(&self, site: &Site, key: &str) -> Site {
        let old = self.old.part(site.leaf.as_deref(), key);
        let place = format!("{}.{key}", site.place);
        match old.or_else(|| self.new.part(site.leaf.as_deref(), key)) {
            Some((item, field)) => Site {
                place,
                item: item.clone(),
                leaf: field.leaves.first().cloned(),
                null_ok: old.is_some_and(|(_, field)| field.is_option()),
                ..Site::default()
            },
            None => Site { place, item: site.item.clone(), ..Site::default() },
        }
    }

    fn property(&mut self, site: &Site, key: &str, was: &Property<'_>, is: &Property<'_>, directions: Directions) {
        use Verdict::{Breaking, Compatible};
        let mut site = self.member(site, key);
        site.required = (was.required, is.required);
        match (was.required, is.required) {
            (false, true) => {
                let request = if is.read_only { Compatible } else { Breaking };
                let why = if directions.judge(request, Compatible) == Breaking {
                    "old clients may leave it out of requests"
                } else {
                    "whoever reads it finds it always now"
                };
                let rust = if directions.request && request == Breaking { Breaking } else { Verdict::None };
                self.both(&site, "it is required now", (directions.judge(request, Compatible), rust), why);
            }
            (true, false) => {
                let answer = if was.write_only { Compatible } else { Breaking };
                let why = if directions.judge(Compatible, answer) == Breaking {
                    "old clients refuse answers without it"
                } else {
                    "requests may still have it"
                };
                self.wire(&site, "it is no longer required", directions.judge(Compatible, answer), why);
            }
            _ => {}
        }
        self.schema(&site, was.schema, is.schema, directions);
    }

    fn removed(&mut self, site: &Site, key: &str, was: &Property<'_>, like: Option<&str>, directions: Directions) {
        use Verdict::{Breaking, Compatible, Person};
        let site = self.member(site, key);
        let request = if was.read_only { Compatible } else { Breaking };
        let answer = match like {
            _ if was.write_only => Compatible,
            _ if was.required => Breaking,
            // No compiler will tell of it.
            Some(name) if names::snake(name) == names::snake(key) => Person,
            _ => Compatible,
        };
        let why = match (directions.request && request == Breaking, directions.answer) {
            (true, _) => "old clients may send it, and a service refuses what it does not know",
            (_, true) if answer == Breaking => "old clients refuse answers without it",
            (_, true) if answer == Person => "it is the same field in Rust, where old clients find nothing any more",
            _ => "old clients do not miss it, but the field is gone",
        };
        let what = match like {
            Some(other) => format!("the property is gone (`{other}` is like it)"),
            None => "the property is gone".to_owned(),
        };
        self.wire(&site, what, directions.judge(request, answer), why);
    }

    fn added(&mut self, site: &Site, key: &str, is: &Property<'_>, owner: &Object, directions: Directions) {
        use Verdict::{Breaking, Compatible};
        let member = self.member(site, key);
        let request = if is.required && !is.read_only { Breaking } else { Compatible };
        let answer = match others(owner) {
            _ if is.write_only || site.lenient => Compatible,
            Others::Any => Compatible,
            Others::Like(schema) if schema == is.schema => Compatible,
            Others::None | Others::Like(_) => Breaking,
        };
        let why = match (directions.request && request == Breaking, directions.answer && answer == Breaking) {
            (true, _) => "old clients leave it out of requests",
            (_, true) => "old clients refuse an object with members that they do not expect",
            _ => "nobody has to use it",
        };
        let what = if is.required { "the property is new and required" } else { "the property is new" };
        let rust = if directions.request && request == Breaking { Breaking } else { Verdict::None };
        self.both(&member, what, (directions.judge(request, answer), rust), why);
    }

    fn additional(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        use Verdict::{Breaking, Compatible};
        let field = self.old.part(site.leaf.as_deref(), "").or_else(|| self.new.part(site.leaf.as_deref(), ""));
        let (item, leaf) = match field {
            Some((item, field)) => (item.clone(), field.leaves.first().cloned()),
            None => (site.item.clone(), self.inside(site)),
        };
        let place = Site { item, ..site.part("{}", leaf) };
        let (request, answer, why) = match (others(old), others(new)) {
            (Others::Like(was), Others::Like(is)) => {
                self.schema(&place, was, is, directions);
                return;
            }
            (Others::Any, Others::Any) | (Others::None, Others::None) => {
                // An empty schema and none are the same but to the generator.
                if old.get("additionalProperties") != new.get("additionalProperties") {
                    self.wire(
                        &place,
                        "`additionalProperties` is written in another way",
                        Verdict::None,
                        "it allows the same",
                    );
                }
                return;
            }
            (Others::Any, _) | (_, Others::None) => {
                (Breaking, Compatible, "old clients may send members that are refused now")
            }
            (_, Others::Any) | (Others::None, _) => {
                (Compatible, Breaking, "old clients refuse members that they do not expect")
            }
        };
        self.wire(
            &place,
            "other members than the properties are another matter now",
            directions.judge(request, answer),
            why,
        );
    }
}
