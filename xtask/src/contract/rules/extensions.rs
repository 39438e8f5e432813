//! Extensions: what the contract says beyond OpenAPI.

use super::{Findings, Rule, Survey, text};
use crate::{
    contract::survey::{Extension, Position},
    yaml::Node,
};

pub(super) fn check(survey: &Survey<'_>, findings: &mut Findings) {
    for extension in &survey.extensions {
        let Extension { name, place, on, .. } = *extension;
        let wanted_on = match name {
            "x-atlas-version" | "x-atlas-only" | "x-atlas-role" => "an operation",
            "x-atlas-type" => "a schema",
            // Whatever it stands on differs from MongoDB's own document.
            "x-atlas-differs" => on,
            _ if name.starts_with("x-atlas") => {
                let what = format!("there is no extension `{name}`");
                let mend = "use `x-atlas-version`, `x-atlas-only` or `x-atlas-role` on an operation, `x-atlas-type` on \
                            a schema";
                findings.add(Rule::Extension, place, what, mend);
                continue;
            }
            _ if name.starts_with("x-dropshot-") || name == "x-rust-type" => {
                let what = format!("`{name}` changes what the generator makes");
                findings.add(Rule::Extension, place, what, "drop it");
                continue;
            }
            _ => continue,
        };
        if on != wanted_on {
            let what = format!("`{name}` stands on {on}, but means something on {wanted_on} only");
            findings.add(Rule::Extension, place, what, format!("move it to {wanted_on}"));
            continue;
        }
        if let Some((what, mend)) = wrong_value(extension) {
            findings.add(Rule::Extension, place, format!("`{name}` {what}"), mend);
        }
    }
    identifiers(survey, findings);
}

fn wrong_value(extension: &Extension<'_>) -> Option<(&'static str, &'static str)> {
    let value = extension.value.text();
    match extension.name {
        "x-atlas-version" if !value.is_some_and(|value| value == "preview" || is_date(value)) => Some((
            "is neither a date nor `preview`",
            "write the resource version as in `x-atlas-version: \"2023-01-01\"`",
        )),
        "x-atlas-only" if value != Some("v2") => Some(("can only be `v2`", "write `x-atlas-only: v2`, or drop it")),
        "x-atlas-only" if extension.object.get("x-atlas-version").is_none() => {
            Some(("needs the resource version beside it", "add `x-atlas-version`, since version 2 asks for a date"))
        }
        "x-atlas-role" if value.is_none_or(|role| role.trim().is_empty()) => {
            Some(("is not the name of a role", "write it as in `x-atlas-role: Project Read Only`"))
        }
        "x-atlas-differs" if value.is_none_or(|reason| reason.trim().is_empty()) => {
            Some(("gives no reason", "write why it is not as in MongoDB's document"))
        }
        "x-atlas-type" if value != Some("objectId") => {
            Some(("can only be `objectId`", "write `x-atlas-type: objectId`, or drop it"))
        }
        "x-atlas-type" if text(extension.object, "type") != Some("string") => {
            Some(("needs a text", "add `type: string`"))
        }
        _ => None,
    }
}

/// Whether a text is a day of the calendar, as in `2023-01-01`.
fn is_date(text: &str) -> bool {
    let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] else { return false };
    let number = |text: &str, digits: usize| {
        (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse::<u32>().ok())?
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// An identifier has a type of its own only where it has a name of its own.
fn identifiers(survey: &Survey<'_>, findings: &mut Findings) {
    for site in &survey.sites {
        if matches!(site.position, Position::Component(_)) || site.node.get("$ref").is_some() {
            continue;
        }
        if site.node.get("x-atlas-type").and_then(Node::text) == Some("objectId") {
            let what = "an identifier without a name has no type of its own";
            let mend = "move it to `components.schemas` under a name such as `SnapshotId`, and refer to it";
            findings.add(Rule::InlineSchema, site.place, what, mend);
        }
    }
}
