//! `regen`: checks the contract and writes what is made of it.

use crate::{
    contract::Contract,
    outcome::{Failure, Outcome, say},
    workspace::{DOCUMENT, Workspace},
};

/// Check the contract and write what is made of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing, and fail when something would be written.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Outcome {
    let json = Contract::read(workspace)?.json().map_err(Failure::Found)?;
    let files = [(DOCUMENT, json)];

    let mut stale = Vec::new();
    for (name, text) in &files {
        if workspace.read(name)?.as_deref() != Some(text) {
            stale.push((name, text));
        }
    }
    if args.check {
        return if stale.is_empty() {
            say("the contract is sound and what is made of it is up to date");
            Ok(())
        } else {
            let names: Vec<_> = stale.iter().map(|(name, _)| **name).collect();
            Err(Failure::found(format!("not up to date: {}\nrun `cargo xtask regen` and commit it", names.join(", "))))
        };
    }
    for (name, text) in &stale {
        workspace.write(name, text)?;
        say(format!("wrote {name}"));
    }
    if stale.is_empty() {
        say("nothing to write: all is up to date");
    }
    Ok(())
}
