//! Drafts one operation in the house's rules.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::{Map, Value, json};

use super::{
    names,
    schema::{At, Drafter, TODO},
    sides::Sides,
};
use crate::official::{Document, Format, Kind, Media, Operation, Version, choose, media, versions};

/// The version that was there when version 1.0 of the API was.
const FIRST_VERSION: &str = "2023-01-01";

const REQUEST: Sides = Sides { request: true, response: false };
const RESPONSE: Sides = Sides { request: false, response: true };

/// Headers that belong to the client.
const RESERVED: [&str; 6] = ["accept", "api-version", "authorization", "content-length", "content-type", "host"];

/// What is to be drafted.
#[derive(Debug)]
pub(super) struct Request<'d> {
    pub(super) document: &'d Document,
    pub(super) contract: &'d Document,
    pub(super) operation: Operation<'d>,
    /// Path in the contract.
    pub(super) path: String,
    /// Names of its parameters there, by their names in the document.
    pub(super) renamed: BTreeMap<String, String>,
    pub(super) id: String,
    /// Newest day of a resource version.
    pub(super) as_of: Option<&'d str>,
}

/// What a response holds.
#[derive(Debug, PartialEq)]
enum Body {
    Nothing,
    Typed(Value),
    Bytes(&'static str),
}

/// Drafts an operation, and says what was left out of it.
pub(super) fn draft(request: &Request<'_>, drafter: &mut Drafter<'_>) -> Result<(Value, Vec<String>), String> {
    let Request { document, operation, id, as_of, .. } = request;
    let mut notes = Vec::new();
    let all = versions(document, operation)?;
    let version = choose(&all, *as_of)?;
    let mut draft = Map::new();
    draft.insert("operationId".to_owned(), id.clone().into());
    draft.insert("summary".to_owned(), names::summary(id).into());
    draft.insert("description".to_owned(), TODO.into());
    let tags: Vec<_> = operation.texts("tags").into_iter().map(names::camel).filter(|tag| !tag.is_empty()).collect();
    draft.insert("tags".to_owned(), if tags.is_empty() { json!(["imported"]) } else { tags.into() });
    if operation.is_deprecated() {
        draft.insert("deprecated".to_owned(), true.into());
    }
    if let Some(version_text) = version.as_str() {
        draft.insert("x-atlas-version".to_owned(), version_text.into());
        // Version 1.0 of the API has what was there first, in the form that it had then.
        if version_text != FIRST_VERSION {
            draft.insert("x-atlas-only".to_owned(), "v2".into());
        }
    }
    let roles = operation.texts("x-rolesRequirements");
    if !roles.is_empty() {
        draft.insert("x-atlas-role".to_owned(), roles.join(" or ").into());
    }
    if let Some(body) = body(request, &version, drafter)? {
        draft.insert("requestBody".to_owned(), body);
    }
    let parameters = parameters(request, draft.contains_key("requestBody"), drafter, &mut notes)?;
    if !parameters.is_empty() {
        draft.insert("parameters".to_owned(), parameters.into());
    }
    draft.insert("responses".to_owned(), responses(request, &version, drafter, &mut notes)?);
    Ok((Value::Object(draft), notes))
}

fn parameters(
    request: &Request<'_>,
    has_body: bool,
    drafter: &mut Drafter<'_>,
    notes: &mut Vec<String>,
) -> Result<Vec<Value>, String> {
    let in_path: BTreeSet<&str> =
        request.path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect();
    let mut missing = in_path.clone();
    let mut drafts = Vec::new();
    let mut snakes = BTreeSet::new();
    let mut declared = request.operation.parameters(request.document)?;
    // Those of the path come first; all else stays as it is.
    declared.sort_by_key(|parameter| parameter.get("in").and_then(Value::as_str) != Some("path"));
    for parameter in declared {
        let text = |name: &str| parameter.get(name).and_then(Value::as_str);
        let (Some(name), Some(place)) = (text("name"), text("in")) else {
            return Err("a parameter has no name, or no place".to_owned());
        };
        let name = request.renamed.get(name).filter(|_| place == "path").map_or(name, String::as_str);
        let is_required = place == "path" || parameter.get("required") == Some(&Value::Bool(true));
        let snake = name.to_snake_case();
        let is_taken = matches!(snake.as_str(), "send" | "new" | "header_map" | "")
            || (has_body && matches!(snake.as_str(), "body" | "body_map"));
        let trouble = match place {
            "path" if !in_path.contains(name) => Some("which is not in the path"),
            "header" if RESERVED.contains(&name.to_ascii_lowercase().as_str()) => Some("which is the client's"),
            "path" | "query" | "header" if is_taken || snakes.contains(&snake) => Some("whose name is taken"),
            "path" | "query" | "header" => None,
            _ => Some("which the client cannot send"),
        };
        if let Some(trouble) = trouble {
            if place == "cookie" && is_required {
                return Err(format!("it needs the cookie `{name}`"));
            }
            notes.push(format!("left out: the {place} parameter `{name}`, {trouble}"));
            continue;
        }
        snakes.insert(snake);
        missing.remove(name);
        let shared = request.contract.at("/components/parameters").and_then(|all| all.get(name));
        if shared.is_some_and(|shared| shared.get("in").and_then(Value::as_str) == Some(place)) {
            drafts.push(json!({"$ref": format!("#/components/parameters/{name}")}));
            continue;
        }
        let schema = parameter_schema(request, parameter, name, place, drafter)?;
        let mut draft = Map::new();
        draft.insert("name".to_owned(), name.into());
        draft.insert("in".to_owned(), place.into());
        if is_required {
            draft.insert("required".to_owned(), true.into());
        }
        draft.insert("description".to_owned(), TODO.into());
        draft.insert("schema".to_owned(), schema);
        drafts.push(Value::Object(draft));
    }
    // A path whose parameters are not declared is a path all the same.
    for name in missing {
        let text = json!({"type": "string"});
        drafts.push(json!({"name": name, "in": "path", "required": true, "description": TODO, "schema": text}));
    }
    Ok(drafts)
}

/// A text, number or boolean, or in a query a list of them.
fn parameter_schema(
    request: &Request<'_>,
    parameter: &Map<String, Value>,
    name: &str,
    place: &str,
    drafter: &mut Drafter<'_>,
) -> Result<Value, String> {
    let text = json!({"type": "string"});
    let Some(schema) = parameter.get("schema") else { return Ok(text) };
    if let Some(id) = drafter.id(name, request.document.follow(schema)?, None) {
        return Ok(id);
    }
    let at = At { hint: format!("{}-{name}", request.id).to_pascal_case(), sides: REQUEST };
    let kind = request.document.kind(schema)?;
    let is_scalar = |schema: &Value| {
        matches!(schema.get("type").and_then(Value::as_str), Some("string" | "integer" | "number" | "boolean"))
    };
    let draft = match kind {
        Kind::Scalar | Kind::List => drafter.schema(schema, &at)?,
        _ => return Ok(text),
    };
    let mut draft = match draft.get("items") {
        Some(_) if place != "query" || parameter.get("explode") == Some(&Value::Bool(false)) => text,
        Some(items) if !is_scalar(items) => json!({"type": "array", "items": {"type": "string"}}),
        None if !is_scalar(&draft) => text,
        _ => draft,
    };
    if place != "query"
        && let Some(map) = draft.as_object_mut()
    {
        map.remove("format")
            .filter(|format| format != "date-time")
            .map(|format| map.insert("format".to_owned(), format));
    }
    Ok(draft)
}

/// The media type of the chosen version, or the newest that is not after it.
fn of_version<'d>(all: Vec<Media<'d>>, version: &Version) -> Vec<Media<'d>> {
    let newest = all.iter().map(|media| &media.version).filter(|found| *found <= version).max().cloned();
    all.into_iter().filter(|media| Some(&media.version) == newest.as_ref()).collect()
}

