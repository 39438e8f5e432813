//! Where in a document the items of generated code come from, and which of its schemas share a type by their names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Defect, names,
    read::Code,
    slice::{is_operation, undocumented},
};

/// References in a row are followed this far.
const LONGEST_CHAIN: usize = 32;

/// Where an item comes from.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    /// For people, such as `ExportJob.state` or `GET /groups: query pretty`.
    pub(crate) place: String,
    /// The keys that lead there.
    pub(crate) path: Vec<String>,
}

/// The origins of all items.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    items: BTreeMap<String, Origin>,
    /// Types at the places where operations use them.
    slots: BTreeMap<String, String>,
    /// Parts of the document that share an item with another part, with where they stand.
    clashes: Vec<(Defect, Origin)>,
    /// Items whose defects the clashes explain.
    explained: Vec<String>,
}

impl Origins {
    pub(crate) fn of(document: &Value, code: &Code) -> Self {
        let mut finder = OriginFinder { document, code, origins: Self::default(), owners: BTreeMap::new() };
        finder.schemas();
        finder.operations();
        finder.origins
    }

    /// All that is wrong with the code: of each place in the document, the first that was found.
    pub(crate) fn defects(&self, found: &[Defect]) -> Vec<(Defect, Option<Origin>)> {
        let clashes = self.clashes.iter().map(|(defect, origin)| (defect.clone(), Some(origin.clone())));
        let is_explained = |defect: &&Defect| {
            let within = |outer: &String| {
                defect.item.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            };
            self.explained.iter().any(within)
        };
        let found = found.iter().filter(|defect| !is_explained(defect));
        let mut defects: Vec<_> =
            clashes.chain(found.map(|defect| (defect.clone(), self.get(&defect.item).cloned()))).collect();
        let mut places = BTreeSet::new();
        defects.retain(|(defect, origin)| {
            places.insert(origin.as_ref().map_or_else(|| defect.item.clone(), |origin| origin.path.join("/")))
        });
        defects
    }

    /// Where an item comes from, or else what it belongs to.
    pub(crate) fn get(&self, item: &str) -> Option<&Origin> {
        let mut item = item;
        loop {
            match self.items.get(item) {
                Some(origin) => return Some(origin),
                None => item = item.rsplit_once("::")?.0,
            }
        }
    }

    /// The type at a place of an operation.
    pub(crate) fn slot(&self, place: &str) -> Option<&String> {
        self.slots.get(place)
    }
}

/// Whose type a name is.
enum Owner {
    Schema(String),
    Inline { place: String, content: Value },
}

struct OriginFinder<'a> {
    document: &'a Value,
    code: &'a Code,
    origins: Origins,
    owners: BTreeMap<String, Owner>,
}

/// A schema that stands somewhere.
#[derive(Clone)]
struct Site<'a> {
    schema: Option<&'a Value>,
    origin: Origin,
}

impl<'a> Site<'a> {
    /// A part of the schema, `keys` further.
    fn part(&self, end: &str, part: Option<(Vec<String>, &'a Value)>) -> Self {
        let mut origin = self.origin.clone();
        origin.place.push_str(end);
        let schema = part.map(|(keys, schema)| {
            origin.path.extend(keys);
            schema
        });
        Self { schema, origin }
    }
}

impl<'a> OriginFinder<'a> {
    fn put(&mut self, item: &str, origin: &Origin) {
        self.origins.items.entry(item.to_owned()).or_insert_with(|| origin.clone());
    }

    fn clash(&mut self, item: &str, origin: &Origin, what: String) {
        self.origins.explained.push(item.to_owned());
        self.origins.explained.extend(self.code.builders.get(item).cloned());
        self.origins.clashes.push((Defect { item: item.to_owned(), what }, origin.clone()));
    }

    /// Notes the origin of an item that nothing else may be. Whether nothing else is.
    fn put_once(&mut self, item: &str, origin: &Origin) -> bool {
        if let Some(first) = self.origins.items.get(item) {
            let name = item.rsplit("::").next().unwrap_or_default();
            let what = format!("{} and {} are both `{name}`", first.place, origin.place);
            self.clash(item, origin, what);
            return false;
        }
        self.put(item, origin);
        true
    }

    fn schemas(&mut self) {
        let schemas = self.document.pointer("/components/schemas").and_then(Value::as_object);
        let mut sites = Vec::new();
        for (name, schema) in schemas.into_iter().flatten() {
            let origin =
                Origin { place: name.clone(), path: ["components", "schemas", name].map(str::to_owned).into() };
            let item = names::schema(name, schema);
            if !self.put_once(&item, &origin) {
                continue;
            }
            if let Some(leaf) = item.strip_prefix("types::") {
                self.owners.insert(leaf.to_owned(), Owner::Schema(name.clone()));
            }
            sites.push((item, Site { schema: Some(schema), origin }));
        }
        for (item, site) in sites {
            self.members(&item, &site);
        }
    }

