//! Operations as Rust sees them: a method, a builder and its setters.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Is, Item, Surface,
    lower::{Lower, Name},
    names,
    space::{Body, Entry, Id},
};
use crate::diff::document::{Document, Object, Operation, Parameter, flag, members, path_names, text};

/// Schema of the error that the generator gives to statuses which an operation does not name.
const SHARED_ERROR: &str = "ApiError";

/// What the generator makes of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::diff) enum Status {
    Code(u16),
    /// All of a hundred.
    Range(u16),
    Default,
}

impl Status {
    pub(in crate::diff) fn of(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self::Default);
        }
        match text.strip_suffix("XX").or_else(|| text.strip_suffix("xx")) {
            Some(range) => range.parse().ok().map(Self::Range),
            None => text.parse().ok().map(Self::Code),
        }
    }

    pub(in crate::diff) fn is_success(self) -> bool {
        matches!(self, Self::Default | Self::Code(101 | 200..=299) | Self::Range(2))
    }

    pub(in crate::diff) fn is_error(self) -> bool {
        matches!(self, Self::Default | Self::Code(400..=599) | Self::Range(4 | 5))
    }

    /// The order in which the generator looks at them.
    fn rank(self) -> u16 {
        match self {
            Self::Code(code) => code,
            Self::Range(range) => range.saturating_mul(100),
            Self::Default => u16::MAX,
        }
    }
}

/// The media type that the generator makes a type of.
pub(in crate::diff) fn is_json(media: &str) -> bool {
    media == "application/json" || media.starts_with("application/json;")
}

/// A status, a range as the standard writes it.
fn upper(status: &str) -> &str {
    let ranges = ["1XX", "2XX", "3XX", "4XX", "5XX"];
    ranges.into_iter().find(|range| range.eq_ignore_ascii_case(status)).unwrap_or(status)
}

/// The responses of an operation, references followed.
pub(in crate::diff) fn responses<'a>(
    document: Document<'a>,
    operation: &Operation<'a>,
) -> BTreeMap<&'a str, &'a Object> {
    members(operation.node, "responses")
        .filter(|(status, _)| !status.starts_with("x-"))
        .filter_map(|(status, response)| Some((upper(status), document.follow("responses", response)?)))
        .collect()
}

impl Surface {
    pub(super) fn operation<'a>(&mut self, lower: &mut Lower<'a>, operation: &Operation<'a>) {
        let place = operation.place();
        let Some(id) = operation.id() else {
            return self.refuse("Client".to_owned(), &place, "the operation has no operationId");
        };
        let builder = format!("builder::{}", names::builder(&names::method(id)));

        // Of two parameters with the same name the generator takes one.
        let parameters = lower.document.parameters(operation);
        let by_name: BTreeMap<_, _> = parameters.values().map(|parameter| (parameter.name, parameter)).collect();
        for (name, parameter) in by_name {
            let suggested = Name::Suggested(names::builder(&format!("{id}-{name}")));
            let setter = format!("{builder}::{}", names::method(name));
            let place = format!("{place}: {} {name}", parameter.location);
            let required = parameter.location == "path" || flag(parameter.node, "required");
            let (ty, leaf, required) = match parameter.node.get("schema") {
                Some(schema) => {
                    let id = lower.id(&suggested, schema, &place);
                    match lower.space.entry(id) {
                        Some(Entry::Option(inner)) if parameter.location == "query" => {
                            (lower.space.render(*inner), lower.space.leaf(*inner).map(str::to_owned), false)
                        }
                        _ => (lower.space.render(id), lower.space.leaf(id).map(str::to_owned), required),
                    }
                }
                None => ("?".to_owned(), None, required),
            };
            let is_object = leaf.as_deref().and_then(|leaf| lower.space.definitions.get(leaf));
            let is_object = is_object.is_some_and(|it| matches!(it.body, Body::Struct(_))) && ty.starts_with("types::");
            if let Some(why) = refusal(operation, parameter, is_object) {
                self.refuse(setter.clone(), &place, why);
            }
            self.put(setter, &place, Is::Setter { ty, required, builds: false });
            self.put_slot(place, leaf.as_deref());
        }
        for name in path_names(operation.path) {
            if !parameters.contains_key(&("path", name)) {
                self.refuse(
                    format!("{builder}::{}", names::method(name)),
                    &place,
                    "the path has a name that is no parameter",
                );
            }
        }
        self.body(lower, operation, id, &builder);

