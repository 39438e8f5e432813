//! Drafts schemas in the house's rules, from those of MongoDB's document.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::{Map, Value, json};

use super::{
    ids::{Ids, is_object_id},
    names::Names,
    sides::{Sides, of_schemas},
};
use crate::official::{Document, Kind, Object, Property, Union, essence, is_id, schema_name};

/// What a person has to write, because MongoDB's sentences are not ours to copy.
pub(crate) const TODO: &str = "TODO";

/// More values than a description can list.
const MOST_VALUES: usize = 12;

/// Schemas of the contract that stand for schemas of the document: by name, and whether responses hold it.
pub(super) type Shared = BTreeMap<(String, bool), String>;

/// Drafts schemas, each once, as operations come to need them.
#[derive(Debug)]
pub(super) struct Drafter<'d> {
    document: &'d Document,
    contract: &'d Document,
    names: Names,
    sides: BTreeMap<String, Sides>,
    ids: Ids<'d>,
    shared: Shared,
    /// Schemas that operations need, by name: drafted, or the reason why not.
    drafts: BTreeMap<String, Result<Value, String>>,
    queue: Vec<Wanted>,
    /// Names of what was ever in the queue.
    queued: BTreeSet<String>,
    /// Named schemas that are being written out in place of a reference.
    inlined: Vec<String>,
    /// Kinds of unions, with the property that tells them apart: whoever sends one need not say it.
    tags: BTreeSet<(String, String)>,
}

/// A schema that is still to be drafted.
#[derive(Debug)]
struct Wanted {
    name: String,
    /// Name in the document, where it has one.
    official: Option<String>,
    schema: Value,
    sides: Sides,
}

/// Where a schema stands.
#[derive(Debug, Clone)]
pub(super) struct At {
    /// The name that a type gets which has none of its own.
    pub(super) hint: String,
    pub(super) sides: Sides,
}

impl At {
    fn inside(&self, part: &str) -> Self {
        Self { hint: format!("{}{}", self.hint, part.to_pascal_case()), sides: self.sides }
    }
}

impl<'d> Drafter<'d> {
    pub(super) fn new(document: &'d Document, contract: &'d Document, shared: Shared) -> Self {
        let named = contract.at("/components/schemas").and_then(Value::as_object).into_iter().flatten();
        Self {
            document,
            contract,
            names: Names::new(document, named.map(|(name, _)| name.as_str())),
            sides: of_schemas(document),
            ids: Ids::new(document, contract),
            shared,
            drafts: BTreeMap::new(),
            queue: Vec::new(),
            queued: BTreeSet::new(),
            inlined: Vec::new(),
            tags: tags(document),
        }
    }

    /// The drafted schemas that a value leads to, or why one of them cannot be drafted.
    pub(super) fn reached(&self, from: &Value) -> Result<BTreeMap<String, &Value>, String> {
        let mut found = BTreeMap::new();
        let mut open = Vec::new();
        super::sides::references(from, &mut open);
        while let Some(name) = open.pop() {
            match self.drafts.get(name) {
                Some(Ok(_)) if found.contains_key(name) => {}
                Some(Ok(schema)) => {
                    found.insert(name.to_owned(), schema);
                    super::sides::references(schema, &mut open);
                }
                Some(Err(why)) => return Err(why.clone()),
                // It is the contract's.
                None => {}
            }
        }
        Ok(found)
    }

    /// Drafts all that was asked for since the last time.
    pub(super) fn finish(&mut self) {
        while let Some(wanted) = self.queue.pop() {
            let draft = self.whole(&wanted).map_err(|why| match &wanted.official {
                Some(official) => format!("{why} (in the schema `{official}`)"),
                None => why,
            });
            self.drafts.insert(wanted.name, draft);
        }
    }

    /// A parameter's or property's own type of identifier.
    pub(super) fn id(&mut self, name: &str, schema: &Value, owner: Option<&str>) -> Option<Value> {
        let map = schema.as_object()?;
        let name = self.ids.named(name, map).or_else(|| self.ids.own(owner?, name, map))?;
        let there = self.contract.at("/components/schemas").and_then(|schemas| schemas.get(&name));
        if there.is_none() && !self.drafts.contains_key(&name) {
            if !self.names.is_free(&name) {
                return None;
            }
            let words = name.strip_suffix("Id").unwrap_or(&name).to_snake_case().replace('_', " ");
            let article = if words.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
            let description = format!("Identifies {article} {words}, as 24 hexadecimal digits.");
            let draft = json!({"type": "string", "x-atlas-type": "objectId", "description": description});
            self.drafts.insert(self.names.fresh(&name), Ok(draft));
        } else if !there.is_none_or(is_object_id) {
            return None;
        }
        Some(reference(&name))
    }

