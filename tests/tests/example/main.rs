//! The example as people and scripts meet it: a process with arguments, an environment, output and an exit code.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod demo;
mod get;
mod program;
