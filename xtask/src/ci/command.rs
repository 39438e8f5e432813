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
    format!("{}cargo {}", set.collect::<String>(), arguments.join(" "))
}

/// Whether cargo has a subcommand.
pub(super) fn cargo_is_there(subcommand: &str) -> bool {
    let asked =
        Command::new(program()).args([subcommand, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}
