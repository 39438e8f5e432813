//! Schemas that the generator makes good types of.

use std::collections::BTreeSet;

use super::{Findings, Rule, Survey, is_reference, is_true, member, members, text};
use crate::{
    contract::survey::{Kind, Position, Site},
    yaml::Node,
};

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// Members that only make sense with some types.
const BELONGS: [(&str, &[&str]); 17] = [
    ("additionalProperties", &["object"]),
    ("enum", &["string", "integer", "number", "boolean"]),
    ("exclusiveMaximum", &["integer", "number"]),
    ("exclusiveMinimum", &["integer", "number"]),
    ("format", &["string", "integer", "number"]),
    ("items", &["array"]),
    ("maxItems", &["array"]),
    ("maxLength", &["string"]),
    ("maxProperties", &["object"]),
    ("maximum", &["integer", "number"]),
    ("minItems", &["array"]),
    ("minLength", &["string"]),
    ("minProperties", &["object"]),
    ("minimum", &["integer", "number"]),
    ("multipleOf", &["integer", "number"]),
    ("pattern", &["string"]),
    ("uniqueItems", &["array"]),
];

const UNIONS: [&str; 4] = ["allOf", "oneOf", "anyOf", "not"];

pub(super) fn check(survey: &Survey<'_>, findings: &mut Findings) {
    for site in survey.sites.iter().filter(|site| !is_reference(site.node)) {
        unions(site, findings);
        types(site, findings);
        inline(survey, site, findings);
        properties(survey, site, findings);
        if let (Position::Component(name), true) = (site.position, is_true(site.node, "nullable"))
            && site.owner.is_some_and(|(kind, _)| kind == Kind::Schema)
        {
            let place = member(site.node, "nullable").map_or(site.place, |(place, _)| place);
            let what = format!("`{name}` is `nullable` by itself, which makes a type around an option");
            let mend = "drop it here; where it may be null, write `nullable: true` beside `allOf: [$ref]`";
            findings.add(Rule::SchemaNullable, place, what, mend);
        }
    }
}

fn unions(site: &Site<'_>, findings: &mut Findings) {
    for name in ["anyOf", "not"] {
        if let Some((place, _)) = member(site.node, name) {
            let mend = if name == "anyOf" {
                "for kinds of objects in a request write `oneOf`; for a text with known values write `type: string` \
                 and name them in the description"
            } else {
                "drop it, and say in the description what is not allowed"
            };
            findings.add(Rule::SchemaUnion, place, format!("the generator makes no good type of `{name}`"), mend);
        }
    }
    for name in ["allOf", "oneOf"] {
        let Some((place, list)) = member(site.node, name) else { continue };
        if list.list().is_some_and(<[Node]>::is_empty) {
            findings.add(Rule::SchemaType, place, format!("`{name}` is empty"), "name what it is made of, or drop it");
        }
    }
    if site.node.get("oneOf").is_some() {
        for name in ["type", "properties", "required", "additionalProperties", "allOf", "default"] {
            if let Some((place, _)) = member(site.node, name) {
                let what = format!("`{name}` stands beside `oneOf`, which the generator cannot join");
                findings.add(Rule::SchemaType, place, what, "move it into each of the `oneOf`");
            }
        }
    }
}

fn types(site: &Site<'_>, findings: &mut Findings) {
    let node = site.node;
    let kind = text(node, "type");
    match (member(node, "type"), kind) {
        (Some((place, _)), Some(kind)) if !TYPES.contains(&kind) => {
            let mend = if kind == "null" {
                "write the other type, with `nullable: true`".to_owned()
            } else {
                format!("write one of {}", TYPES.join(", "))
            };
            findings.add(Rule::SchemaType, place, format!("`{kind}` is no type"), mend);
        }
        (None, _) if !UNIONS.iter().any(|union| node.get(union).is_some()) => untyped(site, findings),
        _ => {}
    }
    let Some(kind) = kind.filter(|kind| TYPES.contains(kind)) else { return };
    if kind == "array" && node.get("items").is_none() {
        let what = "the list does not say what is in it";
        findings.add(Rule::SchemaType, site.place, what, "add `items`; `items: {}` when it can be anything");
    }
    let strangers = BELONGS.iter().filter(|(_, types)| !types.contains(&kind)).map(|(name, _)| *name);
    let of_objects = ["properties", "required"].into_iter().filter(|_| kind != "object");
    for name in strangers.chain(of_objects) {
        if let Some((place, _)) = member(node, name) {
            let what = format!("`{name}` means nothing with `type: {kind}`");
            findings.add(Rule::SchemaType, place, what, "drop it, or correct the type");
        }
    }
    if kind != "object" {
        for union in ["allOf", "oneOf"] {
            if let Some((place, _)) = member(node, union) {
                let what = format!("`{union}` stands beside `type: {kind}`");
                findings.add(Rule::SchemaType, place, what, "keep one of the two");
            }
        }
    }
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if let (Some((place, _)), None) = (member(node, exclusive), node.get(bound)) {
            let what = format!("`{exclusive}` says that `{bound}` itself is left out, and there is none");
            findings.add(Rule::SchemaType, place, what, format!("add `{bound}`, or drop `{exclusive}`"));
        }
    }
}

