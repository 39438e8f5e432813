//! `oneOf` and `anyOf`: which of the generator's enums they become.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    lower::{Lower, Made, Name, Type, defined, unclear},
    names,
    space::{Body, Entry, Holds, Variant},
};
use crate::diff::{
    document::{Object, list, members, text, texts},
    schema::Node,
};

impl Lower<'_> {
    pub(super) fn one_of(&mut self, name: &Name, map: &Object, parts: &[Value], place: &str) -> Made {
        let default = map.get("default").cloned();
        if let Some(made) = self.maybe_option(name, default.clone(), parts, place) {
            return made;
        }
        if let Some(variants) = externally_tagged(parts) {
            return self.external(name, map, &variants, place);
        }
        // The generator makes enums with a tag of these, in one of two ways.
        if has_common_constant(parts) {
            return unclear(name, &Value::Object(map.clone()), place);
        }
        match parts {
            [] => unclear(name, &Value::Object(map.clone()), place),
            [only] => self.convert(name, only, place),
            parts => self.untagged(name, map, parts, place),
        }
    }

    pub(super) fn any_of(&mut self, name: &Name, map: &Object, parts: &[Value], place: &str) -> Made {
        if let Some(made) = self.maybe_option(name, map.get("default").cloned(), parts, place) {
            return made;
        }
        let kinds: Vec<_> = parts
            .iter()
            .map(|part| text(&Node::of(self.document, part).spread(self.document), "type").map(str::to_owned))
            .collect();
        let different: BTreeSet<_> = kinds.iter().flatten().collect();
        let mixed =
            kinds.iter().flatten().any(|kind| kind == "integer") && kinds.iter().flatten().any(|kind| kind == "number");
        let exclusive = different.len() == parts.len() && !mixed;
        if exclusive { self.one_of(name, map, parts, place) } else { unclear(name, &Value::Object(map.clone()), place) }
    }

    /// Something or null.
    fn maybe_option(&mut self, name: &Name, default: Option<Value>, parts: &[Value], place: &str) -> Option<Made> {
        let mut others = parts.iter().filter(|part| !is_null(part));
        let (Some(only), None, true) = (others.next(), others.next(), parts.len() > 1) else { return None };
        let made = self.convert(name, only, place);
        let inner = self.assign(made);
        Some(Made { what: Type::Plain(Entry::Option(inner)), default })
    }

    fn external(&mut self, name: &Name, map: &Object, parts: &[(&str, Option<&Value>)], place: &str) -> Made {
        let texts: Vec<_> = parts.iter().map(|(name, _)| (*name).to_owned()).collect();
        let Some(idents) = names::variants(&texts) else { return unclear(name, &Value::Object(map.clone()), place) };
        let variants = idents
            .into_iter()
            .zip(parts)
            .map(|(ident, (text, schema))| {
                let holds = schema.map_or(Holds::Nothing, |schema| {
                    self.holds(&name.suggest(&format!("_{text}")), schema, &format!("{place}.{text}"))
                });
                Variant { name: ident, holds }
            })
            .collect();
        defined(name.of(map), Body::Enum { variants, untagged: false }, map.get("default").cloned(), place)
    }

    fn untagged(&mut self, name: &Name, map: &Object, parts: &[Value], place: &str) -> Made {
        let type_name = name.of(map);
        let texts = untagged_names(parts);
        let Some(idents) = names::variants(&texts) else { return unclear(name, &Value::Object(map.clone()), place) };
        let variants = parts
            .iter()
            .zip(texts)
            .zip(idents)
            .map(|((part, text), ident)| {
                let holds =
                    self.holds(&Name::Suggested(format!("{type_name}_{text}")), part, &format!("{place}|{text}"));
                Variant { name: ident, holds }
            })
            .collect();
        defined(type_name, Body::Enum { variants, untagged: true }, map.get("default").cloned(), place)
    }

    /// What a variant holds: the fields of an object that stands right there, else a value.
    fn holds(&mut self, name: &Name, schema: &Value, place: &str) -> Holds {
        let made = self.convert(name, schema, place);
        match made.what {
            Type::Defined(_, definition) if matches!(definition.body, Body::Struct(_)) => match definition.body {
                Body::Struct(fields) => Holds::Fields(fields),
                _ => Holds::Nothing,
            },
            Type::Plain(Entry::Native(unit)) if unit == "()" => Holds::Nothing,
            what => Holds::One(self.assign(Made { what, default: None })),
        }
    }
}

/// A schema that only null fits.
pub(in crate::diff) fn is_null(schema: &Value) -> bool {
    let Some(map) = schema.as_object() else { return false };
    let values = list(map, "enum");
    !values.is_empty() && values.iter().all(Value::is_null)
}

