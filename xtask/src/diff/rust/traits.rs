//! What the generator implements for its types, as far as the schema decides.

use std::collections::{BTreeMap, BTreeSet};

use super::space::{Body, Definition, Entry, Holds, Id, Space, State, Variant};

/// Newtypes of newtypes are followed this far.
const DEEPEST: usize = 16;

/// The traits of a defined type that it has or lacks.
pub(super) fn of(space: &Space, name: &str, definition: &Definition) -> BTreeSet<String> {
    let id = space.defined(name);
    let mut traits = BTreeSet::new();
    if has_default(definition) {
        traits.insert("Default".to_owned());
    }
    for name in ["FromStr", "Display"] {
        // The generator counts on texts with rules to be shown, but shows them not.
        let ruled = matches!(&definition.body, Body::Newtype { rule, .. } if !rule.is_empty());
        if implements(space, (id, definition), name, DEEPEST) && !(ruled && name == "Display") {
            traits.insert(name.to_owned());
        }
    }
    if let Body::Enum { variants, .. } = &definition.body {
        if is_simple(variants) {
            traits.insert("Copy".to_owned());
        }
        traits.extend(made_of(space, variants).into_iter().map(|ty| format!("From<{ty}>")));
    }
    traits
}

fn has_default(definition: &Definition) -> bool {
    let all =
        |body: &Body| matches!(body, Body::Struct(fields) if fields.iter().all(|field| field.state != State::Required));
    definition.default || all(&definition.body)
}

fn is_simple(variants: &[Variant]) -> bool {
    variants.iter().all(|variant| variant.holds == Holds::Nothing)
}

/// The types that only one variant holds, which an enum can be made of.
fn made_of(space: &Space, variants: &[Variant]) -> Vec<String> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for variant in variants {
        if let Holds::One(id) = variant.holds {
            *times.entry(space.render(id)).or_default() += 1;
        }
    }
    times.into_iter().filter(|(ty, times)| *times == 1 && ty != "String").map(|(ty, _)| ty).collect()
}

/// Whether a type is written to or read from a text.
fn implements(space: &Space, (id, definition): (Id, &Definition), name: &str, depth: usize) -> bool {
    if depth == 0 {
        return false;
    }
    match &definition.body {
        Body::Newtype { inner, rule } if rule.is_empty() => has(space, *inner, name, depth - 1, None),
        Body::Newtype { rule, .. } => !rule.starts_with("one of"),
        Body::Enum { variants, untagged: false } => is_simple(variants) && !variants.is_empty(),
        Body::Enum { variants, .. } => variants.iter().all(|variant| match variant.holds {
            // What takes every text would hide the others.
            Holds::One(held) => {
                has(space, held, name, depth - 1, Some(id))
                    && !(name == "FromStr" && takes_any_text(space, held, Some(id), depth - 1))
            }
            Holds::Nothing | Holds::Fields(_) => false,
        }),
        Body::Struct(_) | Body::Unclear(_) => false,
    }
}

/// The same for any type. The generator knows it of the enums that come before the one that it looks at.
fn has(space: &Space, id: Id, name: &str, depth: usize, before: Option<Id>) -> bool {
    match space.entry(id) {
        Some(Entry::Native(native)) => !["serde_json::Value", "()", "models::ExportBucket"].contains(&native.as_str()),
        Some(Entry::Defined(defined)) => {
            space.definitions.get(defined).is_some_and(|definition| match &definition.body {
                Body::Enum { .. } if before.is_some_and(|before| id >= before) => false,
                Body::Newtype { inner, rule } if rule.is_empty() => {
                    depth > 0 && has(space, *inner, name, depth - 1, before)
                }
                _ => implements(space, (id, definition), name, depth),
            })
        }
        _ => false,
    }
}

/// Whether a type is made of whatever text.
fn takes_any_text(space: &Space, id: Id, before: Option<Id>, depth: usize) -> bool {
    match space.entry(id) {
        Some(Entry::Native(native)) => native == "String",
        Some(Entry::Defined(defined)) if depth > 0 => {
            match space.definitions.get(defined).map(|definition| &definition.body) {
                Some(Body::Newtype { inner, rule }) if rule.is_empty() => {
                    takes_any_text(space, *inner, before, depth - 1)
                }
                Some(Body::Enum { variants, untagged: true }) if before.is_none_or(|before| id < before) => {
                    variants.iter().any(|variant| match variant.holds {
                        Holds::One(held) => takes_any_text(space, held, Some(id), depth - 1),
                        Holds::Nothing | Holds::Fields(_) => false,
                    })
                }
                _ => false,
            }
        }
        _ => false,
    }
}