fn body(request: &Request<'_>, version: &Version, drafter: &mut Drafter<'_>) -> Result<Option<Value>, String> {
    let Some(node) = request.operation.node.get("requestBody") else { return Ok(None) };
    let all = media(request.document.follow(node)?);
    if all.is_empty() {
        return Ok(None);
    }
    let Some(json) = of_version(all, version).into_iter().find(|media| media.format == Format::Json) else {
        return Err("its request body is not JSON".to_owned());
    };
    let at = At { hint: format!("{}-Request", request.id).to_pascal_case(), sides: REQUEST };
    let schema = json.schema().map_or_else(|| Ok(json!({})), |schema| drafter.schema(schema, &at))?;
    Ok(Some(json!({"required": true, "content": {"application/json": {"schema": schema}}})))
}

fn responses(
    request: &Request<'_>,
    version: &Version,
    drafter: &mut Drafter<'_>,
    notes: &mut Vec<String>,
) -> Result<Value, String> {
    let mut successes = Vec::new();
    for (status, response) in request.operation.responses(request.document)? {
        if !status.starts_with('2') {
            continue;
        }
        let all = media(response);
        // A status without content is one of every version; one with content, of the versions that it names.
        let of_version: Vec<_> = all.iter().filter(|media| media.version == *version).collect();
        if !all.is_empty() && of_version.is_empty() {
            continue;
        }
        let body = match of_version.iter().min_by_key(|media| media.format) {
            None => Body::Nothing,
            Some(media) => {
                let others = of_version.iter().filter(|other| other.format != media.format);
                notes
                    .extend(others.map(|other| format!("left out: the response as {:?}", other.format).to_lowercase()));
                response_body(request, status, media, drafter)?
            }
        };
        successes.push((status, body));
    }
    if successes.is_empty() {
        return Err(format!("it has no successful response{}", of(version)));
    }
    let mut draft = Map::new();
    for (status, body) in one_type(successes) {
        let content = match body {
            Body::Nothing => None,
            Body::Typed(schema) => Some(json!({"application/json": {"schema": schema}})),
            Body::Bytes(media) => Some(json!({media: {"schema": {"type": "string", "format": "binary"}}})),
        };
        let mut response = json!({"description": if content.is_some() { "The response." } else { "Nothing." }});
        if let (Some(content), Some(map)) = (content, response.as_object_mut()) {
            map.insert("content".to_owned(), content);
        }
        draft.insert(status, response);
    }
    draft.insert("4XX".to_owned(), json!({"$ref": "#/components/responses/clientError"}));
    draft.insert("5XX".to_owned(), json!({"$ref": "#/components/responses/serverError"}));
    Ok(Value::Object(draft))
}

