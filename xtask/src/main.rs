//! Chores of the workspace: `cargo xtask VERB`.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{outcome::Failure, workspace::Workspace};

mod ci;
mod contract;
mod diff;
mod expand;
mod generator;
mod import;
mod official;
mod outcome;
mod public_api;
mod regen;
#[cfg(test)]
mod soak;
mod workspace;
mod yaml;

/// Chores of the atlas-exports workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Command {
    /// Workspace to work on, when it is not the one that this program was started in.
    #[arg(long, global = true, value_name = "DIR")]
    root: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Regen(regen::Args),
    Diff(diff::Args),
    Expand(expand::Args),
    Import(import::Args),
    PublicApi(public_api::Args),
    Ci(ci::Args),
}

/// Exits 0 when all is well, 1 when what was looked at is not, 2 when the tool was misused or could not work.
fn main() -> ExitCode {
    if generator::child::is_child() {
        generator::child::serve();
        return ExitCode::SUCCESS;
    }
    if public_api::is_rustdoc() {
        return public_api::rustdoc();
    }
    let command = Command::parse();
    let done = Workspace::find(command.root).and_then(|workspace| match command.verb {
        Verb::Regen(args) => regen::run(&workspace, &args),
        Verb::Diff(args) => match &args.official {
            Some(file) => official::run(&workspace, file, &args),
            None => {
                if args.is_of_working_tree() {
                    regen::note_if_stale(&workspace);
                }
                diff::run(&workspace, &args)
            }
        },
        Verb::Expand(args) => expand::run(&workspace, &args),
        Verb::Import(args) => import::run(&workspace, &args),
        Verb::PublicApi(args) => public_api::run(&workspace, &args),
        Verb::Ci(args) => ci::run(&workspace, &args),
    });
    done.map_or_else(Failure::exit, |()| ExitCode::SUCCESS)
}
