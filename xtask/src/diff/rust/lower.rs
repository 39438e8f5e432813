//! From schemas to types, step for step as the generator goes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    hand_written, names, numbers,
    space::{Body, Definition, Entry, Field, Holds, Id, Space, State, Variant},
};
use crate::diff::{
    document::{Document, Object, flag, list, members, text, texts},
    schema::{DEEPEST, Node, Target, is_overlay},
};

/// More types than any contract has; circles of `allOf` would make types without end.
const MOST_TYPES: usize = 50_000;

/// Keywords that belong to schemas of one type each.
const OF_TYPE: [(&str, &[&str]); 6] = [
    ("string", &["enum", "format", "pattern", "minLength", "maxLength"]),
    ("integer", &NUMERIC),
    ("number", &NUMERIC),
    ("boolean", &["enum"]),
    ("object", &["properties", "required", "additionalProperties", "minProperties", "maxProperties"]),
    ("array", &["items", "minItems", "maxItems", "uniqueItems"]),
];
const NUMERIC: [&str; 7] =
    ["enum", "format", "multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
const RULES: [&str; 2] = ["minLength", "maxLength"];
const RULES_UNTYPED: [&str; 3] = ["minLength", "maxLength", "pattern"];
const UNIONS: [&str; 4] = ["oneOf", "anyOf", "allOf", "not"];

/// How a type may be called.
#[derive(Debug, Clone)]
pub(super) enum Name {
    Required(String),
    Suggested(String),
}

impl Name {
    pub(super) fn text(&self) -> &str {
        let (Self::Required(name) | Self::Suggested(name)) = self;
        name
    }

    pub(super) fn suggest(&self, end: &str) -> Self {
        Self::Suggested(format!("{}{end}", self.text()))
    }

    /// The name that a definition gets, which a title replaces where there is a choice.
    pub(super) fn of(&self, map: &Object) -> String {
        match (self, text(map, "title")) {
            (Self::Suggested(_), Some(title)) => names::pascal(title),
            _ => names::pascal(self.text()),
        }
    }
}

/// A type that has no number yet.
pub(super) enum Type {
    Same(Id),
    Plain(Entry),
    Defined(String, Definition),
}

/// A type and the default that is known of it.
pub(super) struct Made {
    pub(super) what: Type,
    pub(super) default: Option<Value>,
}

pub(super) struct Lower<'a> {
    pub(super) document: Document<'a>,
    pub(super) space: Space,
    /// Numbers of the named schemas.
    pub(super) named: BTreeMap<&'a str, Id>,
    pub(super) depth: usize,
}

impl<'a> Lower<'a> {
    /// All types of `components.schemas`.
    pub(super) fn components(document: Document<'a>) -> Self {
        let mut lower = Self { document, space: Space::default(), named: BTreeMap::new(), depth: 0 };
        let schemas = document.components("schemas");
        for (name, schema) in schemas.into_iter().flatten() {
            let entry = match hand_written::path(name, schema) {
                Some(path) => Entry::Native(path),
                None => Entry::Defined(names::pascal(name)),
            };
            let id = lower.space.id(entry);
            lower.named.insert(name, id);
        }
        let all = 0..lower.space.len();
        for (name, schema) in schemas.into_iter().flatten() {
            if hand_written::path(name, schema).is_none() {
                lower.component(name, schema);
            }
        }
        super::cycles::break_cycles(&mut lower.space, all);
        lower
    }

    fn component(&mut self, name: &str, schema: &Value) {
        let made = self.convert(&Name::Required(name.to_owned()), schema, name);
        let definition = match made.what {
            Type::Defined(_, mut definition) => {
                definition.default = made.default.is_some();
                definition
            }
            other => {
                let inner = self.assign(Made { what: other, default: None });
                let body = Body::Newtype { inner, rule: String::new() };
                Definition { body, default: false, place: name.to_owned() }
            }
        };
        if self.space.definitions.insert(names::pascal(name), definition).is_some() {
            self.space.clashes.insert(names::pascal(name), name.to_owned());
        }
    }

    pub(super) fn assign(&mut self, made: Made) -> Id {
        match made.what {
            Type::Same(id) => id,
            Type::Plain(entry) => self.space.id(entry),
            Type::Defined(name, mut definition) => {
                definition.default |= made.default.is_some();
                self.space.define(name, definition)
            }
        }
    }

    pub(super) fn id(&mut self, name: &Name, schema: &Value, place: &str) -> Id {
        let made = self.convert(name, schema, place);
        self.assign(made)
    }

