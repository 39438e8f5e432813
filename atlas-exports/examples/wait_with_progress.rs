//! Waits until an export job has ended, and prints each change:
//! `cargo run --example wait_with_progress PROJECT CLUSTER JOB`.
#![allow(clippy::print_stdout, reason = "a program for the command line")]

use std::time::Duration;

use atlas_exports::{Client, ExportId, ExportJob};
use futures_util::TryStreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [project, cluster, job] = arguments.as_slice() else {
        return Err("expected PROJECT CLUSTER JOB".into());
    };
    let id: ExportId = job.parse()?;

    let atlas = Client::from_env()?;
    let exports = atlas.exports(project.parse()?, cluster)?;

    let mut updates = exports.wait(&id).timeout(Duration::from_secs(2 * 60 * 60)).updates();
    let mut last = None;
    while let Some(job) = updates.try_next().await? {
        let state = job.state.as_ref().map_or("no state", |state| state.as_str());
        match job.progress() {
            Some(progress) => println!("{state}, {progress}"),
            None => println!("{state}"),
        }
        last = Some(job);
    }
    match last {
        Some(job) if job.is_successful() => println!("exported to {}", job.prefix.unwrap_or_default()),
        Some(job) => return Err(format!("export job {id} was not successful: {:?}", reason(&job)).into()),
        None => return Err("Atlas sent no job".into()),
    }
    Ok(())
}

fn reason(job: &ExportJob) -> Option<String> {
    job.failure().map(|failure| failure.to_string())
}
