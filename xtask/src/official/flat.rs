//! Schemas of the document, looked through: what an object has after every `allOf`, and which kinds a union has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::document::{Document, schema_name};

/// More parts than any object is made of.
const MOST_PARTS: usize = 10_000;

/// What a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An object with properties.
    Object,
    /// An object whose names are free.
    Map,
    /// One of several objects.
    Union,
    List,
    /// A text, number or boolean, or one of several.
    Scalar,
    /// Anything at all.
    Any,
}

/// A property, and the named schema that it stands in.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    pub(crate) node: Value,
    pub(crate) owner: Option<String>,
}

/// An object after every `allOf`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object {
    pub(crate) properties: BTreeMap<String, Property>,
    pub(crate) required: BTreeSet<String>,
    /// Schema of the values whose names are free.
    pub(crate) values: Option<Value>,
}

/// The kinds of a union.
#[derive(Debug, Clone)]
pub(crate) struct Union {
    /// The property that tells kinds apart, and the schema of each of its values.
    pub(crate) tagged: Option<(String, BTreeMap<String, String>)>,
    pub(crate) members: Vec<Value>,
}

impl Document {
    /// What a schema describes.
    pub(crate) fn kind(&self, schema: &Value) -> Result<Kind, String> {
        self.kind_within(schema, &mut Vec::new())
    }

