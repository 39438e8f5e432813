//! MongoDB's own OpenAPI document, whatever is in it.

use std::{fs, io::Read as _, path::Path};

use serde_json::{Map, Value};

use crate::{
    outcome::{Failure, Outcome},
    yaml,
};

/// Larger than MongoDB's document by far, and small enough to be read at once.
const MOST_BYTES: u64 = 64 << 20;

/// Nested deeper than any schema, and shallow enough for code that follows a tree downwards.
const DEEPEST: usize = 64;

/// References that lead to references are followed this far.
const LONGEST_CHAIN: usize = 32;

/// Methods that a path can have and the client can send.
pub(crate) const METHODS: [&str; 6] = ["get", "put", "post", "delete", "head", "patch"];

/// An OpenAPI 3.0 document that this project did not write.
#[derive(Debug)]
pub(crate) struct Document {
    root: Value,
}

/// An operation of the document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation<'d> {
    pub(crate) method: &'static str,
    /// The path as the document has it, with its base.
    pub(crate) path: &'d str,
    pub(crate) node: &'d Value,
    /// What all operations of the path share.
    item: &'d Value,
}

impl Document {
    /// Reads a document from a file, which may hold anything.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let io = |error| Failure::io("read", path, &error);
        let file = fs::File::open(path).map_err(io)?;
        if !file.metadata().map_err(io)?.is_file() {
            return Err(Failure::trouble(format!("{} is not a file", path.display())));
        }
        let mut bytes = Vec::new();
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() as u64 > MOST_BYTES {
            let limit = MOST_BYTES >> 20;
            return Err(Failure::trouble(format!("{} is larger than {limit} MB", path.display())));
        }
        let text = String::from_utf8(bytes)
            .map_err(|error| Failure::trouble(format!("{} is not UTF-8: {error}", path.display())))?;
        Self::parse(&text).map_err(|why| Failure::trouble(format!("{}{why}", path.display())))
    }

    /// Reads JSON or YAML. The error follows the name of the file.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let root: Value = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| format!(" cannot be read as JSON: {error}"))?
        } else {
            let (tree, problems) = yaml::load(0, text);
            if let Some(problem) = problems.first() {
                return Err(format!(":{}:{}: {}", problem.place.line, problem.place.column, problem.what));
            }
            let tree = tree.ok_or(" is empty")?;
            serde_json::to_value(tree).map_err(|error| format!(" has no form in JSON: {error}"))?
        };
        if is_deeper(&root, DEEPEST) {
            return Err(format!(" is nested deeper than {DEEPEST} levels"));
        }
        match root.get("openapi").and_then(Value::as_str) {
            Some(version) if version == "3.0" || version.starts_with("3.0.") => {}
            Some(version) => return Err(format!(" is OpenAPI {version}; only 3.0 can be read")),
            None => return Err(" is not an OpenAPI 3.0 document: it has no `openapi`".to_owned()),
        }
        if !root.get("paths").is_some_and(Value::is_object) {
            return Err(" has no map `paths`".to_owned());
        }
        Ok(Self { root })
    }

    /// A document that was read elsewhere.
    pub(crate) fn of(root: Value) -> Self {
        Self { root }
    }

    /// All of it.
    pub(crate) fn root(&self) -> &Value {
        &self.root
    }

    /// What a JSON pointer leads to.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Value> {
        self.root.pointer(pointer)
    }

    /// Every operation, in the order of paths and methods.
    pub(crate) fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.root.get("paths").and_then(Value::as_object).into_iter().flatten();
        let paths = paths.filter(|(path, _)| !path.starts_with("x-"));
        let all = paths.flat_map(|(path, item)| METHODS.into_iter().map(move |method| (path.as_str(), item, method)));
        all.filter_map(|(path, item, method)| Some(Operation { method, path, node: item.get(method)?, item }))
            .filter(|operation| operation.node.is_object())
            .collect()
    }

    /// The named schemas.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = (&str, &Value)> {
        let schemas = self.root.pointer("/components/schemas").and_then(Value::as_object);
        schemas.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema))
    }

    pub(crate) fn schema(&self, name: &str) -> Option<&Value> {
        self.root.get("components")?.get("schemas")?.get(name)
    }

    /// What a reference leads to, or the value itself when it is none.
    pub(crate) fn follow<'d>(&'d self, mut value: &'d Value) -> Result<&'d Value, String> {
        for _ in 0..LONGEST_CHAIN {
            let Some(target) = value.get("$ref") else { return Ok(value) };
            let target = target.as_str().ok_or("a `$ref` is not a text")?;
            let found = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            value = found.ok_or_else(|| format!("`{target}` leads nowhere"))?;
        }
        Err("a chain of `$ref`s has no end".to_owned())
    }
}

