//! Serves a fake Atlas until it is interrupted.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

use std::{
    error::Error,
    ffi::OsString,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    str::FromStr,
};

use atlas_exports_testing::{FakeAtlas, FakeAtlasBuilder, Scenario};
use lexopt::{
    Arg::{Long, Short},
    ValueExt as _,
};

const HELP: &str = "\
Serves a fake of the backup export API of MongoDB Atlas until it is interrupted.

Usage: fake-atlas [OPTIONS]

Options:
      --host HOST         host name or address to listen on [default: 127.0.0.1]
      --port PORT         port to listen on [default: a free one]
      --public-key KEY    public key of the API key that is accepted
      --private-key KEY   private key of the API key that is accepted
      --project ID        project of the initial jobs
      --cluster NAME      cluster of the initial jobs
      --seed NUMBER       seed of faults with a probability [default: 0]
      --scenario FILE     JSON file with jobs, faults, rate limit and versions to start with
      --control           serve the control interface at /_fake, without credentials
  -h, --help              print this help

The first line of stdout is a JSON object with base_url, public_key, private_key, client_id, client_secret, project_id,
cluster_name, bucket_id, and jobs, a list of {id, state}. Try it with curl:

  curl --digest --user PUBLIC_KEY:PRIVATE_KEY \\
    BASE_URL/api/atlas/v1.0/groups/PROJECT_ID/clusters/CLUSTER_NAME/backup/exports/JOB_ID?pretty=true

Scenarios and the control interface are described in the README of atlas-exports-testing.
";

/// The command line.
#[derive(Debug, Default)]
struct Options {
    host: Option<String>,
    port: Option<u16>,
    public_key: Option<String>,
    private_key: Option<String>,
    project: Option<String>,
    cluster: Option<String>,
    seed: Option<u64>,
    scenario: Option<PathBuf>,
    control: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let builder = match parse(std::env::args_os()).and_then(|options| options.map(builder).transpose()) {
        Ok(Some(builder)) => builder,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            eprintln!("fake-atlas: {problem}; see fake-atlas --help");
            return ExitCode::from(2);
        }
    };
    match serve(builder).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fake-atlas: cannot serve: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Parses the command line; `None` asks for help.
fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Options>, String> {
    let text = |error: lexopt::Error| error.to_string();
    let mut options = Options::default();
    let mut parser = lexopt::Parser::from_iter(arguments);
    while let Some(argument) = parser.next().map_err(text)? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("control") => options.control = true,
            Long("host") => options.host = Some(value(&mut parser, "host")?),
            Long("port") => options.port = Some(value(&mut parser, "port")?),
            Long("public-key") => options.public_key = Some(value(&mut parser, "public-key")?),
            Long("private-key") => options.private_key = Some(value(&mut parser, "private-key")?),
            Long("project") => options.project = Some(value(&mut parser, "project")?),
            Long("cluster") => options.cluster = Some(value(&mut parser, "cluster")?),
            Long("seed") => options.seed = Some(value(&mut parser, "seed")?),
            Long("scenario") => options.scenario = Some(parser.value().map_err(text)?.into()),
            other => return Err(text(other.unexpected())),
        }
    }
    Ok(Some(options))
}

fn value<T>(parser: &mut lexopt::Parser, name: &str) -> Result<T, String>
where
    T: FromStr<Err: Into<Box<dyn Error + Send + Sync>>>,
{
    let given = parser.value().map_err(|error| error.to_string())?;
    given.parse().map_err(|error| format!("--{name}: {error}"))
}

fn builder(options: Options) -> Result<FakeAtlasBuilder, String> {
    let mut builder = FakeAtlas::builder();
    if let Some(host) = options.host {
        builder = builder.host(host);
    }
    if let Some(port) = options.port {
        builder = builder.port(port);
    }
    if let Some(key) = options.public_key {
        builder = builder.public_key(key);
    }
    if let Some(key) = options.private_key {
        builder = builder.private_key(key);
    }
    if let Some(project) = options.project {
        builder = builder.project_id(project);
    }
    if let Some(cluster) = options.cluster {
        builder = builder.cluster_name(cluster);
    }
    if let Some(seed) = options.seed {
        builder = builder.seed(seed);
    }
    if let Some(path) = options.scenario {
        builder = builder.scenario(read(&path).map_err(|error| format!("{}: {error}", path.display()))?);
    }
    Ok(if options.control { builder.control() } else { builder })
}

fn read(path: &Path) -> io::Result<Scenario> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

async fn serve(builder: FakeAtlasBuilder) -> io::Result<()> {
    let atlas = builder.try_start().await?;
    let mut stdout = io::stdout();
    writeln!(stdout, "{}", atlas.description())?;
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
