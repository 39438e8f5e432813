//! What is wrong with a contract, where, and what to do.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{Fragment, Rule};
use crate::yaml::Place;

/// Something that the contract has and should not have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) place: Place,
    pub(crate) rule: Rule,
    /// What is wrong.
    pub(crate) what: String,
    /// What to do.
    pub(crate) mend: String,
}

/// All that was found.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn add(&mut self, rule: Rule, place: Place, what: impl Into<String>, mend: impl Into<String>) {
        self.0.push(Finding { place, rule, what: what.into(), mend: mend.into() });
    }

    /// Whether anything was found in a file.
    pub(crate) fn any_in(&self, file: usize) -> bool {
        self.0.iter().any(|finding| finding.place.file == file)
    }

    /// Each finding once, in the order of the files.
    pub(crate) fn sorted(mut self) -> Vec<Finding> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}

/// All findings as people read them.
pub(crate) fn report(fragments: &[Fragment], findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { rule, place, what, mend } in findings {
        let name = fragments.get(place.file).map_or(crate::workspace::FRAGMENTS, |fragment| fragment.name.as_str());
        let _ = writeln!(text, "{name}:{}:{}: [{}] {what}", place.line, place.column, rule.name());
        let _ = writeln!(text, "    {mend}");
    }
    let files: BTreeSet<_> = findings.iter().map(|finding| finding.place.file).collect();
    let count = |number: usize, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
    let (found, files) = (count(findings.len(), "finding"), count(files.len(), "fragment"));
    let _ = writeln!(text, "\n{found} in {files}; nothing was written");
    text
}
