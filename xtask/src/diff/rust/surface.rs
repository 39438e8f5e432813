//! From types to items.

use std::collections::BTreeSet;

use super::{
    FieldUse, Is, Item, Kind, Surface, hand_written,
    lower::Lower,
    space::{Body, Definition, Field, Holds, Space, State},
    traits,
};
use crate::diff::document::Document;

impl Surface {
    /// All items of a contract.
    pub(in crate::diff) fn of(document: Document<'_>) -> Self {
        let mut lower = Lower::components(document);
        let mut surface = Self::default();
        for operation in document.operations() {
            surface.operation(&mut lower, &operation);
        }
        for (name, definition) in &lower.space.definitions {
            surface.definition(&lower.space, name, definition);
        }
        for (name, place) in &lower.space.clashes {
            surface.refuse(format!("types::{name}"), place, "two schemas have this name in Rust");
        }
        for (name, schema) in document.components("schemas").into_iter().flatten() {
            let place = name.clone();
            let component = match hand_written::path(name, schema) {
                Some(path) => {
                    let is = Is::Type { kind: Kind::HandWritten, traits: BTreeSet::new() };
                    surface.items.insert(path.clone(), Item { place, is });
                    (path, None)
                }
                None => {
                    let leaf = super::names::pascal(name);
                    (format!("types::{leaf}"), Some(leaf))
                }
            };
            for (key, why) in
                schema.as_object().map(|schema| hand_written::unconstructed(name, schema)).unwrap_or_default()
            {
                surface.refuse(format!("{}::{}", component.0, super::names::snake(key)), &format!("{name}.{key}"), why);
            }
            surface.components.insert(name.clone(), component);
        }
        surface
    }

    pub(super) fn put(&mut self, item: String, place: &str, is: Is) {
        let other = self.items.insert(item.clone(), Item { place: place.to_owned(), is });
        if other.is_some_and(|other| other.place != place) {
            self.refuse(item, place, "two things of the contract have this name in Rust");
        }
    }

    /// Notes that nothing generated compiles because of something.
    pub(super) fn refuse(&mut self, item: String, place: &str, why: &'static str) {
        self.refused.insert((item, place.to_owned()), why);
    }

    pub(super) fn put_slot(&mut self, place: String, leaf: Option<&str>) {
        self.slots.insert(place, leaf.map(str::to_owned));
    }

    fn definition(&mut self, space: &Space, name: &str, definition: &Definition) {
        let path = format!("types::{name}");
        let place = &definition.place;
        let kind = match &definition.body {
            Body::Struct(fields) => {
                for field in fields {
                    self.define_field(space, name, &path, field, place);
                }
                Kind::Struct
            }
            Body::Enum { variants, .. } => {
                for variant in variants {
                    let item = format!("{path}::{}", variant.name);
                    self.put(item, place, Is::Variant(holds(space, &variant.holds)));
                }
                Kind::Enum
            }
            Body::Newtype { inner, rule } => {
                self.inside.insert(name.to_owned(), space.leaf(*inner).map(str::to_owned));
                Kind::Newtype { inner: space.render(*inner), rule: rule.clone() }
            }
            Body::Unclear(text) => Kind::Unclear(text.clone()),
        };
        self.put(path, place, Is::Type { kind, traits: traits::of(space, name, definition) });
    }

    fn define_field(&mut self, space: &Space, owner: &str, path: &str, field: &Field, place: &str) {
        let item = format!("{path}::{}", field.name);
        let place = if field.key.is_empty() { format!("{place}{{}}") } else { format!("{place}.{}", field.key) };
        let default = match &field.state {
            State::Default(value) => Some(value.to_string()),
            State::Required | State::Optional => None,
        };
        let required = field.state == State::Required;
        self.put(item.clone(), &place, Is::Field { ty: space.render(field.id), required, default });
        let used = FieldUse { item, leaf: space.leaf(field.id).map(str::to_owned), option: space.is_option(field.id) };
        self.fields.insert((owner.to_owned(), field.key.clone()), used);
    }
}

fn holds(space: &Space, holds: &Holds) -> String {
    match holds {
        Holds::Nothing => String::new(),
        Holds::One(id) => format!("({})", space.render(*id)),
        Holds::Fields(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|field| format!("{}: {}", field.name, space.render(field.id))).collect();
            format!(" {{ {} }}", fields.join(", "))
        }
    }
}
