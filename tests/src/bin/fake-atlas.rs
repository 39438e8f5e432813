//! Serves a fake Atlas on a loopback port until interrupted.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use atlas_exports_testing::FakeAtlas;
use serde_json::json;

const HELP: &str = "\
Serves a fake of MongoDB Atlas's backup export API on a loopback port until interrupted.

Usage: fake-atlas [--port N]

Options:
  --port N    port to listen on; without it the system chooses a free one
  -h, --help  print this help

One line of JSON on stdout says where it listens and what it accepts: base_url, public_key, private_key, client_id,
client_secret, project_id, cluster_name, bucket_id, and jobs, a list of {id, state}. Try it with curl:

  curl --digest --user PUBLIC_KEY:PRIVATE_KEY \\
    BASE_URL/api/atlas/v1.0/groups/PROJECT_ID/clusters/CLUSTER_NAME/backup/exports/JOB_ID?pretty=true
";

#[tokio::main]
async fn main() -> ExitCode {
    match port(std::env::args().skip(1)) {
        Ok(Some(port)) => match run(port).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("fake-atlas: cannot serve on port {port}: {error}");
                ExitCode::FAILURE
            }
        },
        Ok(None) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("fake-atlas: {problem}; see fake-atlas --help");
            ExitCode::from(2)
        }
    }
}

/// The port to listen on, 0 for any; `None` when help is asked for.
fn port(mut arguments: impl Iterator<Item = String>) -> Result<Option<u16>, String> {
    let mut port = 0;
    while let Some(argument) = arguments.next() {
        let value = match argument.as_str() {
            "-h" | "--help" => return Ok(None),
            "--port" => arguments.next().ok_or("--port needs a number")?,
            other => match other.strip_prefix("--port=") {
                Some(value) => value.to_owned(),
                None => return Err(format!("unknown argument {other}")),
            },
        };
        port = value.parse().map_err(|_| format!("{value} is not a port"))?;
    }
    Ok(Some(port))
}

async fn run(port: u16) -> io::Result<()> {
    let atlas = FakeAtlas::builder().port(port).try_start().await?;
    let jobs: Vec<_> = atlas.jobs().iter().map(|job| json!({"id": job.id, "state": job.state})).collect();
    let line = json!({
        "base_url": atlas.base_url(),
        "public_key": atlas.public_key(),
        "private_key": atlas.private_key(),
        "client_id": atlas.client_id(),
        "client_secret": atlas.client_secret(),
        "project_id": atlas.project_id(),
        "cluster_name": atlas.cluster_name(),
        "bucket_id": atlas.bucket_id(),
        "jobs": jobs,
    });
    let mut stdout = io::stdout();
    writeln!(stdout, "{line}")?;
    stdout.flush()?;
    interrupted().await
}

#[cfg(unix)]
async fn interrupted() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
