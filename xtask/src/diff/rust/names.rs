//! Rust's names for what a contract names, as the generator makes them.

use heck::{ToPascalCase, ToSnakeCase};
use unicode_ident::{is_xid_continue, is_xid_start};

/// Words that are no names in Rust.
const KEYWORDS: [&str; 53] = [
    "_", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "Self", "self", "static", "struct",
    "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while",
    "yield",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Pascal,
    Snake,
}

/// Name of a type or a variant.
pub(in crate::diff) fn pascal(name: &str) -> String {
    sanitize(name, Case::Pascal, "X")
}

/// Name of a field.
pub(in crate::diff) fn snake(name: &str) -> String {
    sanitize(name, Case::Snake, "x")
}

/// Name of a method or a parameter of an operation.
pub(in crate::diff) fn method(name: &str) -> String {
    sanitize(name, Case::Snake, "_")
}

/// Name of a builder, or the first guess at the name of a parameter's type.
pub(in crate::diff) fn builder(name: &str) -> String {
    sanitize(name, Case::Pascal, "_")
}

fn sanitize(name: &str, case: Case, before_digits: &str) -> String {
    let cased = |text: &str| match case {
        Case::Pascal => text.to_pascal_case(),
        Case::Snake => text.to_snake_case(),
    };
    let name = match name {
        "+1" => "plus1".to_owned(),
        "-1" => "minus1".to_owned(),
        _ => cased(&name.replace('\'', "").replace(|letter| !is_xid_continue(letter), "-")),
    };
    let name = match name.chars().next() {
        None => cased("x"),
        Some(first) if is_xid_start(first) => name,
        Some(_) => format!("{before_digits}{name}"),
    };
    if KEYWORDS.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// The variants' names, in their order. Nothing when the generator finds no different ones.
pub(super) fn variants(names: &[String]) -> Option<Vec<String>> {
    let unique = |idents: &Vec<String>| {
        let all: std::collections::BTreeSet<_> = idents.iter().collect();
        all.len() == idents.len()
    };
    let simple: Vec<_> = names.iter().map(|name| pascal(name)).collect();
    if unique(&simple) {
        return Some(simple);
    }
    let spelled = |name: &String| pascal(&name.replace(|letter| letter == '_' || !is_xid_continue(letter), "X"));
    Some(names.iter().map(spelled).collect()).filter(unique)
}

/// What two names begin with, in whole words.
pub(super) fn common_prefix(a: &str, b: &str) -> String {
    use heck::ToKebabCase;
    let (a, b) = (a.to_kebab_case(), b.to_kebab_case());
    let words: Vec<_> = a.split('-').zip(b.split('-')).take_while(|(a, b)| a == b).map(|(a, _)| a).collect();
    words.join("-").to_pascal_case()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_generator() {
        assert_eq!(pascal("export-job"), "ExportJob");
        assert_eq!(snake("exportBucketId"), "export_bucket_id");
        assert_eq!(snake("type"), "type_");
        assert_eq!(snake("_id"), "id");
        assert_eq!(pascal("2fast"), "X2fast");
        assert_eq!(method("getExportJob"), "get_export_job");
    }

    #[test]
    fn variants_that_would_share_a_name_are_spelled_out() {
        let names = |names: &[&str]| variants(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(names(&["a-b", "c"]), Some(vec!["AB".to_owned(), "C".to_owned()]));
        assert_eq!(names(&["a_b", "a-b", "aB"]), None);
        assert_eq!(names(&["ab", "<", "<="]), Some(vec!["Ab".to_owned(), "X".to_owned(), "Xx".to_owned()]));
        assert_eq!(names(&["a", "a"]), None);
    }
}