    pub(super) fn convert(&mut self, name: &Name, schema: &Value, place: &str) -> Made {
        if self.depth >= DEEPEST || self.space.len() > MOST_TYPES {
            return unclear(name, schema, place);
        }
        self.depth += 1;
        let made = self.look(name, schema, place);
        self.depth -= 1;
        made
    }

    fn look(&mut self, name: &Name, schema: &Value, place: &str) -> Made {
        let node = Node::of(self.document, schema);
        let map = node.map.as_ref();
        let nullable = flag(map, "nullable");
        // The generator forgets the default of what is wrapped.
        let default = schema.get("default").filter(|_| !node.merged).cloned();
        let made = match &node.target {
            Target::Unclear => return unclear(name, schema, place),
            Target::Named(target) => match self.named.get(target.as_str()) {
                Some(id) => Made { what: Type::Same(*id), default: default.clone() },
                None => return unclear(name, schema, place),
            },
            Target::Inline => {
                // An option has no name; what is in it needs another one than the newtype around both.
                let typed = schema.get("allOf").is_none() && !map.contains_key("oneOf") && !map.contains_key("anyOf");
                let inner = match name {
                    Name::Required(text) if nullable && typed => &Name::Suggested(format!("{text}Inner")),
                    _ => name,
                };
                let mut made = self.keywords(inner, map, place);
                if default.is_none() {
                    made.default = None;
                }
                made
            }
        };
        let permissive = matches!(&made.what, Type::Plain(Entry::Native(json)) if json == "serde_json::Value");
        if !nullable || permissive || matches!(&made.what, Type::Plain(Entry::Option(_))) {
            return made;
        }
        // The default is the option's and not that of what is in it.
        let mut what = made.what;
        if let Type::Defined(_, definition) = &mut what {
            definition.default = false;
        }
        let inner = self.assign(Made { what, default: None });
        Made { what: Type::Plain(Entry::Option(inner)), default }
    }

    /// What the keywords of a schema make, whether it may be null or not.
    fn keywords(&mut self, name: &Name, map: &Object, place: &str) -> Made {
        let whole = || Value::Object(map.clone());
        if map.contains_key("x-rust-type") {
            return unclear(name, &whole(), place);
        }
        let unions: Vec<_> = UNIONS.into_iter().filter(|key| map.contains_key(*key)).collect();
        let others = |key: &&String| !is_overlay(key) && OF_TYPE.iter().any(|(_, keys)| keys.contains(&key.as_str()));
        if !unions.is_empty() {
            return match unions.as_slice() {
                [_] if map.keys().any(|key| others(&key)) => unclear(name, &whole(), place),
                [_] if map.contains_key("type") => unclear(name, &whole(), place),
                ["oneOf"] => self.one_of(name, map, list(map, "oneOf"), place),
                ["anyOf"] => self.any_of(name, map, list(map, "anyOf"), place),
                _ => unclear(name, &whole(), place),
            };
        }
        let Some(kind) = kind(map) else { return unclear(name, &whole(), place) };
        let default = map.get("default").cloned();
        let plain = |text: &str| Made { what: Type::Plain(Entry::Native(text.to_owned())), default: default.clone() };
        match kind {
            "any" => plain("serde_json::Value"),
            "boolean" => plain("bool"),
            "string" => self.string(name, map, place),
            "integer" | "number" => {
                let integer = numbers::integer(map);
                let float = if text(map, "format") == Some("float") { "f32" } else { "f64" };
                let native = if kind == "integer" { integer } else { float };
                // Enums are dropped from numbers before the generator sees them, where a type says that they are some.
                if list(map, "enum").is_empty() || map.contains_key("type") {
                    return plain(native);
                }
                let inner = self.space.native(native);
                let rule = format!("one of {}", Value::from(list(map, "enum").to_vec()));
                defined(name.of(map), Body::Newtype { inner, rule }, default, place)
            }
            "array" => self.array(name, map, place),
            _ => self.object(name, map, place),
        }
    }