    fn operations(&mut self) {
        let paths = self.document.get("paths").and_then(Value::as_object);
        for (path, item) in paths.into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten().filter(|(_, it)| is_operation(it)) {
                let Some(id) = operation.get("operationId").and_then(Value::as_str) else { continue };
                let place = format!("{} {path}", method.to_uppercase());
                let origin = Origin { place, path: ["paths", path, method].map(str::to_owned).into() };
                let client_method = format!("Client::{}", names::snake(id));
                if !self.put_once(&client_method, &origin) {
                    continue;
                }
                self.operation(&client_method, operation, &origin);
                let mut seen = BTreeMap::new();
                self.parameters(id, (item, vec!["paths".to_owned(), path.clone()]), &origin, &mut seen);
                self.parameters(id, (operation, origin.path.clone()), &origin, &mut seen);
            }
        }
    }

    fn operation(&mut self, method: &str, operation: &'a Value, origin: &Origin) {
        let builder = self.code.builders.get(method).cloned();
        if let Some(builder) = &builder {
            self.put(builder, origin);
            self.slot(&format!("{builder}::body"), 0, self.content(operation.get("requestBody"), origin, "body"));
        }
        let responses = operation.get("responses").and_then(Value::as_object);
        for (status, response) in responses.into_iter().flatten().filter(|(status, _)| !status.starts_with("x-")) {
            let is_success = status.starts_with(['1', '2']) || status == "default";
            self.slot(
                method,
                usize::from(!is_success),
                self.content(Some(response), origin, &status.replace("xx", "XX")),
            );
        }
    }

