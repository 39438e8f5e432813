//! The Rust that the generator makes of a contract.

mod blame;
mod clashes;
mod docs;
mod guard;
mod part;
mod surface;

use crate::contract::{Contract, Finding, Rule};

/// Generated Rust that can be read.
#[derive(Debug)]
pub(crate) struct Generated {
    file: syn::File,
}

impl Generated {
    /// Generates the client of a sound contract, or finds what the generator cannot take.
    pub(crate) fn new(contract: &Contract, json: &str) -> Result<Self, Vec<Finding>> {
        match guard::rust(json) {
            Ok(mut file) => {
                docs::as_lines(&mut file);
                let clashes = clashes::find(&file);
                if clashes.is_empty() { Ok(Self { file }) } else { Err(blame::clashes(contract, clashes)) }
            }
            Err(message) => Err(blame::failure(contract, json, &message)),
        }
    }

    /// All of it, formatted.
    pub(crate) fn text(&self) -> String {
        prettyplease::unparse(&self.file)
    }

    /// What is public of it, without bodies and documentation.
    pub(crate) fn surface(&self) -> String {
        surface::text(&self.file)
    }

    /// What one operation is made of, or nothing when there is no such operation.
    pub(crate) fn operation(&self, method: &str) -> Option<String> {
        part::operation(&self.file, method)
    }
}

fn finding(contract: &Contract, place: Option<crate::yaml::Place>, what: String, mend: &str) -> Finding {
    let place = place.unwrap_or_else(|| contract.start());
    Finding { place, rule: Rule::Generator, what, mend: mend.to_owned() }
}