    fn kind_within<'d>(&'d self, schema: &'d Value, seen: &mut Vec<&'d str>) -> Result<Kind, String> {
        if let Some(name) = schema_name(schema) {
            if seen.contains(&name) {
                return Ok(Kind::Any);
            }
            seen.push(name);
        }
        if let Some(whole) = self.wrapped(schema)? {
            return self.kind_within(whole, seen);
        }
        let schema = self.follow(schema)?;
        let has = |name: &str| schema.get(name).is_some();
        if let Some(union) = self.union(schema)? {
            let kinds =
                union.members.iter().map(|member| self.kind_of_member(member)).collect::<Result<Vec<_>, _>>()?;
            return Ok(match () {
                () if kinds.iter().all(|kind| *kind == Kind::Scalar) => Kind::Scalar,
                () if kinds.iter().all(|kind| matches!(kind, Kind::Object | Kind::Union)) => Kind::Union,
                () if has("properties") => Kind::Object,
                () => Kind::Any,
            });
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            for part in parts {
                // The kinds of a parent are its children, which is no end.
                let is_parent = self.union(self.follow(part)?)?.is_some();
                match if is_parent { Kind::Object } else { self.kind_within(part, seen)? } {
                    Kind::Any => {}
                    kind => return Ok(kind),
                }
            }
        }
        let properties = schema.get("properties").and_then(Value::as_object).is_some_and(|all| !all.is_empty());
        Ok(match schema.get("type").and_then(Value::as_str) {
            _ if properties => Kind::Object,
            Some("object") => Kind::Map,
            Some("array") => Kind::List,
            Some("string" | "integer" | "number" | "boolean") => Kind::Scalar,
            None if has("additionalProperties") => Kind::Map,
            None if has("items") => Kind::List,
            None if has("enum") || has("pattern") => Kind::Scalar,
            _ => Kind::Any,
        })
    }

    fn kind_of_member(&self, member: &Value) -> Result<Kind, String> {
        let is_union = self.union(self.follow(member)?)?.is_some();
        // Unions of unions need not have an end.
        if is_union { Ok(Kind::Union) } else { self.kind(member) }
    }

    /// The schema that another one, an `allOf` of it alone, says no more than a few words of.
    pub(crate) fn wrapped<'d>(&'d self, schema: &'d Value) -> Result<Option<&'d Value>, String> {
        let name = schema_name(schema);
        let schema = self.follow(schema)?;
        let Some([part]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) else { return Ok(None) };
        let adds = ["properties", "required", "additionalProperties", "oneOf", "anyOf", "discriminator"];
        if adds.iter().any(|name| schema.get(name).is_some()) {
            return Ok(None);
        }
        let union = self.union(self.follow(part)?)?;
        // A child may have nothing beyond its parent.
        let is_child = union.is_some_and(|union| union.members.iter().any(|member| schema_name(member) == name));
        Ok((!is_child).then_some(part))
    }

    /// What an object has, with what all that it is made of have. With the `kinds` of unions, also what only one has.
    pub(crate) fn object(&self, schema: &Value, kinds: bool) -> Result<Object, String> {
        let mut gather = Gather { document: self, seen: Vec::new(), visits: 0 };
        let mut object = Object::default();
        gather.add(schema, None, kinds, &mut object)?;
        Ok(object)
    }

    /// The kinds of a schema, if it has any.
    pub(crate) fn union(&self, schema: &Value) -> Result<Option<Union>, String> {
        let listed = ["oneOf", "anyOf"].iter().find_map(|name| schema.get(name)).and_then(Value::as_array);
        let discriminator = schema.get("discriminator");
        let mapping = discriminator.and_then(|discriminator| discriminator.get("mapping")).and_then(Value::as_object);
        let mapping = mapping.into_iter().flatten().filter_map(|(tag, target)| Some((tag, target.as_str()?)));
        let mapping: BTreeMap<String, String> = mapping
            .map(|(tag, target)| (tag.clone(), target.rsplit('/').next().unwrap_or(target).to_owned()))
            .collect();
        let members = match listed {
            Some(listed) => listed.clone(),
            None => {
                let names: BTreeSet<&String> = mapping.values().collect();
                names
                    .into_iter()
                    .map(|name| serde_json::json!({"$ref": format!("#/components/schemas/{name}")}))
                    .collect()
            }
        };
        if members.is_empty() {
            return Ok(None);
        }
        let property =
            discriminator.and_then(|discriminator| discriminator.get("propertyName")).and_then(Value::as_str);
        let tagged = match property {
            None => None,
            Some(property) if !mapping.is_empty() => Some((property.to_owned(), mapping)),
            Some(property) => self.tags(property, &members)?.map(|tags| (property.to_owned(), tags)),
        };
        Ok(Some(Union { tagged, members }))
    }

    /// The values of the property that tells kinds apart, as each kind lists them.
    fn tags(&self, property: &str, members: &[Value]) -> Result<Option<BTreeMap<String, String>>, String> {
        let mut tags = BTreeMap::new();
        for member in members {
            let Some(name) = schema_name(member) else { return Ok(None) };
            let object = self.object(member, false)?;
            let Some(property) = object.properties.get(property) else { return Ok(None) };
            let values = self.follow(&property.node)?.get("enum").and_then(Value::as_array);
            let values: Vec<&str> = values.into_iter().flatten().filter_map(Value::as_str).collect();
            if values.is_empty() {
                return Ok(None);
            }
            for value in values {
                if tags.insert(value.to_owned(), name.to_owned()).is_some() {
                    return Ok(None);
                }
            }
        }
        Ok(Some(tags))
    }
}

/// Collects what an object is made of.
struct Gather<'d> {
    document: &'d Document,
    /// Named schemas that are part of it already.
    seen: Vec<String>,
    visits: usize,
}

