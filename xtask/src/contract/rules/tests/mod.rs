//! Every rule, on small fragments beside the real ones.

mod bad;
pub(crate) mod fragments;
mod good;
mod guide;
mod hostile;
mod incomplete;

use std::path::Path;

use crate::{
    contract::{Contract, Finding, Fragment},
    workspace::Workspace,
};

/// The real fragments, so that what is added to them is checked as it would be in a workspace.
pub(in crate::contract) fn real() -> Vec<Fragment> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    crate::contract::fragments::read(&Workspace::find(Some(root)).unwrap()).unwrap()
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
