//! What every operation has, and what none may have.

use std::collections::BTreeSet;

use super::{Findings, Operation, Rule, Survey, member, members, text};
use crate::yaml::Node;

pub(super) fn check(survey: &Survey<'_>, complete: bool, findings: &mut Findings) {
    let mut ids = BTreeSet::new();
    for operation in &survey.operations {
        id(operation, &mut ids, findings);
        tags(survey, operation, complete, findings);
        if matches!(operation.method, "options" | "trace") {
            let what = format!("{} cannot be sent", operation.method.to_uppercase());
            findings.add(Rule::Method, operation.place, what, "use get, put, post, delete, head or patch");
        }
        if operation.method == "head" && has_content(survey, operation) {
            let what = "a response to HEAD has no body, although this one is said to have";
            findings.add(Rule::Method, operation.place, what, "drop the `content` of its responses, or use get");
        }
        ignored(operation.node, &["callbacks", "servers"], findings);
    }
    for (_, _, item) in members(survey.root, "paths") {
        ignored(item, &["$ref", "servers"], findings);
    }
}

fn id<'a>(operation: &Operation<'a>, ids: &mut BTreeSet<&'a str>, findings: &mut Findings) {
    let Some((place, node)) = member(operation.node, "operationId") else {
        let what = format!("{} has no `operationId`", operation.label());
        let mend = "add one in camelCase, such as `getExportJob`: it becomes the method's name";
        findings.add(Rule::OperationId, operation.place, what, mend);
        return;
    };
    let Some(id) = node.text() else { return };
    if !is_camel(id) {
        let what = format!("`{id}` is not camelCase");
        let camel = heck::ToLowerCamelCase::to_lower_camel_case(id);
        let mend = if !is_camel(&camel) {
            "write it in camelCase, of letters and digits of ASCII, a letter first".to_owned()
        } else {
            format!("write `{camel}`")
        };
        findings.add(Rule::OperationId, place, what, mend);
    }
    if !ids.insert(id) {
        let what = format!("`{id}` is the `operationId` of another operation as well");
        findings.add(Rule::OperationIdTwice, place, what, "rename one of the two");
    }
}

fn is_camel(id: &str) -> bool {
    id.starts_with(|first: char| first.is_ascii_lowercase()) && id.chars().all(|letter| letter.is_ascii_alphanumeric())
}

fn tags(survey: &Survey<'_>, operation: &Operation<'_>, complete: bool, findings: &mut Findings) {
    let tags = operation.node.get("tags").and_then(Node::list).unwrap_or_default();
    if !tags.iter().any(|tag| tag.text().is_some_and(|tag| !tag.trim().is_empty())) {
        let what = format!("{} has no tag", operation.label());
        findings.add(Rule::Tag, operation.place, what, "add `tags`, such as `tags: [exports]`");
        return;
    }
    let defined = survey.root.get("tags").and_then(Node::list).unwrap_or_default();
    let is_defined = |name: &str| defined.iter().any(|tag| text(tag, "name") == Some(name));
    for tag in tags.iter().filter(|_| complete) {
        let Some(name) = tag.text().filter(|name| !is_defined(name)) else { continue };
        let mend = "define it under `tags`, with a `name` and a `description`, or correct the name";
        findings.add(Rule::Tag, tag.place, format!("the tag `{name}` is not defined"), mend);
    }
}

fn has_content(survey: &Survey<'_>, operation: &Operation<'_>) -> bool {
    super::responses::of(survey, operation).iter().any(|response| {
        response.is_success() && response.node.is_some_and(|node| members(node, "content").next().is_some())
    })
}

fn ignored(holder: &Node, names: &[&str], findings: &mut Findings) {
    for name in names {
        if let Some((place, _)) = member(holder, name) {
            let mend = match *name {
                "$ref" => "write the path out, and share parameters and schemas by `$ref`",
                "servers" => "drop it: the client is given its server",
                _ => "drop it: a client is not called back",
            };
            findings.add(Rule::Ignored, place, format!("`{name}` is left out of the client"), mend);
        }
    }
}
