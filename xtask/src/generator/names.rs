//! Rust's names for what a contract names.

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;

use super::settings::{HAND_WRITTEN, is_object_id, unions::is_union};

/// The item of a named schema.
pub(crate) fn schema(name: &str, schema: &Value) -> String {
    if HAND_WRITTEN.iter().any(|(hand_written, _)| *hand_written == name) {
        format!("models::{name}")
    } else if is_object_id(schema) {
        format!("ids::{}", name.to_pascal_case())
    } else if is_union(name, schema) {
        format!("unions::{}", name.to_pascal_case())
    } else {
        format!("types::{}", sanitized(name.to_pascal_case(), "X"))
    }
}

/// Whether the Rust type of a named schema keeps what it does not know when it reads, as hand-written ones do.
pub(crate) fn is_hand_written(name: &str, schema: &Value) -> bool {
    !self::schema(name, schema).starts_with("types::")
}

/// Name of a method or a setter.
pub(crate) fn snake(name: &str) -> String {
    sanitized(name.to_snake_case(), "_")
}

/// Name of a builder.
pub(crate) fn builder(method: &str) -> String {
    sanitized(method.to_pascal_case(), "_")
}

fn sanitized(name: String, before_digits: &str) -> String {
    match name.chars().next() {
        Some(first) if first.is_ascii_digit() => format!("{before_digits}{name}"),
        _ if syn::parse_str::<syn::Ident>(&name).is_err() => format!("{name}_"),
        _ => name,
    }
}
