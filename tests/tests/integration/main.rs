//! The integration tests of the client and of FakeAtlas, in modules by capability.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod audit;
mod auth;
mod common;
mod export_buckets;
mod exports;
mod fake_atlas;
mod http;
mod matrix;
mod recorded;
mod soak;
mod upstream_assumptions;
mod world;
