//! Names of components.

use super::{Findings, Rule, Survey};
use crate::contract::survey::Kind;

pub(super) fn check(survey: &Survey<'_>, findings: &mut Findings) {
    for (name, place, _) in survey.components(Kind::Schema) {
        if !is_component_name(name) || !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            let what = format!("`{name}` cannot be the name of a schema, or of a Rust type");
            findings.add(Rule::SchemaName, place, what, "use letters, digits, `.`, `_` and `-`, a letter first");
        }
    }
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Schema) {
        for (name, place, _) in survey.components(kind) {
            if !is_component_name(name) {
                let what = format!("`{name}` cannot be the name of a component");
                findings.add(Rule::Shape, place, what, "use letters, digits, `.`, `_` and `-`");
            }
        }
    }
}

/// Whether OpenAPI lets a component be called that.
fn is_component_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}
