//! What Atlas sends is taken as it comes, because a client that is strict about responses fails when Atlas changes.

use super::{Findings, Rule, Survey, has_own_type, is_reference, is_true, member, schemas, text};
use crate::{
    contract::survey::{Kind, Position, Side, Site},
    yaml::{Content, Node},
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
        let is_response = survey.is_on(site, Side::Response)
            && !is_reference(site.node)
            && !has_own_type(survey, site)
            && !is_of_header(survey, site);
        if is_response {
            one(survey, site, findings);
        }
    }
}

/// Headers of responses are documentation: the generator reads none.
fn is_of_header(survey: &Survey<'_>, site: &Site<'_>) -> bool {
    matches!(site.owner, Some((Kind::Header, _)))
        || site.position == Position::Header
        || site.parent.and_then(|parent| survey.sites.get(parent)).is_some_and(|parent| is_of_header(survey, parent))
}

fn one(survey: &Survey<'_>, site: &Site<'_>, findings: &mut Findings) {
    let node = site.node;
    // It may have stood there for requests before an operation came to return it.
    let whose = survey.returned_by(site).map(|operation| format!(" of `{operation}`")).unwrap_or_default();
    let is_sent = [Side::Request, Side::Change].iter().any(|side| survey.is_on(site, *side));
    let mended = |mend: &str| {
        let other = if is_sent { "; or give requests and responses a schema each" } else { "" };
        format!("{mend}{other}")
    };
    let mut add = |rule, name: &str, what: &str, mend: &str| {
        if let Some((place, _)) = member(node, name) {
            findings.add(rule, place, format!("`{name}` stands in what responses{whose} contain{what}"), mended(mend));
        }
    };
    let say = "drop it, and say in the description what is usual";
    add(Rule::ResponsePattern, "pattern", ", and refuses what Atlas sends", say);
    // That a number is not negative makes it unsigned, which takes all that a count or size can be.
    let is_count = node.get("minimum").is_some_and(|least| least.content == Content::Number(0.into()))
        && node.get("exclusiveMinimum").is_none();
    for bound in BOUNDS.into_iter().filter(|bound| !(is_count && *bound == "minimum")) {
        add(Rule::ResponseBound, bound, ", and refuses what Atlas sends beyond it", say);
    }
    let mend = "drop it, and name the values in the description: a new one must not fail the whole response";
    add(Rule::ResponseEnum, "enum", ", and refuses a value that is new", mend);
    if !schemas::is_tagged_union(site) {
        let mend = "add a `discriminator` with a `mapping`, or write one object with the properties of all, none of \
                    them required but what all have";
        add(Rule::ResponseUnion, "oneOf", ", and refuses a kind that is new", mend);
    }
    if let Some((place, value)) = member(node, "additionalProperties")
        && value.bool() == Some(false)
    {
        let what = format!("`additionalProperties: false` in a response{whose} refuses a property that is new");
        findings.add(Rule::ResponseClosed, place, what, mended("drop it"));
    }
    if let Some((name, kind)) = without_null(site)
        && !schemas::is_required_elsewhere(survey, site, name)
    {
        let what = format!("`{name}` is an optional {kind} of a response{whose}, and refuses `null`");
        findings.add(Rule::ResponseNull, site.place, what, mended("add `nullable: true`"));
    }
}

/// Name and kind of an optional value for which the generator takes no `null`.
fn without_null<'a>(site: &Site<'a>) -> Option<(&'a str, &'static str)> {
    let node = site.node;
    let Position::Property { name, required: false } = site.position else { return None };
    if is_true(node, "nullable") {
        return None;
    }
    let is_map = text(node, "type") == Some("object")
        && node.get("properties").and_then(Node::map).is_none_or(|all| all.is_empty());
    let kind = match text(node, "type") {
        Some("array") => "list",
        _ if is_map => "map",
        _ if node.get("default").is_some() => "value with a default",
        _ => return None,
    };
    Some((name, kind))
}