/// Without a type, the generator takes any value, or guesses.
fn untyped(site: &Site<'_>, findings: &mut Findings) {
    let guess = if site.node.get("properties").is_some() || site.node.get("required").is_some() {
        Some("object")
    } else {
        BELONGS.iter().find(|(name, _)| site.node.get(name).is_some()).and_then(|(_, types)| types.first().copied())
    };
    if let Some(guess) = guess {
        let what = "the schema has no type, although it has members that belong to one";
        findings.add(Rule::SchemaType, site.place, what, format!("add `type: {guess}`"));
    }
}

/// Whether an object is described here, and not named elsewhere.
fn is_object(node: &Node) -> bool {
    members(node, "properties").next().is_some()
}

fn inline(survey: &Survey<'_>, site: &Site<'_>, findings: &mut Findings) {
    if is_whole(survey, site) {
        return;
    }
    let all_of = node_list(site.node, "allOf");
    // One reference in an `allOf` only says more about a named schema.
    let wraps = all_of.len() == 1 && all_of.iter().all(is_reference);
    let what = if is_object(site.node) {
        "an object without a name gets a made-up one, which changes when anything around it does"
    } else if site.node.get("oneOf").is_some() || (!all_of.is_empty() && !wraps) {
        "a schema that is made of several and has no name gets a made-up one"
    } else {
        return;
    };
    let mend = "move it to `components.schemas` under a name that suits Rust, and refer to it";
    findings.add(Rule::InlineSchema, site.place, what, mend);
}

/// Whether it is a named schema, or a part that an `allOf` of one adds to it.
fn is_whole(survey: &Survey<'_>, site: &Site<'_>) -> bool {
    match (site.position, site.parent.and_then(|parent| survey.sites.get(parent))) {
        (Position::Component(_), _) => true,
        (Position::Member("allOf"), Some(parent)) => is_whole(survey, parent),
        _ => false,
    }
}

fn node_list<'a>(node: &'a Node, name: &str) -> &'a [Node] {
    node.get(name).and_then(Node::list).unwrap_or_default()
}

fn properties(survey: &Survey<'_>, site: &Site<'_>, findings: &mut Findings) {
    let mut known = BTreeSet::new();
    let is_known = gather(survey, whole(survey, site), &mut known, 0);
    let mut required = BTreeSet::new();
    for name in node_list(site.node, "required") {
        let Some(text) = name.text() else { continue };
        if is_known && !known.contains(text) {
            let what = format!("`{text}` is required, but is not among the properties");
            findings.add(Rule::RequiredProperty, name.place, what, "add it to `properties`, or correct the name");
        } else if !required.insert(text) {
            let what = format!("`{text}` is required a second time");
            findings.add(Rule::RequiredProperty, name.place, what, "drop one of the two");
        }
    }
}

/// Whether it is a named union of named schemas that a property tells apart, whose Rust type keeps kinds that are new.
pub(super) fn is_tagged_union(site: &Site<'_>) -> bool {
    let mapping = site.node.get("discriminator").and_then(|discriminator| discriminator.get("mapping")?.map());
    let kinds = node_list(site.node, "oneOf");
    matches!(site.position, Position::Component(_))
        && mapping.is_some_and(|mapping| !mapping.is_empty())
        && kinds.iter().all(is_reference)
}

/// Whether a property of an object is required by another part of the `allOf` that the object is one of.
pub(super) fn is_required_elsewhere(survey: &Survey<'_>, property: &Site<'_>, name: &str) -> bool {
    let object = property.parent.and_then(|parent| survey.sites.get(parent));
    object.is_some_and(|object| requires(survey, whole(survey, object), name, 0))
}

fn requires<'a>(survey: &Survey<'a>, node: &'a Node, name: &str, depth: usize) -> bool {
    let Some(node) = survey.resolve(Kind::Schema, node).filter(|_| depth < 32) else { return false };
    node_list(node, "required").iter().any(|one| one.text() == Some(name))
        || node_list(node, "allOf").iter().any(|part| requires(survey, part, name, depth + 1))
}

/// The schema that an `allOf` makes of the site and others.
fn whole<'a>(survey: &Survey<'a>, site: &Site<'a>) -> &'a Node {
    match (site.position, site.parent.and_then(|parent| survey.sites.get(parent))) {
        (Position::Member("allOf"), Some(parent)) => whole(survey, parent),
        _ => site.node,
    }
}

/// Collects the properties of a schema and of all that it is made of. False when not all of them can be known.
fn gather<'a>(survey: &Survey<'a>, node: &'a Node, known: &mut BTreeSet<&'a str>, depth: usize) -> bool {
    let Some(node) = survey.resolve(Kind::Schema, node).filter(|_| depth < 32) else { return false };
    known.extend(members(node, "properties").map(|(name, ..)| name.as_str()));
    let parts = node_list(node, "allOf");
    parts.iter().all(|part| gather(survey, part, known, depth + 1)) && node.get("oneOf").is_none()
}
