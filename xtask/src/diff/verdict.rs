//! What is said about a change.

use std::fmt;

use clap::ValueEnum;
use serde::Serialize;

/// How much a change asks of those who depend on the contract, from nothing to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// Nothing changed.
    None,
    /// Only people who read notice.
    Cosmetic,
    /// Who wants it uses it, all others go on as before.
    Compatible,
    /// The tool cannot decide: a person has to.
    Person,
    /// Somebody who did nothing wrong stops working.
    Breaking,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Cosmetic => "cosmetic",
            Self::Compatible => "compatible",
            Self::Person => "person",
            Self::Breaking => "breaking",
        })
    }
}

/// The verdict from which on the tool fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Cosmetic,
    Compatible,
    Person,
    Breaking,
}

impl From<FailOn> for Verdict {
    fn from(limit: FailOn) -> Self {
        match limit {
            FailOn::Cosmetic => Self::Cosmetic,
            FailOn::Compatible => Self::Compatible,
            FailOn::Person => Self::Person,
            FailOn::Breaking => Self::Breaking,
        }
    }
}

/// One change of the contract.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Change {
    /// Where in the contract, such as `ExportJob.state` or `GET /groups: query pretty`.
    pub(crate) place: String,
    /// What is different.
    pub(crate) what: String,
    /// Whether an old client and the service can still talk.
    pub(crate) wire: Verdict,
    /// Whether a dependent that compiled still compiles and means the same.
    pub(crate) rust: Verdict,
    /// The generated Rust item that it shows in.
    pub(crate) item: String,
    /// Why the verdicts are what they are.
    pub(crate) why: String,
}

impl Change {
    pub(crate) fn verdict(&self) -> Verdict {
        self.wire.max(self.rust)
    }
}

/// All changes between two contracts, worst first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    pub(crate) verdict: Verdict,
    pub(crate) changes: Vec<Change>,
}

impl Report {
    pub(super) fn new(mut changes: Vec<Change>) -> Self {
        changes.retain(|change| change.verdict() > Verdict::None);
        changes.sort_by(|a, b| b.verdict().cmp(&a.verdict()).then_with(|| a.cmp(b)));
        changes.dedup();
        let verdict = changes.iter().map(Change::verdict).max().unwrap_or(Verdict::None);
        Self { verdict, changes }
    }
}
