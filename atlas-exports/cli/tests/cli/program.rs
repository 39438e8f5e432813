//! Runs the program.

use std::process::{Command, Output};

use atlas_exports_testing::FakeAtlas;
use serde_json::Value;

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

/// Takes out of a command's environment what the program or the client would look at.
pub(crate) fn isolate(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_ascii_uppercase();
        if text.starts_with("MONGODB_ATLAS_") || text.ends_with("_PROXY") || text == "XDG_CONFIG_HOME" {
            command.env_remove(&name);
        }
    }
    // A home without profiles.
    let nowhere = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/no-home");
    command.env("HOME", nowhere).env("AppData", nowhere);
}

/// The program, in an environment that tells it nothing.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlas-exports"));
    isolate(&mut command);
    command
}

/// The program with the keys of a fake, and its address in the environment.
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

/// The program with the keys of a fake, for the fake's project and cluster.
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
