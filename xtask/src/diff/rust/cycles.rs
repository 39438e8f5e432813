//! Types that contain themselves: where the generator puts a `Box`.

use std::collections::BTreeSet;

use super::space::{Body, Entry, Holds, Id, Space};

enum Step {
    Start(Id),
    Inside(Id, Vec<Id>),
}

/// Boxes what would contain itself, in the generator's order, which decides what is boxed.
pub(super) fn break_cycles(space: &mut Space, named: std::ops::Range<Id>) {
    let mut visited = BTreeSet::new();
    for id in named {
        if visited.contains(&id) {
            continue;
        }
        let mut active = BTreeSet::from([id]);
        let mut stack = vec![Step::Start(id)];
        while let Some(top) = stack.last_mut() {
            match top {
                Step::Start(id) => {
                    let id = *id;
                    let children = if visited.insert(id) { snip(space, id, &active) } else { Vec::new() };
                    *top = Step::Inside(id, children);
                }
                Step::Inside(id, children) => match children.pop() {
                    Some(child) => {
                        active.insert(child);
                        stack.push(Step::Start(child));
                    }
                    None => {
                        active.remove(id);
                        stack.pop();
                    }
                },
            }
        }
    }
}

/// Boxes the parts that lead back, and gives the others.
fn snip(space: &mut Space, id: Id, active: &BTreeSet<Id>) -> Vec<Id> {
    let mut parts = parts(space, id);
    let mut others = Vec::new();
    for part in &mut parts {
        if active.contains(part) {
            *part = space.id(Entry::Boxed(*part));
        } else {
            others.push(*part);
        }
    }
    put_back(space, id, &parts);
    others
}

/// What is inside of a value of the type, not behind a pointer.
fn parts(space: &Space, id: Id) -> Vec<Id> {
    match space.entry(id) {
        Some(Entry::Option(inner) | Entry::Array(inner, _)) => vec![*inner],
        Some(Entry::Defined(name)) => match space.definitions.get(name).map(|definition| &definition.body) {
            Some(Body::Struct(fields)) => fields.iter().map(|field| field.id).collect(),
            Some(Body::Newtype { inner, .. }) => vec![*inner],
            Some(Body::Enum { variants, .. }) => variants.iter().flat_map(|variant| held(&variant.holds)).collect(),
            Some(Body::Unclear(_)) | None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn held(holds: &Holds) -> Vec<Id> {
    match holds {
        Holds::Nothing => Vec::new(),
        Holds::One(id) => vec![*id],
        Holds::Fields(fields) => fields.iter().map(|field| field.id).collect(),
    }
}

fn put_back(space: &mut Space, id: Id, parts: &[Id]) {
    let mut parts = parts.iter().copied();
    let mut put = |place: &mut Id| *place = parts.next().unwrap_or(*place);
    match space.entry(id).cloned() {
        Some(Entry::Option(mut inner)) => {
            put(&mut inner);
            space.replace(id, Entry::Option(inner));
        }
        Some(Entry::Array(mut inner, length)) => {
            put(&mut inner);
            space.replace(id, Entry::Array(inner, length));
        }
        Some(Entry::Defined(name)) => match space.definitions.get_mut(&name).map(|definition| &mut definition.body) {
            Some(Body::Struct(fields)) => fields.iter_mut().for_each(|field| put(&mut field.id)),
            Some(Body::Newtype { inner, .. }) => put(inner),
            Some(Body::Enum { variants, .. }) => {
                for variant in variants {
                    match &mut variant.holds {
                        Holds::Nothing => {}
                        Holds::One(id) => put(id),
                        Holds::Fields(fields) => fields.iter_mut().for_each(|field| put(&mut field.id)),
                    }
                }
            }
            Some(Body::Unclear(_)) | None => {}
        },
        _ => {}
    }
}
