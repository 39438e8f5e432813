//! A fragment that cannot be read hides what is in it, and is no reason to blame the others.

use super::{real, shown, with};
use crate::contract::{Contract, Fragment};

#[test]
fn what_an_unreadable_fragment_may_define_is_not_missed() {
    let mut fragments = real();
    fragments[0].bytes = b"components: [\n".to_vec();
    let found = shown(&Contract::new(fragments).findings);
    assert!(found.iter().all(|found| found.starts_with("yaml-syntax")), "{found:?}");
    assert_eq!(found.len(), 1);
}

#[test]
fn a_file_that_is_not_utf_8_is_named_with_the_line() {
    let mut fragments = real();
    fragments.push(Fragment { name: "openapi/probe.yaml".into(), bytes: b"x-a: 1\nx-b: \xff\n".to_vec() });
    assert_eq!(shown(&Contract::new(fragments).findings), ["yaml-syntax 2:1"]);
}

#[test]
fn no_fragments_at_all_are_no_contract() {
    let found = shown(&Contract::new(Vec::new()).findings);
    assert!(found.contains(&"openapi-version 1:1".to_owned()), "{found:?}");
}

#[test]
fn all_findings_of_all_fragments_come_at_once() {
    let mut fragments = real();
    for name in ["openapi/a.yaml", "openapi/b.yaml"] {
        let bytes = b"components:\n  schemas:\n    Probe: {type: strin, nulable: true}\n".to_vec();
        fragments.push(Fragment { name: name.into(), bytes });
    }
    let report = Contract::new(fragments).json().unwrap_err();
    for wanted in [
        "a.yaml:3:13: [schema-type]",
        "a.yaml:3:26: [unknown-member]",
        "b.yaml:3:5: [defined-twice]",
        "a.yaml:3:5: [unused-component]",
    ] {
        assert!(report.contains(wanted), "no {wanted} in\n{report}");
    }
}

#[test]
fn the_same_fragments_give_the_same_bytes_in_any_order() {
    let probe = "paths: {}\nx-a: 1\n";
    let there = with(probe).json().unwrap();
    let mut fragments = real();
    fragments.insert(0, Fragment { name: "openapi/probe.yaml".into(), bytes: probe.into() });
    fragments.swap(1, 3);
    let elsewhere = Contract::new(fragments).json().unwrap();
    assert_eq!(there, elsewhere);
    assert!(there.ends_with("}\n"));
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let mut fragments = real();
    let there = Contract::new(fragments.clone()).json().unwrap();
    for fragment in &mut fragments {
        let text = String::from_utf8(fragment.bytes.clone()).unwrap().replace('\n', "\r\n");
        fragment.bytes = format!("\u{feff}{text}").into_bytes();
    }
    let elsewhere = Contract::new(fragments).json().unwrap();
    assert_eq!(there, elsewhere);
}

#[test]
fn what_can_be_read_all_the_same_hides_nothing() {
    let schema =
        "components:\n  schemas:\n    Unused: {type: object, properties: {a: {$ref: \"#/components/schemas/No\"}}}\n";
    for (head, rule) in [
        ("openapi: 3.1.0", "openapi-version 1:1"),
        ("x-a: !tag b", "yaml-syntax 1:6"),
        ("x-a: .nan", "yaml-syntax 1:6"),
    ] {
        let found = shown(&with(&format!("{head}\n{schema}")).findings);
        assert_eq!(found, [rule, "unused-component 4:5", "unresolved-reference 4:51"], "{head}");
    }
}

#[test]
fn every_success_of_another_type_is_found() {
    let json = |name: &str| {
        format!(
            "{{description: x, content: {{application/json: {{schema: {{$ref: \"#/components/schemas/{name}\"}}}}}}}}"
        )
    };
    let (link, error) = (json("Link"), json("ApiError"));
    let map = format!(
        "200: {link}\n201: {error}\n202: {{description: x}}\n203: {link}\n4XX: {{$ref: \"#/components/responses/clientError\"}}"
    );
    assert_eq!(shown(&with(&super::fragments::responses(&map)).findings), ["success-type 9:9", "success-type 10:9"]);
}