    /// What stands where the document has a schema.
    pub(super) fn schema(&mut self, schema: &Value, at: &At) -> Result<Value, String> {
        let document = self.document;
        if let Some(name) = schema_name(schema) {
            return self.named(name, at);
        }
        if let Some(whole) = document.wrapped(schema)? {
            return self.schema(&whole.clone(), at);
        }
        let schema = document.follow(schema)?;
        match document.kind(schema)? {
            Kind::Object | Kind::Union => {
                let name = self.names.fresh(&at.hint);
                self.want(name.clone(), None, schema.clone(), at.sides);
                Ok(reference(&name))
            }
            Kind::Map => {
                let values = document.object(schema, false)?.values;
                self.map(values.as_ref(), at)
            }
            Kind::List => {
                let any = json!({});
                let items = self.schema(schema.get("items").unwrap_or(&any), &at.inside("Item"))?;
                Ok(json!({"type": "array", "items": items}))
            }
            Kind::Scalar => self.scalar(schema, at),
            Kind::Any => Ok(json!({})),
        }
    }

    fn map(&mut self, values: Option<&Value>, at: &At) -> Result<Value, String> {
        let values = match values {
            Some(values) if values.is_object() => self.schema(values, &at.inside("Value"))?,
            _ => Value::Bool(true),
        };
        Ok(json!({"type": "object", "additionalProperties": values}))
    }

    fn named(&mut self, name: &str, at: &At) -> Result<Value, String> {
        let document = self.document;
        let schema = document.schema(name).ok_or_else(|| format!("`#/components/schemas/{name}` leads nowhere"))?;
        if let Some(ours) = self.ours(name, at.sides) {
            return Ok(reference(ours));
        }
        let sides = self.sides.get(name).copied().unwrap_or(at.sides);
        if let Some(whole) = document.wrapped(&json!({"$ref": format!("#/components/schemas/{name}")}))? {
            return self.within(name, |drafter| drafter.schema(&whole.clone(), at));
        }
        if matches!(document.kind(schema)?, Kind::Object | Kind::Union) {
            let draft = self.names.of(name).unwrap_or_default().to_owned();
            self.want(draft.clone(), Some(name.to_owned()), schema.clone(), sides);
            return Ok(reference(&draft));
        }
        // A type of its own for a text or a list would only be in the way.
        self.within(name, |drafter| drafter.schema(&schema.clone(), at))
    }

    /// The contract's schema that stands for one of the document's wherever it is written by these sides.
    fn ours(&self, name: &str, sides: Sides) -> Option<&str> {
        let of = |is_response: bool| self.shared.get(&(name.to_owned(), is_response)).map(String::as_str);
        let paired = match (sides.request, sides.response) {
            (true, true) => of(false).filter(|ours| of(true) == Some(ours)),
            (_, is_response) => of(is_response),
        };
        paired.or_else(|| self.namesake(name))
    }

    /// The contract's schema of the same name, if it has all that the document's has.
    fn namesake(&self, name: &str) -> Option<&str> {
        let wish = self.names.wish(name)?;
        let ours = self.contract.schema(wish).filter(|schema| schema.get("x-atlas-differs").is_none())?;
        let (here, there) =
            (self.contract.object(ours, true).ok()?, self.document.object(self.document.schema(name)?, true).ok()?);
        let is_there = |(name, property): (&String, &Property)| {
            here.properties
                .get(name)
                .is_some_and(|own| self.contract.kind(&own.node) == self.document.kind(&property.node))
        };
        (!there.properties.is_empty() && there.properties.iter().all(is_there)).then_some(wish)
    }

    /// Writes out a named schema, which may lead back to itself.
    fn within(&mut self, name: &str, write: impl FnOnce(&mut Self) -> Result<Value, String>) -> Result<Value, String> {
        if self.inlined.iter().any(|open| open == name) {
            return Ok(json!({}));
        }
        self.inlined.push(name.to_owned());
        let written = write(self);
        self.inlined.pop();
        written
    }