/// The variants of an enum whose values are texts or objects with one member each.
fn externally_tagged(parts: &[Value]) -> Option<Vec<(&str, Option<&Value>)>> {
    let mut variants = Vec::new();
    for part in parts {
        let map = part.as_object()?;
        let values = list(map, "enum");
        let foreign = ["format", "oneOf", "anyOf", "allOf", "not", "$ref"].iter().any(|key| map.contains_key(*key));
        if !values.is_empty() && !foreign && matches!(text(map, "type"), Some("string") | None) {
            for value in values {
                variants.push((value.as_str()?, None));
            }
            continue;
        }
        let object = object(map)?;
        let mut properties = members(object, "properties");
        let (Some((name, schema)), None) = (properties.next(), properties.next()) else { return None };
        if texts(object, "required").into_iter().ne([name.as_str()]) {
            return None;
        }
        variants.push((name.as_str(), Some(schema)));
    }
    let different: BTreeSet<_> = variants.iter().map(|(name, _)| *name).collect();
    (different.len() == variants.len() && !variants.is_empty()).then_some(variants)
}

/// An object of the plainest kind, as it stands there.
fn object(map: &Object) -> Option<&Object> {
    let wrapper = ["allOf", "oneOf", "anyOf"].into_iter().find_map(|key| match list(map, key) {
        [only] => only.as_object(),
        _ => None,
    });
    if let Some(wrapped) = wrapper {
        return object(wrapped);
    }
    let known = ["type", "properties", "required", "additionalProperties"];
    let plain = map.keys().all(|key| known.contains(&key.as_str()) || crate::diff::schema::is_overlay(key));
    let closed = matches!(map.get("additionalProperties"), None | Some(Value::Bool(false)));
    let typed = matches!(text(map, "type"), Some("object") | None);
    (plain && closed && typed && map.contains_key("properties") && !crate::diff::document::flag(map, "nullable"))
        .then_some(map)
}

/// Whether all are objects with a property that has one value in each, another in every one.
fn has_common_constant(parts: &[Value]) -> bool {
    let constants = |part: &Value| -> Vec<(String, String)> {
        let Some(object) = part.as_object().and_then(object) else { return Vec::new() };
        let required = texts(object, "required");
        members(object, "properties")
            .filter(|(name, _)| required.contains(name.as_str()))
            .filter_map(|(name, schema)| match list(schema.as_object()?, "enum") {
                [Value::String(value)] => Some((name.clone(), value.clone())),
                _ => None,
            })
            .collect()
    };
    let mut all = parts.iter().map(constants);
    let Some(first) = all.next() else { return false };
    let all: Vec<_> = all.collect();
    first.iter().any(|(name, value)| {
        let values: Vec<_> = all
            .iter()
            .filter_map(|part| part.iter().find(|(other, _)| other == name))
            .map(|(_, value)| value)
            .collect();
        let different: BTreeSet<_> = values.iter().copied().chain([value]).collect();
        values.len() == all.len() && different.len() == parts.len()
    })
}

/// Names for variants that are told apart by what they hold.
fn untagged_names(parts: &[Value]) -> Vec<String> {
    let numbered = || (0..parts.len()).map(|index| format!("Variant{index}")).collect();
    let Some(names) = parts.iter().map(schema_name).collect::<Option<Vec<_>>>() else { return numbered() };
    let different: BTreeSet<_> = names.iter().collect();
    if different.len() < names.len() {
        return numbered();
    }
    let prefix = names.iter().cloned().reduce(|a, b| names::common_prefix(&a, &b)).unwrap_or_default();
    let short: Option<Vec<_>> =
        names.iter().map(|name| name.get(prefix.len()..).filter(|rest| !rest.is_empty()).map(str::to_owned)).collect();
    short.unwrap_or_else(numbered)
}

/// The name that the generator finds for a schema inside of a union.
fn schema_name(schema: &Value) -> Option<String> {
    let map = schema.as_object()?;
    let name = if let Some(reference) = text(map, "$ref") {
        reference.rsplit('/').next()?.to_owned()
    } else if let Some(title) = text(map, "title") {
        title.to_owned()
    } else if crate::diff::document::flag(map, "nullable") {
        return None;
    } else if let Some(only) = ["allOf", "oneOf", "anyOf"].into_iter().find_map(|key| match list(map, key) {
        [only] => Some(only),
        _ => None,
    }) {
        return schema_name(only);
    } else {
        let kind = text(map, "type")?;
        heck::AsPascalCase(text(map, "format").unwrap_or(kind)).to_string()
    };
    Some(names::pascal(&name))
}
