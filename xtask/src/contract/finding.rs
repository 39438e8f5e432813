//! What is wrong with a contract, where, and what to do.

use std::{collections::BTreeSet, fmt::Write as _};

use super::Fragment;
use crate::yaml::Place;

/// Something that the contract has and should not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) rule: Rule,
    pub(crate) place: Place,
    /// What is wrong.
    pub(crate) what: String,
    /// What to do.
    pub(crate) mend: String,
}

/// What a contract keeps to, so that the generator makes a good client of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    YamlSyntax,
    DuplicateKey,
    DefinedTwice,
    Shape,
}

impl Rule {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::YamlSyntax => "yaml-syntax",
            Self::DuplicateKey => "duplicate-key",
            Self::DefinedTwice => "defined-twice",
            Self::Shape => "shape",
        }
    }
}

/// All findings as people read them.
pub(crate) fn report(fragments: &[Fragment], findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { rule, place, what, mend } in findings {
        let name = fragments.get(place.file).map_or("openapi", |fragment| fragment.name.as_str());
        let _ = writeln!(text, "{name}:{}:{}: [{}] {what}", place.line, place.column, rule.name());
        let _ = writeln!(text, "    {mend}");
    }
    let files: BTreeSet<_> = findings.iter().map(|finding| finding.place.file).collect();
    let count = |number: usize, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
    let _ = writeln!(
        text,
        "\n{} in {}; nothing was written",
        count(findings.len(), "finding"),
        count(files.len(), "fragment")
    );
    text
}
