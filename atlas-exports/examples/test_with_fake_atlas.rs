//! Tests code that waits for an export, with FakeAtlas: no credentials, no network, no waiting for real exports.
#![allow(clippy::print_stdout, reason = "a program for the command line")]

use std::time::Duration;

use atlas_exports::{Client, Error, ExportId, Exports};
use atlas_exports_testing::{FakeAtlas, Fault, NewJob, Script};

/// The code under test.
async fn folder_of(exports: &Exports, id: &ExportId) -> Result<String, Error> {
    let job = exports.wait(id).poll_interval(Duration::from_millis(20)).await?;
    Ok(job.prefix.unwrap_or_default())
}

// In a test: `#[tokio::test] async fn a_gateway_error_does_not_end_the_wait() { … }`
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let fake = FakeAtlas::builder().try_start().await?;
    // Each poll sees the next state; between two of them, a gateway fails.
    let id = fake.add_job(NewJob::new(Script::per_poll(["Queued", "InProgress", "Successful"])));
    fake.fault(Fault::html_502());

    let atlas = Client::builder().base_url(fake.base_url()).api_key(fake.public_key(), fake.private_key()).build()?;
    let exports = atlas.exports(fake.project_id().parse()?, fake.cluster_name())?;

    let folder = folder_of(&exports, &id.parse()?).await?;
    assert!(folder.starts_with("exported_snapshots/"), "{folder}");
    assert_eq!(fake.pending_faults(), 0, "the fault was met");
    println!("the wait survived a gateway error and ended with {folder}");
    Ok(())
}
