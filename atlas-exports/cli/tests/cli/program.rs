//! Runs the program.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

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
        if text.starts_with("MONGODB_ATLAS_")
            || text.ends_with("_PROXY")
            || text == "XDG_CONFIG_HOME"
            || is_of_buckets(&text)
        {
            command.env_remove(&name);
        }
    }
    // A home without profiles.
    let nowhere = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/no-home");
    command.env("HOME", nowhere).env("AppData", nowhere);
}

/// Whether a variable gives access to buckets.
fn is_of_buckets(name: &str) -> bool {
    ["AWS_", "AZURE_", "GOOGLE_"].iter().any(|provider| name.starts_with(provider))
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

/// Runs a line of the shell, with the program as `$P`, on a terminal on which this is typed; `None` where the machine
/// has no `script`.
#[cfg(unix)]
pub(crate) fn on_terminal(line: &str, term: &str, typed: &str) -> Option<(Option<i32>, String)> {
    // util-linux's; it gives the program a terminal.
    if !Command::new("script").arg("--version").output().is_ok_and(|output| output.status.success()) {
        eprintln!("notice: skipped, because script (util-linux) is not installed");
        return None;
    }
    let program = command();
    let line = line.replace("$P", program.get_program().to_str().unwrap());
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env("TERM", term);
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Some((output.status.code(), String::from_utf8(output.stdout).unwrap()))
}
