//! The keywords of schemas: a row for each, with what a change of it means.

use std::cmp::Ordering;

use serde_json::Value;

use super::Verdict::{self, Breaking, Compatible, Cosmetic, Person};
use super::{Impact, Sides, Site, WireDiff};
use crate::diff::document::{Object, as_number, flag, list, text};
use crate::{diff::integers, diff::schema::is_overlay, yaml::Decimal};

/// A keyword of schemas of one type.
struct Row {
    name: &'static str,
    /// The type; [`EVERY`] for what may stand in any schema.
    of: &'static str,
    /// Whether a value is of the kind that OpenAPI 3.0 has.
    is_readable: fn(&Value) -> bool,
    rule: Rule,
}

enum Rule {
    /// Compares both values.
    Values(fn(&Case<'_>) -> Impact),
    /// Compares both values together with those of another keyword.
    With(&'static str, fn(&Case<'_>, &str) -> Impact),
    /// Tells what it means that the flag was set, or taken back.
    Flag(fn(&Case<'_>, bool) -> Impact),
    /// Other code compares it.
    Elsewhere,
}

use Rule::{Elsewhere, Flag, Values, With};

const EVERY: &str = "every";

/// Every keyword: its name, the type of the schemas that it is for, which values can be read, and what a change means.
const ROWS: [Row; 36] = [
    row("format", "string", Value::is_string, Values(text_format)),
    row("minLength", "string", Value::is_u64, Values(|case| case.size(true, case.is_checked_text()))),
    row("maxLength", "string", Value::is_u64, Values(|case| case.size(false, case.is_checked_text()))),
    row("pattern", "string", Value::is_string, Values(pattern)),
    row("format", "integer", Value::is_string, Values(|case| case.integers(true, true))),
    row("minimum", "integer", is_number, Values(|case| case.integers(true, false))),
    row("exclusiveMinimum", "integer", Value::is_boolean, Values(|case| case.integers(true, false))),
    row("maximum", "integer", is_number, Values(|case| case.integers(false, true))),
    row("exclusiveMaximum", "integer", Value::is_boolean, Values(|case| case.integers(false, true))),
    row("multipleOf", "integer", is_number, Values(|case| case.steps(Some("1")))),
    row("format", "number", Value::is_string, Values(precision)),
    row("minimum", "number", is_number, With("exclusiveMinimum", |case, exclusive| case.bound(true, exclusive))),
    row("exclusiveMinimum", "number", Value::is_boolean, Elsewhere),
    row("maximum", "number", is_number, With("exclusiveMaximum", |case, exclusive| case.bound(false, exclusive))),
    row("exclusiveMaximum", "number", Value::is_boolean, Elsewhere),
    row("multipleOf", "number", is_number, Values(|case| case.steps(None))),
    row("minItems", "array", Value::is_u64, Values(|case| case.size(true, case.is_of_one_length()))),
    row("maxItems", "array", Value::is_u64, Values(|case| case.size(false, case.is_of_one_length()))),
    row("uniqueItems", "array", Value::is_boolean, Flag(duplicates)),
    row("items", "array", Value::is_object, Elsewhere),
    row("minProperties", "object", Value::is_u64, Values(|case| case.size(true, false))),
    row("maxProperties", "object", Value::is_u64, Values(|case| case.size(false, false))),
    row("properties", "object", Value::is_object, Elsewhere),
    row("required", "object", Value::is_array, Elsewhere),
    row("additionalProperties", "object", is_anything, Elsewhere),
    row("type", EVERY, Value::is_string, Elsewhere),
    row("enum", EVERY, is_list_of_values, Elsewhere),
    row("oneOf", EVERY, Value::is_array, Elsewhere),
    row("anyOf", EVERY, Value::is_array, Elsewhere),
    row("allOf", EVERY, is_anything, Elsewhere),
    row("not", EVERY, is_anything, Elsewhere),
    row("nullable", EVERY, Value::is_boolean, Flag(nullable)),
    row("readOnly", EVERY, Value::is_boolean, Flag(read_only)),
    row("writeOnly", EVERY, Value::is_boolean, Flag(write_only)),
    row("default", EVERY, is_anything, Values(default)),
    row("discriminator", EVERY, is_anything, Elsewhere),
];

const fn row(name: &'static str, of: &'static str, is_readable: fn(&Value) -> bool, rule: Rule) -> Row {
    Row { name, of, is_readable, rule }
}

fn is_number(value: &Value) -> bool {
    as_number(value).is_some()
}

/// A list without values allows none, or all, whoever reads it.
fn is_list_of_values(value: &Value) -> bool {
    value.as_array().is_some_and(|list| !list.is_empty())
}

fn is_anything(_: &Value) -> bool {
    true
}

/// A change of a keyword.
struct Case<'c> {
    diff: &'c WireDiff<'c>,
    site: &'c Site,
    sides: Sides<'c>,
    key: &'static str,
}

impl WireDiff<'_> {
    /// Tells the changes of the keywords of schemas of a type.
    pub(super) fn limits(&mut self, site: &Site, of: &str, sides: Sides<'_>) {
        for row in ROWS.iter().filter(|row| row.of == of) {
            let case = Case { diff: self, site, sides, key: row.name };
            let changed = sides.changed(row.name);
            let impact = match row.rule {
                Values(compare) => changed.map(|what| (what, compare(&case))),
                With(other, compare) => {
                    let all: Vec<_> = [changed, sides.changed(other)].into_iter().flatten().collect();
                    (!all.is_empty()).then(|| (all.join(", "), compare(&case, other)))
                }
                Flag(compare) => match sides.flags(row.name) {
                    (false, true) => Some((format!("`{}` added", row.name), compare(&case, true))),
                    (true, false) => Some((format!("`{}` removed", row.name), compare(&case, false))),
                    _ => None,
                },
                Elsewhere => None,
            };
            if let Some((what, impact)) = impact {
                self.report(site, what, impact);
            }
        }
    }

    /// What is said of a schema where it is used.
    pub(super) fn overlays(&mut self, site: &Site, sides: Sides<'_>) {
        self.limits(site, EVERY, sides);
        self.discriminator(site, sides);
        for key in sides.keys().into_iter().filter(|key| is_overlay(key) && !limits(EVERY, key)) {
            match sides.touched(key) {
                Some(what) if key == "x-atlas-type" => {
                    self.report(site, what, Impact::same(Verdict::None, "it chooses the Rust type and nothing else"));
                }
                _ => self.leftovers(site, [key], sides),
            }
        }
    }

    /// Tells the changes that no rule tells: of values that cannot be read, of keywords that have no row, and of those of
    /// other types, which mean nothing although somebody meant something.
    pub(super) fn strange(&mut self, site: &Site, sides: Sides<'_>) {
        let (was, is) = sides.each(kind);
        let has_rule = |key: &str| match was == is {
            true => limits(was, key),
            false => ROWS.iter().any(|row| row.name == key),
        };
        for key in sides.keys() {
            let is_readable = ROWS.iter().find(|row| row.name == key).map(|row| row.is_readable);
            let (old, new) = sides.get(key);
            if let (Some(what), Some(is_readable)) = (sides.changed(key), is_readable)
                && ![old, new].into_iter().flatten().all(is_readable)
            {
                let impact = Impact::person("the keyword's value is not of the kind that OpenAPI 3.0 has");
                self.report(site, what, impact);
            }
            if !is_overlay(key) && !limits(EVERY, key) && !has_rule(key) {
                self.leftovers(site, [key], sides);
            }
        }
    }
}

/// Whether a keyword is one of schemas of a type.
fn limits(of: &str, key: &str) -> bool {
    ROWS.iter().any(|row| row.of == of && row.name == key)
}

/// What a schema's values are.
pub(super) fn kind(map: &Object) -> &str {
    // Texts and numbers have formats.
    let is_of = |of: &&str| map.keys().any(|key| key != "format" && limits(of, key));
    let implied = ["object", "array", "string"].into_iter().find(is_of);
    let choice = ["oneOf", "anyOf"].into_iter().find(|key| map.contains_key(*key));
    text(map, "type").or(choice).or(implied).unwrap_or_else(|| match list(map, "enum").first() {
        Some(Value::String(_)) => "string",
        _ => "any",
    })
}

const FORBIDDEN: &str = "old clients may send what it forbids now";

impl Case<'_> {
    /// Compares limits, of which none is the widest. `checked` when old clients refuse what breaks theirs.
    fn limit<T>(
        &self,
        checked: bool,
        why: &'static str,
        read: impl Fn(&Object) -> Option<Option<T>>,
        order: impl Fn(&T, &T) -> Ordering,
    ) -> Impact {
        let (Some(was), Some(is)) = self.sides.each(read) else { return Impact::person("it is no number") };
        let order = match (&was, &is) {
            (Some(was), Some(is)) => order(was, is),
            _ => is.is_some().cmp(&was.is_some()),
        };
        match order {
            Ordering::Greater => Impact::tighter(why),
            Ordering::Equal => Impact::same(Cosmetic, "it says nothing new"),
            Ordering::Less if checked => Impact::unread("old clients refuse what it forbade before"),
            Ordering::Less => Impact::wider("all that was allowed before still is"),
        }
    }

