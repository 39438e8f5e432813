//! The contract: fragments in, one sound document out, or all that is wrong with it.

mod finding;
mod fragments;
mod merge;

pub(crate) use finding::{Finding, Rule};
pub(crate) use fragments::Fragment;

use crate::{outcome::Outcome, workspace::Workspace};

/// A contract that may or may not be sound.
#[derive(Debug)]
pub(crate) struct Contract {
    fragments: Vec<Fragment>,
    document: crate::yaml::Node,
    findings: Vec<Finding>,
}

impl Contract {
    /// Reads and checks the fragments of a workspace.
    pub(crate) fn read(workspace: &Workspace) -> Outcome<Self> {
        Ok(Self::new(fragments::read(workspace)?))
    }

    /// Merges and checks fragments.
    pub(crate) fn new(fragments: Vec<Fragment>) -> Self {
        let mut findings = Vec::new();
        let document = merge::merge(&fragments, &mut findings);
        findings.sort_by(|a, b| (a.place, a.rule.name()).cmp(&(b.place, b.rule.name())));
        findings.dedup();
        Self { fragments, document, findings }
    }

    /// The merged document as JSON, or a report of all that is wrong.
    pub(crate) fn json(&self) -> Result<String, String> {
        if !self.findings.is_empty() {
            return Err(finding::report(&self.fragments, &self.findings));
        }
        let mut json = serde_json::to_string_pretty(&self.document).map_err(|error| error.to_string())?;
        json.push('\n');
        Ok(json)
    }
}
