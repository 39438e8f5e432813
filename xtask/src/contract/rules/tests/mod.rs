//! Every rule, on small fragments beside the real ones.

mod bad;
pub(crate) mod fragments;
mod good;
mod guide;
mod hostile;
mod incomplete;

use crate::contract::{Contract, Finding, Fragment};

/// The real fragments, so that what is added to them is checked as it would be in a workspace.
pub(super) fn real() -> Vec<Fragment> {
    [
        ("openapi/backup-schedule.yaml", include_str!("../../../../../openapi/backup-schedule.yaml")),
        ("openapi/backup-snapshots.yaml", include_str!("../../../../../openapi/backup-snapshots.yaml")),
        ("openapi/clusters.yaml", include_str!("../../../../../openapi/clusters.yaml")),
        ("openapi/common.yaml", include_str!("../../../../../openapi/common.yaml")),
        ("openapi/events.yaml", include_str!("../../../../../openapi/events.yaml")),
        ("openapi/export-buckets.yaml", include_str!("../../../../../openapi/export-buckets.yaml")),
        ("openapi/export-jobs.yaml", include_str!("../../../../../openapi/export-jobs.yaml")),
        ("openapi/projects.yaml", include_str!("../../../../../openapi/projects.yaml")),
    ]
    .map(|(name, text)| Fragment { name: name.to_owned(), bytes: text.as_bytes().to_vec() })
    .into()
}

/// The contract with one more fragment.
pub(crate) fn with(fragment: &str) -> Contract {
    let mut fragments = real();
    fragments.push(Fragment { name: "openapi/probe.yaml".to_owned(), bytes: fragment.as_bytes().to_vec() });
    Contract::new(fragments)
}

fn shown(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|found| format!("{} {}:{}", found.rule.name(), found.place.line, found.place.column)).collect()
}

#[test]
fn the_real_contract_is_sound() {
    assert_eq!(shown(&Contract::new(real()).findings), Vec::<String>::new());
}