fn of(version: &Version) -> String {
    version.as_str().map_or_else(String::new, |version| format!(" in version {version}"))
}

fn response_body(
    request: &Request<'_>,
    status: &str,
    media: &Media<'_>,
    drafter: &mut Drafter<'_>,
) -> Result<Body, String> {
    Ok(match (media.format, media.schema()) {
        // Neither of these has content, whatever is said of it.
        _ if request.operation.method == "head" || matches!(status, "204" | "205") => Body::Nothing,
        (Format::Json, Some(schema)) => {
            let at = At { hint: format!("{}-Response", request.id).to_pascal_case(), sides: RESPONSE };
            Body::Typed(drafter.schema(schema, &at)?)
        }
        // What is in it, nobody says; nothing of it may be lost.
        (Format::Json, None) => Body::Typed(json!({})),
        (Format::Gzip, _) => Body::Bytes("application/gzip"),
        (Format::Csv, _) => Body::Bytes("text/csv"),
        (Format::Other, _) => return Err("its response is neither JSON, gzip nor CSV".to_owned()),
    })
}

/// A method gives values of one type, whatever the status.
fn one_type(successes: Vec<(&str, Body)>) -> Vec<(String, Body)> {
    let typed: BTreeSet<String> = successes
        .iter()
        .filter_map(|(_, body)| if let Body::Typed(schema) = body { Some(schema.to_string()) } else { None })
        .collect();
    let is_bytes = successes.iter().any(|(_, body)| matches!(body, Body::Bytes(_)));
    let has_nothing = successes.iter().any(|(_, body)| *body == Body::Nothing);
    let whole = successes.into_iter().map(|(status, body)| (status.to_owned(), body));
    match (typed.len(), has_nothing, is_bytes) {
        (0, _, false) | (1, false, false) => whole.collect(),
        (0, _, true) => whole.filter(|(_, body)| matches!(body, Body::Bytes(_))).take(1).collect(),
        (1, true, false) => {
            let schema =
                typed.first().and_then(|schema| serde_json::from_str(schema).ok()).unwrap_or_else(|| json!({}));
            vec![("2XX".to_owned(), Body::Typed(optional(schema)))]
        }
        _ => vec![("2XX".to_owned(), Body::Typed(json!({})))],
    }
}

/// A schema, or nothing.
fn optional(schema: Value) -> Value {
    match schema {
        Value::Object(map) if map.contains_key("$ref") => json!({"allOf": [map], "nullable": true}),
        Value::Object(mut map) if !map.is_empty() => {
            map.insert("nullable".to_owned(), true.into());
            Value::Object(map)
        }
        any => any,
    }
}
