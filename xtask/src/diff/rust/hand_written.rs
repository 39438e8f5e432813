//! Schemas whose Rust type is written by hand.

use serde_json::Value;

use super::names;

/// Names of schemas that the generated crate has types of its own for.
const NAMES: [&str; 3] = ["ClusterName", "ExportBucket", "ExportState"];

/// The hand-written type of a named schema, if it has one. Such types keep what they do not know when they read.
pub(in crate::diff) fn path(name: &str, schema: &Value) -> Option<String> {
    if NAMES.contains(&name) {
        Some(format!("models::{name}"))
    } else if schema.get("x-atlas-type").and_then(Value::as_str) == Some("objectId") {
        Some(format!("ids::{}", names::pascal(name)))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_that_the_generator_replaces() {
        let generator = include_str!("../../../../atlas-exports-gen/generator.rs");
        let line = generator.split("const HAND_WRITTEN").nth(1).unwrap().split("];").next().unwrap();
        let names: Vec<_> = line.split("(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(names, NAMES);
    }
}
