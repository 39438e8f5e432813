//! Prints export jobs of a fake Atlas, without credentials: `cargo run --example export_job`.
#![allow(clippy::print_stdout, reason = "a program for the command line")]

use atlas_exports::{Client, ExportId};
use atlas_exports_testing::{FakeAtlas, Kind};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let fake = FakeAtlas::builder().try_start().await?;
    println!("a fake Atlas listens at {}", fake.base_url());

    // For the real service: `Client::from_env()?`, with the keys in the environment.
    let atlas = Client::builder().base_url(fake.base_url()).api_key(fake.public_key(), fake.private_key()).build()?;
    let exports = atlas.exports(fake.project_id().parse()?, fake.cluster_name())?;

    for kind in [Kind::ReplicaSet, Kind::Sharded, Kind::InProgress, Kind::Failed] {
        let id: ExportId = fake.job_id(kind).parse()?;
        let job = exports.get(&id).await?;
        println!("\nexport job {id}");
        if let Some(state) = &job.state {
            println!("  state      {state}");
        }
        if let Some(progress) = job.progress() {
            println!("  progress   {progress}");
        }
        if let Some(failure) = job.failure() {
            println!("  reason     {failure}");
        }
        if let Some(prefix) = &job.prefix {
            println!("  folder     {prefix}");
        }
    }
    println!("\n{} HTTP exchanges: one Digest challenge, and a response for each job", fake.exchanges());
    Ok(())
}
