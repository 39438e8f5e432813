//! Where the two contracts come from: files, or revisions of the repository.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use serde_json::{Value, value::RawValue};

use crate::{
    outcome::{Failure, Outcome},
    workspace::{DOCUMENT, SURFACE, Workspace},
    yaml::{self, Content, Decimal, Node},
};

/// Parts that lie deeper than this are no part of a contract.
const DEEPEST: usize = 128;

/// The contract to compare with.
///
/// Of a revision, with what was public of its Rust.
pub(super) fn base(workspace: &Workspace, base: Option<&str>) -> Outcome<(Value, Option<String>)> {
    let revision = match base {
        Some(name) if Path::new(name).is_file() => return Ok((file(Path::new(name))?, None)),
        Some(name) if looks_like_a_file(name) => {
            return Err(Failure::trouble(format!("there is no file {name}: give one that is there, or a revision")));
        }
        Some(name) => name.to_owned(),
        None => newest_release(workspace)?.unwrap_or_else(|| "HEAD".to_owned()),
    };
    if revision.starts_with('-') {
        return Err(Failure::trouble(format!("{revision} is no revision: give a tag, a branch or a commit")));
    }
    // Relative to the workspace, which need not be the repository's root.
    let text = git(workspace, &["show", &format!("{revision}:./{DOCUMENT}")])?;
    let surface = git(workspace, &["show", &format!("{revision}:./{SURFACE}")]).ok();
    Ok((parse(&text, &format!("{DOCUMENT} of {revision}"))?, surface))
}

/// The contract as it is now.
pub(super) fn head(workspace: &Workspace, head: Option<&Path>) -> Outcome<Value> {
    head.map_or_else(|| file(&workspace.path(DOCUMENT)), file)
}

fn looks_like_a_file(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("json" | "yaml" | "yml"))
}

/// Returns the newest release tag of the repository.
pub(crate) fn newest_release(workspace: &Workspace) -> Outcome<Option<String>> {
    // Before a release come its candidates, which git sorts behind it unless told.
    let tags = git(workspace, &["-c", "versionsort.suffix=-", "tag", "--list", "v[0-9]*", "--sort=-version:refname"])?;
    Ok(tags.lines().next().map(str::to_owned))
}

fn git(workspace: &Workspace, arguments: &[&str]) -> Outcome<String> {
    let output = Command::new("git").arg("-C").arg(workspace.path("")).args(arguments).output();
    let output =
        output.map_err(|error| Failure::trouble(format!("cannot run git: {error}; install it, or give a file")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().trim_start_matches("fatal: ").to_owned();
        return Err(Failure::trouble(format!(
            "git finds no such contract: {said}; give a revision that has one, or a file"
        )));
    }
    String::from_utf8(output.stdout).map_err(|_| Failure::trouble("git gave what is no UTF-8: give a file"))
}

fn file(path: &Path) -> Outcome<Value> {
    let text = fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
    parse(&text, &path.display().to_string())
}

/// Reads JSON or YAML, and sees to it that it is what can be compared. Equal numbers are equal however they are written,
/// and one that [`serde_json::Number`] cannot hold is the text of it.
fn parse(text: &str, name: &str) -> Outcome<Value> {
    let value = match json(text) {
        Ok(value) => value,
        Err(error) if text.trim_start().starts_with('{') => {
            return Err(Failure::trouble(format!("{name} cannot be read: {error}")));
        }
        Err(_) => {
            let (tree, problems) = yaml::load(0, text);
            if let Some(problem) = problems.first() {
                return Err(Failure::trouble(format!("{name}, line {}: {}", problem.place.line, problem.what)));
            }
            let tree = tree.ok_or_else(|| Failure::trouble(format!("{name} is empty")))?;
            of_yaml(&tree)
        }
    };
    check(&value).map_err(|why| Failure::trouble(format!("{name} {why}")))?;
    Ok(value)
}

fn json(text: &str) -> serde_json::Result<Value> {
    if depth(text) > DEEPEST {
        return Err(serde::de::Error::custom("it is nested too deeply"));
    }
    of_json(serde_json::from_str(text)?)
}

/// How deep lists and maps of JSON are nested.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn of_json(document: &RawValue) -> serde_json::Result<Value> {
    let text = document.get();
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
            let member = |(name, value)| Ok((name, of_json(value)?));
            Value::Object(members.into_iter().map(member).collect::<serde_json::Result<_>>()?)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            Value::Array(items.into_iter().map(of_json).collect::<serde_json::Result<_>>()?)
        }
        Some(b'-' | b'0'..=b'9') => number(text),
        _ => serde_json::from_str(text)?,
    })
}