    fn string(&mut self, name: &Name, map: &Object, place: &str) -> Made {
        let default = map.get("default").cloned();
        let plain = |text: &str| Made { what: Type::Plain(Entry::Native(text.to_owned())), default: default.clone() };
        // Patterns and the format `uuid` are dropped from texts before the generator sees them, where a type says that it
        // is one.
        let checked: &[&str] = if map.contains_key("type") { &RULES } else { &RULES_UNTYPED };
        let constraints: Vec<_> =
            checked.iter().copied().filter_map(|key| Some(format!("{key} {}", map.get(key)?))).collect();
        let values = list(map, "enum");
        if !values.is_empty() {
            let texts: Vec<_> = values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            let nulls = values.iter().filter(|value| value.is_null()).count();
            let foreign =
                texts.len() + nulls < values.len() || constraints.iter().any(|rule| rule.starts_with("pattern"));
            // A value that breaks a rule is none.
            let length =
                |key: &str| map.get(key).and_then(Value::as_u64).and_then(|length| usize::try_from(length).ok());
            let fits = |text: &String| {
                let letters = text.chars().count();
                length("minLength").is_none_or(|least| letters >= least)
                    && length("maxLength").is_none_or(|most| letters <= most)
            };
            let texts: Vec<_> = texts.into_iter().filter(fits).collect();
            let (false, Some(variants)) = (foreign || texts.is_empty() && nulls == 0, names::variants(&texts)) else {
                return unclear(name, &Value::Object(map.clone()), place);
            };
            if texts.is_empty() {
                return plain("()");
            }
            let variants = variants.into_iter().map(|name| Variant { name, holds: Holds::Nothing }).collect();
            let made = defined(name.of(map), Body::Enum { variants, untagged: false }, default.clone(), place);
            if nulls == 0 || flag(map, "nullable") {
                return made;
            }
            let inner = self.assign(made);
            return Made { what: Type::Plain(Entry::Option(inner)), default };
        }
        match text(map, "format") {
            Some("uuid") if !map.contains_key("type") => plain("uuid::Uuid"),
            Some("date") => plain("chrono::NaiveDate"),
            Some("date-time") => plain("chrono::DateTime<chrono::Utc>"),
            Some("ip") => plain("std::net::IpAddr"),
            Some("ipv4") => plain("std::net::Ipv4Addr"),
            Some("ipv6") => plain("std::net::Ipv6Addr"),
            _ if constraints.is_empty() => plain("String"),
            _ => {
                let inner = self.space.native("String");
                let body = Body::Newtype { inner, rule: constraints.join(", ") };
                defined(name.of(map), body, default, place)
            }
        }
    }

    fn array(&mut self, name: &Name, map: &Object, place: &str) -> Made {
        let default = map.get("default").cloned();
        let length = |key: &str| map.get(key).and_then(Value::as_u64);
        let unique = flag(map, "uniqueItems");
        let fixed = length("minItems").filter(|min| *min > 0 && length("maxItems") == Some(*min) && !unique);
        let item_name =
            if fixed.is_some() { name.suggest("_item") } else { Name::Suggested(format!("{}Item", name.of(map))) };
        let item = match map.get("items") {
            Some(items) => self.id(&item_name, items, &format!("{place}[]")),
            None => self.space.native("serde_json::Value"),
        };
        let entry = match fixed {
            Some(length) => Entry::Array(item, length),
            None if unique => Entry::Set(item),
            None => Entry::Vec(item),
        };
        Made { what: Type::Plain(entry), default }
    }

    fn object(&mut self, name: &Name, map: &Object, place: &str) -> Made {
        let additional = map.get("additionalProperties");
        let empty = members(map, "properties").next().is_none() && list(map, "required").is_empty();
        if empty && additional != Some(&Value::Bool(false)) {
            let value = match additional {
                Some(schema @ Value::Object(_)) => self.id(&name.suggest("Value"), schema, &format!("{place}{{}}")),
                _ => self.space.native("serde_json::Value"),
            };
            return Made { what: Type::Plain(Entry::Map(value)), default: map.get("default").cloned() };
        }
        let type_name = name.of(map);
        let fields = self.fields(&type_name, map, &[], place);
        let has_default = map.get("default").is_some();
        // The default of a named object is lost on the way to its definition.
        let has_default = has_default && matches!(name, Name::Suggested(_));
        let mut made = defined(type_name, Body::Struct(fields), None, place);
        if let Type::Defined(_, definition) = &mut made.what {
            definition.default = has_default;
        }
        made
    }

    /// The fields of an object, without the ones that are left out.
    pub(super) fn fields(&mut self, type_name: &str, map: &Object, without: &[&str], place: &str) -> Vec<Field> {
        let any = Value::Object(Object::new());
        let required = texts(map, "required");
        let mut schemas: BTreeMap<&str, &Value> = required.iter().map(|name| (*name, &any)).collect();
        schemas.extend(members(map, "properties").map(|(key, schema)| (key.as_str(), schema)));
        schemas.retain(|key, _| !without.contains(key));
        let mut fields: Vec<_> = schemas
            .into_iter()
            .map(|(key, schema)| self.field(type_name, key, schema, required.contains(key), place))
            .collect();
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(schema @ Value::Object(_)) = map.get("additionalProperties") {
            let value = self.id(&Name::Suggested(format!("{type_name}_extraValue")), schema, &format!("{place}{{}}"));
            let id = self.space.id(Entry::Map(value));
            fields.push(Field { name: "extra".to_owned(), key: String::new(), state: State::Required, id });
        }
        fields
    }

