//! What happens to a dependent's code when the items of the generated crate change.

use std::collections::BTreeSet;

use super::{Failure, Surface};
use crate::{
    diff::verdict::Verdict,
    generator::read::{Fact, Item},
};

/// An item that is not what it was.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::diff) struct Difference {
    pub(in crate::diff) item: String,
    pub(in crate::diff) place: String,
    pub(in crate::diff) what: String,
    pub(in crate::diff) why: String,
    pub(in crate::diff) verdict: Verdict,
}

/// Compares all items.
pub(in crate::diff) fn compare(base: &Surface, head: &Surface) -> Vec<Difference> {
    let mut all = Vec::new();
    let paths: BTreeSet<_> = base.code.items.keys().chain(head.code.items.keys()).collect();
    for path in paths {
        let mut say = |verdict, what: String, why: &str| {
            let place = if head.code.items.contains_key(path) { head.place(path) } else { base.place(path) };
            all.push(Difference { item: path.clone(), place, what, why: why.to_owned(), verdict });
        };
        match (base.code.items.get(path), head.code.items.get(path)) {
            (Some(old), Some(new)) => changed(old, new, &mut say),
            // What became of the whole says all about its parts.
            _ if parent(base, path) != parent(head, path) => {}
            (Some(old), None) => {
                say(Verdict::Breaking, format!("{} is gone", old.noun), "code that names it no longer compiles");
            }
            (None, Some(new)) if new.noun == "the field" && new.facts.contains_key(&Fact::Demanded) => {
                let why = "a builder that knows nothing of it fails now, although it compiles";
                say(Verdict::Breaking, format!("{} is new", new.noun), why);
            }
            (None, Some(new)) => {
                let why = "generated types are non-exhaustive, so nobody's code has to know it";
                say(Verdict::Compatible, format!("{} is new", new.noun), why);
            }
            (None, None) => {}
        }
    }
    // What is wrong with a part says all about it.
    let failed = |one: &Difference| {
        let stands_in =
            |outer: &str| one.place.strip_prefix(outer).is_some_and(|rest| rest.starts_with([':', '.', '{']));
        let mut failures = head.failures.iter().chain(&base.failures);
        failures.any(|failure| failure.item == one.item || stands_in(&failure.place))
    };
    all.retain(|one| !base.blind && !head.blind && !failed(one));
    let of = |failure: &Failure, had: &str, why: &str, verdict| Difference {
        item: failure.item.clone(),
        place: failure.place.clone(),
        what: format!("the generator {had} no Rust for it: {}", failure.reason),
        why: why.to_owned(),
        verdict,
    };
    let same = |failure: &Failure, others: &[Failure]| others.iter().find(|it| it.item == failure.item).cloned();
    for failure in &head.failures {
        let why = "nothing that is generated compiles until that is solved";
        match same(failure, &base.failures) {
            None => all.push(of(failure, "has", why, Verdict::Breaking)),
            Some(before) if before.part != failure.part => all.push(of(failure, "has", why, Verdict::Person)),
            Some(_) => {}
        }
    }
    for failure in base.failures.iter().filter(|failure| same(failure, &head.failures).is_none()) {
        all.push(of(failure, "had", "there is nothing to compare with", Verdict::Person));
    }
    all
}

/// What an item belongs to.
fn parent<'s>(surface: &'s Surface, path: &str) -> Option<&'s str> {
    let (parent, _) = path.rsplit_once("::")?;
    if path.starts_with("builder::") {
        return surface.code.builders.values().find(|builder| *builder == parent).map(String::as_str);
    }
    surface.code.items.get(parent).map(|item| item.is.as_str())
}

fn changed(old: &Item, new: &Item, say: &mut impl FnMut(Verdict, String, &str)) {
    use Verdict::{Breaking, Compatible, Person};
    if old.is != new.is || old.noun != new.noun {
        let quoted = |item: &Item| {
            let is = if item.noun == "the type" { item.is.clone() } else { format!("`{}`", item.is) };
            if old.noun == new.noun { is } else { format!("{} {is}", item.noun) }
        };
        let why = "code that uses it as what it was no longer compiles";
        return say(Breaking, format!("{} is {} now", quoted(old), quoted(new)), why);
    }
    let facts: BTreeSet<_> = old.facts.keys().chain(new.facts.keys()).collect();
    for fact in facts {
        match (fact, old.facts.get(fact), new.facts.get(fact)) {
            (_, was, is) if was == is => {}
            (Fact::Has(name), Some(_), _) => {
                say(Breaking, format!("it is no longer `{name}`"), "code that relies on it no longer compiles");
            }
            (Fact::Has(name), ..) => say(Compatible, format!("it is `{name}` now"), "nobody's code has to know it"),
            (Fact::Demanded, None, _) => {
                let why = "a builder that leaves it out fails now, although it compiles";
                say(Breaking, "its builder demands it now".to_owned(), why);
            }
            (Fact::Demanded, ..) => {}
            (Fact::Default, ..) => {
                say(Person, "it has another default".to_owned(), "code that leaves it out means something else now");
            }
        }
    }
}
