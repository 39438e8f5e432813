//! Commands that a step consists of.

use std::{
    env,
    ffi::OsString,
    path::Path,
    process::{Command, Stdio},
};

use super::Done;
use crate::{
    outcome::{Failure, Outcome},
    workspace::Workspace,
};

/// Runs cargo with arguments that have no blanks in them.
pub(super) fn cargo(workspace: &Workspace, arguments: &str) -> Outcome<Done> {
    run(&mut new(workspace, arguments))
}

/// A cargo command in the workspace.
pub(super) fn new(workspace: &Workspace, arguments: &str) -> Command {
    cargo_in(&workspace.path(""), arguments)
}

/// A cargo command in a folder.
pub(crate) fn cargo_in(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(program());
    command.args(arguments.split_whitespace()).current_dir(folder);
    // What cargo says of this program to it is no business of the cargo that it runs.
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
            command.env_remove(name);
        }
    }
    command
}

fn program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

pub(super) fn run(command: &mut Command) -> Outcome<Done> {
    let shown = shown(command);
    crate::outcome::say(format!("$ {shown}"))?;
    let status = command.status().map_err(|error| Failure::trouble(format!("cannot run `{shown}`: {error}")))?;
    if status.success() { Ok(Done::Well) } else { Err(Failure::Found(format!("`{shown}` ended with {status}"))) }
}

fn shown(command: &Command) -> String {
    let set = command.get_envs().filter_map(|(name, value)| {
        let name = name.to_str().filter(|name| ["RUSTDOCFLAGS", "ATLAS_EXPORTS_SOAK"].contains(name))?;
        Some(format!("{name}={} ", value?.to_string_lossy()))
    });
    let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default().to_string_lossy();
    format!("{}{program} {}", set.collect::<String>(), arguments.join(" "))
}

/// A cargo command of the nightly toolchain, which builds in a folder of its own.
pub(super) fn nightly(workspace: &Workspace, arguments: &str) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo"]).args(arguments.split_whitespace());
    command.current_dir(workspace.path("")).env("CARGO_TARGET_DIR", workspace.target("fuzz"));
    command
}

/// Whether rustup has a nightly toolchain.
pub(super) fn nightly_is_there() -> bool {
    is_successful(Command::new("rustup").args(["run", "nightly", "cargo", "--version"]))
}

/// Whether cargo has a subcommand.
pub(super) fn cargo_is_there(subcommand: &str) -> bool {
    is_successful(Command::new(program()).args([subcommand, "--version"]))
}

fn is_successful(command: &mut Command) -> bool {
    let asked = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}
