//! `completions`: a script that completes commands and options.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{
    console::Console,
    exit::{Outcome, Problem},
    options::Options,
};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  atlas-exports completions bash > ~/.local/share/bash-completion/completions/atlas-exports"
)]
pub(crate) struct Args {
    /// Shell that the script is for
    shell: Shell,
}

pub(crate) fn run(args: Args, console: &Console) -> Result<Outcome, Problem> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Options::command(), "atlas-exports", &mut script);
    console.print(&String::from_utf8_lossy(&script));
    Ok(Outcome::Done)
}