/// The name of the schema that a value refers to.
pub(crate) fn schema_name(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/").filter(|name| !name.contains('/'))
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Object(map) => levels == 0 || map.values().any(|value| is_deeper(value, levels - 1)),
        Value::Array(list) => levels == 0 || list.iter().any(|value| is_deeper(value, levels - 1)),
        _ => false,
    }
}

impl<'d> Operation<'d> {
    /// Its id in the document.
    pub(crate) fn id(&self) -> Option<&'d str> {
        self.text("operationId")
    }

    /// The shorter id that MongoDB gives to its own clients.
    pub(crate) fn short_id(&self) -> Option<&'d str> {
        self.text("x-xgen-operation-id-override")
    }

    /// Method and path.
    pub(crate) fn place(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'d str> {
        self.node.get(name)?.as_str()
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<&'d str> {
        let list = self.node.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    pub(crate) fn is_deprecated(&self) -> bool {
        self.node.get("deprecated") == Some(&Value::Bool(true))
    }

    /// Its parameters, references followed, with those of its path that it does not replace.
    pub(crate) fn parameters(&self, root: &'d Document) -> Result<Vec<&'d Map<String, Value>>, String> {
        let listed = |holder: &'d Value| -> Result<Vec<&'d Map<String, Value>>, String> {
            let list = holder.get("parameters").and_then(Value::as_array).into_iter().flatten();
            list.map(|node| root.follow(node)?.as_object().ok_or_else(|| "a parameter is not a map".to_owned()))
                .collect()
        };
        let key = |parameter: &Map<String, Value>| (parameter.get("name").cloned(), parameter.get("in").cloned());
        let own = listed(self.node)?;
        let mut all = listed(self.item)?;
        all.retain(|shared| !own.iter().any(|own| key(own) == key(shared)));
        all.extend(own);
        Ok(all)
    }

    /// Status and node of each response, references followed.
    pub(crate) fn responses(&self, root: &'d Document) -> Result<Vec<(&'d str, &'d Value)>, String> {
        let responses = self.node.get("responses").and_then(Value::as_object).into_iter().flatten();
        let responses = responses.filter(|(status, _)| !status.starts_with("x-"));
        responses.map(|(status, node)| Ok((status.as_str(), root.follow(node)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_yaml_are_the_same_document() {
        let json = Document::parse(r#"{"openapi": "3.0.1", "paths": {"/a": {"get": {}}}}"#).unwrap();
        let yaml = Document::parse("openapi: 3.0.1\npaths:\n  /a:\n    get: {}\n").unwrap();
        assert_eq!(json.root, yaml.root);
        let places: Vec<_> = json.operations().iter().map(Operation::place).collect();
        assert_eq!(places, ["GET /a"]);
    }

    #[test]
    fn what_is_not_an_openapi_document_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "is empty"),
            ("{", "JSON"),
            ("[]", "no `openapi`"),
            ("a: [", ":2:1: "),
            ("openapi: 3.1.0\npaths: {}\n", "3.1.0"),
            ("openapi: 3.0.1\n", "`paths`"),
            ("openapi: 3.0.1\npaths: []\n", "`paths`"),
        ] {
            let refused = Document::parse(text).unwrap_err();
            assert!(refused.contains(why), "{text:?}: {refused}");
        }
    }

    #[test]
    fn what_is_nested_without_end_is_refused() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            for depth in [70, 100_000] {
                let deep = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                assert!(
                    Document::parse(&format!("{{\"openapi\": \"3.0.1\", \"paths\": {{\"/a\": {deep}}}}}")).is_err()
                );
                assert!(Document::parse(&format!("openapi: 3.0.1\npaths:\n  /a: {deep}\n")).is_err());
            }
        }
    }

    #[test]
    fn a_chain_of_references_ends_or_is_refused() {
        let text = "openapi: 3.0.1\npaths: {}\ncomponents:\n  schemas:\n    A: {$ref: '#/components/schemas/B'}\n    \
                    B: {$ref: '#/components/schemas/A'}\n    C: {$ref: '#/components/schemas/D'}\n    D: {type: string}\n";
        let document = Document::parse(text).unwrap();
        assert!(document.follow(document.schema("A").unwrap()).unwrap_err().contains("no end"));
        assert_eq!(document.follow(document.schema("C").unwrap()).unwrap(), document.schema("D").unwrap());
        let missing = serde_json::json!({"$ref": "#/components/schemas/E"});
        assert!(document.follow(&missing).unwrap_err().contains("leads nowhere"));
    }
}
