//! Whether an old client and the service can still talk: both contracts are walked side by side, from their operations.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::{Document, Object};
use super::{rust::Surface, schema::DEEPEST, verdict::Verdict};
use impact::{Directions, Impact};
use sides::Sides;

mod bodies;
mod discriminators;
mod general;
mod impact;
mod keywords;
mod objects;
mod operations;
mod order;
mod parameters;
mod responses;
mod schemas;
mod security;
mod servers;
mod sides;
mod unions;

/// More schemas than any named one or any operation holds; circles of `allOf` would never end.
const MOST_VISITS: usize = 5_000;

/// Something that is different, before it is known what Rust makes of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) place: String,
    pub(super) what: String,
    pub(super) why: String,
    pub(super) item: String,
    pub(super) wire: Verdict,
    /// The least that Rust makes of it.
    pub(super) rust: Verdict,
}

impl Finding {
    /// Documentation, which says nothing of types.
    pub(super) fn is_docs(&self) -> bool {
        self.wire <= Verdict::Cosmetic && self.rust == Verdict::Cosmetic
    }
}

/// What is known of the place that is looked at.
#[derive(Debug, Clone)]
struct Site {
    place: String,
    item: String,
    /// Who sends what is there.
    directions: Directions,
    /// The generated type there.
    leaf: Option<String>,
    /// The old client reads null there.
    null_ok: bool,
    /// Whether the property that it is had to be there, and has to.
    required: (bool, bool),
    /// The old client reads it with a hand-written type, which keeps what it does not know.
    lenient: bool,
}

impl Site {
    fn new(place: impl Into<String>, item: impl Into<String>, directions: Directions) -> Self {
        let (place, item) = (place.into(), item.into());
        Self { place, item, directions, leaf: None, null_ok: false, required: (false, false), lenient: false }
    }

    /// A place of the contract that all clients feel.
    fn of_client(place: impl Into<String>) -> Self {
        Self::new(place, "Client", Directions::EITHER)
    }

    /// A part of what is here.
    fn part(&self, end: &str, leaf: Option<String>) -> Self {
        Self { leaf, ..Self::new(format!("{}{end}", self.place), &self.item, self.directions) }
    }
}

/// What compares both contracts, side by side.
struct WireDiff<'a> {
    base: Document<'a>,
    head: Document<'a>,
    old: &'a Surface,
    new: &'a Surface,
    /// Named schemas that stand for each other, and how they are used.
    pairs: BTreeMap<(String, String), Directions>,
    /// Pairs that are still to be walked.
    queue: Vec<(String, String)>,
    /// What is being compared right now, as it is written, where it might contain itself.
    inside: Vec<(String, String)>,
    visits: usize,
    /// Some operation asks in both contracts for what all ask for.
    inherits_security: bool,
    /// Nothing while only the pairs are collected.
    findings: Option<Vec<Finding>>,
}

/// What is different, and which named schemas have new names.
pub(super) fn compare<'a>(
    base: Document<'a>,
    head: Document<'a>,
    old: &'a Surface,
    new: &'a Surface,
) -> (Vec<Finding>, BTreeMap<String, String>) {
    let mut diff = WireDiff {
        base,
        head,
        old,
        new,
        pairs: BTreeMap::new(),
        queue: Vec::new(),
        inside: Vec::new(),
        visits: 0,
        inherits_security: false,
        findings: None,
    };
    for name in base.components("schemas").into_iter().flat_map(Object::keys) {
        if head.schema(name).is_some() {
            let pair = (name.clone(), name.clone());
            diff.pairs.insert(pair.clone(), Directions::default());
            diff.queue.push(pair);
        }
    }
    if let Some(callbacks) = base.get("components").and_then(|components| components.get("callbacks")) {
        diff.link_all(callbacks, Directions::EITHER);
    }
    diff.operations();
    while let Some(pair) = diff.queue.pop() {
        diff.pair(&pair);
    }

    diff.findings = Some(Vec::new());
    diff.general();
    diff.operations();
    for pair in diff.pairs.keys().cloned().collect::<Vec<_>>() {
        diff.pair(&pair);
    }
    let renamed =
        diff.pairs.into_keys().filter(|(a, b)| a != b && head.schema(a).is_none() && base.schema(b).is_none());
    (diff.findings.unwrap_or_default(), renamed.collect())
}

impl WireDiff<'_> {
    fn report(&mut self, site: &Site, what: impl Into<String>, impact: Impact) {
        let Some(findings) = &mut self.findings else { return };
        let (wire, why) = impact.at(site.directions);
        let (place, what, item) = (site.place.clone(), what.into(), site.item.clone());
        findings.push(Finding { place, what, why: why.to_owned(), item, wire, rust: impact.rust });
    }

    /// Says whether a flag was set or taken back.
    fn toggle(&mut self, site: &Site, flags: (bool, bool), set: (&str, Impact), taken_back: (&str, Impact)) {
        match flags {
            (false, true) => self.report(site, set.0, set.1),
            (true, false) => self.report(site, taken_back.0, taken_back.1),
            _ => {}
        }
    }

    /// Keywords that have no rule. Documentation is told apart, anything else is for a person.
    fn leftovers<'k>(&mut self, site: &Site, keys: impl IntoIterator<Item = &'k str>, sides: Sides<'_>) {
        const DOCS: [&str; 7] =
            ["description", "summary", "title", "example", "examples", "externalDocs", "deprecated"];
        for key in keys {
            let is_off = |value: Option<&Value>| matches!(value, None | Some(Value::Bool(false)));
            let (old, new) = sides.get(key);
            if key == "deprecated" && is_off(old) == is_off(new) {
                continue;
            }
            if let Some(what) = sides.touched(key) {
                let impact =
                    if DOCS.contains(&key) { Impact::docs() } else { Impact::person("the tool has no rule for it") };
                self.report(site, what, impact);
            }
        }
    }

    /// All keys but those that have rules.
    fn rest(&mut self, site: &Site, known: &[&str], sides: Sides<'_>) {
        self.leftovers(site, sides.keys().into_iter().filter(|key| !known.contains(key)), sides);
    }

    /// Notes that two named schemas stand for each other.
    fn link(&mut self, base: &str, head: &str, directions: Directions) {
        let pair = (base.to_owned(), head.to_owned());
        let old = self.pairs.get(&pair).copied();
        let all = old.unwrap_or_default().with(directions);
        if old != Some(all) {
            self.pairs.insert(pair.clone(), all);
            self.queue.push(pair);
        }
    }

    fn pair(&mut self, pair: &(String, String)) {
        let (base, head) = pair;
        let directions = self.pairs.get(pair).copied().unwrap_or_default();
        let (Some(old), Some(new)) = (self.base.schema(base), self.head.schema(head)) else { return };
        let (item, leaf) = self.old.component(self.base, base);
        let place = if base == head { base.clone() } else { format!("{base} (now {head})") };
        let lenient = crate::generator::names::is_hand_written(base, old);
        self.visits = 0;
        self.schema(&Site { leaf, lenient, ..Site::new(place, item, directions) }, old, new);
    }

    /// Whether there is still room to look at a schema.
    fn enter(&mut self, old: &Value, new: &Value) -> bool {
        self.visits += 1;
        let fits = self.inside.len() < DEEPEST && self.visits < MOST_VISITS;
        let circular = |schema: &Value| schema.get("allOf").is_some();
        let pair = if circular(old) || circular(new) { (old.to_string(), new.to_string()) } else { Default::default() };
        let again = !pair.0.is_empty() && self.inside.contains(&pair);
        if fits && !again {
            self.inside.push(pair);
        }
        fits && !again
    }
}
