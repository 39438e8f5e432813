//! `cargo xtask diff`: what changed in the contract, in meaning, and who feels it.

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::Value;

use crate::{
    outcome::{Failure, Outcome, say},
    workspace::Workspace,
};

mod document;
mod integers;
mod join;
mod markdown;
mod rust;
mod schema;
mod source;
#[cfg(test)]
mod tests;
mod text;
mod verdict;
mod wire;

use self::{
    document::Document,
    rust::Surface,
    verdict::{FailOn, Report},
};
pub(crate) use self::{
    document::path_shape,
    source::newest_release,
    verdict::{Change, Verdict},
};

/// Tell what changed in the contract, in meaning: on the wire, and for code that uses the generated crate.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Contract to compare with: a file (JSON or YAML), or a revision of this repository. The newest release tag `v*`
    /// when absent, else `HEAD`.
    #[arg(long, value_name = "REV-OR-FILE")]
    base: Option<String>,
    /// Contract to look at, when it is not the one of the working tree.
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,
    /// MongoDB's own OpenAPI document (YAML or JSON), to compare the working tree's contract with.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["base", "head"])]
    pub(crate) official: Option<PathBuf>,
    /// How to write the changes down.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Fail from this verdict on.
    #[arg(long, value_enum, default_value_t = FailOn::Person)]
    fail_on: FailOn,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For a terminal.
    Text,
    /// For a comment on a pull request.
    Markdown,
    /// For programs.
    Json,
}

impl Args {
    /// Whether the working tree's contract is compared.
    pub(crate) fn is_of_working_tree(&self) -> bool {
        self.head.is_none() && self.official.is_none()
    }
}

/// Compares, writes the changes to stdout, and fails when they go too far.
pub(crate) fn run(workspace: &Workspace, args: &Args) -> Outcome {
    let head = source::head(workspace, args.head.as_deref())?;
    let (base, recorded) = source::base(workspace, args.base.as_deref())?;
    tell(
        compare_with(&base, recorded.as_deref(), &head),
        args,
        "undo the changes that nobody should feel, or release them as what they are",
    )
}

/// Writes changes to stdout, and fails when they go too far.
pub(crate) fn tell_changes(changes: Vec<Change>, args: &Args, advice: &str) -> Outcome {
    tell(Report::new(changes), args, advice)
}

fn tell(report: Report, args: &Args, advice: &str) -> Outcome {
    let written = match args.format {
        Format::Text => text::render(&report),
        Format::Markdown => markdown::render(&report),
        Format::Json => serde_json::to_string_pretty(&report)
            .map_err(|error| Failure::trouble(format!("cannot write the report: {error}")))?,
    };
    say(written.trim_end())?;
    if report.verdict >= Verdict::from(args.fail_on) {
        return Err(Failure::Found(format!("the verdict is {}: {advice}", report.verdict)));
    }
    Ok(())
}

/// Compares what travels, without a look at the Rust.
#[cfg_attr(not(test), allow(dead_code, reason = "only tests and the fuzz target call it"))]
pub(crate) fn compare_wire(base: &Value, head: &Value) -> Report {
    let (base, head, none) = (Document::new(base), Document::new(head), Surface::default());
    let (findings, renamed) = wire::compare(base, head, &none, &none);
    Report::new(join::join(findings, Vec::new(), &renamed))
}

/// Compares two OpenAPI 3.0 documents, whatever is in them.
#[cfg(test)]
pub(crate) fn compare(base: &Value, head: &Value) -> Report {
    compare_with(base, None, head)
}

/// The same, with what was public of the base's Rust when it was made.
fn compare_with(base: &Value, recorded: Option<&str>, head: &Value) -> Report {
    if base == head && recorded.is_none() {
        return Report::new(Vec::new());
    }
    let (base, head) = (Document::new(base), Document::new(head));
    let (old, new) = Surface::both(base, recorded, head);
    let (findings, renamed) = wire::compare(base, head, &old, &new);
    Report::new(join::join(findings, rust::compare(&old, &new), &renamed))
}
