//! What a contract keeps to.

mod bodies;
mod defaults;
mod extensions;
mod head;
mod names;
mod operations;
mod parameters;
mod paths;
mod references;
mod response_schemas;
mod responses;
mod schemas;
mod values;

#[cfg(test)]
pub(crate) mod tests;

use super::{
    Findings, Rule,
    merge::Merged,
    survey::{Operation, Site, Survey},
};
use crate::{
    contract::survey::Kind,
    yaml::{Map, Node, Place},
};

/// Checks a merged document. Of an incomplete one, nothing is said of what may stand in the part that is missing.
pub(super) fn check(merged: &Merged, findings: &mut Findings) {
    let Merged { document, complete, has_version } = merged;
    let complete = *complete;
    let survey = Survey::new(document, findings);
    head::check(&survey, complete, *has_version, findings);
    references::check(&survey, complete, findings);
    operations::check(&survey, complete, findings);
    paths::check(&survey, findings);
    parameters::check(&survey, findings);
    bodies::check(&survey, findings);
    responses::check(&survey, findings);
    schemas::check(&survey, findings);
    values::check(&survey, findings);
    defaults::check(&survey, findings);
    response_schemas::check(&survey, findings);
    names::check(&survey, findings);
    extensions::check(&survey, findings);
}

/// Name and value of a member of a map.
fn member<'a>(node: &'a Node, name: &str) -> Option<(Place, &'a Node)> {
    node.map()?.get(name).map(|member| (member.key, &member.value))
}

/// A member that is a map, or no members at all.
fn members<'a>(node: &'a Node, name: &str) -> impl Iterator<Item = (&'a String, Place, &'a Node)> {
    let map: Option<&'a Map> = node.get(name).and_then(Node::map);
    map.into_iter().flatten().map(|(name, member)| (name, member.key, &member.value))
}

fn text<'a>(node: &'a Node, name: &str) -> Option<&'a str> {
    node.get(name).and_then(Node::text)
}

fn is_true(node: &Node, name: &str) -> bool {
    node.get(name).and_then(Node::bool) == Some(true)
}

pub(super) fn is_reference(node: &Node) -> bool {
    node.get("$ref").is_some()
}

/// A parameter of an operation, and where it is listed.
struct Parameter<'a> {
    node: &'a Node,
    place: Place,
}

impl<'a> Parameter<'a> {
    fn name(&self) -> &'a str {
        text(self.node, "name").unwrap_or_default()
    }

    fn is_in(&self) -> &'a str {
        text(self.node, "in").unwrap_or_default()
    }
}

/// The parameters of a list, references followed; those that lead nowhere are left out.
fn listed<'a>(survey: &Survey<'a>, holder: &'a Node) -> Vec<Parameter<'a>> {
    let list = holder.get("parameters").and_then(Node::list).unwrap_or_default();
    let resolved = list.iter().filter_map(|node| {
        let place = node.place;
        survey.resolve(Kind::Parameter, node).map(|node| Parameter { node, place })
    });
    resolved.collect()
}

/// The parameters of an operation, with those of its path that it does not replace.
fn parameters<'a>(survey: &Survey<'a>, operation: &Operation<'a>) -> Vec<Parameter<'a>> {
    let own = listed(survey, operation.node);
    let mut all = listed(survey, operation.item);
    all.retain(|shared| !own.iter().any(|own| own.name() == shared.name() && own.is_in() == shared.is_in()));
    all.extend(own);
    all
}

/// Whether every parameter of an operation could be found.
fn parameters_are_known(survey: &Survey<'_>, operation: &Operation<'_>) -> bool {
    [operation.node, operation.item].iter().all(|holder| {
        let list = holder.get("parameters").and_then(Node::list).unwrap_or_default();
        list.iter().all(|node| survey.resolve(Kind::Parameter, node).is_some())
    })
}

/// Whether the Rust type of what stands there is written by hand or an identifier, whatever the schema says.
fn has_own_type(survey: &Survey<'_>, site: &Site<'_>) -> bool {
    let Some((Kind::Schema, name)) = site.owner else { return false };
    crate::generator::HAND_WRITTEN.iter().any(|(hand_written, _)| *hand_written == name)
        || survey.component(Kind::Schema, name).is_some_and(|schema| text(schema, "x-atlas-type") == Some("objectId"))
}
