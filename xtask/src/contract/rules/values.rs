//! Values that stand in schemas: enums, defaults, formats.

use super::{Findings, Rule, Survey, has_own_type, is_reference, is_true, member, text};
use crate::{
    contract::survey::{Position, Side, Site},
    yaml::{self, Content, Node},
};

pub(super) fn check(survey: &Survey<'_>, findings: &mut Findings) {
    for site in survey.sites.iter().filter(|site| !is_reference(site.node)) {
        enumeration(site, findings);
        default(survey, site, findings);
        format(survey, site, findings);
    }
}

fn enumeration(site: &Site<'_>, findings: &mut Findings) {
    let Some((place, list)) = member(site.node, "enum") else { return };
    let Some(values) = list.list() else { return };
    if values.is_empty() {
        findings.add(Rule::EnumValue, place, "the `enum` is empty", "name its values, or drop it");
    }
    // Of numbers it is documentation, as a pattern is; the generator makes enums of texts only.
    if text(site.node, "type").is_some_and(|kind| kind != "string") {
        for value in values.iter().filter(|value| !is_of_type(site.node, value)) {
            let what = format!("the value is {}, which the schema does not allow", value.kind());
            findings.add(Rule::EnumValue, value.place, what, "drop it, or correct the type");
        }
        return;
    }
    for value in values {
        match &value.content {
            Content::Text(_) => {}
            Content::Null if is_true(site.node, "nullable") => {}
            Content::Bool(_) | Content::Number(_) => {
                let what = format!("the value is {}, not a text", value.kind());
                findings.add(Rule::EnumValue, value.place, what, "put it in quotes");
            }
            _ => {
                let what = format!("the value is {}, not a text", value.kind());
                findings.add(Rule::EnumValue, value.place, what, "drop it");
            }
        }
    }
}

fn default(survey: &Survey<'_>, site: &Site<'_>, findings: &mut Findings) {
    let Some((place, value)) = member(site.node, "default") else { return };
    if !fits(site.node, value) {
        let what = format!("the default is {}, which the schema does not allow", value.kind());
        let mend = match (&value.content, text(site.node, "type")) {
            (Content::Bool(_) | Content::Number(_), Some("string")) => Some("put it in quotes".to_owned()),
            (Content::Text(text), Some("boolean")) => yaml::meant_as_boolean(text),
            _ => None,
        };
        let mend =
            mend.unwrap_or_else(|| "drop it, and say in the description what happens without a value".to_owned());
        findings.add(Rule::DefaultValue, place, what, mend);
    } else if matches!(site.position, Position::Property { required: false, .. }) && survey.is_on(site, Side::Change) {
        let what = "a change would send the default for whatever the caller leaves out";
        let mend = "drop it, and say in the description what is usual";
        findings.add(Rule::DefaultValue, place, what, mend);
    }
}

/// Whether a value can be one of a schema.
fn fits(schema: &Node, value: &Node) -> bool {
    if let Some(values) = schema.get("enum").and_then(Node::list) {
        return values.iter().any(|one| one.content == value.content);
    }
    is_of_type(schema, value)
}

/// Whether a value is what the schema's type says, within its bounds.
fn is_of_type(schema: &Node, value: &Node) -> bool {
    match (text(schema, "type"), &value.content) {
        (Some("string"), Content::Text(_))
        | (Some("number"), Content::Number(_))
        | (Some("boolean"), Content::Bool(_)) => true,
        (Some("integer"), Content::Number(number)) => {
            let within = |name: &str, is_wrong: fn(f64, f64) -> bool| {
                let bound = schema
                    .get(name)
                    .and_then(|bound| if let Content::Number(bound) = &bound.content { bound.as_f64() } else { None });
                !matches!((number.as_f64(), bound), (Some(number), Some(bound)) if is_wrong(number, bound))
            };
            !number.is_f64()
                && within("minimum", |number, bound| number < bound)
                && within("maximum", |number, bound| number > bound)
        }
        (Some("array"), Content::List(list)) => {
            schema.get("items").is_none_or(|items| is_reference(items) || list.iter().all(|value| fits(items, value)))
        }
        (Some("object"), Content::Map(map)) => map.is_empty(),
        // A schema of any type.
        (None, _) => schema.get("allOf").is_none(),
        _ => false,
    }
}

fn format(survey: &Survey<'_>, site: &Site<'_>, findings: &mut Findings) {
    let Some((place, format)) = member(site.node, "format") else { return };
    let Some(format) = format.text() else { return };
    if has_own_type(survey, site) {
        return;
    }
    if matches!(format, "ip" | "ipv4" | "ipv6") && survey.is_on(site, Side::Answer) {
        let what = format!("the format `{format}` in an answer refuses whatever else Atlas sends");
        findings.add(Rule::Format, place, what, "drop it, and say in the description what the text is");
    }
}