    /// A bound of a length or a number of things.
    fn size(&self, lower: bool, checked: bool) -> Impact {
        let read = |map: &Object| match map.get(self.key) {
            Some(value) => as_number(value).map(Some),
            // Nothing is shorter than nothing.
            None => Some(lower.then(Decimal::default)),
        };
        self.limit(checked, FORBIDDEN, read, |was, is| if lower { is.cmp(was) } else { was.cmp(is) })
    }

    /// A bound of fractions, which the generated types do not check.
    fn bound(&self, lower: bool, exclusive: &str) -> Impact {
        let read = |map: &Object| match map.get(self.key) {
            Some(value) => as_number(value).map(|number| Some((number, flag(map, exclusive)))),
            None => Some(None),
        };
        self.limit(false, FORBIDDEN, read, |(was, excluded), (is, excludes)| {
            let order = if lower { is.cmp(was) } else { was.cmp(is) };
            order.then(excludes.cmp(excluded))
        })
    }

    /// Steps between allowed numbers.
    fn steps(&self, smallest: Option<&str>) -> Impact {
        // What divides the smallest step that there is forbids nothing.
        let smallest = smallest.and_then(Decimal::parse);
        let matters = |step: &Decimal| !smallest.as_ref().is_some_and(|smallest| smallest.is_multiple_of(step));
        let read = |map: &Object| match map.get(self.key) {
            Some(value) => as_number(value).map(|step| Some(step).filter(matters)),
            None => Some(None),
        };
        let why = "old clients may send numbers between the steps";
        self.limit(false, why, read, |was, is| match was == is {
            true => Ordering::Equal,
            false if was.is_multiple_of(is) => Ordering::Less,
            false => Ordering::Greater,
        })
    }

