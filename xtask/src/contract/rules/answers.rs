//! What Atlas sends is taken as it comes, because a client that is strict about answers fails when Atlas changes.

use super::{Findings, Rule, Survey, has_own_type, is_reference, is_true, member, text};
use crate::{
    contract::survey::{Kind, Position, Side, Site},
    yaml::Node,
};

const BOUNDS: [&str; 11] = [
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
];

pub(super) fn check(survey: &Survey<'_>, findings: &mut Findings) {
    for site in &survey.sites {
        let is_answer = survey.is_on(site, Side::Answer)
            && !is_reference(site.node)
            && !has_own_type(survey, site)
            && !is_of_header(survey, site);
        if is_answer {
            one(site, findings);
        }
    }
}

/// Headers of answers are documentation: the generator reads none.
fn is_of_header(survey: &Survey<'_>, site: &Site<'_>) -> bool {
    matches!(site.owner, Some((Kind::Header, _)))
        || site.position == Position::Header
        || site.parent.and_then(|parent| survey.sites.get(parent)).is_some_and(|parent| is_of_header(survey, parent))
}

fn one(site: &Site<'_>, findings: &mut Findings) {
    let node = site.node;
    let mut add = |rule, name: &str, what: &str, mend: &str| {
        if let Some((place, _)) = member(node, name) {
            findings.add(rule, place, format!("`{name}` stands in what answers contain{what}"), mend);
        }
    };
    let say = "drop it, and say in the description what is usual";
    add(Rule::AnswerPattern, "pattern", ", and refuses what Atlas sends", say);
    for bound in BOUNDS {
        add(Rule::AnswerBound, bound, ", and refuses what Atlas sends beyond it", say);
    }
    let mend = "drop it, and name the values in the description: a new one must not fail the whole answer";
    add(Rule::AnswerEnum, "enum", ", and refuses a value that is new", mend);
    let mend = "write one object with the properties of all, none of them required but what all have";
    add(Rule::AnswerUnion, "oneOf", ", and refuses a kind that is new", mend);
    if let Some((place, value)) = member(node, "additionalProperties")
        && value.bool() == Some(false)
    {
        let what = "`additionalProperties: false` in an answer refuses a property that is new";
        findings.add(Rule::AnswerClosed, place, what, "drop it");
    }
    null(site, findings);
}

fn null(site: &Site<'_>, findings: &mut Findings) {
    let node = site.node;
    let Position::Property { name, required: false } = site.position else { return };
    if is_true(node, "nullable") {
        return;
    }
    let is_map = text(node, "type") == Some("object")
        && node.get("properties").and_then(Node::map).is_none_or(|all| all.is_empty());
    let kind = match text(node, "type") {
        Some("array") => "list",
        _ if is_map => "map",
        _ if node.get("default").is_some() => "value with a default",
        _ => return,
    };
    let what = format!("`{name}` is an optional {kind} of an answer, and refuses `null`");
    findings.add(Rule::AnswerNull, site.place, what, "add `nullable: true`");
}
