//! Prints the state of one export job: `cargo run --example get PROJECT CLUSTER JOB`.
//!
//! Credentials come from the environment; `Client::from_env` lists the variables.
#![allow(clippy::print_stdout, reason = "a program for the command line")]

use atlas_exports::{Client, ExportId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [project, cluster, job] = arguments.as_slice() else {
        return Err("expected PROJECT CLUSTER JOB".into());
    };
    let id: ExportId = job.parse()?;

    let atlas = Client::from_env()?;
    let job = atlas.exports(project.parse()?, cluster)?.get(&id).await?;

    match (&job.state, job.failure()) {
        (_, Some(failure)) => println!("failed: {failure}"),
        (Some(state), None) => println!("{state}"),
        (None, None) => println!("Atlas sent no state"),
    }
    Ok(())
}
