//! Reading an OpenAPI document that may hold anything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::yaml::Decimal;

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// Methods that a path can have.
pub(super) const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// References that lead to references that lead to references are followed this far.
const LONGEST_CHAIN: usize = 32;

/// A document that is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Document<'a> {
    root: &'a Value,
}

/// An operation, where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation<'a> {
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    pub(super) node: &'a Object,
    pub(super) item: &'a Object,
}

/// A parameter with its references followed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'a str,
    pub(super) location: &'a str,
    pub(super) node: &'a Object,
}

impl<'a> Document<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self { root }
    }

    pub(super) fn root(self) -> &'a Value {
        self.root
    }

    pub(super) fn get(self, key: &str) -> Option<&'a Value> {
        self.root.get(key)
    }

    pub(super) fn components(self, kind: &str) -> Option<&'a Object> {
        self.root.get("components")?.get(kind)?.as_object()
    }

    /// The schema of a name in `components.schemas`.
    pub(super) fn schema(self, name: &str) -> Option<&'a Value> {
        self.components("schemas")?.get(name)
    }

    /// The name that a reference into `components.schemas` of this document has, when there is such a schema.
    pub(super) fn schema_name(self, reference: &str) -> Option<String> {
        let name = component_name(reference, "schemas")?;
        self.schema(&name).map(|_| name)
    }

    /// Follows references to a component of a kind. Nothing, when they lead nowhere.
    pub(super) fn follow(self, kind: &str, value: &'a Value) -> Option<&'a Object> {
        let mut value = value;
        for _ in 0..LONGEST_CHAIN {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value.as_object() };
            value = self.components(kind)?.get(&component_name(reference, kind)?)?;
        }
        None
    }

    /// The same for a value that is not of the document.
    pub(super) fn follow_owned(self, kind: &str, value: &Value) -> Option<Object> {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let component = self.components(kind)?.get(&component_name(reference, kind)?)?;
                self.follow(kind, component).cloned()
            }
            None => value.as_object().cloned(),
        }
    }

    /// All that the document refers to anywhere.
    pub(super) fn references(self) -> BTreeSet<&'a str> {
        let mut all = BTreeSet::new();
        references(self.root, &mut all);
        all
    }

    pub(super) fn operations(self) -> Vec<Operation<'a>> {
        let paths = self.get("paths").and_then(Value::as_object);
        paths
            .into_iter()
            .flatten()
            .filter_map(|(path, item)| Some((path.as_str(), item.as_object()?)))
            .flat_map(|(path, item)| {
                METHODS.into_iter().filter_map(move |method| {
                    let node = item.get(method)?.as_object()?;
                    Some(Operation { method, path, node, item })
                })
            })
            .collect()
    }

    /// The parameters of an operation, its own before those of its path, by place and name.
    pub(super) fn parameters(self, operation: &Operation<'a>) -> BTreeMap<(&'a str, &'a str), Parameter<'a>> {
        let mut parameters = BTreeMap::new();
        for list in [operation.item.get("parameters"), operation.node.get("parameters")] {
            for value in list.and_then(Value::as_array).into_iter().flatten() {
                let Some(node) = self.follow("parameters", value) else { continue };
                let (Some(name), Some(location)) = (text(node, "name"), text(node, "in")) else { continue };
                parameters.insert((location, name), Parameter { name, location, node });
            }
        }
        parameters
    }

    /// Parameters that lead nowhere or have no name.
    pub(super) fn unclear_parameters(self, operation: &Operation<'a>) -> Vec<&'a Value> {
        [operation.item.get("parameters"), operation.node.get("parameters")]
            .into_iter()
            .flatten()
            .flat_map(|list| list.as_array().map_or_else(|| vec![list], |list| list.iter().collect()))
            .filter(|value| {
                let node = self.follow("parameters", value);
                node.is_none_or(|node| text(node, "name").is_none() || text(node, "in").is_none())
            })
            .collect()
    }
}

impl Operation<'_> {
    pub(super) fn id(&self) -> Option<&str> {
        text(self.node, "operationId")
    }

    /// Method and path, for people.
    pub(super) fn place(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    /// Method and path without the names in it, which a server never sees.
    pub(super) fn shape(&self) -> String {
        format!("{} {}", self.method, path_shape(self.path))
    }
}

/// What the generator makes of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    Code(u16),
    /// All of a hundred.
    Range(u16),
    Default,
}

