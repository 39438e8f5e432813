//! Brings together what is different on the wire and what is different in Rust.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    rust::Difference,
    verdict::{Change, Verdict},
    wire::Finding,
};

/// Both sides of each change: what was found on the wire takes over what its item has become in Rust.
pub(super) fn join(
    findings: Vec<Finding>,
    differences: Vec<Difference>,
    renamed: &BTreeMap<String, String>,
) -> Vec<Change> {
    let mut by_item: BTreeMap<&str, Vec<&Difference>> = BTreeMap::new();
    for difference in &differences {
        by_item.entry(&difference.item).or_default().push(difference);
    }
    let mut taken = BTreeSet::new();
    let mut changes = Vec::new();
    for finding in findings {
        let Finding { place, what, why, item, wire, mut rust } = finding.clone();
        let mut whys = vec![why];
        if !finding.is_docs() {
            for difference in by_item.get(item.as_str()).into_iter().flatten() {
                rust = rust.max(difference.verdict);
                if difference.verdict >= Verdict::Person {
                    whys.push(format!("in Rust, {} ({})", difference.what, difference.why));
                }
                taken.insert(difference.item.clone());
            }
        }
        changes.push(Change { place, what, wire, rust, item, why: whys.join("; ") });
    }
    for difference in differences.iter().filter(|difference| !taken.contains(&difference.item)) {
        let Difference { item, place, what, why, verdict } = difference.clone();
        let what = renamed.get(&place).map_or(what, |name| format!("the schema is called `{name}` now"));
        changes.push(Change { place, what, wire: Verdict::None, rust: verdict, item, why });
    }
    changes
}
