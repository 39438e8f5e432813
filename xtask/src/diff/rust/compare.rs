//! What happens to a dependent's code when the items of the generated crate change.

use std::collections::BTreeSet;

use super::{Is, Item, Kind, Surface};
use crate::diff::verdict::Verdict;

const UNKNOWN: &str = "the generator has no Rust for one of them, so that nothing compiles until that is solved";

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
    let mut differences = Vec::new();
    let (old_builders, new_builders) = (builders(base), builders(head));
    for (path, old) in &base.items {
        match head.items.get(path) {
            Some(new) => changed(path, old, new, &mut differences),
            None if parent_is_other(base, (head, &new_builders), path) => {}
            None => differences.push(Difference {
                item: path.clone(),
                place: old.place.clone(),
                what: format!("{} is gone", noun(&old.is)),
                why: "code that names it no longer compiles".to_owned(),
                verdict: Verdict::Breaking,
            }),
        }
    }
    for (path, new) in &head.items {
        if !base.items.contains_key(path) && !parent_is_other(head, (base, &old_builders), path) {
            let (verdict, why) = match new.is {
                Is::Field { required: true, .. } => {
                    (Verdict::Breaking, "a builder that knows nothing of it fails now, although it compiles")
                }
                _ => (Verdict::Compatible, "generated types are non-exhaustive, so nobody's code has to know it"),
            };
            differences.push(Difference {
                item: path.clone(),
                place: new.place.clone(),
                what: format!("{} is new", noun(&new.is)),
                why: why.to_owned(),
                verdict,
            });
        }
    }
    for ((item, place), why) in &head.refused {
        if !base.refused.contains_key(&(item.clone(), place.clone())) {
            differences.push(Difference {
                item: item.clone(),
                place: place.clone(),
                what: (*why).to_owned(),
                why: "nothing that is generated compiles until that is solved".to_owned(),
                verdict: Verdict::Breaking,
            });
        }
    }
    differences
}

fn noun(is: &Is) -> &'static str {
    match is {
        Is::Type { .. } => "the type",
        Is::Field { .. } => "the field",
        Is::Variant(_) => "the variant",
        Is::Method { .. } => "the method",
        Is::Setter { .. } => "the setter",
    }
}

/// The builders of all methods.
fn builders(surface: &Surface) -> BTreeSet<String> {
    surface.items.keys().filter_map(|item| item.strip_prefix("Client::")).map(super::names::builder).collect()
}

/// Whether what an item belongs to is gone or of another kind on the other side, which says all about the item.
fn parent_is_other(here: &Surface, (there, builders): (&Surface, &BTreeSet<String>), path: &str) -> bool {
    if let Some(setter) = path.strip_prefix("builder::") {
        let builder = setter.split("::").next().unwrap_or_default();
        return !builders.contains(builder);
    }
    let Some((parent, _)) = path.rsplit_once("::") else { return false };
    let kind = |surface: &Surface| match surface.items.get(parent) {
        Some(Item { is: Is::Type { kind, .. }, .. }) => Some(std::mem::discriminant(kind)),
        _ => None,
    };
    kind(here).is_some() && kind(here) != kind(there)
}