    /// Whether old clients check the length of a text.
    fn is_checked_text(&self) -> bool {
        let is_listed = !list(self.sides.old, "enum").is_empty();
        !self.site.lenient && (is_listed || self.diff.old.checks(self.site.leaf.as_deref()))
    }

    /// Whether it was a list of one length, which is an array in Rust.
    fn is_of_one_length(&self) -> bool {
        let length = |key: &str| self.sides.old.get(key).and_then(Value::as_u64);
        length("minItems").is_some_and(|least| least > 0 && length("maxItems") == Some(least))
    }

    /// What a format or a bound of whole numbers means: which numbers travel, and which the old client's type holds.
    fn integers(&self, lower: bool, upper: bool) -> Impact {
        let strange = |map: &Object| text(map, "format").is_some_and(|format| !integers::is_format(format));
        if self.key == "format" && (strange(self.sides.old) || strange(self.sides.new)) {
            return Impact::person("the tool does not know the format");
        }
        let (sent, taken) = self.sides.each(integers::allowed);
        let read = match self.diff.old.inside(self.site.leaf.clone()) {
            // Types of other crates begin with `::`.
            Some(name) => integers::range(name.trim_start_matches(':')),
            None => sent,
        };
        let within = |inner: (i128, i128), outer: (i128, i128)| {
            let is_within = (!lower || inner.0 >= outer.0) && (!upper || inner.1 <= outer.1);
            if is_within { Compatible } else { Breaking }
        };
        let why = match (self.site.directions.request, self.site.directions.response) {
            (true, true) => "one side may send what the other refuses",
            (true, false) => "old clients may send numbers that are refused now",
            _ => "old clients cannot hold all numbers that may come now",
        };
        Impact::of(within(sent, taken), within(taken, read), why).or("all numbers that may come are still read")
    }
}

