//! Schemas whose Rust type is written by hand.

use serde_json::Value;

use super::names;
use crate::diff::document::{Object, members, texts};

/// Names of schemas that the generated crate has types of its own for.
const NAMES: [&str; 3] = ["ClusterName", "ExportBucket", "ExportState"];

/// Names of schemas that hand-written code makes values of, so that the generator asks more of them.
const CONSTRUCTED: [&str; 2] = ["NewExport", "NewExportBucket"];

/// Properties that the generator makes no constructor for, with the reasons.
pub(super) fn unconstructed<'a>(name: &str, schema: &'a Object) -> Vec<(&'a str, &'static str)> {
    if !CONSTRUCTED.contains(&name) {
        return Vec::new();
    }
    let required = texts(schema, "required");
    members(schema, "properties")
        .filter_map(|(key, property)| match (required.contains(key.as_str()), property) {
            (true, property) if property.get("$ref").is_none() => {
                Some((key.as_str(), "the generator wants a named schema for what is required here"))
            }
            (false, property) if property.get("default").is_some() => {
                Some((key.as_str(), "the generator takes no default here, which would always be sent"))
            }
            _ => None,
        })
        .collect()
}

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
        let line = generator.split("const CONSTRUCTED").nth(1).unwrap().split("];").next().unwrap();
        assert_eq!(line.split('"').skip(1).step_by(2).collect::<Vec<_>>(), CONSTRUCTED);
    }
}
