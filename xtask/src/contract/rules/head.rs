//! The document's head: version and tags.

use std::collections::BTreeMap;

use super::{Findings, Rule, Survey, text};
use crate::yaml::Node;

pub(super) fn check(survey: &Survey<'_>, complete: bool, has_version: bool, findings: &mut Findings) {
    let root = survey.root;
    if complete && !has_version {
        findings.add(Rule::OpenapiVersion, root.place, "no fragment says `openapi`", "write `openapi: 3.0.3` in one");
    }
    for name in ["info", "paths"] {
        if complete && root.get(name).is_none() {
            let what = format!("no fragment has `{name}`");
            findings.add(Rule::MissingMember, root.place, what, format!("add `{name}` to one"));
        }
    }
    let mut seen = BTreeMap::new();
    for tag in root.get("tags").and_then(Node::list).unwrap_or_default() {
        let Some(name) = text(tag, "name") else { continue };
        if seen.insert(name, tag.place).is_some() {
            let what = format!("the tag `{name}` is defined a second time");
            findings.add(Rule::DefinedTwice, tag.place, what, "keep one of the two");
        }
    }
}
