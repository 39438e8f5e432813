//! Schemas: what they refer to, their types, and which rules look at the rest.

use serde_json::Value;

use super::{Directions, Site, Verdict, WireDiff, how};
use crate::diff::{
    document::{Object, as_number, flag, keys, text},
    rust::Surface,
    schema::{Node, Target, is_overlay},
};

/// Keywords that have rules.
const KNOWN: [&str; 24] = [
    "type",
    "enum",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "properties",
    "required",
    "additionalProperties",
    "minProperties",
    "maxProperties",
    "oneOf",
    "anyOf",
    "allOf",
    "not",
];

impl WireDiff<'_> {
    pub(super) fn schema(&mut self, site: &Site, old: &Value, new: &Value, directions: Directions) {
        if self.enter(old, new) {
            self.look(site, old, new, directions);
            self.inside.pop();
        } else if old != new {
            self.person(
                site,
                "the schema changed",
                "it is too deep, or contains itself in a way that is hard to follow",
            );
        } else {
            self.link_all(old, directions);
        }
    }

    fn look(&mut self, site: &Site, old: &Value, new: &Value, directions: Directions) {
        let (base, head) = (Node::of(self.base, old), Node::of(self.head, new));
        self.beside_references(site, old, new);
        match (&base.target, &head.target) {
            (Target::Named(a), Target::Named(b)) => {
                self.overlays(site, &base.map, &head.map, directions);
                if a != b {
                    let what = format!("`$ref` goes to `{b}` instead of `{a}`");
                    self.wire(site, what, Verdict::None, "nothing that travels shows the name");
                    // One may be a choice that the other is part of.
                    if let (Some(was), Some(is)) = (self.base.schema(a), self.head.schema(b)) {
                        let (was, is) = (Node::of(self.base, was), Node::of(self.head, is));
                        if self.lift(site, (old, &was), (new, &is), directions) {
                            return;
                        }
                    }
                }
                self.link(a, b, directions);
            }
            (Target::Unclear, _) | (_, Target::Unclear) => {
                if old == new {
                    self.link_all(old, directions);
                } else if !self.side_by_side(site, old, new, directions) {
                    self.person(site, "the schema changed", "the tool cannot see through it");
                }
            }
            (target, other) => {
                match (target, other) {
                    (Target::Named(name), _) => {
                        let what = format!("`{name}` is written out");
                        self.wire(site, what, Verdict::None, "nothing that travels shows the name");
                    }
                    (_, Target::Named(name)) => {
                        let what = format!("it has become `{name}`");
                        self.wire(site, what, Verdict::None, "nothing that travels shows the name");
                    }
                    _ => {}
                }
                let lifted = self.lift(site, (old, &base), (new, &head), directions);
                let (Some(old), Some(new)) = (base.seen_through(self.base), head.seen_through(self.head)) else {
                    self.person(site, "the schema changed", "the tool cannot see through it");
                    return;
                };
                self.overlays(site, &old, &new, directions);
                if !lifted {
                    self.keywords(site, &old, &new, directions);
                }
            }
        }
    }

    /// What stands beside a `$ref` means nothing in OpenAPI 3.0, but somebody meant something.
    fn beside_references(&mut self, site: &Site, old: &Value, new: &Value) {
        let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else { return };
        if old.contains_key("$ref") && new.contains_key("$ref") {
            self.leftovers(site, keys(old, new).into_iter().filter(|key| *key != "$ref"), old, new);
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
                for value in map.values() {
                    self.link_all(value, directions);
                }
            }
            Value::Array(list) => list.iter().for_each(|value| self.link_all(value, directions)),
            _ => {}
        }
    }

    pub(super) fn keywords(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        self.malformed(site, old, new);
        self.unions(site, old, new, directions);
        let unknown = |key: &&str| !is_overlay(key) && !KNOWN.contains(key);
        self.leftovers(site, keys(old, new).into_iter().filter(unknown), old, new);
        let (was, is) = (kind(old), kind(new));
        if was != is {
            self.type_changed(site, was, is, directions);
            return;
        }
        self.values(site, was, old, new, directions);
        match was {
            "string" => self.string(site, old, new, directions),
            "integer" => self.integer(site, old, new, directions),
            "number" => self.number(site, old, new, directions),
            "array" => self.array(site, old, new, directions),
            "object" => self.object(site, old, new, directions),
            _ => {
                let misplaced =
                    |key: &&str| KNOWN.contains(key) && !["oneOf", "anyOf", "not", "enum", "type"].contains(key);
                self.leftovers(site, keys(old, new).into_iter().filter(misplaced), old, new);
            }
        }
    }

    /// Keywords whose values are not what they have to be, so that no rule can read them.
    fn malformed(&mut self, site: &Site, old: &Object, new: &Object) {
        let strange = |key: &str, value: &Value| match key {
            "type" | "format" | "pattern" => !value.is_string(),
            // A list without values allows none, or all, whoever reads it.
            "enum" => value.as_array().is_none_or(Vec::is_empty),
            "required" | "oneOf" | "anyOf" => !value.is_array(),
            "properties" | "items" => !value.is_object(),
            "minimum" | "maximum" | "multipleOf" => as_number(value).is_none(),
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => !value.is_u64(),
            "exclusiveMinimum" | "exclusiveMaximum" | "uniqueItems" | "nullable" | "readOnly" | "writeOnly" => {
                !value.is_boolean()
            }
            _ => false,
        };
        for key in keys(old, new) {
            let values = [old.get(key), new.get(key)];
            if let Some(what) = Self::changed(old, new, key)
                && values.into_iter().flatten().any(|value| strange(key, value))
            {
                self.person(site, what, "the keyword's value is not of the kind that OpenAPI 3.0 has");
            }
        }
    }

    fn type_changed(&mut self, site: &Site, was: &str, is: &str, directions: Directions) {
        use Verdict::{Breaking, Compatible};
        let (request, answer, why) = match (was, is) {
            ("integer", "number") => (Compatible, Breaking, "old clients read whole numbers only"),
            ("number", "integer") => (Breaking, Compatible, "old clients may send fractions"),
            ("any", _) => (Breaking, Compatible, "old clients may send anything"),
            (_, "any") => (Compatible, Breaking, "old clients read nothing but what it was"),
            _ => (Breaking, Breaking, "neither side takes the one for the other"),
        };
        let rust = if site.lenient { Verdict::Person } else { Verdict::None };
        let what = format!("the type is {is} instead of {was}");
        self.both(site, what, (directions.judge(request, answer), rust), why);
    }

    fn array(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        use Verdict::{Breaking, Compatible};
        let length = |map: &Object, key: &str| map.get(key).and_then(Value::as_u64);
        let fixed = length(old, "minItems").is_some_and(|least| least > 0 && length(old, "maxItems") == Some(least));
        self.bound(site, ("minItems", true), old, new, directions, fixed);
        self.bound(site, ("maxItems", false), old, new, directions, fixed);
        let unique = |map: &Object| map.get("uniqueItems") == Some(&Value::Bool(true));
        if unique(old) != unique(new) {
            let request = if unique(new) { Breaking } else { Compatible };
            let why = "duplicates that one side allows the other may refuse";
            self.wire(
                site,
                format!("`uniqueItems` {}", toggled(unique(new))),
                directions.judge(request, Compatible),
                why,
            );
        }
        let any = Value::Object(Object::new());
        let (items, new_items) = (old.get("items").unwrap_or(&any), new.get("items").unwrap_or(&any));
        let leaf = self.inside(site);
        self.schema(&site.part("[]", leaf), items, new_items, directions);
        self.misplaced(site, &["items", "minItems", "maxItems", "uniqueItems"], old, new);
    }

    /// The generated type inside of the one at a site.
    pub(super) fn inside(&self, site: &Site) -> Option<String> {
        self.old.inside(site.leaf.clone()).or_else(|| self.new.inside(site.leaf.clone()))
    }

    /// The allowed values.
    fn values(&mut self, site: &Site, kind: &str, old: &Object, new: &Object, directions: Directions) {
        use Verdict::{Breaking, Compatible};
        let values = |map: &Object| -> Vec<Value> {
            let list = crate::diff::document::list(map, "enum");
            list.iter().filter(|value| !value.is_null()).cloned().collect()
        };
        let (was, is) = (values(old), values(new));
        if !was.is_empty() && !is.is_empty() {
            self.null_value(site, old, new, directions);
        }
        // What the old client reads without a look at the allowed values.
        let number = matches!(kind, "integer" | "number") && old.contains_key("type");
        let reads_all = site.lenient || number || kind == "boolean";
        let unread = if reads_all { Compatible } else { Breaking };
        match (was.is_empty(), is.is_empty()) {
            (true, true) => {}
            (true, false) => {
                let why = "old clients may send other values";
                self.wire(site, "only some values are allowed now", directions.judge(Breaking, Compatible), why);
            }
            (false, true) => {
                let why = "old clients read the listed values only";
                self.wire(site, "all values are allowed now", directions.judge(Compatible, unread), why);
            }
            (false, false) => {
                for value in was.iter().filter(|value| !is.contains(value)) {
                    let site = self.variant(site, value);
                    let why = "old clients may still send it";
                    self.wire(&site, format!("the value {value} is gone"), directions.judge(Breaking, Compatible), why);
                }
                for value in is.iter().filter(|value| !was.contains(value)) {
                    let site = self.variant(site, value);
                    let why = if directions.answer && !reads_all {
                        "old clients refuse a whole answer that holds a value they do not know"
                    } else {
                        "nobody has to use it"
                    };
                    self.wire(&site, format!("the value {value} is new"), directions.judge(Compatible, unread), why);
                }
            }
        }
    }

    /// Null among the allowed values. Beside `nullable`, services differ in whether it has to be there.
    fn null_value(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        use Verdict::{Breaking, Compatible, Person};
        let lists = |map: &Object| crate::diff::document::list(map, "enum").contains(&Value::Null);
        if lists(old) == lists(new) || flag(old, "nullable") != flag(new, "nullable") {
            return;
        }
        let (what, request, answer, why) = match (lists(new), site.null_ok) {
            (false, _) => ("the value null is gone", Person, Compatible, "old clients may still send it"),
            (true, true) => ("the value null is new", Compatible, Compatible, "the field is an `Option` already"),
            (true, false) => ("the value null is new", Compatible, Breaking, "old clients do not read null there"),
        };
        self.wire(site, what, directions.judge(request, answer), why);
    }

    /// The variant that a value has in Rust.
    fn variant(&self, site: &Site, value: &Value) -> Site {
        let variant = |surface: &Surface| Some(surface.part(site.leaf.as_deref(), value.as_str()?)?.0.clone());
        let item = variant(self.old).or_else(|| variant(self.new)).unwrap_or_else(|| site.item.clone());
        Site { item, ..site.clone() }
    }

    /// Says that a keyword with two settings was set or taken back.
    pub(super) fn changed(old: &Object, new: &Object, key: &str) -> Option<String> {
        let (old, new) = (old.get(key), new.get(key));
        let shown = |value: Option<&Value>| value.map(ToString::to_string).unwrap_or_default();
        (old != new).then(|| match (old, new) {
            (Some(_), Some(_)) => format!("`{key}` is {} instead of {}", shown(new), shown(old)),
            _ => format!("`{key}` {} {}", shown(old.or(new)), how(old, new)),
        })
    }
}

pub(super) fn toggled(on: bool) -> &'static str {
    if on { "added" } else { "removed" }
}

/// What a schema's values are.
pub(super) fn kind(map: &Object) -> &str {
    let uses = |keys: &[&str]| keys.iter().any(|key| map.contains_key(*key));
    match text(map, "type") {
        Some(kind) => kind,
        None if uses(&["oneOf"]) => "oneOf",
        None if uses(&["anyOf"]) => "anyOf",
        None if uses(&["properties", "required", "additionalProperties", "minProperties", "maxProperties"]) => "object",
        None if uses(&["items", "minItems", "maxItems", "uniqueItems"]) => "array",
        None if uses(&["pattern", "minLength", "maxLength"]) => "string",
        None => match crate::diff::document::list(map, "enum").first() {
            Some(Value::String(_)) => "string",
            _ => "any",
        },
    }
}
