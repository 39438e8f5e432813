//! Builds the example once and runs it.

use std::{
    process::{Command, Output},
    sync::LazyLock,
};

use atlas_exports_testing::FakeAtlas;
use escargot::CargoBuild;
use serde_json::Value;

/// Everything that the example or the client looks at.
const VARIABLES: [&str; 17] = [
    "MONGODB_ATLAS_PUBLIC_API_KEY",
    "MONGODB_ATLAS_PUBLIC_API_KEY_FILE",
    "MONGODB_ATLAS_PUBLIC_KEY",
    "MONGODB_ATLAS_PUBLIC_KEY_FILE",
    "MONGODB_ATLAS_PRIVATE_API_KEY",
    "MONGODB_ATLAS_PRIVATE_API_KEY_FILE",
    "MONGODB_ATLAS_PRIVATE_KEY",
    "MONGODB_ATLAS_PRIVATE_KEY_FILE",
    "MONGODB_ATLAS_CLIENT_ID",
    "MONGODB_ATLAS_CLIENT_ID_FILE",
    "MONGODB_ATLAS_CLIENT_SECRET",
    "MONGODB_ATLAS_CLIENT_SECRET_FILE",
    "MONGODB_ATLAS_BASE_URL",
    "MONGODB_ATLAS_PROJECT_ID",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
];

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// The one JSON document on stdout.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("stdout is not one document: {error}\n{self:?}"))
    }

    /// The value that a line of the text begins with this name has.
    pub(crate) fn line(&self, name: &str) -> Option<&str> {
        self.out.lines().find_map(|line| line.trim_start().strip_prefix(name)).map(str::trim)
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The example, in an environment that tells it nothing.
pub(crate) fn command() -> Command {
    // With the features of the whole workspace, `cargo test --workspace` has built it already.
    static BUILT: LazyLock<escargot::CargoRun> = LazyLock::new(|| {
        CargoBuild::new()
            .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
            .arg("--workspace")
            .example("export_job")
            .run()
            .unwrap_or_else(|error| panic!("the example does not build: {error}"))
    });
    let mut command = BUILT.command();
    for name in VARIABLES {
        command.env_remove(name);
    }
    command
}

/// The example with the keys of a fake, and its address in the environment.
pub(crate) fn command_at(fake: &FakeAtlas) -> Command {
    let mut command = command();
    command
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", fake.public_key())
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", fake.private_key())
        .env("MONGODB_ATLAS_BASE_URL", fake.base_url());
    command
}

/// Runs it to its end.
pub(crate) fn run<'a>(mut command: Command, arguments: impl AsRef<[&'a str]>) -> Ended {
    command.args(arguments.as_ref()).output().unwrap().into()
}

/// The example with the keys of a fake, for the fake's project and cluster.
pub(crate) fn command_in(fake: &FakeAtlas) -> Command {
    let mut command = command_at(fake);
    command.args(["--project", fake.project_id(), "--cluster", fake.cluster_name()]);
    command
}

/// Runs it to its end with the keys of a fake, for the fake's project and cluster.
pub(crate) fn run_at<'a>(fake: &FakeAtlas, arguments: impl AsRef<[&'a str]>) -> Ended {
    run(command_in(fake), arguments)
}

/// A fake in a thread of its own.
pub(crate) fn fake() -> FakeAtlas {
    FakeAtlas::builder().start_blocking().unwrap()
}
