//! `oneOf`, `anyOf`, `not`, and `allOf` that does not add up.

use serde_json::Value;

use super::{Impact, Sides, Site, Verdict, WireDiff, keywords::kind};
use crate::diff::document::{Document, Object, list, text};
use crate::diff::schema::{Node, Target, is_overlay};

/// A schema, and what is seen of it.
type Seen<'s> = (&'s Value, &'s Node<'s>);

impl WireDiff<'_> {
    /// Compares a schema with one that has become a choice of several, or the other way round. Whether it was so.
    pub(super) fn lift(&mut self, site: &Site, (old, base): Seen<'_>, (new, head): Seen<'_>) -> bool {
        let choice = |node: &Node<'_>| (node.target == Target::Inline).then(|| choice(&node.map)).flatten();
        let (was, is) = match (choice(base), choice(head)) {
            (Some(parts), None) if self.has(&parts, new, false) => (parts, vec![new.clone()]),
            (None, Some(parts)) if self.has(&parts, old, true) => (vec![old.clone()], parts),
            _ => return false,
        };
        self.choices(site, &was, &is);
        true
    }

    /// Whether one of the parts, of the head's if so, is the schema.
    fn has(&self, parts: &[Value], schema: &Value, parts_are_new: bool) -> bool {
        let (ours, theirs) = if parts_are_new { (self.head, self.base) } else { (self.base, self.head) };
        let name = name(theirs, schema);
        parts.iter().any(|part| part == schema || name.is_some() && self::name(ours, part) == name)
    }

    /// Compares part by part what nobody can see through as a whole: whoever keeps to all parts keeps to each. Whether
    /// there are parts to compare.
    pub(super) fn side_by_side(&mut self, site: &Site, old: &Value, new: &Value) -> bool {
        let split = |schema: &Value| {
            let mut map = schema.as_object().filter(|map| !map.contains_key("$ref"))?.clone();
            let Some(Value::Array(parts)) = map.remove("allOf") else { return None };
            Some((map, parts))
        };
        match (split(old), split(new)) {
            (Some((old, was)), Some((new, is))) if was.len() == is.len() => {
                let sides = Sides::new(&old, &new);
                self.overlays(site, sides);
                self.keywords(site, sides);
                for (part, other) in was.iter().zip(&is) {
                    self.schema(site, part, other);
                }
                true
            }
            _ => false,
        }
    }

    pub(super) fn unions(&mut self, site: &Site, sides: Sides<'_>) {
        for key in ["oneOf", "anyOf", "not"] {
            let is_in_both = sides.each(|map| map.contains_key(key)) == (true, true);
            if is_in_both && key != "not" {
                self.choices(site, list(sides.old, key), list(sides.new, key));
            } else if let Some(what) = sides.touched(key) {
                self.report(site, what, Impact::person("the tool cannot tell which values that allows or forbids"));
            }
        }
    }

    fn choices(&mut self, site: &Site, was: &[Value], is: &[Value]) {
        let mut left: Vec<Option<&Value>> = is.iter().map(Some).collect();
        let mut pairs = Vec::new();
        let mut gone = Vec::new();
        for part in was {
            match self.same(part, &mut left) {
                Some(other) => pairs.push((part, other)),
                None => gone.push(part),
            }
        }
        let mut fresh: Vec<_> = left.into_iter().flatten().collect();
        // As many gone as new: each may be the other, changed.
        if gone.len() == fresh.len() {
            pairs.extend(gone.drain(..).zip(fresh.drain(..)));
        }
        let place = |part: &Value, of: &[Value]| of.iter().position(|other| std::ptr::eq(other, part));
        let mut places: Vec<_> = pairs.iter().filter_map(|(a, b)| Some((place(a, was)?, place(b, is)?))).collect();
        self.order(site, &mut places, is);
        for (part, other) in pairs {
            let leaf = name(self.base, part).and_then(|name| self.old.component(self.base, &name).1);
            let site = Site { null_ok: site.null_ok, ..site.part(&format!("|{}", self.called(part)), leaf) };
            self.schema(&site, part, other);
        }
        let rust = if site.lenient { Verdict::Person } else { Verdict::None };
        for part in gone {
            if is_null(part) {
                self.report(site, "it may be null no more", Impact::tighter("old clients may send null"));
            } else {
                let impact = Impact::tighter("old clients may send it").rust(rust);
                self.report(site, format!("it is no longer `{}`", self.called(part)), impact);
            }
        }
        let refused =
            Impact::unread("old clients refuse what is none of the parts they know").or("nobody has to use it");
        let why = "a hand-written type reads it: look what that makes of it";
        let kept = Impact::of(Verdict::Compatible, Verdict::Person, why).or("nobody has to use it");
        for part in fresh {
            if is_null(part) {
                let impact = if site.null_ok { Impact::wider("nobody has to use it") } else { refused };
                self.report(site, "it may be null", impact);
            } else {
                let impact = if site.lenient { kept } else { refused };
                self.report(site, format!("it may be `{}`", self.called(part)), impact);
            }
        }
    }

    /// Takes out of the new parts the one that an old one is.
    fn same<'v>(&self, part: &Value, left: &mut [Option<&'v Value>]) -> Option<&'v Value> {
        let name = name(self.base, part);
        let title = |value: &Value| value.get("title").and_then(Value::as_str).map(str::to_owned);
        let fits: [&dyn Fn(&Value) -> bool; 3] = [
            &|other| name.is_some() && self::name(self.head, other) == name,
            &|other| part == other && part.get("$ref").is_none(),
            &|other| title(part).is_some() && title(part) == title(other),
        ];
        let place = fits.iter().find_map(|fit| left.iter().position(|other| other.is_some_and(fit)))?;
        left.get_mut(place)?.take()
    }

    /// How people may call a part.
    fn called(&self, part: &Value) -> String {
        let named = name(self.base, part).or_else(|| name(self.head, part));
        let known = part.as_object().map_or("?", |map| text(map, "title").unwrap_or_else(|| kind(map)));
        named.unwrap_or_else(|| known.to_owned())
    }
}

/// The name of the schema that a schema is.
fn name(document: Document<'_>, schema: &Value) -> Option<String> {
    match Node::of(document, schema).target {
        Target::Named(name) => Some(name),
        _ => None,
    }
}

/// A schema that only null fits.
fn is_null(schema: &Value) -> bool {
    let Some(map) = schema.as_object() else { return false };
    let values = list(map, "enum");
    !values.is_empty() && values.iter().all(Value::is_null)
}

/// The parts of a schema that is a choice and nothing else.
fn choice(map: &Object) -> Option<Vec<Value>> {
    let mut own = map.keys().filter(|key| !is_overlay(key));
    match (own.next().map(String::as_str), own.next()) {
        (Some(key @ ("oneOf" | "anyOf")), None) => Some(list(map, key).to_vec()),
        _ => None,
    }
}
