//! Compares what travels by whatever two contracts are thrown at it: two JSON documents with a byte 0xff between them.
//!
//! The contract itself is a good seed: `mkdir -p fuzz/corpus/diff && cat openapi.json <(printf '\xff') openapi.json`.
#![no_main]
#![allow(dead_code, unused_imports, reason = "of the tool only the comparison is used")]

#[path = "../src/diff/mod.rs"]
mod diff;
#[path = "../src/generator/mod.rs"]
mod generator;
#[path = "../src/outcome.rs"]
mod outcome;
#[path = "../src/workspace.rs"]
mod workspace;
#[path = "../src/yaml/mod.rs"]
mod yaml;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |byte| *byte == 0xff).map(serde_json::from_slice::<serde_json::Value>);
    if let (Some(Ok(base)), Some(Ok(head))) = (parts.next(), parts.next()) {
        let (forth, back) = (diff::compare_wire(&base, &head), diff::compare_wire(&head, &base));
        assert_eq!(forth.changes.is_empty(), back.changes.is_empty());
        assert!(diff::compare_wire(&base, &base).changes.is_empty());
    }
});
