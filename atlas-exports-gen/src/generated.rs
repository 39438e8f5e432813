//! What the build script made of the contract.
#![allow(unused_imports, missing_docs, unreachable_pub, missing_debug_implementations, rust_2018_idioms)]
// Contracts may leave parts unused, name things in their own way and describe them with addresses and brackets.
#![allow(dead_code, nonstandard_style, unreachable_patterns)]
#![allow(
    rustdoc::bare_urls,
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags,
    rustdoc::invalid_rust_codeblocks
)]
#![allow(clippy::all, clippy::unwrap_used, clippy::exhaustive_structs, clippy::exhaustive_enums)]

include!(concat!(env!("OUT_DIR"), "/generated.rs"));
