//! Schemas: what they refer to, their types, and which rules look at the rest.

use serde_json::Value;

use super::{Directions, Impact, Sides, Site, Verdict, WireDiff, keywords::kind};
use crate::diff::document::{Object, list, text};
use crate::diff::rust::Surface;
use crate::diff::schema::{Node, Target};

const UNCLEAR: Impact = Impact::person("the tool cannot see through it");

impl WireDiff<'_> {
    pub(super) fn schema(&mut self, site: &Site, old: &Value, new: &Value) {
        if self.enter(old, new) {
            self.look(site, old, new);
            self.inside.pop();
        } else if old != new {
            let why = "it is too deep, or contains itself in a way that is hard to follow";
            self.report(site, "the schema changed", Impact::person(why));
        } else {
            self.link_all(old, site.directions);
        }
    }

    /// Compares the schemas at a key. None allows anything.
    pub(super) fn schema_at(&mut self, site: &Site, key: &str, sides: Sides<'_>) {
        let any = Value::Object(Object::new());
        let (old, new) = sides.get(key);
        self.schema(site, old.unwrap_or(&any), new.unwrap_or(&any));
    }

    fn look(&mut self, site: &Site, old: &Value, new: &Value) {
        let (base, head) = (Node::of(self.base, old), Node::of(self.head, new));
        // What stands beside a `$ref` means nothing in OpenAPI 3.0, but somebody meant something.
        if old.get("$ref").is_some() && new.get("$ref").is_some() {
            self.rest(site, &["$ref"], Sides::of(Some(old), Some(new)));
        }
        let unnamed = Impact::same(Verdict::None, "nothing that travels shows the name");
        match (&base.target, &head.target) {
            (Target::Named(a), Target::Named(b)) => {
                self.overlays(site, Sides::new(&base.map, &head.map));
                if a != b {
                    self.report(site, format!("`$ref` goes to `{b}` instead of `{a}`"), unnamed);
                    // One may be a choice that the other is part of.
                    if let (Some(was), Some(is)) = (self.base.schema(a), self.head.schema(b)) {
                        let (was, is) = (Node::of(self.base, was), Node::of(self.head, is));
                        if self.lift(site, (old, &was), (new, &is)) {
                            return;
                        }
                    }
                }
                self.link(a, b, site.directions);
                return;
            }
            (Target::Unclear, _) | (_, Target::Unclear) => {
                if old == new {
                    self.link_all(old, site.directions);
                } else if !self.side_by_side(site, old, new) {
                    self.report(site, "the schema changed", UNCLEAR);
                }
                return;
            }
            (Target::Named(name), _) => self.report(site, format!("`{name}` is written out"), unnamed),
            (_, Target::Named(name)) => self.report(site, format!("it has become `{name}`"), unnamed),
            _ => {}
        }
        let lifted = self.lift(site, (old, &base), (new, &head));
        let (Some(old), Some(new)) = (base.seen_through(self.base), head.seen_through(self.head)) else {
            return self.report(site, "the schema changed", UNCLEAR);
        };
        let sides = Sides::new(&old, &new);
        self.overlays(site, sides);
        if !lifted {
            self.keywords(site, sides);
        }
    }

    /// Notes the use of all that an unchanged schema refers to.
    pub(super) fn link_all(&mut self, schema: &Value, directions: Directions) {
        match schema {
            Value::Object(map) => {
                if let Some(name) = text(map, "$ref").and_then(|reference| self.base.schema_name(reference))
                    && self.head.schema(&name).is_some()
                {
                    self.link(&name, &name, directions);
                }
                map.values().for_each(|value| self.link_all(value, directions));
            }
            Value::Array(list) => list.iter().for_each(|value| self.link_all(value, directions)),
            _ => {}
        }
    }

    pub(super) fn keywords(&mut self, site: &Site, sides: Sides<'_>) {
        self.strange(site, sides);
        self.unions(site, sides);
        let (was, is) = sides.each(kind);
        if was != is {
            return self.type_changed(site, was, is);
        }
        self.values(site, was, sides);
        self.limits(site, was, sides);
        match was {
            "array" => self.schema_at(&site.part("[]", self.inside(site)), "items", sides),
            "object" => self.object(site, sides),
            _ => {}
        }
    }

    fn type_changed(&mut self, site: &Site, was: &str, is: &str) {
        let impact = match (was, is) {
            ("integer", "number") => Impact::unread("old clients read whole numbers only"),
            ("number", "integer") => Impact::tighter("old clients may send fractions"),
            ("any", _) => Impact::tighter("old clients may send anything"),
            (_, "any") => Impact::unread("old clients read nothing but what it was"),
            _ => Impact::apart("neither side takes the one for the other"),
        };
        let rust = if site.lenient { Verdict::Person } else { Verdict::None };
        self.report(site, format!("the type is {is} instead of {was}"), impact.rust(rust));
    }

    /// The generated type inside of the one at a site.
    pub(super) fn inside(&self, site: &Site) -> Option<String> {
        self.old.inside(site.leaf.clone()).or_else(|| self.new.inside(site.leaf.clone()))
    }

    /// The allowed values.
    fn values(&mut self, site: &Site, kind: &str, sides: Sides<'_>) {
        let listed = |map| list(map, "enum").iter().filter(|value| !value.is_null()).collect::<Vec<_>>();
        let (was, is) = sides.each(listed);
        // What the old client reads without a look at the allowed values.
        let number = matches!(kind, "integer" | "number") && sides.old.contains_key("type");
        let reads_all = site.lenient || number || kind == "boolean";
        let more = |why| if reads_all { Impact::wider(why) } else { Impact::unread(why) };
        match (was.is_empty(), is.is_empty()) {
            (true, true) => return,
            (true, false) => {
                let impact = Impact::tighter("old clients may send other values");
                return self.report(site, "only some values are allowed now", impact);
            }
            (false, true) => {
                let why = "old clients read the listed values only";
                return self.report(site, "all values are allowed now", more(why));
            }
            (false, false) => self.null_value(site, sides),
        }
        for value in was.iter().filter(|value| !is.contains(value)) {
            let impact = Impact::tighter("old clients may still send it");
            self.report(&self.variant(site, value), format!("the value {value} is gone"), impact);
        }
        for value in is.iter().filter(|value| !was.contains(value)) {
            let impact = more("old clients refuse a whole response that holds a value they do not know");
            self.report(
                &self.variant(site, value),
                format!("the value {value} is new"),
                impact.or("nobody has to use it"),
            );
        }
    }

    /// Null among the allowed values. Beside `nullable`, services differ in whether it has to be there.
    fn null_value(&mut self, site: &Site, sides: Sides<'_>) {
        let (was_nullable, is_nullable) = sides.flags("nullable");
        if was_nullable != is_nullable {
            return;
        }
        let new = if site.null_ok {
            Impact::wider("the field is an `Option` already")
        } else {
            Impact::unread("old clients do not read null there")
        };
        let gone = Impact::of(Verdict::Person, Verdict::Compatible, "old clients may still send it");
        let listed = sides.each(|map| list(map, "enum").contains(&Value::Null));
        self.toggle(site, listed, ("the value null is new", new), ("the value null is gone", gone));
    }

    /// The variant that a value has in Rust.
    fn variant(&self, site: &Site, value: &Value) -> Site {
        let variant = |surface: &Surface| Some(surface.part(site.leaf.as_deref(), value.as_str()?)?.0.clone());
        let item = variant(self.old).or_else(|| variant(self.new)).unwrap_or_else(|| site.item.clone());
        Site { item, ..site.clone() }
    }
}