impl Gather<'_> {
    fn add(&mut self, schema: &Value, owner: Option<&str>, kinds: bool, into: &mut Object) -> Result<(), String> {
        self.visits += 1;
        if self.visits > MOST_PARTS {
            return Err(format!("it is made of more than {MOST_PARTS} parts"));
        }
        let mut owner = owner;
        if let Some(name) = schema_name(schema) {
            if self.seen.iter().any(|seen| seen == name) {
                return Ok(());
            }
            self.seen.push(name.to_owned());
            owner = Some(name);
        }
        let schema = self.document.follow(schema)?;
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            // A parent's kinds are the children, of which this is one.
            self.add(part, owner, false, into)?;
        }
        for (name, node) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let node = match into.properties.remove(name) {
                Some(earlier) => narrowed(&earlier.node, node),
                None => node.clone(),
            };
            into.properties.insert(name.clone(), Property { node, owner: owner.map(str::to_owned) });
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        into.required.extend(required.filter_map(Value::as_str).map(str::to_owned));
        if let Some(values) = schema.get("additionalProperties").filter(|values| **values != Value::Bool(false)) {
            into.values = Some(values.clone());
        }
        if kinds && let Some(union) = self.document.union(schema)? {
            self.add_kinds(&union, into)?;
        }
        Ok(())
    }

    /// Adds what any of the kinds has; what they disagree on may be anything.
    fn add_kinds(&mut self, union: &Union, into: &mut Object) -> Result<(), String> {
        let common = into.properties.clone();
        for member in &union.members {
            let mut one = Object::default();
            // What one kind is made of, another one may be made of too.
            let before = self.seen.len();
            self.add(member, None, true, &mut one)?;
            self.seen.truncate(before);
            for (name, property) in one.properties {
                match into.properties.get_mut(&name) {
                    None => {
                        into.properties.insert(name, property);
                    }
                    Some(there) if essence(&there.node) == essence(&property.node) => {}
                    Some(there) if common.contains_key(&name) && is_vague(&there.node) => *there = property,
                    Some(there) => there.node = Value::Object(Map::new()),
                }
            }
        }
        Ok(())
    }
}

/// What an `allOf` makes of a property that two of its parts have: the later says more about the earlier.
fn narrowed(earlier: &Value, later: &Value) -> Value {
    let (Some(a), Some(b)) = (earlier.as_object(), later.as_object()) else { return later.clone() };
    let is_plain =
        |map: &Map<String, Value>| !["$ref", "allOf", "oneOf", "anyOf"].iter().any(|key| map.contains_key(*key));
    if !is_plain(a) || !is_plain(b) {
        return if is_vague(later) { earlier.clone() } else { later.clone() };
    }
    let mut both = a.clone();
    both.extend(b.iter().map(|(name, value)| (name.clone(), value.clone())));
    Value::Object(both)
}

/// Whether a schema says no more than that there is an object.
fn is_vague(schema: &Value) -> bool {
    essence(schema).as_object().is_some_and(|map| map.iter().all(|(name, value)| name == "type" && value == "object"))
}

