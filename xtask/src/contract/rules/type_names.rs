//! Names that the generator makes up for small types which the contract does not name.

use std::collections::BTreeMap;

use super::{Findings, Rule, Survey, is_reference, member, names, parameters, text};
use crate::{
    contract::survey::{Kind, Position, Site},
    yaml::{Node, Place},
};

/// Who has a name: a schema of the contract, or an inline type of some content.
struct Owner {
    what: String,
    content: Option<String>,
}

pub(super) fn check(survey: &Survey<'_>, findings: &mut Findings) {
    let mut owners: BTreeMap<String, Owner> = BTreeMap::new();
    for (name, ..) in survey.components(Kind::Schema) {
        owners.insert(names::pascal(name), Owner { what: format!("the schema `{name}`"), content: None });
    }
    for site in &survey.sites {
        if let Some(name) = made_up(survey, site) {
            claim(&name, site.node, site.place, &mut owners, findings);
        }
    }
    for operation in &survey.operations {
        let Some(id) = operation.id() else { continue };
        for parameter in parameters(survey, operation) {
            let Some((place, schema)) = member(parameter.node, "schema") else { continue };
            let name = format!("{id}-{}", parameter.name());
            if needs_name(schema) {
                claim(&titled(schema, &name), schema, place, &mut owners, findings);
            } else if let Some(items) = schema.get("items").filter(|items| needs_name(items)) {
                claim(&titled(items, &format!("{name}-item")), items, place, &mut owners, findings);
            }
        }
    }
}

fn claim(name: &str, node: &Node, place: Place, owners: &mut BTreeMap<String, Owner>, findings: &mut Findings) {
    let content = serde_json::to_string(node).ok();
    match owners.get(name) {
        Some(owner) if owner.content.is_none() || owner.content != content => {
            let what = format!("this inline type would be called `{name}`, as is {}", owner.what);
            let mend = "name it: move it to `components.schemas` and refer to it, or rename the other";
            findings.add(Rule::TypeName, place, what, mend);
        }
        Some(_) => {}
        None => {
            owners.insert(name.to_owned(), Owner { what: "another inline type".to_owned(), content });
        }
    }
}

/// Whether a schema becomes a type of its own although it may have no name.
fn needs_name(node: &Node) -> bool {
    let is_special = ["enum", "minLength", "maxLength", "oneOf"].iter().any(|name| node.get(name).is_some());
    !is_reference(node) && is_special
}

fn titled(node: &Node, name: &str) -> String {
    names::pascal(text(node, "title").unwrap_or(name))
}

/// The name of an inline type, but of a parameter's, which is another one for each operation.
fn made_up(survey: &Survey<'_>, site: &Site<'_>) -> Option<String> {
    let is_named = matches!(site.position, Position::Component(_) | Position::Parameter(_));
    (!is_named && needs_name(site.node)).then(|| path(survey, site)).flatten().map(|name| titled(site.node, &name))
}

fn path(survey: &Survey<'_>, site: &Site<'_>) -> Option<String> {
    let parent = || site.parent.and_then(|parent| survey.sites.get(parent)).and_then(|parent| path(survey, parent));
    match site.position {
        Position::Component(name) => Some(name.to_owned()),
        Position::Property { name, .. } => Some(format!("{}-{name}", parent()?)),
        Position::Items => Some(format!("{}-item", parent()?)),
        Position::Values => Some(format!("{}-value", parent()?)),
        Position::Member("allOf") => parent(),
        _ => None,
    }
}
