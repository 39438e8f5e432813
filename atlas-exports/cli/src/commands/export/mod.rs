//! `export`: creates exports in bulk.

mod missing;

use clap::Subcommand;

use crate::{
    console::Console,
    exit::{Outcome, Problem},
    options::Shared,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create the exports that an audit finds missing or failed
    Missing(missing::Args),
}

pub(crate) async fn run(shared: &Shared, command: Command, console: &Console) -> Result<Outcome, Problem> {
    match command {
        Command::Missing(args) => missing::run(shared, args, console).await,
    }
}
