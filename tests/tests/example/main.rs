//! The example as people and scripts meet it: a process with arguments, an environment, output and an exit code.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr, reason = "a test")]

mod buckets;
mod create;
mod credentials;
mod demo;
mod get;
mod list;
mod program;
mod watch;
#[cfg(unix)]
mod watch_live;
