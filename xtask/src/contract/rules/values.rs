//! Values that stand in schemas: enums and formats.

use super::{Findings, Rule, Survey, defaults::unlisted_fault, has_own_type, is_reference, is_true, member, text};
use crate::{
    contract::survey::{Side, Site},
    yaml::Content,
};

pub(super) fn check(survey: &Survey<'_>, findings: &mut Findings) {
    for site in survey.sites.iter().filter(|site| !is_reference(site.node)) {
        enumeration(survey, site, findings);
        format(survey, site, findings);
    }
}

fn enumeration(survey: &Survey<'_>, site: &Site<'_>, findings: &mut Findings) {
    let Some((place, list)) = member(site.node, "enum") else { return };
    let Some(values) = list.list() else { return };
    if values.is_empty() {
        findings.add(Rule::EnumValue, place, "the `enum` is empty", "name its values, or drop it");
    }
    // Of numbers it is documentation, as a pattern is; the generator makes enums of texts only.
    if text(site.node, "type").is_some_and(|kind| kind != "string") {
        for (value, fault) in values.iter().filter_map(|value| Some((value, unlisted_fault(survey, site.node, value)?)))
        {
            let what = format!("the value {fault}");
            findings.add(Rule::EnumValue, value.place, what, "drop it, or correct the type");
        }
        return;
    }
    for value in values {
        match &value.content {
            Content::Text(_) => {}
            Content::Null if is_true(site.node, "nullable") => {}
            Content::Bool(_) | Content::Number(_) => {
                let what = format!("the value is {}, not a text", value.kind());
                findings.add(Rule::EnumValue, value.place, what, "put it in quotes");
            }
            _ => {
                let what = format!("the value is {}, not a text", value.kind());
                findings.add(Rule::EnumValue, value.place, what, "drop it");
            }
        }
    }
}

fn format(survey: &Survey<'_>, site: &Site<'_>, findings: &mut Findings) {
    let Some((place, format)) = member(site.node, "format") else { return };
    let Some(format) = format.text() else { return };
    if has_own_type(survey, site) {
        return;
    }
    if matches!(format, "ip" | "ipv4" | "ipv6") && survey.is_on(site, Side::Response) {
        let what = format!("the format `{format}` in a response refuses whatever else Atlas sends");
        findings.add(Rule::Format, place, what, "drop it, and say in the description what the text is");
    }
}
