//! What two contracts do not share, and all that it refers to.

use serde_json::Value;

use crate::{
    diff::document::Document,
    generator::slice::{Slice, references},
};

/// The components and operations that are not the same in both, with what they refer to in either.
pub(super) fn slice(base: &Value, head: &Value) -> Slice {
    let sides = [(base, head), (head, base)];
    let mut slice = Slice::default();
    for (here, there) in sides {
        for (kind, name, component) in components(here) {
            if there.get("components").and_then(|all| all.get(kind)?.get(name)) != Some(component) {
                slice.components.insert((kind.clone(), name.clone()));
            }
        }
    }
    for (here, there) in sides {
        for operation in Document::new(here).operations() {
            let other = there.get("paths").and_then(|paths| paths.get(operation.path));
            let mut is_shared = true;
            for key in [operation.method, "parameters"] {
                let part = operation.item.get(key);
                let mut referred = Vec::new();
                references(part.unwrap_or(&Value::Null), &mut referred);
                is_shared &= other.and_then(|other| other.get(key)) == part
                    && !referred
                        .iter()
                        .any(|component| component.0 != "schemas" && slice.components.contains(component));
            }
            if !is_shared {
                slice.operations.insert((operation.path.to_owned(), operation.method.to_owned()));
            }
        }
    }
    slice.close(base).close(head)
}

fn components(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let kinds = document.get("components").and_then(Value::as_object).into_iter().flatten();
    kinds.flat_map(|(kind, all)| all.as_object().into_iter().flatten().map(move |(name, it)| (kind, name, it)))
}