    fn want(&mut self, name: String, official: Option<String>, schema: Value, sides: Sides) {
        if self.queued.insert(name.clone()) {
            self.queue.push(Wanted { name, official, schema, sides });
        }
    }

    fn whole(&mut self, wanted: &Wanted) -> Result<Value, String> {
        // A name of its own, where it has one, lets the schema find itself among its kinds.
        let official = wanted.official.as_deref();
        let schema = official
            .map_or_else(|| wanted.schema.clone(), |name| json!({"$ref": format!("#/components/schemas/{name}")}));
        match self.document.kind(&schema)? {
            Kind::Union => {
                let union = self.document.union(&wanted.schema)?;
                match union.map(|union| self.union(&union, wanted)).transpose()?.flatten() {
                    Some(union) => Ok(union),
                    None => self.object(&self.document.object(&schema, true)?, wanted),
                }
            }
            _ => self.object(&self.document.object(&schema, false)?, wanted),
        }
    }

    /// A union of kinds that are told apart by a property, or nothing where one object says as much.
    fn union(&mut self, union: &Union, wanted: &Wanted) -> Result<Option<Value>, String> {
        let document = self.document;
        let Some((property, tags)) = &union.tagged else { return Ok(None) };
        let common = document.object(&wanted.schema, false)?;
        let mut essences = BTreeSet::new();
        for name in tags.values() {
            let member = json!({"$ref": format!("#/components/schemas/{name}")});
            let kind = document.object(&member, true)?;
            let is_whole = common.properties.keys().all(|name| kind.properties.contains_key(name));
            let is_object = matches!(document.kind(&member)?, Kind::Object | Kind::Union);
            if !is_whole || !is_object || self.leads_back(name, wanted.official.as_deref()) {
                return Ok(None);
            }
            let properties = kind.properties.iter().map(|(name, property)| (name.clone(), essence(&property.node)));
            essences.insert(Value::Object(properties.collect()).to_string());
        }
        if essences.len() < 2 {
            return Ok(None);
        }
        let at = At { hint: wanted.name.clone(), sides: wanted.sides };
        let (mut kinds, mut mapping) = (BTreeMap::new(), Map::new());
        for (tag, name) in tags {
            let kind = self.named(name, &at)?;
            let target = kind.get("$ref").cloned().ok_or_else(|| format!("`{name}` is no kind of object"))?;
            kinds.insert(target.to_string(), kind);
            mapping.insert(tag.clone(), target);
        }
        Ok(Some(json!({
            "description": TODO,
            "oneOf": kinds.into_values().collect::<Vec<_>>(),
            "discriminator": {"propertyName": property, "mapping": mapping},
        })))
    }

    /// Whether a kind of a union is a union that has the first one among its kinds again.
    fn leads_back(&self, kind: &str, union: Option<&str>) -> bool {
        let Some(union) = union else { return false };
        let (mut open, mut seen) = (vec![kind.to_owned()], BTreeSet::new());
        while let Some(name) = open.pop() {
            if name == union {
                return true;
            }
            if seen.insert(name.clone())
                && let Some(Ok(Some(inner))) = self.document.schema(&name).map(|schema| self.document.union(schema))
            {
                open.extend(inner.members.iter().filter_map(schema_name).map(str::to_owned));
                open.extend(inner.tagged.into_iter().flat_map(|(_, tags)| tags.into_values()));
            }
        }
        false
    }

    fn object(&mut self, object: &Object, wanted: &Wanted) -> Result<Value, String> {
        let Sides { request, response } = wanted.sides;
        let mut properties = Map::new();
        let mut snakes = BTreeSet::new();
        for (name, property) in &object.properties {
            let flag = |flag: &str| property.node.get(flag) == Some(&Value::Bool(true));
            let is_foreign = (flag("readOnly") && !response) || (flag("writeOnly") && !request);
            if is_foreign || !snakes.insert(name.to_snake_case()) {
                continue;
            }
            let at = At { hint: format!("{}{}", wanted.name, name.to_pascal_case()), sides: wanted.sides };
            let owners = [wanted.official.as_deref(), property.owner.as_deref()];
            let id = owners.iter().find_map(|owner| self.id(name, &property.node, *owner));
            let drafted = id.map_or_else(|| self.schema(&property.node, &at), Ok)?;
            properties.insert(name.clone(), self.described(drafted, &property.node, &at)?);
        }
        if properties.is_empty() {
            let at = At { hint: wanted.name.clone(), sides: wanted.sides };
            let mut map = self.map(object.values.as_ref(), &at)?;
            map.as_object_mut().into_iter().for_each(|map| drop(map.insert("description".to_owned(), TODO.into())));
            return Ok(map);
        }
        // Atlas leaves out what the document says is always there, but it never leaves out what identifies a thing.
        let is_required = |name: &&String| {
            properties.contains_key(*name)
                && if response { !request && matches!(name.as_str(), "id" | "_id") } else { !self.is_tag(wanted, name) }
        };
        let required: Vec<_> = object.required.iter().filter(is_required).cloned().collect();
        let mut draft = json!({"type": "object", "description": TODO});
        if let Some(draft) = draft.as_object_mut() {
            if !required.is_empty() {
                draft.insert("required".to_owned(), required.into());
            }
            draft.insert("properties".to_owned(), properties.into());
        }
        Ok(draft)
    }