    fn field(&mut self, type_name: &str, key: &str, schema: &Value, required: bool, place: &str) -> Field {
        let suggested = Name::Suggested(format!("{type_name}_{}", heck::AsSnakeCase(key)));
        let made = self.convert(&suggested, schema, &format!("{place}.{key}"));
        let default = made.default.clone();
        let mut id = self.assign(made);
        let state = if required { State::Required } else { self.state(&mut id, default) };
        Field { name: names::snake(key), key: key.to_owned(), state, id }
    }

    /// What becomes of a field that need not be there, which turns its type into an option where there is no default.
    fn state(&mut self, id: &mut Id, default: Option<Value>) -> State {
        let intrinsic = match (self.space.entry(*id), &default) {
            (Some(Entry::Option(_) | Entry::Vec(_) | Entry::Map(_)), None) => true,
            (Some(Entry::Native(unit)), None) => unit == "()",
            (Some(Entry::Option(_)), Some(Value::Null)) => true,
            (Some(Entry::Vec(_)), Some(Value::Array(list))) => list.is_empty(),
            (Some(Entry::Map(_)), Some(Value::Object(map))) => map.is_empty(),
            (Some(Entry::Native(name)), Some(value)) => match (name.as_str(), value) {
                ("bool", Value::Bool(value)) => !value,
                ("String", Value::String(text)) => text.is_empty(),
                ("String" | "bool" | "f32" | "f64" | "()" | "serde_json::Value", _) => false,
                (name, Value::Number(number)) => !name.contains("::") && number.as_f64() == Some(0.0),
                _ => false,
            },
            _ => false,
        };
        match default {
            _ if intrinsic => State::Optional,
            Some(default) => State::Default(default),
            None => {
                *id = self.space.option(*id);
                State::Optional
            }
        }
    }
}

/// The type that a schema's keywords speak of. Nothing when they speak of several.
fn kind(map: &Object) -> Option<&str> {
    let uses = |keys: &[&str]| keys.iter().any(|key| map.contains_key(*key));
    let foreign = |own: &[&str]| {
        OF_TYPE.iter().any(|(_, keys)| keys.iter().any(|key| !own.contains(key) && map.contains_key(*key)))
    };
    if let Some(named) = map.get("type") {
        let (name, keys) = OF_TYPE.iter().find(|(name, _)| named.as_str() == Some(name))?;
        // Bounds of other types mean nothing beside a type.
        let foreign = ["enum", "format"].iter().any(|key| !keys.contains(key) && map.contains_key(*key));
        return (!foreign).then_some(*name);
    }
    let strings = |value: &Value| value.is_string() || value.is_null();
    let guess = if list(map, "enum").iter().any(Value::is_string) && list(map, "enum").iter().all(strings) {
        // Beside values, other keywords of texts make something else of it.
        return (!foreign(&["enum"])).then_some("string");
    } else if uses(&["properties", "required", "additionalProperties", "minProperties", "maxProperties"]) {
        "object"
    } else if uses(&["items", "minItems", "maxItems", "uniqueItems"]) {
        "array"
    } else if uses(&["pattern", "minLength", "maxLength"]) {
        "string"
    } else if OF_TYPE.iter().any(|(_, keys)| uses(keys)) {
        return None;
    } else {
        return Some("any");
    };
    let (name, keys) = OF_TYPE.iter().find(|(name, _)| *name == guess)?;
    (!foreign(keys)).then_some(*name)
}

pub(super) fn defined(name: String, body: Body, default: Option<Value>, place: &str) -> Made {
    let definition = Definition { body, default: false, place: place.to_owned() };
    Made { what: Type::Defined(name, definition), default }
}

/// A type that nothing more is said of than how its schema is written.
pub(super) fn unclear(name: &Name, schema: &Value, place: &str) -> Made {
    let no_title = Object::new();
    let map = schema.as_object().unwrap_or(&no_title);
    defined(name.of(map), Body::Unclear(essence(schema, false).to_string()), None, place)
}

/// A schema without what is only said about it.
fn essence(schema: &Value, names: bool) -> Value {
    const DOCS: [&str; 4] = ["description", "example", "externalDocs", "deprecated"];
    match schema {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| names || !DOCS.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), essence(value, !names && key == "properties")))
            .collect(),
        Value::Array(list) => list.iter().map(|value| essence(value, false)).collect(),
        other => other.clone(),
    }
}
