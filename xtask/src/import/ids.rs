//! Which texts are identifiers of 24 digits, and which type each is of.

use std::collections::BTreeMap;

use heck::ToPascalCase;
use serde_json::{Map, Value};

use super::names::camel;
use crate::official::{Document, Operation, is_id, media, schema_name};

/// The types of identifiers.
#[derive(Debug)]
pub(super) struct Ids<'c> {
    contract: &'c Document,
    /// Type of the property `id` of a schema of the document, as the paths say it.
    of_schemas: BTreeMap<String, Option<String>>,
}

impl<'c> Ids<'c> {
    pub(super) fn new(document: &Document, contract: &'c Document) -> Self {
        let mut ids = Self { contract, of_schemas: BTreeMap::new() };
        let operations = document.operations();
        let gets: BTreeMap<&str, &Operation<'_>> = operations
            .iter()
            .filter(|operation| operation.method == "get")
            .map(|operation| (operation.path, operation))
            .collect();
        for (path, operation) in &gets {
            // `/things/{thingId}` names the type of the ids of what it returns, and of what `/things` lists.
            let Some((list, parameter)) = path.rsplit_once('/') else { continue };
            let Some(name) = parameter.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { continue };
            let parameters = operation.parameters(document).unwrap_or_default();
            let Some(schema) = parameters.iter().find(|one| one.get("name").and_then(Value::as_str) == Some(name))
            else {
                continue;
            };
            let Some(id) = schema.get("schema").and_then(Value::as_object).and_then(|schema| ids.named(name, schema))
            else {
                continue;
            };
            let mut holders = returned(document, operation);
            if let Some(list) = gets.get(list) {
                holders.extend(returned(document, list).iter().filter_map(|page| listed(document, page)));
            }
            for holder in holders {
                let known = ids.of_schemas.entry(holder).or_insert_with(|| Some(id.clone()));
                if known.as_ref().is_some_and(|known| *known != id) {
                    *known = None;
                }
            }
        }
        ids
    }

    /// The type of a parameter or property with a name that tells it, as `snapshotId` does.
    pub(super) fn named(&self, name: &str, schema: &Map<String, Value>) -> Option<String> {
        let is_telling = name.len() > 2 && name.ends_with("Id") && camel(name) == name;
        if !is_id(schema) || !is_telling {
            return None;
        }
        let shared = self.contract.at("/components/parameters").and_then(|all| all.get(name));
        let shared = shared.and_then(|parameter| schema_name(parameter.get("schema")?)).map(str::to_owned);
        self.usable(shared.unwrap_or_else(|| name.to_pascal_case()))
    }

    /// The type of the property `id` of a schema.
    pub(super) fn own(&self, owner: &str, name: &str, schema: &Map<String, Value>) -> Option<String> {
        if !is_id(schema) || !matches!(name, "id" | "_id") {
            return None;
        }
        self.usable(self.of_schemas.get(owner)?.clone()?)
    }

    /// Nothing when the contract has something else of that name.
    fn usable(&self, name: String) -> Option<String> {
        let there = self.contract.at("/components/schemas").and_then(|schemas| schemas.get(&name));
        there.is_none_or(is_object_id).then_some(name)
    }
}

/// Whether a schema of the contract is an identifier.
pub(super) fn is_object_id(schema: &Value) -> bool {
    schema.get("x-atlas-type").and_then(Value::as_str) == Some("objectId")
}

/// The named schemas that an operation returns, of whichever version.
fn returned(document: &Document, operation: &Operation<'_>) -> Vec<String> {
    let responses = operation.responses(document).unwrap_or_default();
    let successes = responses.into_iter().filter(|(status, _)| status.starts_with('2'));
    let schemas = successes.flat_map(|(_, response)| media(response)).filter_map(|media| media.schema());
    schemas.filter_map(schema_name).map(str::to_owned).collect()
}

/// The named schema that a page lists.
fn listed(document: &Document, page: &str) -> Option<String> {
    let schema = document.schema(page)?;
    let items = schema.get("properties").and_then(|all| all.get("results")).unwrap_or(schema).get("items")?;
    schema_name(items).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_of_which_type_the_ids_of_what_they_return_are() {
        let document = Document::parse(
            "openapi: 3.0.1
paths:
  /things:
    get: {responses: {200: {content: {application/json: {schema: {$ref: '#/components/schemas/Page'}}}}}}
  /things/{thingId}:
    get:
      parameters: [{name: thingId, in: path, schema: {type: string, pattern: '^([a-f0-9]{24})$'}}]
      responses: {200: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}}
components:
  schemas:
    Page: {properties: {results: {type: array, items: {$ref: '#/components/schemas/Row'}}}}
    Row: {}
    Thing: {}
",
        )
        .unwrap();
        let contract = Document::of(serde_json::json!({"components": {
            "parameters": {"groupId": {"schema": {"$ref": "#/components/schemas/ProjectId"}}},
            "schemas": {"ProjectId": {"x-atlas-type": "objectId"}, "TeamId": {"type": "object"}},
        }}));
        let ids = Ids::new(&document, &contract);
        let hex = serde_json::json!({"type": "string", "pattern": "^[a-f0-9]{24}$"});
        let hex = hex.as_object().unwrap();
        assert_eq!(ids.own("Thing", "id", hex).as_deref(), Some("ThingId"));
        assert_eq!(ids.own("Row", "_id", hex).as_deref(), Some("ThingId"));
        assert_eq!(ids.own("Page", "id", hex), None);
        assert_eq!(ids.named("groupId", hex).as_deref(), Some("ProjectId"));
        assert_eq!(ids.named("snapshotId", hex).as_deref(), Some("SnapshotId"));
        assert_eq!(ids.named("teamId", hex), None);
        assert_eq!(ids.named("id", hex), None);
    }
}
