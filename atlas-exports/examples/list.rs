//! Prints the export jobs of a cluster, page by page: `cargo run --example list PROJECT CLUSTER`.
#![allow(clippy::print_stdout, reason = "a program for the command line")]

use atlas_exports::Client;
use futures_util::TryStreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [project, cluster] = arguments.as_slice() else {
        return Err("expected PROJECT CLUSTER".into());
    };

    let atlas = Client::from_env()?;
    let exports = atlas.exports(project.parse()?, cluster)?;

    // The stream requests a page when it needs one, and holds no more than that.
    let mut jobs = exports.list().page_size(100).items();
    while let Some(job) = jobs.try_next().await? {
        let state = job.state.as_ref().map_or("", |state| state.as_str());
        let created = job.created_at.map(|created| created.to_rfc3339()).unwrap_or_default();
        println!("{}  {state:<11}  {created}", job.id);
    }
    Ok(())
}
