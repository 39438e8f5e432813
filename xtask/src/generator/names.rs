//! Rust's names for what a contract names.

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;

use super::HAND_WRITTEN;

/// The item of a named schema.
pub(crate) fn schema(name: &str, schema: &Value) -> String {
    if HAND_WRITTEN.iter().any(|(hand_written, _)| *hand_written == name) {
        format!("models::{name}")
    } else if schema.get("x-atlas-type").and_then(Value::as_str) == Some("objectId") {
        format!("ids::{}", name.to_pascal_case())
    } else {
        format!("types::{}", sanitized(name.to_pascal_case(), "X"))
    }
}

/// Whether the Rust type of a named schema is written by hand. Such types keep what they do not know when they read.
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