        let mut outcomes = unnamed_errors(lower, operation);
        for (status, response) in responses(lower.document, operation) {
            let kind = self.response(lower, response, id, &format!("{place}: {status}"), status);
            outcomes.extend(Status::of(status).map(|status| (status.rank(), (status, kind))));
        }
        if !outcomes.values().any(|(status, _)| status.is_success()) {
            let nothing = (Status::Range(2), "ByteStream".to_owned());
            outcomes.insert(nothing.0.rank(), nothing);
        }
        let method = format!("Client::{}", names::method(id));
        let success = one_of(outcomes.values(), Status::is_success);
        let error = one_of(outcomes.values(), Status::is_error);
        if [&success, &error].into_iter().any(|ty| ty.contains(" or ") || ty == "?") {
            self.refuse(method.clone(), &place, "its outcomes have no one type");
        }
        self.put(method, &place, Is::Method { success, error });
    }

    fn body<'a>(&mut self, lower: &mut Lower<'a>, operation: &Operation<'a>, id: &str, builder: &str) {
        let Some(body) = operation.node.get("requestBody") else { return };
        let Some(body) = lower.document.follow("requestBodies", body) else { return };
        let content: Vec<_> = members(body, "content").collect();
        let place = format!("{}: body", operation.place());
        let (ty, id) = match content.as_slice() {
            [] => return,
            [(media, value)] => match media.split(';').next().unwrap_or_default() {
                "application/octet-stream" => ("reqwest::Body".to_owned(), None),
                "text/plain" | "text/x-markdown" => ("String".to_owned(), None),
                "application/json" | "application/x-www-form-urlencoded" => match value.get("schema") {
                    Some(schema) => {
                        let name = Name::Suggested(names::builder(&format!("{id}-body")));
                        let id = lower.id(&name, schema, &place);
                        (lower.space.render(id), Some(id))
                    }
                    None => ("?".to_owned(), None),
                },
                media => (format!("? of {media}"), None),
            },
            several => {
                let media: BTreeSet<_> = several.iter().map(|(media, _)| media.as_str()).collect();
                (format!("? of {media:?}"), None)
            }
        };
        let builds = id.is_some_and(|id| is_struct(lower, id));
        let setter = format!("{builder}::body");
        let encodes = |value: &Value| value.get("encoding").and_then(Value::as_object).is_some_and(|it| !it.is_empty());
        if ty.starts_with('?') || content.iter().any(|(_, value)| encodes(value)) {
            self.refuse(
                setter.clone(),
                &place,
                "the generator takes one body of the media types that it knows, with a schema and nothing else",
            );
        }
        self.put(setter, &place, Is::Setter { ty, required: true, builds });
        self.put_slot(place, id.and_then(|id| lower.space.leaf(id)));
    }

    /// The type that a response is decoded to.
    fn response(&mut self, lower: &mut Lower<'_>, response: &Object, id: &str, place: &str, status: &str) -> String {
        let mut content = members(response, "content");
        let json = members(response, "content").find(|(media, _)| is_json(media));
        match json.map(|(_, value)| value.get("schema")) {
            Some(Some(schema)) => {
                let name = Name::Suggested(names::builder(&format!("{id}-response")));
                let id = lower.id(&name, schema, place);
                self.put_slot(place.to_owned(), lower.space.leaf(id));
                lower.space.render(id)
            }
            Some(None) => "?".to_owned(),
            None if status == "101" => "reqwest::Upgraded".to_owned(),
            None if content.next().is_some() => "ByteStream".to_owned(),
            None => "()".to_owned(),
        }
    }
}

/// The errors of statuses that an operation does not name, by rank.
fn unnamed_errors(lower: &Lower<'_>, operation: &Operation<'_>) -> BTreeMap<u16, (Status, String)> {
    let responses = operation.node.get("responses").and_then(Value::as_object);
    match (responses, lower.named.get(SHARED_ERROR)) {
        (Some(responses), Some(id)) if !responses.contains_key("default") => {
            let ranges = [Status::Range(4), Status::Range(5)].into_iter();
            ranges.map(|range| (range.rank(), (range, lower.space.render(*id)))).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// Why the generator makes no code of a parameter.
fn refusal(operation: &Operation<'_>, parameter: &Parameter<'_>, is_object: bool) -> Option<&'static str> {
    let usual = if parameter.location == "query" { "form" } else { "simple" };
    match parameter.location {
        _ if text(parameter.node, "style").is_some_and(|style| style != usual) => {
            Some("the generator writes no parameter in this style")
        }
        "cookie" => Some("the generator has no cookies"),
        _ if !parameter.node.contains_key("schema") => Some("the generator knows no parameter without a schema"),
        _ if is_object => Some("the generator knows no parameter that is an object"),
        "path" if !path_names(operation.path).contains(&parameter.name) => Some("the path lacks the parameter"),
        "path" if !flag(parameter.node, "required") => Some("a parameter of a path has to be required"),
        _ => None,
    }
}

fn is_struct(lower: &Lower<'_>, id: Id) -> bool {
    let Some(Entry::Defined(name)) = lower.space.entry(id) else { return false };
    lower.space.definitions.get(name).is_some_and(|definition| matches!(definition.body, Body::Struct(_)))
}

/// The one type of all outcomes of a kind, or all their types, which the generator refuses.
fn one_of<'a>(outcomes: impl Iterator<Item = &'a (Status, String)>, kind: fn(Status) -> bool) -> String {
    let mut outcomes: Vec<_> = outcomes.filter(|(status, _)| kind(*status)).collect();
    // What every success has come to before is never left to the default.
    if let [.., (Status::Range(2), _), (Status::Default, _)] = outcomes.as_slice() {
        outcomes.pop();
    }
    let types: BTreeSet<_> = outcomes.into_iter().map(|(_, ty)| ty.as_str()).collect();
    if types.is_empty() { "()".to_owned() } else { types.into_iter().collect::<Vec<_>>().join(" or ") }
}

/// Whether a call that says nothing of its body sends one that the contract allows.
pub(in crate::diff) fn is_optional_body(surface: &Surface, setter: &str, leaf: Option<&str>) -> bool {
    let builds = matches!(surface.items.get(setter), Some(Item { is: Is::Setter { builds: true, .. }, .. }));
    let ty = leaf.and_then(|leaf| surface.items.get(&format!("types::{leaf}")));
    builds && matches!(ty, Some(Item { is: Is::Type { traits, .. }, .. }) if traits.contains("Default"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_error_is_the_one_of_the_generator() {
        let generator = include_str!("../../../../atlas-exports-gen/generator.rs");
        assert!(generator.contains(&format!("const SHARED_ERROR: &str = \"/components/schemas/{SHARED_ERROR}\";")));
    }
}
