//! Names that become Rust names.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase};

use super::{Findings, Rule, Survey};
use crate::contract::survey::Kind;

/// Types that the generated code itself is written with.
const TAKEN: [&str; 2] = ["Default", "Self"];

pub(super) fn check(survey: &Survey<'_>, findings: &mut Findings) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (name, place, _) in survey.components(Kind::Schema) {
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic()) && is_component_name(name);
        let rust = pascal(name);
        if !is_name {
            let what = format!("`{name}` cannot be the name of a schema, or of a Rust type");
            findings.add(Rule::SchemaName, place, what, "use letters, digits, `.`, `_` and `-`, a letter first");
        } else if TAKEN.contains(&rust.trim_end_matches('_')) {
            let what = format!("`{name}` has another meaning in Rust");
            findings.add(Rule::SchemaName, place, what, "add what it belongs to, as in `ExportState`");
        }
        if let Some(first) = seen.get(&rust) {
            let what = format!("`{first}` and `{name}` are both `{rust}` in Rust");
            findings.add(Rule::SchemaName, place, what, "rename one of the two");
        } else {
            seen.insert(rust, name);
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

/// The generator's name of a type or variant.
pub(super) fn pascal(name: &str) -> String {
    sanitized(name, str::to_pascal_case)
}

/// The generator's name of a field, parameter or method.
pub(super) fn snake(name: &str) -> String {
    sanitized(name, str::to_snake_case)
}

/// Does what the generator does with names.
fn sanitized(name: &str, to_case: fn(&str) -> String) -> String {
    let case = match name {
        "+1" => "plus1".to_owned(),
        "-1" => "minus1".to_owned(),
        _ => to_case(&name.replace('\'', "").replace(|letter| !unicode_ident::is_xid_continue(letter), "-")),
    };
    let x = to_case("x");
    let name = match case.chars().next() {
        None => x,
        Some(first) if unicode_ident::is_xid_start(first) => case,
        Some(_) => format!("{x}{case}"),
    };
    if is_keyword(&name) { format!("{name}_") } else { name }
}

/// Whether Rust has another use for a word.
pub(super) fn is_keyword(word: &str) -> bool {
    word == "gen" || word == "_" || syn::parse_str::<syn::Ident>(word).is_err()
}