impl Status {
    pub(super) fn of(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self::Default);
        }
        match text.strip_suffix("XX").or_else(|| text.strip_suffix("xx")) {
            Some(range) => range.parse().ok().map(Self::Range),
            None => text.parse().ok().map(Self::Code),
        }
    }

    pub(super) fn is_success(self) -> bool {
        matches!(self, Self::Default | Self::Code(101 | 200..=299) | Self::Range(2))
    }

    pub(super) fn is_error(self) -> bool {
        matches!(self, Self::Default | Self::Code(400..=599) | Self::Range(4 | 5))
    }
}

/// A status, a range as the standard writes it.
fn upper(status: &str) -> &str {
    let ranges = ["1XX", "2XX", "3XX", "4XX", "5XX"];
    ranges.into_iter().find(|range| range.eq_ignore_ascii_case(status)).unwrap_or(status)
}

/// The responses of an operation, references followed.
pub(super) fn responses<'a>(document: Document<'a>, operation: &Operation<'a>) -> BTreeMap<&'a str, &'a Object> {
    members(operation.node, "responses")
        .filter(|(status, _)| !status.starts_with("x-"))
        .filter_map(|(status, response)| Some((upper(status), document.follow("responses", response)?)))
        .collect()
}

/// A path without the names of its parameters.
pub(crate) fn path_shape(path: &str) -> String {
    let mut shape = String::new();
    let mut inside = false;
    for letter in path.chars() {
        match letter {
            '{' => inside = true,
            '}' => inside = false,
            _ if inside => continue,
            _ => {}
        }
        shape.push(letter);
    }
    shape
}

/// The names between braces, in their order.
pub(super) fn path_names(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

fn references<'a>(value: &'a Value, all: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(map) => {
            all.extend(map.get("$ref").and_then(Value::as_str));
            map.values().for_each(|value| references(value, all));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, all)),
        _ => {}
    }
}

fn component_name(reference: &str, kind: &str) -> Option<String> {
    let name = reference.strip_prefix("#/components/")?.strip_prefix(kind)?.strip_prefix('/')?;
    (!name.contains('/')).then(|| decode(name))
}

/// Undoes percent and JSON pointer escapes.
fn decode(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = (*first == b'%').then(|| tail.get(..2)).flatten();
        let byte = escaped.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).replace("~1", "/").replace("~0", "~")
}

pub(super) fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

/// A number, however large it is.
pub(super) fn number(object: &Object, key: &str) -> Option<Decimal> {
    object.get(key).and_then(as_number)
}

/// A value that is a number, however large it is.
pub(super) fn as_number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => Decimal::parse(&number.to_string()),
        // One that a `Value` cannot hold is the text of it; any other text is none.
        Value::String(text) => Decimal::parse(text).filter(|number| number.to_number().is_none()),
        _ => None,
    }
}

/// A flag that is off when absent.
pub(super) fn flag(object: &Object, key: &str) -> bool {
    object.get(key).and_then(Value::as_bool).unwrap_or(false)
}

pub(super) fn list<'a>(object: &'a Object, key: &str) -> &'a [Value] {
    object.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn members<'a>(object: &'a Object, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    object.get(key).and_then(Value::as_object).into_iter().flatten()
}

/// The texts of a list.
pub(super) fn texts<'a>(object: &'a Object, key: &str) -> BTreeSet<&'a str> {
    list(object, key).iter().filter_map(Value::as_str).collect()
}

/// All keys of both, each once.
pub(super) fn keys<'a>(base: &'a Object, head: &'a Object) -> BTreeSet<&'a str> {
    base.keys().chain(head.keys()).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_shape_whatever_its_parameters_are_called() {
        assert_eq!(path_shape("/a/{b}/c-{d}"), path_shape("/a/{x}/c-{y}"));
        assert_eq!(path_names("/a/{b}/c-{d}"), ["b", "d"]);
        assert_eq!(path_names("/a/{b"), Vec::<&str>::new());
    }

    #[test]
    fn references_are_unescaped_and_never_run_in_circles() {
        assert_eq!(component_name("#/components/schemas/A~1B%20C", "schemas").as_deref(), Some("A/B C"));
        let root = serde_json::json!({"components": {"responses": {
            "a": {"$ref": "#/components/responses/b"}, "b": {"$ref": "#/components/responses/a"},
        }}});
        let document = Document::new(&root);
        assert!(document.follow("responses", &serde_json::json!({"$ref": "#/components/responses/a"})).is_none());
    }
}
