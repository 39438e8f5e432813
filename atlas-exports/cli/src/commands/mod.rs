//! The commands. Each has a module with its arguments and a `run`; a new one is a module, a variant and an arm below.

mod buckets;
mod completions;
mod create;
mod doctor;
mod get;
mod items;
mod list;
mod watch;

use clap::Subcommand;

use crate::{
    console::Console,
    exit::{Outcome, Problem},
    options::Shared,
    session::Session,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show one export job
    Get(get::Args),
    /// List the export jobs of a cluster
    List(list::Args),
    /// Wait until an export job has ended
    Watch(watch::Args),
    /// Create an export job
    Create(create::Args),
    /// Manage the export buckets of a project
    Buckets(buckets::Args),
    /// Check that this machine, these credentials and this project will work
    Doctor(doctor::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
}

/// Runs a command.
pub(crate) async fn run(shared: &Shared, command: Command, console: &Console) -> Result<Outcome, Problem> {
    let session = async || Session::open(shared, console).await;
    match command {
        Command::Get(args) => get::run(&session().await?, args).await,
        Command::List(args) => list::run(&session().await?, args).await,
        Command::Watch(args) => watch::run(&session().await?, args).await,
        Command::Create(args) => create::run(&session().await?, args).await,
        Command::Buckets(args) => buckets::run(&session().await?, args).await,
        Command::Doctor(_) => doctor::run(shared, console).await,
        Command::Completions(args) => completions::run(args, console),
    }
}