    /// The schema of a body or response.
    fn content(&self, holder: Option<&'a Value>, origin: &Origin, end: &str) -> Site<'a> {
        let media = holder.map(|holder| self.resolve(holder)).and_then(|holder| holder.get("content")?.as_object());
        let schema = media.and_then(|media| media.values().next()?.get("schema"));
        Site { schema, origin: Origin { place: format!("{}: {end}", origin.place), path: origin.path.clone() } }
    }

    fn parameters(
        &mut self,
        id: &str,
        (holder, path): (&'a Value, Vec<String>),
        origin: &Origin,
        seen: &mut BTreeMap<String, String>,
    ) {
        let Some(builder) = self.code.builders.get(&format!("Client::{}", names::snake(id))).cloned() else { return };
        let list = holder.get("parameters").and_then(Value::as_array);
        for (number, parameter) in list.into_iter().flatten().enumerate() {
            let parameter = self.resolve(parameter);
            let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
            let place = format!("{}: {} {}", origin.place, text("in"), text("name"));
            let path = [path.clone(), vec!["parameters".to_owned(), number.to_string()]].concat();
            let origin = Origin { place: place.clone(), path };
            let setter = format!("{builder}::{}", names::snake(text("name")));
            // An operation may write out again what its path has.
            match seen.insert(setter.clone(), place.clone()) {
                Some(first) if first != place => {
                    self.clash(&setter, &origin, format!("it is the same setter as {first}"));
                }
                _ => {}
            }
            self.slot(&setter, 0, Site { schema: parameter.get("schema"), origin });
        }
    }

    /// What a reference leads to, or the value itself.
    fn resolve(&self, mut value: &'a Value) -> &'a Value {
        for _ in 0..LONGEST_CHAIN {
            let target = value.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
            match target.and_then(|pointer| self.document.pointer(pointer)) {
                Some(next) => value = next,
                None => break,
            }
        }
        value
    }

    /// A place where an operation uses a type.
    fn slot(&mut self, item: &str, number: usize, site: Site<'a>) {
        self.put(item, &site.origin);
        if let Some(leaf) = self.leaf(item, number) {
            self.origins.slots.insert(site.origin.place.clone(), leaf.clone());
            self.uses(item, leaf, site);
        }
    }

    fn leaf(&self, item: &str, number: usize) -> Option<String> {
        self.code.items.get(item)?.leaves.get(number).cloned()
    }

    /// The parts of a type, by the names that they have in JSON.
    fn members(&mut self, item: &str, site: &Site<'a>) {
        let parts: Vec<_> = self.code.parts(item).map(|(key, part)| (key.clone(), part.clone())).collect();
        for (key, part) in parts {
            let end = if key.is_empty() { "{}".to_owned() } else { format!(".{key}") };
            let member = site.part(&end, site.schema.and_then(|schema| member(schema, &key)));
            // Several values of a union's property may be one kind.
            if item.starts_with("unions::") {
                self.put(&part, &member.origin);
            } else {
                self.put_once(&part, &member.origin);
            }
            if let Some(leaf) = self.leaf(&part, 0) {
                self.uses(&part, leaf, member);
            }
        }
        if let Some(leaf) = self.leaf(item, 0) {
            self.uses(item, leaf, site.clone());
        }
    }

    /// A type that stands in a part. One without a name of its own is of the place where it stands.
    fn uses(&mut self, part: &str, leaf: String, site: Site<'a>) {
        let item = format!("types::{leaf}");
        if !self.code.items.contains_key(&item) || item == part {
            return;
        }
        let mut core = site.clone();
        while let Some(schema) = core.schema
            && let Some(inner) = inner(schema)
        {
            core = core.part("", Some(inner));
        }
        let content = core.schema.map(undocumented).unwrap_or_default();
        match self.owners.get(&leaf) {
            Some(Owner::Schema(name)) if core.schema.is_some_and(|schema| !refers(schema)) => {
                let what = format!("the inline type is called `{leaf}`, as is the schema `{name}`");
                self.clash(&item, &site.origin, what);
            }
            Some(Owner::Inline { content: first, place }) if core.schema.is_some() && *first != content => {
                let what = format!("the inline type is called `{leaf}`, as is another one at {place}");
                self.clash(&item, &site.origin, what);
            }
            Some(_) => {}
            None => {
                let place = site.origin.place.clone();
                self.owners.insert(leaf, Owner::Inline { place, content });
                self.put(&item, &site.origin);
                self.members(&item, &core);
            }
        }
    }
}

/// What a list or map holds.
fn inner(schema: &Value) -> Option<(Vec<String>, &Value)> {
    let key = if schema.get("items").is_some() {
        "items"
    } else if schema.get("properties").is_none() {
        "additionalProperties"
    } else {
        return None;
    };
    schema.get(key).filter(|inner| inner.is_object()).map(|inner| (vec![key.to_owned()], inner))
}

/// A property, which may stand in a part of an `allOf`; other members for an empty name.
fn member<'a>(schema: &'a Value, key: &str) -> Option<(Vec<String>, &'a Value)> {
    if key.is_empty() {
        let others = schema.get("additionalProperties")?;
        return Some((vec!["additionalProperties".to_owned()], others));
    }
    if let Some(property) = schema.get("properties").and_then(|all| all.get(key)) {
        return Some((vec!["properties".to_owned(), key.to_owned()], property));
    }
    let parts = schema.get("allOf").and_then(Value::as_array)?;
    parts.iter().enumerate().find_map(|(number, part)| {
        let (keys, property) = member(part, key)?;
        Some(([vec!["allOf".to_owned(), number.to_string()], keys].concat(), property))
    })
}

/// Whether a schema is a reference, or is made of some.
fn refers(schema: &Value) -> bool {
    let parts = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    schema.get("$ref").is_some() || parts.into_iter().any(refers)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn origins(schemas: &Value) -> Origins {
        let mut document = json!({"openapi": "3.0.3", "paths": {}, "components": {"schemas": schemas}});
        super::super::slice::complete(&mut document);
        let generated = super::super::Generated::surface_of(&document).unwrap();
        Origins::of(&document, &Code::of(generated.surface()).unwrap())
    }

    #[test]
    fn an_inline_type_with_the_name_of_another_type_is_found_where_it_stands() {
        let text = |value: &str| json!({"type": "string", "enum": [value], "title": "Page"});
        let object = |property: Value| json!({"type": "object", "properties": {"a": property}});
        let clash = |schemas: Value| {
            let (defect, origin) = origins(&schemas).clashes.into_iter().next()?;
            Some((defect.item, origin.place))
        };
        let found = Some(("types::Page".to_owned(), "Other.a".to_owned()));
        assert_eq!(clash(json!({"Page": object(json!({"type": "string"})), "Other": object(text("a"))})), found);
        assert_eq!(clash(json!({"First": object(text("a")), "Other": object(text("b"))})), found);
        let list = json!({"type": "array", "items": text("a")});
        assert_eq!(clash(json!({"First": object(text("a")), "Other": object(list)})), None);
    }

    #[test]
    fn several_values_of_a_union_may_be_one_kind() {
        let target = "#/components/schemas/Air";
        let discriminator = json!({"propertyName": "kind", "mapping": {"FAN": target, "HEATER": target}});
        let schemas = json!({
            "Air": {"type": "object", "properties": {"kind": {"type": "string"}}},
            "Gadget": {"oneOf": [{"$ref": target}], "discriminator": discriminator},
        });
        let origins = origins(&schemas);
        assert!(origins.clashes.is_empty(), "{:?}", origins.clashes);
        assert_eq!(origins.get("unions::Gadget::Air").unwrap().place, "Gadget.FAN");
    }

    #[test]
    fn two_schemas_or_properties_of_one_rust_name_are_found_at_the_second() {
        let text = json!({"type": "string"});
        let object = json!({"type": "object", "properties": {"aB": text, "a_b": text}});
        for (schemas, item, place) in [
            (json!({"JOB": text, "Job": text}), "types::Job", "Job"),
            (json!({"Job": object}), "types::Job::a_b", "Job.a_b"),
        ] {
            let (defect, origin) = &origins(&schemas).clashes[0];
            assert_eq!((defect.item.as_str(), origin.place.as_str()), (item, place));
        }
    }
}
