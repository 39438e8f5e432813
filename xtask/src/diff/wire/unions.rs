//! `oneOf`, `anyOf`, `not`, and `allOf` that does not add up.

use serde_json::Value;

use super::{Directions, Site, Verdict, WireDiff, how};
use crate::diff::{
    document::{Object, list, text},
    schema::{Node, Target, is_overlay},
};

impl WireDiff<'_> {
    /// Compares a schema with one that has become a choice of several, or the other way round. Whether it was so.
    pub(super) fn lift(
        &mut self,
        site: &Site,
        (old, base): (&Value, &Node<'_>),
        (new, head): (&Value, &Node<'_>),
        directions: Directions,
    ) -> bool {
        let choice = |node: &Node<'_>| (node.target == Target::Inline).then(|| choice(&node.map)).flatten();
        let (was, is) = match (choice(base), choice(head)) {
            (Some(parts), None) if self.has(&parts, new, false) => (parts, vec![new.clone()]),
            (None, Some(parts)) if self.has(&parts, old, true) => (vec![old.clone()], parts),
            _ => return false,
        };
        self.choices(site, &was, &is, directions);
        true
    }

    /// Whether one of the parts, of the head's if so, is the schema.
    fn has(&self, parts: &[Value], schema: &Value, parts_are_new: bool) -> bool {
        let (ours, theirs) = if parts_are_new { (self.head, self.base) } else { (self.base, self.head) };
        let target = Node::of(theirs, schema).target;
        parts
            .iter()
            .any(|part| part == schema || matches!(&target, Target::Named(_)) && Node::of(ours, part).target == target)
    }

    /// Compares part by part what nobody can see through as a whole: whoever keeps to all parts keeps to each. Whether
    /// there are parts to compare.
    pub(super) fn side_by_side(&mut self, site: &Site, old: &Value, new: &Value, directions: Directions) -> bool {
        let split = |schema: &Value| {
            let mut map = schema.as_object().filter(|map| !map.contains_key("$ref"))?.clone();
            let Some(Value::Array(parts)) = map.remove("allOf") else { return None };
            Some((map, parts))
        };
        match (split(old), split(new)) {
            (Some((old, was)), Some((new, is))) if was.len() == is.len() => {
                self.overlays(site, &old, &new, directions);
                self.keywords(site, &old, &new, directions);
                for (part, other) in was.iter().zip(&is) {
                    self.schema(site, part, other, directions);
                }
                true
            }
            _ => false,
        }
    }

    pub(super) fn unions(&mut self, site: &Site, old: &Object, new: &Object, directions: Directions) {
        for key in ["oneOf", "anyOf"] {
            let (was, is) = (list(old, key), list(new, key));
            match (old.contains_key(key), new.contains_key(key)) {
                (true, true) => self.choices(site, was, is, directions),
                (false, false) => {}
                _ => {
                    let what = format!("`{key}` {}", how(old.get(key), new.get(key)));
                    self.person(site, what, "the tool cannot tell which values that allows or forbids");
                }
            }
        }
        if old.get("not") != new.get("not") {
            let what = format!("`not` {}", how(old.get("not"), new.get("not")));
            self.person(site, what, "the tool cannot tell which values that allows or forbids");
        }
    }

    fn choices(&mut self, site: &Site, was: &[Value], is: &[Value], directions: Directions) {
        use Verdict::{Breaking, Compatible, Person};
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
        self.order(site, &mut places, is, directions);
        for (part, other) in pairs {
            let leaf = match Node::of(self.base, part).target {
                Target::Named(name) => self.old.component(self.base, &name).1,
                _ => None,
            };
            let site = Site { null_ok: site.null_ok, ..site.part(&format!("|{}", self.called(part)), leaf) };
            self.schema(&site, part, other, directions);
        }
        let unread = if site.lenient { Person } else { Breaking };
        for part in gone {
            if is_null(part) {
                self.wire(
                    site,
                    "it may be null no more",
                    directions.judge(Breaking, Compatible),
                    "old clients may send null",
                );
                continue;
            }
            let what = format!("it is no longer `{}`", self.called(part));
            let rust = if site.lenient { Person } else { Verdict::None };
            let why = "old clients may send it";
            self.both(site, what, (directions.judge(Breaking, Compatible), rust), why);
        }
        for part in fresh {
            let (what, unread) = match (is_null(part), site.null_ok) {
                (true, true) => ("it may be null".to_owned(), Compatible),
                (true, false) => ("it may be null".to_owned(), Breaking),
                (false, _) => (format!("it may be `{}`", self.called(part)), unread),
            };
            let why = match unread {
                Breaking if directions.answer => "old clients refuse what is none of the parts they know",
                Person if directions.answer => "a hand-written type reads it: look what that makes of it",
                _ => "nobody has to use it",
            };
            self.wire(site, what, directions.judge(Compatible, unread), why);
        }
    }

    /// Takes out of the new parts the one that an old one is.
    fn same<'v>(&self, part: &Value, left: &mut [Option<&'v Value>]) -> Option<&'v Value> {
        let target = Node::of(self.base, part).target;
        let title = |value: &Value| value.as_object().and_then(|map| text(map, "title")).map(str::to_owned);
        let fits: [&dyn Fn(&Value) -> bool; 3] = [
            &|other| matches!(target, Target::Named(_)) && Node::of(self.head, other).target == target,
            &|other| part == other && part.get("$ref").is_none(),
            &|other| title(part).is_some() && title(part) == title(other),
        ];
        let place = fits.iter().find_map(|fit| left.iter().position(|other| other.is_some_and(fit)))?;
        left.get_mut(place)?.take()
    }

    /// How people may call a part.
    fn called(&self, part: &Value) -> String {
        let named = [self.base, self.head].into_iter().find_map(|document| match Node::of(document, part).target {
            Target::Named(name) => Some(name),
            _ => None,
        });
        let map = part.as_object();
        named
            .or_else(|| map.and_then(|map| text(map, "title")).map(str::to_owned))
            .or_else(|| map.map(|map| super::schemas::kind(map).to_owned()))
            .unwrap_or_else(|| "?".to_owned())
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
