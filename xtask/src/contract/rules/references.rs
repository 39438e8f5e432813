//! References lead somewhere, and every component is led to.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Rule, Survey, is_reference, text};
use crate::contract::survey::{Kind, Position, Reference, Site, local, resembles};

pub(super) fn check(survey: &Survey<'_>, complete: bool, findings: &mut Findings) {
    for kind in Kind::ALL {
        for (name, place, node) in survey.components(kind) {
            if complete && !survey.is_used((kind, name)) {
                let what = format!("no operation leads to `{name}` of the `{}`", kind.folder());
                findings.add(Rule::UnusedComponent, place, what, "use it, or drop it");
            }
            if kind != Kind::Schema && is_reference(node) && is_endless(survey, kind, name) {
                let what = format!("`{name}` is a `$ref` that leads back to itself");
                findings.add(Rule::ReferenceCycle, place, what, "define it in one of the places");
            }
        }
    }
    circles(survey, findings);
    if complete {
        for reference in &survey.references {
            unresolved(survey, reference, findings);
        }
    }
}

fn is_endless(survey: &Survey<'_>, kind: Kind, start: &str) -> bool {
    let mut name = start;
    // A chain that is longer than this goes round.
    for _ in 0..32 {
        let next = survey.component(kind, name).and_then(|node| text(node, "$ref")).and_then(|next| local(kind, next));
        match next {
            Some(next) => name = next,
            None => return false,
        }
    }
    true
}

/// Schemas that are made of themselves. One that only holds itself, in a property or list, is no circle.
fn circles(survey: &Survey<'_>, findings: &mut Findings) {
    let mut parts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for site in &survey.sites {
        let target = text(site.node, "$ref").and_then(|target| local(Kind::Schema, target));
        if let (Some((Kind::Schema, owner)), Some(target)) = (site.owner, target)
            && is_part_of_whole(survey, site)
        {
            parts.entry(owner).or_default().push(target);
        }
    }
    for (name, place, _) in survey.components(Kind::Schema) {
        let mut open = parts.get(name).cloned().unwrap_or_default();
        let mut seen = BTreeSet::new();
        while let Some(next) = open.pop() {
            if next == name {
                let what = format!("`{name}` is made of itself");
                findings.add(Rule::ReferenceCycle, place, what, "write out what it is made of in one of the places");
                break;
            }
            if seen.insert(next) {
                open.extend(parts.get(next).into_iter().flatten());
            }
        }
    }
}

fn is_part_of_whole(survey: &Survey<'_>, site: &Site<'_>) -> bool {
    match (site.position, site.parent.and_then(|parent| survey.sites.get(parent))) {
        (Position::Component(_), _) => true,
        (Position::Member(_), Some(parent)) => is_part_of_whole(survey, parent),
        _ => false,
    }
}

fn unresolved(survey: &Survey<'_>, reference: &Reference<'_>, findings: &mut Findings) {
    let Reference { kind, target, place, .. } = *reference;
    if survey.component(kind, target).is_some() {
        return;
    }
    if kind == Kind::SecurityScheme {
        let what = format!("the security scheme `{target}` is not defined");
        let known: Vec<_> = survey.components(kind).map(|(name, ..)| format!("`{name}`")).collect();
        let mend = if known.is_empty() {
            "define it in `components.securitySchemes`".to_owned()
        } else {
            format!("use {}, or define it in `components.securitySchemes`", known.join(" or "))
        };
        findings.add(Rule::SecurityScheme, place, what, mend);
        return;
    }
    let what = format!("no fragment defines `{target}` among the `{}`", kind.folder());
    let names = || survey.components(kind).map(|(name, ..)| name);
    let other_case = names().find(|name| name.eq_ignore_ascii_case(target));
    let near = || names().find(|name| resembles(name, target));
    let mend = match (other_case, near()) {
        (Some(name), _) => format!("write `{name}`"),
        (None, Some(near)) => format!("is `{near}` meant? otherwise define it in `components.{}`", kind.folder()),
        (None, None) => format!("define it in `components.{}` of any fragment, or correct the name", kind.folder()),
    };
    findings.add(Rule::UnresolvedReference, place, what, mend);
}
