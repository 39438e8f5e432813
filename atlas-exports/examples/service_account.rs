//! Lists export buckets with a service account and API version 2: `cargo run --example service_account PROJECT`.
#![allow(clippy::print_stdout, reason = "a program for the command line")]

use atlas_exports::{ApiVersion, ClientBuilder};
use futures_util::TryStreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let project = std::env::args().nth(1).ok_or("expected PROJECT")?;

    // MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET; any of them with _FILE appended names a file.
    let atlas = ClientBuilder::from_env()?
        .api_version(ApiVersion::V2)
        // Atlas limits how many tokens an account may fetch, so programs that run often keep theirs.
        .token_cache(std::env::temp_dir().join("atlas-exports-token"))
        .build()?;

    let mut buckets = atlas.export_buckets(project.parse()?).list().items();
    while let Some(bucket) = buckets.try_next().await? {
        println!("{}  {}", bucket.id(), bucket.cloud_provider());
    }
    Ok(())
}
