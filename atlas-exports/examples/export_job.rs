//! Looks after export jobs from the command line.
//!
//! `cargo run --example export_job` alone shows how it looks, on a fake of Atlas that it starts for itself.
//! `cargo run --example export_job -- --help` tells the rest.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

#[path = "export_job/app.rs"]
mod app;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    app::run().await
}
