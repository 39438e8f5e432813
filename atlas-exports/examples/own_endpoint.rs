//! Calls what has no method of its own: an operation of the contract, and one that no contract has:
//! `cargo run --example own_endpoint PROJECT`.
#![allow(clippy::print_stdout, reason = "a program for the command line")]

use atlas_exports::{ApiVersion, ClientBuilder, http::Method};
use futures_util::TryStreamExt;

/// What is wanted of Atlas's document.
#[derive(serde::Deserialize)]
struct AccessListEntry {
    #[serde(rename = "cidrBlock")]
    cidr_block: Option<String>,
    comment: Option<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let project = std::env::args().nth(1).ok_or("expected PROJECT")?;
    let atlas = ClientBuilder::from_env()?.api_version(ApiVersion::V2).build()?;

    // Every list operation of the contract is a stream over all its pages.
    let mut buckets = atlas.list(|api| api.list_export_buckets().group_id(&project)).items();
    while let Some(bucket) = buckets.try_next().await? {
        println!("bucket {}", bucket.id());

        // Every other operation is a call, with the same retries and errors as any method of this crate.
        let again =
            atlas.call(|api| api.get_export_bucket().group_id(&project).export_bucket_id(bucket.id().clone()).send());
        println!("  stored by {}", again.await?.cloud_provider());
    }

    // A path that no contract has, with a type of your own. In version 2, each request names a resource version.
    let path = format!("/groups/{project}/accessList");
    let mut entries = atlas.request(Method::GET, path).resource_version("2023-01-01").list::<AccessListEntry>().items();
    while let Some(entry) = entries.try_next().await? {
        println!("access from {} {}", entry.cidr_block.unwrap_or_default(), entry.comment.unwrap_or_default());
    }
    Ok(())
}
