//! Where the two contracts come from: files, or revisions of the repository.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::{
    outcome::{Failure, Outcome},
    workspace::{DOCUMENT, SURFACE, Workspace},
    yaml,
};

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

fn newest_release(workspace: &Workspace) -> Outcome<Option<String>> {
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

/// Reads JSON or YAML, and sees to it that it is what can be compared.
fn parse(text: &str, name: &str) -> Outcome<Value> {
    let value = match serde_json::from_str(text) {
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
            serde_json::to_value(tree)
                .map_err(|error| Failure::trouble(format!("{name} has no form in JSON: {error}")))?
        }
    };
    check(&value).map_err(|why| Failure::trouble(format!("{name} {why}")))?;
    Ok(value)
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
