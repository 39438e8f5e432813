//! The program as people and scripts meet it: a process with arguments, an environment, output and an exit code.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod buckets;
mod create;
mod credentials;
mod demo;
mod doctor;
mod examples;
mod get;
mod help;
mod list;
mod pipes;
mod profiles;
mod program;
mod proxies;
mod watch;
#[cfg(unix)]
mod watch_live;
