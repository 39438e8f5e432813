//! MongoDB's own OpenAPI document, and how it maps to the contract.

mod compare;
mod document;
mod flat;
mod matching;
mod scalar;
mod version;

use std::path::Path;

use crate::{
    contract::Contract,
    diff,
    outcome::{Failure, Outcome},
    workspace::Workspace,
};

pub(crate) use compare::{Comparison, compare};
pub(crate) use document::{Document, Operation, schema_name};
pub(crate) use flat::{Kind, Object, Property, Union, essence};
pub(crate) use matching::{base, below, shape};
pub(crate) use scalar::is_id;
pub(crate) use version::{Format, Media, Version, choose, is_day, media, versions};

/// `diff --official`: compares the contract of the working tree with MongoDB's document.
pub(crate) fn run(workspace: &Workspace, file: &Path, args: &diff::Args) -> Outcome {
    let theirs = Document::read(file)?;
    let ours = Document::of(Contract::read(workspace)?.document().map_err(Failure::Found)?);
    let advice = "follow the document, or write on the member why not, as `x-atlas-differs: REASON`";
    diff::tell_changes(compare(&ours, &theirs).changes, args, advice)
}