    /// Whether a property tells a schema from other kinds of a union.
    fn is_tag(&self, wanted: &Wanted, property: &str) -> bool {
        wanted.official.as_ref().is_some_and(|name| self.tags.contains(&(name.clone(), property.to_owned())))
    }

    /// A property with all that stands beside its type.
    fn described(&self, drafted: Value, official: &Value, at: &At) -> Result<Value, String> {
        let Value::Object(mut map) = drafted else { return Ok(drafted) };
        if map.contains_key("$ref") {
            return Ok(Value::Object(map));
        }
        let is_list_or_map = matches!(map.get("type").and_then(Value::as_str), Some("array" | "object"));
        if at.sides.response && is_list_or_map {
            map.insert("nullable".to_owned(), true.into());
        }
        let values = self.document.values(official)?;
        let is_open = map.get("type").and_then(Value::as_str) == Some("string") && !map.contains_key("enum");
        let mut text = TODO.to_owned();
        if is_open && !values.is_empty() {
            let listed: Vec<_> = values.iter().take(MOST_VALUES).map(|value| format!("`{value}`")).collect();
            let more = values.len().saturating_sub(MOST_VALUES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            text = format!("{TODO} (known values: {}{more})", listed.join(", "));
        }
        map.insert("description".to_owned(), text.into());
        Ok(Value::Object(map))
    }

    fn scalar(&mut self, schema: &Value, at: &At) -> Result<Value, String> {
        let Some(kind) = self.document.scalar_type(schema)? else { return Ok(json!({})) };
        let mut map = Map::new();
        map.insert("type".to_owned(), kind.clone().into());
        let format = schema.get("format").and_then(Value::as_str);
        let is_known = |format: &&str| match kind.as_str() {
            "string" => ["date", "date-time"].contains(format),
            "integer" => ["int32", "int64"].contains(format),
            "number" => ["double", "float"].contains(format),
            _ => false,
        };
        if let Some(format) = format.filter(is_known) {
            map.insert("format".to_owned(), format.into());
        }
        let values = self.document.values(schema)?;
        let has_pattern = schema.get("pattern").is_some() && schema.as_object().is_some_and(|map| !is_id(map));
        if at.sides.response && kind == "string" && has_pattern {
            let reason = "without the pattern, which responses are not checked against";
            map.insert("x-atlas-differs".to_owned(), reason.into());
        }
        if !at.sides.response && kind == "string" && format.is_none() && self.can_be_closed(&values, at) {
            map.insert("enum".to_owned(), values.into());
        }
        Ok(Value::Object(map))
    }

    /// Whether the values of a text make a Rust enum.
    fn can_be_closed(&self, values: &[String], at: &At) -> bool {
        let variants: BTreeSet<String> = values.iter().map(|value| variant(value)).collect();
        let are_names = variants.iter().all(|name| syn::parse_str::<syn::Ident>(name).is_ok());
        !values.is_empty() && variants.len() == values.len() && are_names && self.names.is_free(&at.hint)
    }
}

/// Every kind of a union of the document, with the property that tells it apart.
fn tags(document: &Document) -> BTreeSet<(String, String)> {
    let unions = document.schemas().filter_map(|(_, schema)| document.union(schema).ok()??.tagged);
    unions.flat_map(|(property, kinds)| kinds.into_values().map(move |kind| (kind, property.clone()))).collect()
}

pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The Rust variant that the generator makes of a value.
fn variant(value: &str) -> String {
    let ascii: String = value.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    let name = ascii.to_pascal_case();
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("X{name}") } else { name }
}
