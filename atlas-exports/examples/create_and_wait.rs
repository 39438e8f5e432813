//! Exports a snapshot and waits for the end:
//! `cargo run --example create_and_wait PROJECT CLUSTER SNAPSHOT BUCKET`.
#![allow(clippy::print_stdout, reason = "a program for the command line")]

use std::time::Duration;

use atlas_exports::{Client, NewExport};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [project, cluster, snapshot, bucket] = arguments.as_slice() else {
        return Err("expected PROJECT CLUSTER SNAPSHOT BUCKET".into());
    };

    let atlas = Client::from_env()?;
    let exports = atlas.exports(project.parse()?, cluster)?;

    // Atlas writes custom data beside the export. If the response to the creation is lost, the job is looked for
    // instead of created again.
    let new = NewExport::new(snapshot.parse()?, bucket.parse()?).custom_data("created by", "create_and_wait");
    let job = exports.create_and_wait(new).timeout(Duration::from_secs(4 * 60 * 60)).await?;

    println!("export job {} wrote {}", job.id, job.prefix.unwrap_or_default());
    Ok(())
}