fn of_yaml(node: &Node) -> Value {
    match &node.content {
        Content::Null => Value::Null,
        Content::Bool(value) => Value::Bool(*value),
        Content::Number(value) => number(&value.to_string()),
        Content::Text(text) => Value::String(text.clone()),
        Content::List(items) => items.iter().map(of_yaml).collect(),
        Content::Map(members) => members.iter().map(|(name, member)| (name.clone(), of_yaml(&member.value))).collect(),
    }
}

fn number(text: &str) -> Value {
    let exact = Decimal::parse(text).and_then(|decimal| decimal.to_number());
    exact.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

fn check(value: &Value) -> Result<(), String> {
    match value.get("openapi").and_then(Value::as_str) {
        Some(version) if version == "3.0" || version.starts_with("3.0.") => Ok(()),
        Some(version) => Err(format!("is OpenAPI {version}: only 3.0 can be compared")),
        None => Err("is no OpenAPI 3.0 document: it needs a key `openapi`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_yaml_are_the_same_contract() {
        let json = parse(r#"{"openapi": "3.0.3", "paths": {"/a": {"get": {"responses": {"200": {}}}}}}"#, "a").unwrap();
        let yaml = parse("openapi: 3.0.3\npaths:\n  /a:\n    get:\n      responses:\n        200: {}\n", "b").unwrap();
        assert_eq!(json, yaml);
    }

    #[test]
    fn equal_numbers_are_equal_and_others_are_not() {
        let with = |number: &str| format!(r#"{{"openapi": "3.0.3", "x-a": [{number}]}}"#);
        let read = |number: &str| parse(&with(number), "a").unwrap();
        assert_eq!(read("1"), read("1.0"));
        assert_eq!(read("1"), parse(&format!("openapi: 3.0.3\nx-a: [{}]\n", "1e0"), "b").unwrap());
        assert_ne!(read("0.1"), read("0.10000000000000000001"));
        for (one, other) in [
            ("9007199254740992", "9007199254740993"),
            ("18446744073709551616", "18446744073709551617"),
            ("1e400", "1e401"),
        ] {
            assert_ne!(read(one), read(other), "{one}");
            assert_ne!(read(one), parse(&format!("openapi: 3.0.3\nx-a: [{other}]\n"), "b").unwrap(), "{one}");
        }
    }

    #[test]
    fn brackets_within_texts_are_not_nested() {
        let text = format!(r#"{{"openapi": "3.0.3", "x-a": "\\\"{}"}}"#, "[".repeat(1000));
        assert!(parse(&text, "x").is_ok());
    }

    #[test]
    fn what_is_nested_without_end_is_refused() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
            let whole = format!("{{\"openapi\": \"3.0.3\", \"x-a\": {deep}}}");
            assert!(matches!(parse(&whole, "x"), Err(Failure::Trouble(_))));
            assert!(matches!(parse(&deep, "x"), Err(Failure::Trouble(_))));
        }
    }

    #[test]
    fn what_is_no_openapi_3_0_is_refused() {
        for text in ["", "[]", "{", "{}", "a: [", r#"{"openapi": "3.1.0"}"#, r#"{"swagger": "2.0"}"#] {
            assert!(matches!(parse(text, "x"), Err(Failure::Trouble(_))), "{text}");
        }
    }
}
