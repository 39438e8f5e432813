//! Defaults, which the generated code reads as the Rust type of their schema.

use std::{
    cmp::Ordering,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;

use super::{Findings, Rule, Survey, has_own_type, is_reference, is_true, member, text};
use crate::{
    contract::survey::{Kind, Position, Side},
    yaml::{self, Content, Decimal, Node},
};

pub(super) fn check(survey: &Survey<'_>, findings: &mut Findings) {
    for site in survey.sites.iter().filter(|site| !is_reference(site.node)) {
        let Some((place, value)) = member(site.node, "default") else { continue };
        let fault = fault(survey, site.node, value).or_else(|| {
            let is_id = has_own_type(survey, site) && text(site.node, "x-atlas-type").is_some();
            (is_id && !value.text().is_some_and(is_object_id))
                .then(|| "is no identifier of 24 hexadecimal digits".into())
        });
        if let Some(fault) = fault {
            findings.add(Rule::DefaultValue, place, format!("the default {fault}"), mend(site.node, value));
        } else if matches!(site.position, Position::Property { required: false, .. })
            && survey.is_on(site, Side::Change)
        {
            let what = "a change would send the default for whatever the caller leaves out";
            let mend = "drop it, and say in the description what is usual";
            findings.add(Rule::DefaultValue, place, what, mend);
        }
    }
}

fn mend(schema: &Node, value: &Node) -> String {
    let meant = match (&value.content, text(schema, "type"), text(schema, "format")) {
        (Content::Bool(_) | Content::Number(_), Some("string"), _) => Some("put it in quotes".to_owned()),
        (Content::Text(text), Some("boolean"), _) => yaml::meant_as_boolean(text),
        (Content::Text(_), _, Some("date-time")) => Some("write it like `2024-01-31T12:00:00Z`".to_owned()),
        (Content::Text(_), _, Some("date")) => Some("write it like `2024-01-31`".to_owned()),
        _ => None,
    };
    meant.unwrap_or_else(|| "drop it, and say in the description what happens without a value".to_owned())
}

/// Returns what is wrong with a value of a schema, to be said of it.
fn fault(survey: &Survey<'_>, schema: &Node, value: &Node) -> Option<String> {
    // What a reference leads to is checked where it is unresolved.
    let schema = survey.resolve(Kind::Schema, schema)?;
    if value.content == Content::Null && is_true(schema, "nullable") {
        return None;
    }
    match schema.get("enum").and_then(Node::list) {
        Some(values) if !values.iter().any(|one| one.content == value.content) => {
            Some("is not among the values of the `enum`".to_owned())
        }
        // Each value of an `enum` is checked by itself.
        Some(_) => None,
        None => unlisted_fault(survey, schema, value),
    }
}

/// The same, of a schema whose `enum` does not count.
pub(super) fn unlisted_fault(survey: &Survey<'_>, schema: &Node, value: &Node) -> Option<String> {
    match (text(schema, "type"), &value.content) {
        (Some("string"), Content::Text(text)) => text_fault(schema, value, text),
        (Some("integer"), Content::Number(_)) => (!is_integer(schema, value))
            .then(|| fits_no(schema, value, "integer"))
            .or_else(|| bound_fault(schema, value)),
        (Some("number"), Content::Number(_)) => {
            let is_held = text(schema, "format") != Some("float") || read::<f32>(value).is_some_and(f32::is_finite);
            (!is_held).then(|| fits_no(schema, value, "number")).or_else(|| bound_fault(schema, value))
        }
        (Some("boolean"), Content::Bool(_)) => None,
        (Some("array"), Content::List(list)) => {
            let item = schema.get("items").and_then(|items| list.iter().find_map(|value| fault(survey, items, value)));
            item.map(|fault| format!("holds what {fault}"))
                .or_else(|| count_fault(schema, ("minItems", "maxItems"), list.len(), "items"))
        }
        (Some("object"), Content::Map(map)) if map.is_empty() => {
            let first = schema.get("required").and_then(Node::list).and_then(<[Node]>::first);
            first.and_then(Node::text).map(|name| format!("has no `{name}`, which is required"))
        }
        (Some("integer" | "number"), Content::Text(text))
            if Decimal::parse(text).is_some_and(|it| it.to_number().is_none()) =>
        {
            Some(fits_no(schema, value, "number"))
        }
        // A schema of any type.
        (None, _) if schema.get("allOf").is_none() => None,
        _ => Some(format!("is {}, which the schema does not allow", value.kind())),
    }
}

fn text_fault(schema: &Node, value: &Node, text: &str) -> Option<String> {
    let is_read = match super::text(schema, "format") {
        Some("date-time") => read::<DateTime<Utc>>(value).is_some(),
        Some("date") => read::<NaiveDate>(value).is_some(),
        Some("ip") => read::<IpAddr>(value).is_some(),
        Some("ipv4") => read::<Ipv4Addr>(value).is_some(),
        Some("ipv6") => read::<Ipv6Addr>(value).is_some(),
        _ => true,
    };
    let pattern = super::text(schema, "pattern")
        .filter(|pattern| regress::Regex::new(pattern).is_ok_and(|pattern| pattern.find(text).is_none()));
    (!is_read)
        .then(|| fits_no(schema, value, "text"))
        .or_else(|| pattern.map(|pattern| format!("does not match the `pattern`, `{pattern}`")))
        .or_else(|| count_fault(schema, ("minLength", "maxLength"), text.chars().count(), "characters"))
}

/// Whether the integer type of the schema's format holds a number.
fn is_integer(schema: &Node, value: &Node) -> bool {
    match text(schema, "format") {
        Some("int8") => read::<i8>(value).is_some(),
        Some("uint8") => read::<u8>(value).is_some(),
        Some("int16") => read::<i16>(value).is_some(),
        Some("uint16") => read::<u16>(value).is_some(),
        Some("int" | "int32") => read::<i32>(value).is_some(),
        Some("uint" | "uint32") => read::<u32>(value).is_some(),
        Some("uint64") => read::<u64>(value).is_some(),
        // Without a format, one that cannot be negative is `u64`.
        None if number(schema, "minimum").is_some_and(|least| least >= Decimal::default()) => {
            read::<u64>(value).is_some()
        }
        _ => read::<i64>(value).is_some(),
    }
}

fn bound_fault(schema: &Node, value: &Node) -> Option<String> {
    let value = decimal(value)?;
    let bounds = [("minimum", "exclusiveMinimum", Ordering::Less), ("maximum", "exclusiveMaximum", Ordering::Greater)];
    for (bound, exclusive, beyond) in bounds {
        let order = number(schema, bound).map(|limit| value.cmp(&limit));
        if order == Some(beyond) || order == Some(Ordering::Equal) && is_true(schema, exclusive) {
            return Some(format!("is not within the `{bound}`"));
        }
    }
    let step = number(schema, "multipleOf")?;
    (!value.is_multiple_of(&step)).then(|| "is no multiple of the `multipleOf`".to_owned())
}

fn count_fault(schema: &Node, (least, most): (&str, &str), count: usize, of: &str) -> Option<String> {
    let count = Decimal::parse(&count.to_string())?;
    let too_few = number(schema, least).filter(|least| count < *least).map(|_| ("fewer", least));
    let (how, bound) = too_few.or_else(|| number(schema, most).filter(|most| count > *most).map(|_| ("more", most)))?;
    Some(format!("has {how} {of} than the `{bound}`"))
}

fn number(schema: &Node, name: &str) -> Option<Decimal> {
    schema.get(name).and_then(decimal)
}

fn decimal(node: &Node) -> Option<Decimal> {
    if let Content::Number(number) = &node.content { Decimal::parse(&number.to_string()) } else { None }
}

/// Reads a value as the generated code does.
fn read<T: DeserializeOwned>(value: &Node) -> Option<T> {
    serde_json::from_value(serde_json::to_value(value).ok()?).ok()
}

fn fits_no(schema: &Node, value: &Node, kind: &str) -> String {
    let kind = text(schema, "format").unwrap_or(kind);
    let value = serde_json::to_string(value).unwrap_or_default();
    format!("{value} cannot be read as `{kind}`")
}

fn is_object_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
