//! What is said about a schema where it is used: whether it may be null, its default, who writes it.

use serde_json::Value;

use super::{Directions, Site, Verdict, WireDiff, how, schemas::toggled};
use crate::diff::document::{Object, flag, keys, text};

impl WireDiff<'_> {
    pub(super) fn overlays(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        self.link_mapping(old, new, directions);
        for key in keys(old, new) {
            if old.get(key) == new.get(key) {
                continue;
            }
            match key {
                "nullable" => self.nullable(site, flag(old, key), flag(new, key), directions),
                "default" => self.default(site, old, new, directions),
                "readOnly" => self.read_only(site, flag(old, key), flag(new, key), directions),
                "writeOnly" => self.write_only(site, flag(old, key), flag(new, key), directions),
                "discriminator" => self.discriminator(site, old, new, directions),
                "title" | "description" | "example" | "externalDocs" | "deprecated" | "xml" => {
                    self.leftovers(site, [key], old, new);
                }
                "x-atlas-type" => {
                    let what = format!("`{key}` {}", how(old.get(key), new.get(key)));
                    self.wire(site, what, Verdict::None, "it chooses the Rust type and nothing else");
                }
                _ if key.starts_with("x-") => self.leftovers(site, [key], old, new),
                _ => {}
            }
        }
    }

    fn nullable(&mut self, site: &Site, was: bool, is: bool, directions: Directions) {
        use Verdict::{Breaking, Compatible};
        if was == is {
            return;
        }
        let (request, answer, why) = match (is, site.null_ok) {
            (true, true) => (Compatible, Compatible, "the field is an `Option` already, which reads null"),
            (true, false) if directions.answer => (Compatible, Breaking, "old clients do not read null there"),
            (true, false) => (Compatible, Breaking, "nobody has to send null"),
            (false, _) => (Breaking, Compatible, "old clients may send null"),
        };
        self.wire(site, format!("`nullable` {}", toggled(is)), directions.judge(request, answer), why);
    }

    fn default(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        use Verdict::{Compatible, Person};
        let Some(what) = Self::changed(old, new, "default") else { return };
        let wire = directions.judge(Person, Compatible);
        // What stands for something left out means something else now, to code as well.
        let another = old.contains_key("default") && new.contains_key("default");
        let rust = if wire == Person || another { Person } else { Verdict::None };
        self.both(site, what, (wire, rust), "who leaves it out may mean something else now");
    }

    fn read_only(&mut self, site: &Site, was: bool, is: bool, directions: Directions) {
        use Verdict::{Breaking, Compatible, Person};
        if was == is {
            return;
        }
        let (request, why) = match (is, site.required.1) {
            (true, _) => (Person, "old clients may send it, which the service may ignore or refuse"),
            (false, true) => (Breaking, "requests must have it now"),
            (false, false) => (Compatible, "requests may have it now"),
        };
        self.wire(site, format!("`readOnly` {}", toggled(is)), directions.judge(request, Compatible), why);
    }

    fn write_only(&mut self, site: &Site, was: bool, is: bool, directions: Directions) {
        use Verdict::{Breaking, Compatible, Person};
        if was == is {
            return;
        }
        let (answer, why) = match (is, site.required.0) {
            (true, true) => (Breaking, "old clients need it in answers, which have it no more"),
            (true, false) => (Person, "answers have it no more"),
            (false, _) => (Compatible, "answers may have it now"),
        };
        self.wire(site, format!("`writeOnly` {}", toggled(is)), directions.judge(Compatible, answer), why);
    }

    fn discriminator(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        use Verdict::{Breaking, Compatible, Person};
        let empty = Object::new();
        let part = |map: &'_ Object| map.get("discriminator").and_then(Value::as_object).cloned();
        let (Some(was), Some(is)) = (part(old), part(new)) else {
            let what = format!("`discriminator` {}", how(old.get("discriminator"), new.get("discriminator")));
            self.person(site, what, "how the parts are told apart is not something the tool follows");
            return;
        };
        if text(&was, "propertyName") != text(&is, "propertyName") {
            let what = "another property tells the parts apart";
            self.wire(site, what, directions.judge(Breaking, Breaking), "both sides look for the wrong one");
        }
        let (old_map, new_map) = (mapping(&was).unwrap_or(&empty), mapping(&is).unwrap_or(&empty));
        for value in keys(old_map, new_map) {
            let what = format!("the discriminator's value `{value}` {}", how(old_map.get(value), new_map.get(value)));
            match (old_map.get(value), new_map.get(value)) {
                (a, b) if a.map(mapped) == b.map(mapped) => {}
                (None, _) => {
                    let why = "old clients may not know it";
                    self.wire(site, what, directions.judge(Compatible, Person), why);
                }
                (_, None) => self.wire(site, what, directions.judge(Breaking, Compatible), "old clients may send it"),
                (Some(a), Some(b)) if self.mapped_pair(a, b).is_some() => {
                    // The same shape under another name is still the same shape; the two are compared.
                    self.wire(site, what, Verdict::None, "it stands for another schema");
                }
                _ => self.wire(site, what, directions.judge(Person, Person), "it stands for another schema"),
            }
        }
        let others = keys(&was, &is).into_iter().filter(|key| !["propertyName", "mapping"].contains(key));
        let others: Vec<_> = others.map(str::to_owned).collect();
        self.leftovers(site, others.iter().map(String::as_str), &was, &is);
    }

    /// Schemas that only a mapping leads to travel where the schema does that has the mapping.
    fn link_mapping(&mut self, old: &Object, new: &Object, directions: Directions) {
        let part = |map: &'_ Object| map.get("discriminator").and_then(Value::as_object).and_then(mapping).cloned();
        let (Some(was), Some(is)) = (part(old), part(new)) else { return };
        for (value, schema) in &was {
            if let Some((a, b)) = is.get(value).and_then(|other| self.mapped_pair(schema, other)) {
                self.link(a, b, directions);
            }
        }
    }

    /// The schemas that two mappings of one value lead to.
    fn mapped_pair<'v>(&self, old: &'v Value, new: &'v Value) -> Option<(&'v str, &'v str)> {
        let pair = (mapped(old)?, mapped(new)?);
        (self.base.schema(pair.0).is_some() && self.head.schema(pair.1).is_some()).then_some(pair)
    }
}

fn mapping(discriminator: &Object) -> Option<&Object> {
    discriminator.get("mapping").and_then(Value::as_object)
}

/// The name that a mapping gives, which may be written as a reference.
fn mapped(schema: &Value) -> Option<&str> {
    let name = schema.as_str()?;
    Some(name.strip_prefix("#/components/schemas/").unwrap_or(name))
}
