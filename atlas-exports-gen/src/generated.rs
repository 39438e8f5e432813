//! What the build script made of the contract.
#![allow(unused_imports, missing_docs, unreachable_pub, missing_debug_implementations, rust_2018_idioms)]
#![allow(clippy::all, clippy::unwrap_used, clippy::exhaustive_structs, clippy::exhaustive_enums)]

include!(concat!(env!("OUT_DIR"), "/generated.rs"));