/// Formats of texts that the generator has types for, so that old clients refuse other texts.
const TYPED: [&str; 6] = ["uuid", "date", "date-time", "ip", "ipv4", "ipv6"];

/// Formats that say how a text stands for bytes.
const BYTES: [&str; 2] = ["byte", "binary"];

/// Formats that say how a text is shown.
const HINTS: [&str; 2] = ["", "password"];

fn text_format(case: &Case<'_>) -> Impact {
    let (was, is) = case.sides.each(|map| text(map, "format").unwrap_or_default());
    let is_text = case.sides.old.contains_key("type");
    match (TYPED.contains(&was), TYPED.contains(&is)) {
        _ if BYTES.contains(&was) || BYTES.contains(&is) => {
            Impact::of(Person, Person, "the same bytes may be written in another way")
        }
        (true, true) => Impact::apart("neither side reads the one for the other"),
        (_, true) => Impact::tighter("old clients may send any text"),
        (true, _) if case.site.lenient => Impact::wider("the hand-written type reads any text"),
        (true, _) if was == "uuid" && is_text => Impact::wider("old clients read any text"),
        (true, _) => Impact::unread("old clients read nothing but the format"),
        _ if HINTS.contains(&was) && HINTS.contains(&is) => Impact::same(Cosmetic, "it is a hint to those who show it"),
        _ if HINTS.contains(&is) => Impact::wider("any text is allowed now"),
        _ => Impact::of(Person, Compatible, "the service may refuse texts that it took before"),
    }
}

fn pattern(case: &Case<'_>) -> Impact {
    // The generated types know no patterns, unless no type says that it is a text.
    let is_checked = case.is_checked_text() && !case.sides.old.contains_key("type");
    let read = if is_checked { Breaking } else { Compatible };
    match case.sides.each(|map| map.contains_key("pattern")) {
        (false, _) => Impact::tighter("old clients may send what does not match"),
        (_, false) => Impact::of(Compatible, read, "what matched before is still taken"),
        _ => Impact::of(Person, read.min(Person), "the tool cannot compare patterns"),
    }
}

fn precision(case: &Case<'_>) -> Impact {
    match case.sides.each(|map| text(map, "format") == Some("float")) {
        (true, false) => Impact::of(Compatible, Person, "old clients read it with less precision"),
        (false, true) => Impact::of(Person, Compatible, "the service keeps it with less precision"),
        _ => Impact::wider("the precision is the same"),
    }
}

fn duplicates(_: &Case<'_>, on: bool) -> Impact {
    let why = "duplicates that one side allows the other may refuse";
    if on { Impact::tighter(why) } else { Impact::wider(why) }
}

fn nullable(case: &Case<'_>, on: bool) -> Impact {
    match (on, case.site.null_ok) {
        (true, true) => Impact::wider("the field is an `Option` already, which reads null"),
        (true, false) => Impact::unread("old clients do not read null there").or("nobody has to send null"),
        (false, _) => Impact::tighter("old clients may send null"),
    }
}

fn read_only(case: &Case<'_>, on: bool) -> Impact {
    match (on, case.site.required.1) {
        (true, _) => Impact::of(Person, Compatible, "old clients may send it, which the service may ignore or refuse"),
        (false, true) => Impact::tighter("requests must have it now"),
        (false, false) => Impact::wider("requests may have it now"),
    }
}

fn write_only(case: &Case<'_>, on: bool) -> Impact {
    match (on, case.site.required.0) {
        (true, true) => Impact::unread("old clients need it in responses, which have it no more"),
        (true, false) => Impact::of(Compatible, Person, "responses have it no more"),
        (false, _) => Impact::wider("responses may have it now"),
    }
}

fn default(case: &Case<'_>) -> Impact {
    let (was, is) = case.sides.each(|map| map.contains_key("default"));
    // What stands for something left out means something else now, to code as well.
    let matters = case.site.directions.request || was && is;
    let rust = if matters { Person } else { Verdict::None };
    Impact::of(Person, Compatible, "who leaves it out may mean something else now").rust(rust)
}