fn changed(path: &str, old: &Item, new: &Item, differences: &mut Vec<Difference>) {
    let mut say = |verdict, what: String, why: &str| {
        differences.push(Difference {
            item: path.to_owned(),
            place: new.place.clone(),
            what,
            why: why.to_owned(),
            verdict,
        });
    };
    let other = "code that uses it as what it was no longer compiles";
    match (&old.is, &new.is) {
        (Is::Type { kind: old, traits: had }, Is::Type { kind: new, traits: has }) => {
            if old != new {
                let (verdict, what, why) = kinds(old, new);
                say(verdict, what, why);
                if std::mem::discriminant(old) != std::mem::discriminant(new) {
                    return;
                }
            }
            for lost in had.difference(has) {
                say(
                    Verdict::Breaking,
                    format!("it is no longer `{lost}`"),
                    "code that relies on it no longer compiles",
                );
            }
            for won in has.difference(had) {
                say(Verdict::Compatible, format!("it is `{won}` now"), "nobody's code has to know it");
            }
        }
        (
            Is::Field { ty: old, required: was_required, default: old_default },
            Is::Field { ty: new, required: is_required, default: new_default },
        ) => {
            if old != new {
                say(Verdict::Breaking, format!("`{old}` is `{new}` now"), other);
            } else if !was_required && *is_required {
                let why = "a builder that leaves it out fails now, although it compiles";
                say(Verdict::Breaking, "its builder demands it now".to_owned(), why);
            } else if old_default != new_default {
                let why = "code that leaves it out means something else now";
                say(Verdict::Person, "it has another default".to_owned(), why);
            }
        }
        (Is::Variant(old), Is::Variant(new)) if old != new => {
            say(Verdict::Breaking, format!("it holds `{}` instead of `{}`", new.trim(), old.trim()), other);
        }
        (
            Is::Method { success: old_success, error: old_error },
            Is::Method { success: new_success, error: new_error },
        ) => {
            let mut told = |what: &str, old: &str, new: &str| {
                let unknown = [old, new].iter().any(|ty| ty.contains(" or ") || *ty == "?");
                let verdict = if unknown { Verdict::Person } else { Verdict::Breaking };
                let why = if unknown { UNKNOWN } else { other };
                if old != new {
                    say(verdict, format!("{what} `{new}` instead of `{old}`"), why);
                }
            };
            told("it gives", old_success, new_success);
            told("its error is", old_error, new_error);
        }
        (
            Is::Setter { ty: old, required: was_required, builds: built },
            Is::Setter { ty: new, required: is_required, builds },
        ) => {
            let unknown = old.starts_with('?') || new.starts_with('?');
            if old != new && unknown {
                say(Verdict::Person, format!("it takes `{new}` instead of `{old}`"), UNKNOWN);
            } else if old != new {
                say(Verdict::Breaking, format!("it takes `{new}` instead of `{old}`"), other);
            } else if *built && !builds {
                say(Verdict::Breaking, "it takes no builder any more".to_owned(), "`body_map` no longer compiles");
            } else if !was_required && *is_required {
                let why = "a call without it fails before it is sent, although it compiles";
                say(Verdict::Breaking, "it has to be called now".to_owned(), why);
            }
        }
        (old, new) if std::mem::discriminant(old) != std::mem::discriminant(new) => {
            say(Verdict::Breaking, format!("{} is {} now", noun(old), noun(new)), other);
        }
        _ => {}
    }
}

fn kinds(old: &Kind, new: &Kind) -> (Verdict, String, &'static str) {
    let other = "code that uses it as what it was no longer compiles";
    match (old, new) {
        (Kind::Newtype { inner: a, rule: old }, Kind::Newtype { inner: b, rule: new })
            if a == b && !old.is_empty() && !new.is_empty() =>
        {
            (Verdict::Compatible, "it has another rule".to_owned(), "the type and its conversions stay")
        }
        (Kind::Unclear(_), Kind::Unclear(_)) => {
            (Verdict::Person, "its schema is another".to_owned(), "the tool does not know the Rust of such a schema")
        }
        _ => (Verdict::Breaking, format!("{} is {} now", describe(old), describe(new)), other),
    }
}

fn describe(kind: &Kind) -> String {
    match kind {
        Kind::Struct => "a struct".to_owned(),
        Kind::Enum => "an enum".to_owned(),
        Kind::Newtype { inner, rule } if rule.is_empty() => format!("a newtype of `{inner}`"),
        Kind::Newtype { inner, .. } => format!("a newtype of `{inner}` with a rule"),
        Kind::HandWritten => "a hand-written type".to_owned(),
        Kind::Unclear(_) => "a type that only the generator knows".to_owned(),
    }
}
