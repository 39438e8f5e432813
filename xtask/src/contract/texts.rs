//! Summaries and descriptions that a person still has to write. The generator needs none of them.

use std::collections::BTreeMap;

use super::survey::{Kind, Position, Survey};
use crate::yaml::{Node, Place};

/// So many are named for each fragment.
const MOST_NAMED: usize = 5;

/// The texts of one fragment that are still to be written.
#[derive(Debug, PartialEq)]
pub(crate) struct Unwritten {
    /// Index of the fragment.
    pub(crate) fragment: usize,
    /// Each text's line, and what it is.
    texts: Vec<(usize, String)>,
}

impl Unwritten {
    /// Returns one line for people about the fragment of a name.
    pub(crate) fn describe(&self, name: &str) -> String {
        let count = self.texts.len();
        let texts = if count == 1 { "text is" } else { "texts are" };
        let named = self.texts.iter().take(MOST_NAMED).map(|(line, what)| format!("{what} (line {line})"));
        let mut named: Vec<_> = named.collect();
        if count > MOST_NAMED {
            named.push(format!("{} more", count - MOST_NAMED));
        }
        format!("{count} {texts} still to be written in {name}: {}", named.join(", "))
    }
}

/// Returns the texts that are missing or begin with `TODO`, by fragment.
pub(super) fn unwritten(survey: &Survey<'_>) -> Vec<Unwritten> {
    let mut found: BTreeMap<usize, Vec<(usize, String)>> = BTreeMap::new();
    let mut look = |node: &Node, place: Place, member: &str, of: String| {
        let text = node.get(member);
        if text.and_then(Node::text).is_none_or(is_unwritten) {
            let place = text.map_or(place, |text| text.place);
            found.entry(place.file).or_default().push((place.line, format!("the {member} of {of}")));
        }
    };
    for operation in &survey.operations {
        for member in ["summary", "description"] {
            look(operation.node, operation.place, member, operation.label());
        }
        for holder in [operation.item, operation.node] {
            for parameter in inline(holder.get("parameters").and_then(Node::list)) {
                look(parameter, parameter.place, "description", named(parameter));
            }
        }
    }
    for (name, place, parameter) in survey.components(Kind::Parameter) {
        look(parameter, place, "description", format!("`{name}`"));
    }
    for tag in inline(survey.root.get("tags").and_then(Node::list)) {
        look(tag, tag.place, "description", named(tag));
    }
    for site in survey.sites.iter().filter(|site| !super::rules::is_reference(site.node)) {
        let of = match (site.position, site.owner) {
            (Position::Component(name), _) => format!("`{name}`"),
            (Position::Property { name, .. }, Some((_, owner))) => format!("`{owner}.{name}`"),
            (Position::Property { name, .. }, None) => format!("`{name}`"),
            _ => continue,
        };
        look(site.node, site.place, "description", of);
    }
    let by_line = |(fragment, mut texts): (usize, Vec<_>)| {
        texts.sort();
        // What the operations of a path share is met once for each.
        texts.dedup();
        Unwritten { fragment, texts }
    };
    found.into_iter().map(by_line).collect()
}

fn is_unwritten(text: &str) -> bool {
    text.trim().is_empty() || text.split(|letter: char| !letter.is_alphanumeric()).next() == Some("TODO")
}

/// The members of a list that are written out in it.
fn inline(list: Option<&[Node]>) -> impl Iterator<Item = &Node> {
    list.unwrap_or_default().iter().filter(|node| node.map().is_some() && !super::rules::is_reference(node))
}

fn named(node: &Node) -> String {
    node.get("name").and_then(Node::text).map_or_else(|| "what has no name".to_owned(), |name| format!("`{name}`"))
}

#[cfg(test)]
mod tests {
    use crate::contract::{Contract, testing};

    fn unwritten(contract: &Contract) -> Vec<String> {
        contract.unwritten()
    }

    #[test]
    fn the_real_contract_has_every_text() {
        assert_eq!(unwritten(&Contract::new(testing::real())), Vec::<String>::new());
    }

    #[test]
    fn missing_blank_and_todo_texts_are_listed_with_their_lines_and_refused_by_no_rule() {
        let contract = testing::with(
            "tags:\n  - name: probes\npaths:\n  /probe:\n    parameters:\n      - {name: a, in: query, schema: {type: string}}\n    \
             get:\n      operationId: getProbe\n      summary: \" \"\n      description: \"TODO: say it\"\n      tags: [probes]\n      \
             responses:\n        \"200\":\n          description: x\n          content:\n            application/json: {schema: {$ref: \"#/components/schemas/Probe\"}}\n        \
             4XX: {$ref: \"#/components/responses/clientError\"}\n    \
             post:\n      operationId: createProbe\n      description: TODOs are listed here.\n      tags: [probes]\n      \
             responses:\n        \"204\": {description: x}\n        4XX: {$ref: \"#/components/responses/clientError\"}\n\
             components:\n  schemas:\n    Probe:\n      type: object\n      properties:\n        \
             link: {$ref: \"#/components/schemas/Link\"}\n        b: {type: string, description: TODO}\n",
        );
        assert_eq!(contract.findings(), []);
        assert_eq!(
            unwritten(&contract),
            [
                "7 texts are still to be written in openapi/probe.yaml: the description of `probes` (line 2), the description of \
              `a` (line 6), the summary of `getProbe` (line 9), the description of `getProbe` (line 10), the summary of \
              `createProbe` (line 18), 2 more"
            ]
        );
    }
}
