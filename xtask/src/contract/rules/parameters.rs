//! Parameters, wherever they are sent.

use super::{Findings, Parameter, Rule, Survey, listed, member, parameters, text};
use crate::{contract::survey::Kind, yaml::Node};

/// Headers that belong to the client, or that OpenAPI leaves to other parts of the contract.
const RESERVED: [&str; 6] = ["accept", "api-version", "authorization", "content-length", "content-type", "host"];

pub(super) fn check(survey: &Survey<'_>, findings: &mut Findings) {
    for operation in &survey.operations {
        twice(survey, operation.node, findings);
        twice(survey, operation.item, findings);
        for parameter in &parameters(survey, operation) {
            one(survey, parameter, findings);
        }
    }
}

fn twice(survey: &Survey<'_>, holder: &Node, findings: &mut Findings) {
    let mut seen = Vec::new();
    for parameter in listed(survey, holder) {
        let key = (parameter.name(), parameter.is_in());
        if seen.contains(&key) {
            let what = format!("`{}` is listed a second time", key.0);
            findings.add(Rule::ParameterTwice, parameter.place, what, "keep one of the two");
        }
        seen.push(key);
    }
}

fn one(survey: &Survey<'_>, parameter: &Parameter<'_>, findings: &mut Findings) {
    let (node, name) = (parameter.node, parameter.name());
    place(parameter, findings);
    style(parameter, findings);
    if let Some((place, _)) = member(node, "content") {
        let what = format!("`{name}` is described by `content`, which the generator cannot write");
        findings.add(Rule::ParameterType, place, what, "describe it by `schema`");
    }
    let Some((place, schema)) = member(node, "schema") else {
        if node.get("content").is_none() {
            let what = format!("`{name}` has no schema");
            findings.add(Rule::ParameterType, node.place, what, "add `schema`, such as `schema: {type: string}`");
        }
        return;
    };
    let Some(resolved) = survey.resolve(Kind::Schema, schema) else { return };
    if let Some((what, mend)) = wrong_type(survey, resolved, parameter.is_in()) {
        findings.add(Rule::ParameterType, place, format!("`{name}` {what}"), mend);
    }
}

fn place(parameter: &Parameter<'_>, findings: &mut Findings) {
    let (name, node) = (parameter.name(), parameter.node);
    let at = member(node, "in").map_or(node.place, |(place, _)| place);
    match parameter.is_in() {
        "path" | "query" => {}
        "header" => {
            let is_token = !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
            if !is_token {
                let what = format!("`{name}` cannot be the name of a header");
                findings.add(Rule::ParameterPlace, at, what, "use letters, digits and hyphens");
            } else if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
                let what = format!("the header `{name}` is not the caller's to send");
                findings.add(Rule::ParameterPlace, at, what, "drop it: the client writes it by itself");
            }
        }
        "cookie" => {
            let what = format!("`{name}` is a cookie, which the client cannot send");
            findings.add(Rule::ParameterPlace, at, what, "drop it: Atlas's API uses no cookies");
        }
        // That it is missing has been said.
        "" => {}
        other => {
            let what = format!("a parameter cannot be in `{other}`");
            findings.add(Rule::ParameterPlace, at, what, "write `path`, `query` or `header`");
        }
    }
}

fn style(parameter: &Parameter<'_>, findings: &mut Findings) {
    let node = parameter.node;
    let usual = if parameter.is_in() == "query" { "form" } else { "simple" };
    if let Some((place, style)) = member(node, "style")
        && let Some(style) = style.text()
        && style != usual
    {
        let what = format!("`{}` is to be written in the style `{style}`, which the client cannot", parameter.name());
        findings.add(Rule::ParameterStyle, place, what, format!("drop `style`, which leaves `{usual}`"));
    }
    let is_list = text(node.get("schema").unwrap_or(node), "type") == Some("array");
    if let Some((place, explode)) = member(node, "explode")
        && explode.bool() == Some(false)
        && usual == "form"
        && is_list
    {
        let what = format!("`{}` is to be one value with commas, but is sent once for each value", parameter.name());
        let mend = "drop `explode`; if Atlas wants commas, make it `type: string` and say so in the description";
        findings.add(Rule::ParameterStyle, place, what, mend);
    }
}

/// What is wrong with the type of a parameter that is sent in a place.
fn wrong_type<'a>(survey: &Survey<'a>, schema: &'a Node, sent_in: &str) -> Option<(&'static str, &'static str)> {
    let of_one = match scalar(survey, schema, 0) {
        Some(scalar) => scalar,
        None if sent_in == "query" && text(schema, "type") == Some("array") => {
            let items = schema.get("items").and_then(|items| survey.resolve(Kind::Schema, items))?;
            return scalar(survey, items, 0).is_none().then_some((
                "is a list of more than texts, numbers or booleans",
                "make its items `type: string`, and say in the description what they are",
            ));
        }
        None if sent_in == "query" => {
            return Some((
                "is neither text, number, boolean nor a list of them",
                "make it `type: string`, and say in the description what it is",
            ));
        }
        None => return Some(("is neither text, number nor boolean", "make it `type: string`")),
    };
    if sent_in == "query" {
        return None;
    }
    if super::is_true(of_one, "nullable") {
        return Some(("is `nullable`, but is always sent as text", "drop `nullable`"));
    }
    (text(of_one, "format") == Some("date-time")).then_some((
        "would be written in another form than `2023-01-01T00:00:00Z`",
        "drop `format: date-time`, and say in the description what it is",
    ))
}

/// The schema itself when it is a text, number or boolean.
fn scalar<'a>(survey: &Survey<'a>, schema: &'a Node, depth: usize) -> Option<&'a Node> {
    match text(schema, "type") {
        Some("string" | "integer" | "number" | "boolean") => Some(schema),
        None => match schema.get("allOf").and_then(Node::list)? {
            // Schemas that go round in circles are found elsewhere.
            [only] if depth < 32 => scalar(survey, survey.resolve(Kind::Schema, only)?, depth + 1),
            _ => None,
        },
        Some(_) => None,
    }
}
