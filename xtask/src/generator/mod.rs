//! The code generator: runs it in child processes, reads what it writes, and finds what it cannot take.
//!
//! It knows documents and Rust, and nothing of fragments, rules or comparisons.

pub(crate) mod blame;
pub(crate) mod checks;
pub(crate) mod child;
mod docs;
mod operation;
#[path = "../../../atlas-exports-gen/generator.rs"]
mod settings;
mod surface;

use serde_json::Value;

pub(crate) use child::Failure;
pub(crate) use settings::HAND_WRITTEN;

/// Generated Rust that parses.
#[derive(Debug)]
pub(crate) struct Generated {
    file: syn::File,
}

impl Generated {
    /// Generates Rust for one document.
    pub(crate) fn new(document: &Value) -> Result<Self, Failure> {
        Self::parse(child::rust(document))
    }

    fn parse(text: Result<String, Failure>) -> Result<Self, Failure> {
        let file = syn::parse_file(&text?).map_err(|error| Failure::Unparsable(error.to_string()))?;
        Ok(Self { file })
    }

    /// What the compiler would refuse although it parses.
    pub(crate) fn defects(&self) -> Vec<checks::Defect> {
        checks::find(&self.file)
    }

    /// All of it, formatted.
    pub(crate) fn text(&self) -> String {
        let mut file = self.file.clone();
        docs::as_lines(&mut file);
        prettyplease::unparse(&file)
    }

    /// The public items, without bodies and documentation.
    pub(crate) fn surface(&self) -> String {
        surface::text(&self.file)
    }

    /// The items of one operation, or nothing when there is no such operation.
    pub(crate) fn operation(&self, method: &str) -> Option<String> {
        let mut file = self.file.clone();
        docs::as_lines(&mut file);
        operation::text(&file, method)
    }
}
