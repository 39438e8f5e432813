//! Whether an old client and the service can still talk: both contracts are walked side by side, from their operations.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    document::{Document, Object},
    rust::Surface,
    schema::DEEPEST,
    verdict::Verdict,
};

mod bodies;
mod bounds;
mod general;
mod objects;
mod operations;
mod order;
mod overlays;
mod parameters;
mod responses;
mod scalars;
mod schemas;
mod security;
mod servers;
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

/// Where a schema is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Directions {
    request: bool,
    answer: bool,
}

const REQUEST: Directions = Directions { request: true, answer: false };
const ANSWER: Directions = Directions { request: false, answer: true };
const EITHER: Directions = Directions { request: true, answer: true };

impl Directions {
    /// The worse of the verdicts that count. What nobody sends is of no weight.
    fn judge(self, request: Verdict, answer: Verdict) -> Verdict {
        let request = if self.request { request } else { Verdict::None };
        let answer = if self.answer { answer } else { Verdict::None };
        if self == Self::default() { Verdict::Cosmetic } else { request.max(answer) }
    }

    fn with(self, other: Self) -> Self {
        Self { request: self.request || other.request, answer: self.answer || other.answer }
    }
}

/// What is known of the place that is looked at.
#[derive(Debug, Clone, Default)]
struct Site {
    place: String,
    item: String,
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
    /// A part of what is here.
    fn part(&self, end: &str, leaf: Option<String>) -> Self {
        Self { place: format!("{}{end}", self.place), item: self.item.clone(), leaf, ..Self::default() }
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
        diff.link_all(callbacks, EITHER);
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
    fn say(&mut self, finding: Finding) {
        if let Some(findings) = &mut self.findings {
            findings.push(finding);
        }
    }

    /// A change of what travels.
    fn wire(&mut self, site: &Site, what: impl Into<String>, wire: Verdict, why: &str) {
        self.both(site, what, (wire, Verdict::None), why);
    }

    /// A change of what travels that code feels even if no type tells.
    fn both(&mut self, site: &Site, what: impl Into<String>, (wire, rust): (Verdict, Verdict), why: &str) {
        let (place, item) = (site.place.clone(), site.item.clone());
        self.say(Finding { place, what: what.into(), why: why.to_owned(), item, wire, rust });
    }

    fn docs(&mut self, site: &Site, what: impl Into<String>) {
        self.both(site, what, (Verdict::Cosmetic, Verdict::Cosmetic), "it is for readers");
    }

    /// A change that only a person can judge.
    fn person(&mut self, site: &Site, what: impl Into<String>, why: &str) {
        self.both(site, what, (Verdict::Person, Verdict::Person), why);
    }

    /// Keywords that have no rule. Documentation is told apart, anything else is for a person.
    fn leftovers<'k>(&mut self, site: &Site, keys: impl IntoIterator<Item = &'k str>, base: &Object, head: &Object) {
        const DOCS: [&str; 7] =
            ["description", "summary", "title", "example", "examples", "externalDocs", "deprecated"];
        for key in keys {
            let (old, new) = (base.get(key), head.get(key));
            if old == new || key == "deprecated" && off(old) == off(new) {
                continue;
            }
            let what = format!("`{key}` {}", how(old, new));
            if DOCS.contains(&key) {
                self.docs(site, what);
            } else {
                self.person(site, what, "the tool has no rule for it");
            }
        }
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
        let site = Site { place, item, leaf, lenient, ..Site::default() };
        self.visits = 0;
        self.schema(&site, old, new, directions);
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

fn off(value: Option<&Value>) -> bool {
    matches!(value, None | Some(Value::Bool(false)))
}

/// What happened to a value that is not what it was.
fn how(old: Option<&Value>, new: Option<&Value>) -> &'static str {
    match (old, new) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    }
}
