//! The code generator: runs it in child processes, reads what it writes, and finds what it cannot take.
//!
//! It knows documents and Rust, and nothing of fragments, rules or comparisons.

pub(crate) mod blame;
mod checks;
pub(crate) mod child;
mod docs;
pub(crate) mod names;
mod operation;
pub(crate) mod origin;
pub(crate) mod read;
#[path = "../../../atlas-exports-gen/generator.rs"]
mod settings;
pub(crate) mod slice;
mod surface;

pub(crate) use checks::Defect;
pub(crate) use child::Failure;
pub(crate) use settings::HAND_WRITTEN;

use child::Want;
use serde_json::Value;

/// Rust that was generated, and parses.
#[derive(Debug)]
pub(crate) struct Generated(child::Output);

impl Generated {
    /// Generates the surface of each document.
    pub(crate) fn all(documents: &[&Value]) -> Vec<Result<Self, Failure>> {
        child::run(documents.iter().copied(), Want::Surface).into_iter().map(|output| output.map(Self)).collect()
    }

    /// Generates all code of each document, unformatted.
    pub(crate) fn codes(documents: &[&Value]) -> Vec<Result<String, Failure>> {
        child::run(documents.iter().copied(), Want::Code).into_iter().map(|output| Ok(output?.code)).collect()
    }

    /// Generates the surface of one document.
    pub(crate) fn surface_of(document: &Value) -> Result<Self, Failure> {
        Self::one(document, Want::Surface)
    }

    /// Generates all code of one document.
    pub(crate) fn new(document: &Value) -> Result<Self, Failure> {
        Self::one(document, Want::Code)
    }

    fn one(document: &Value, want: Want) -> Result<Self, Failure> {
        let output = child::run(std::iter::once(document), want).pop();
        output.unwrap_or_else(|| Err(Failure::NotRun("no result".to_owned()))).map(Self)
    }

    /// What the compiler would refuse although it parses.
    pub(crate) fn defects(&self) -> &[checks::Defect] {
        &self.0.defects
    }

    /// The public items as text, without bodies and documentation.
    pub(crate) fn surface(&self) -> &str {
        &self.0.surface
    }

    /// All code, formatted. Empty when only the surface was generated.
    pub(crate) fn text(&self) -> String {
        self.file().as_ref().map(prettyplease::unparse).unwrap_or_default()
    }

    /// The items of one operation. Nothing when there is no such operation, or only the surface was generated.
    pub(crate) fn operation(&self, method: &str) -> Option<String> {
        operation::text(&self.file()?, method)
    }

    fn file(&self) -> Option<syn::File> {
        let mut file = syn::parse_file(&self.0.code).ok()?;
        docs::as_lines(&mut file);
        Some(file)
    }
}
