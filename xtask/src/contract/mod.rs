//! The contract: fragments in, one sound document out, or all that is wrong with it.

mod finding;
mod fragments;
mod generate;
mod merge;
mod rule;
mod rules;
mod survey;
mod texts;

pub(crate) use finding::{Finding, Findings};
pub(crate) use fragments::Fragment;
pub(crate) use rule::Rule;

#[cfg(test)]
pub(crate) use rules::tests as testing;

use merge::Merged;
use survey::Survey;

use serde_json::Value;

use crate::{outcome::Outcome, workspace::Workspace, yaml::Node};

/// A contract that may or may not be sound.
#[derive(Debug)]
pub(crate) struct Contract {
    fragments: Vec<Fragment>,
    document: Node,
    findings: Vec<Finding>,
}

impl Contract {
    /// Reads and checks the fragments of a workspace.
    pub(crate) fn read(workspace: &Workspace) -> Outcome<Self> {
        Ok(Self::new(fragments::read(workspace)?))
    }

    /// Reads and checks the fragments of a workspace, but for empty ones: a shell has made one where it is to write what
    /// is read for.
    pub(crate) fn read_written(workspace: &Workspace) -> Outcome<Self> {
        let fragments = fragments::read(workspace)?;
        Ok(Self::new(fragments.into_iter().filter(|fragment| !fragment.bytes.is_empty()).collect()))
    }

    /// Merges and checks fragments.
    pub(crate) fn new(fragments: Vec<Fragment>) -> Self {
        let mut findings = Findings::default();
        let merged = merge::merge(&fragments, &mut findings);
        rules::check(&merged, &mut findings);
        let Merged { document, .. } = merged;
        Self { fragments, document, findings: findings.sorted() }
    }

    /// The merged document as JSON, or a report of all that is wrong.
    pub(crate) fn json(&self) -> Result<String, String> {
        if !self.findings.is_empty() {
            return Err(self.report(&self.findings));
        }
        let mut document = serde_json::to_value(&self.document).map_err(|error| error.to_string())?;
        remove_differences(&mut document);
        let mut json = serde_json::to_string_pretty(&document).map_err(|error| error.to_string())?;
        json.push('\n');
        Ok(json)
    }

    /// The merged document with what says how it differs from MongoDB's, or a report of all that is wrong.
    pub(crate) fn document(&self) -> Result<Value, String> {
        if !self.findings.is_empty() {
            return Err(self.report(&self.findings));
        }
        serde_json::to_value(&self.document).map_err(|error| error.to_string())
    }

    /// The merged document as JSON, sound or not.
    #[cfg(test)]
    pub(crate) fn unsound_json(&self) -> String {
        serde_json::to_string(&self.document).unwrap()
    }

    /// All that is wrong.
    pub(crate) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Findings as people read them.
    pub(crate) fn report(&self, findings: &[Finding]) -> String {
        finding::report(&self.fragments, findings)
    }

    /// Returns a line about each fragment in which a person still has to write summaries or descriptions.
    pub(crate) fn unwritten(&self) -> Vec<String> {
        let survey = Survey::new(&self.document, &mut Findings::default());
        let unwritten = texts::unwritten(&survey);
        let described =
            unwritten.iter().filter_map(|texts| Some(texts.describe(&self.fragments.get(texts.fragment)?.name)));
        described.collect()
    }

    /// The id of each operation, in the order of the alphabet.
    pub(crate) fn operation_ids(&self) -> Vec<&str> {
        let paths = self.document.get("paths").and_then(Node::map);
        let operations = paths.into_iter().flatten().filter_map(|(_, item)| item.value.map()).flatten();
        let mut ids: Vec<_> =
            operations.filter_map(|(_, operation)| operation.value.get("operationId")?.text()).collect();
        ids.sort_unstable();
        ids
    }
}

/// Removes the notes on how the contract differs from MongoDB's document, which say nothing of Rust or of the wire.
pub(crate) fn remove_differences(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, value| name != "x-atlas-differs" || !value.is_string());
            map.values_mut().for_each(remove_differences);
        }
        Value::Array(list) => list.iter_mut().for_each(remove_differences),
        _ => {}
    }
}
