//! Paths and the parameters in them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Rule, Survey, is_true, parameters, parameters_are_known};
use crate::yaml::Node;

pub(super) fn check(survey: &Survey<'_>, findings: &mut Findings) {
    let mut shapes: BTreeMap<String, &str> = BTreeMap::new();
    let paths = survey.root.get("paths").and_then(Node::map);
    for (path, member) in paths.into_iter().flatten().filter(|(path, _)| !path.starts_with("x-")) {
        let names = match template(path) {
            Ok(names) => names,
            Err(what) => {
                findings.add(Rule::Path, member.key, format!("`{path}` {what}"), "write it like `/groups/{groupId}`");
                continue;
            }
        };
        if let Some((what, meant)) = overlong(path) {
            findings.add(Rule::Path, member.key, format!("`{path}` {what}"), format!("write `{meant}`"));
        }
        let shape = shape(path);
        if let Some(first) = shapes.get(&shape) {
            let what = format!("`{path}` and `{first}` are the same but for the names of their parameters");
            findings.add(Rule::PathTwice, member.key, what, "keep one of the two, with the operations of both");
        } else {
            shapes.insert(shape, path);
        }
        declared(survey, path, &names, findings);
    }
}

/// What a path has that those of the service do not have below the base URL, and the path without it.
fn overlong(path: &str) -> Option<(&'static str, String)> {
    let is_version =
        |text: &str| text.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let segments: Vec<_> = path.split('/').collect();
    let (what, rest) = match segments.as_slice() {
        ["", "api", "atlas" | "public", version, rest @ ..] if is_version(version) => {
            ("begins with the base path of the service, which the client adds", rest)
        }
        ["", rest @ .., ""] if !rest.is_empty() => ("ends in `/`", rest),
        _ => return None,
    };
    let rest: Vec<_> = rest.iter().copied().filter(|segment| !segment.is_empty()).collect();
    Some((what, format!("/{}", rest.join("/"))))
}

/// The names in braces, or what is wrong.
fn template(path: &str) -> Result<Vec<&str>, &'static str> {
    if !path.starts_with('/') {
        return Err("does not begin with `/`");
    }
    if path.contains("//") {
        return Err("has an empty segment");
    }
    if path.contains(['?', '#']) {
        return Err("has a query or fragment, which belongs to the parameters");
    }
    if path.contains(char::is_whitespace) || !path.is_ascii() {
        return Err("has a blank or a letter that is not ASCII");
    }
    let mut names = Vec::new();
    let mut rest = path;
    while let Some(brace) = rest.find(['{', '}']) {
        let after = rest.get(brace..).and_then(|rest| rest.strip_prefix('{')).ok_or("has a `}` without its `{`")?;
        let (name, after) = after.split_once('}').ok_or("has a `{` without its `}`")?;
        if name.is_empty() || name.contains(['{', '/']) {
            return Err("has braces with no name in them");
        }
        if names.contains(&name) {
            return Err("has a parameter twice");
        }
        if after.starts_with('{') {
            return Err("has two parameters with nothing between them");
        }
        names.push(name);
        rest = after;
    }
    Ok(names)
}

/// The path with its parameters' names left out.
fn shape(path: &str) -> String {
    let mut shape = String::new();
    for part in path.split_inclusive(['{', '}']) {
        if !part.ends_with('}') {
            shape.push_str(part);
        } else {
            shape.push('}');
        }
    }
    shape
}

fn declared(survey: &Survey<'_>, path: &str, names: &[&str], findings: &mut Findings) {
    for operation in survey.operations.iter().filter(|operation| operation.path == path) {
        let parameters = parameters(survey, operation);
        let mut declared = BTreeSet::new();
        for parameter in parameters.iter().filter(|parameter| parameter.is_in() == "path") {
            let name = parameter.name();
            declared.insert(name);
            if !names.contains(&name) {
                let what = format!("the path of {} has no `{{{name}}}`", operation.label());
                let mend = format!("put `{{{name}}}` in the path, or drop the parameter");
                findings.add(Rule::PathParameter, parameter.place, what, mend);
            }
            if !is_true(parameter.node, "required") {
                let what = format!("the path parameter `{name}` is not `required: true`");
                findings.add(Rule::PathParameter, parameter.node.place, what, "add `required: true`");
            }
        }
        for name in names.iter().filter(|name| !declared.contains(*name)) {
            if parameters_are_known(survey, operation) {
                let what = format!("{} declares no parameter for `{{{name}}}`", operation.label());
                let mend = "add one with `in: path`, or a `$ref` to one among the components";
                findings.add(Rule::PathParameter, operation.place, what, mend);
            }
        }
    }
}