/// A schema without what does not change its Rust type.
pub(crate) fn essence(schema: &Value) -> Value {
    const SAID: [&str; 18] = [
        "default",
        "deprecated",
        "description",
        "enum",
        "example",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "externalDocs",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "pattern",
        "readOnly",
        "title",
        "writeOnly",
    ];
    match schema {
        Value::Object(map) => {
            let kept = map.iter().filter(|(name, _)| !SAID.contains(&name.as_str()) && !name.starts_with("x-"));
            let kept = kept.map(|(name, value)| match (name.as_str(), value) {
                ("properties", Value::Object(properties)) => {
                    let properties = properties.iter().map(|(name, value)| (name.clone(), essence(value)));
                    (name.clone(), Value::Object(properties.collect()))
                }
                _ => (name.clone(), essence(value)),
            });
            Value::Object(kept.filter(|(name, _)| name != "uniqueItems" && name != "required").collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(essence).collect()),
        _ => schema.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(schemas: &str) -> Document {
        Document::parse(&format!("openapi: 3.0.1\npaths: {{}}\ncomponents:\n  schemas:\n{schemas}")).unwrap()
    }

    fn reference(name: &str) -> Value {
        serde_json::json!({"$ref": format!("#/components/schemas/{name}")})
    }

    const PARENT: &str = "
    Animal:
      type: object
      required: [kind]
      properties: {kind: {type: string}, name: {type: string}}
      discriminator: {propertyName: kind, mapping: {CAT: '#/components/schemas/Cat', DOG: '#/components/schemas/Dog'}}
    Cat: {allOf: [{$ref: '#/components/schemas/Animal'}, {properties: {lives: {type: integer}, same: {type: string}}}]}
    Dog:
      allOf: [{$ref: '#/components/schemas/Animal'}]
      properties: {lives: {type: string}, same: {type: string, description: other}}
";

    #[test]
    fn a_child_has_what_its_parent_has_and_the_parent_is_the_union_of_its_children() {
        let document = document(PARENT);
        let cat = document.object(&reference("Cat"), false).unwrap();
        assert_eq!(cat.properties.keys().collect::<Vec<_>>(), ["kind", "lives", "name", "same"]);
        assert_eq!(cat.properties.get("name").unwrap().owner.as_deref(), Some("Animal"));
        assert!(cat.required.contains("kind"));
        assert_eq!(document.kind(&reference("Animal")), Ok(Kind::Union));
        assert_eq!(document.kind(&reference("Cat")), Ok(Kind::Object));
        let union = document.union(document.schema("Animal").unwrap()).unwrap().unwrap();
        assert_eq!(union.tagged.unwrap().1.get("DOG").map(String::as_str), Some("Dog"));
    }

    #[test]
    fn all_kinds_together_have_what_any_of_them_has_and_leave_open_what_they_disagree_on() {
        let document = document(PARENT);
        let all = document.object(&reference("Animal"), true).unwrap();
        assert_eq!(all.properties.keys().collect::<Vec<_>>(), ["kind", "lives", "name", "same"]);
        assert_eq!(all.properties.get("lives").unwrap().node, serde_json::json!({}));
        assert_eq!(all.properties.get("same").unwrap().node, serde_json::json!({"type": "string"}));
    }

    #[test]
    fn kinds_without_a_mapping_are_told_apart_by_the_values_that_they_list() {
        let text = "
    U: {oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}], discriminator: {propertyName: t}}
    A: {properties: {t: {type: string, enum: [X, Y]}}}
    B: {properties: {t: {type: string, enum: [Z]}}}
    Loose: {oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}
    Texts: {oneOf: [{type: string, enum: [a]}, {type: string}]}
    Mixed: {oneOf: [{type: string}, {$ref: '#/components/schemas/B'}]}
";
        let document = document(text);
        let union = |name: &str| document.union(document.schema(name).unwrap()).unwrap().unwrap();
        assert_eq!(
            union("U").tagged.unwrap().1.into_iter().collect::<Vec<_>>(),
            [("X".to_owned(), "A".to_owned()), ("Y".to_owned(), "A".to_owned()), ("Z".to_owned(), "B".to_owned()),]
        );
        assert!(union("Loose").tagged.is_none());
        assert_eq!(document.kind(&reference("Texts")), Ok(Kind::Scalar));
        assert_eq!(document.kind(&reference("Mixed")), Ok(Kind::Any));
    }

    #[test]
    fn schemas_that_are_made_of_themselves_have_an_end() {
        let text = "
    A: {allOf: [{$ref: '#/components/schemas/B'}], properties: {a: {type: string}}}
    B: {allOf: [{$ref: '#/components/schemas/A'}], properties: {b: {type: string}}}
    U: {oneOf: [{$ref: '#/components/schemas/U'}, {$ref: '#/components/schemas/V'}]}
    V: {oneOf: [{$ref: '#/components/schemas/U'}]}
";
        let document = document(text);
        assert_eq!(document.object(&reference("A"), true).unwrap().properties.len(), 2);
        assert!(document.object(&reference("U"), true).unwrap().properties.is_empty());
        assert!(document.kind(&reference("U")).is_ok() && document.kind(&reference("A")).is_ok());
        assert!(document.object(&reference("Gone"), true).unwrap_err().contains("`#/components/schemas/Gone`"));
    }
}
