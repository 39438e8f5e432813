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
    for (failures, others, what, why, verdict) in [
        (
            &head.failures,
            &base.failures,
            "has",
            "nothing that is generated compiles until that is solved",
            Verdict::Breaking,
        ),
        (&base.failures, &head.failures, "had", "there is nothing to compare with", Verdict::Person),
    ] {
        for failure in failures {
            let same = others.iter().find(|other| other.item == failure.item);
            if same.is_some_and(|other| other.part == failure.part) {
                continue;
            }
            let Failure { item, place, reason, .. } = failure;
            let (item, place, why) = (item.clone(), place.clone(), why.to_owned());
            let verdict = if same.is_some() { Verdict::Person } else { verdict };
            all.push(Difference {
                item,
                place,
                what: format!("the generator {what} no Rust for it: {reason}"),
                why,
                verdict,
            });
        }
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
