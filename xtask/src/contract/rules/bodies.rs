//! Request bodies, and what bodies of either direction have in common.

use super::{Findings, Rule, Survey, member, members};
use crate::{contract::survey::Kind, yaml::Node};

pub(super) fn check(survey: &Survey<'_>, findings: &mut Findings) {
    for operation in &survey.operations {
        let Some((place, node)) = member(operation.node, "requestBody") else { continue };
        if matches!(operation.method, "head" | "delete") {
            let what = format!("a {} has no body", operation.method.to_uppercase());
            findings.add(Rule::BodyMethod, place, what, "drop the body, or use parameters or another method");
        }
        let Some(body) = survey.resolve(Kind::RequestBody, node) else { continue };
        let content: Vec<_> = members(body, "content").collect();
        if content.is_empty() && body.get("content").is_some_and(|content| content.map().is_some()) {
            findings.add(Rule::BodySchema, body.place, "the body has no content", "describe it as `application/json`");
        }
        if content.len() > 1 {
            let what = "the body has several media types, and the client writes one";
            findings.add(Rule::MediaType, body.place, what, "keep `application/json`");
        }
        self::content(body, false, findings);
    }
}

/// Media types whose content comes as a stream of bytes.
pub(super) const BYTES: [&str; 2] = ["application/gzip", "text/csv"];

/// Whether a media type comes out typed.
pub(super) fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.starts_with("application/json;")
}

/// Checks every media type of a body or response, which may be one of bytes alone.
pub(super) fn content(holder: &Node, may_be_bytes: bool, findings: &mut Findings) {
    for (name, place, media) in members(holder, "content") {
        if may_be_bytes && BYTES.contains(&name.as_str()) {
            continue;
        }
        if !is_json(name) {
            let mend = if name.contains("vnd.atlas") || name.ends_with("+json") {
                "write `application/json`, and put the version's date into the operation's `x-atlas-version`"
            } else {
                "describe it as `application/json`, or leave the operation out of the contract"
            };
            let what = format!("`{name}` would come out as a byte stream");
            findings.add(Rule::MediaType, place, what, mend);
        } else if media.map().is_some() && media.get("schema").is_none() {
            findings.add(Rule::BodySchema, place, "the body has no schema", "add `schema`, a `$ref` to a named one");
        }
        if let Some((place, _)) = member(media, "encoding") {
            findings.add(Rule::Ignored, place, "the generator cannot take an `encoding`", "drop it");
        }
    }
}
