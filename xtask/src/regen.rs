//! `regen`: checks the contract and writes what is made of it.

use similar::TextDiff;

use crate::{
    contract::Contract,
    outcome::{Failure, Outcome, note, say},
    workspace::{DOCUMENT, FRAGMENTS, SURFACE, Workspace},
};

/// Check the contract and write what is made of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing, and fail when something would be written.
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Outcome {
    let contract = Contract::read(workspace)?;
    let (json, generated) = contract.generate()?;
    contract.unwritten().into_iter().for_each(note);
    let mut stale = Vec::new();
    for (name, text) in [(DOCUMENT, json), (SURFACE, generated.surface().to_owned())] {
        let there = workspace.read(name)?;
        if there.as_deref() != Some(&text) {
            stale.push((name, there.unwrap_or_default(), text));
        }
    }
    if args.check {
        return check(&stale);
    }
    workspace.write(&stale.iter().map(|(name, _, text)| (*name, text.as_str())).collect::<Vec<_>>())?;
    for (name, ..) in &stale {
        say(format!("wrote {name}"))?;
    }
    if stale.is_empty() {
        say("nothing to write: all is up to date")?;
    }
    Ok(())
}

/// Tells people who use the merged contract when the fragments give another one by now, or none.
pub(crate) fn note_if_stale(workspace: &Workspace) {
    let made = Contract::read(workspace).ok().and_then(|contract| contract.json().ok());
    if made.is_none() || workspace.read(DOCUMENT).is_ok_and(|there| there != made) {
        note(format!("{DOCUMENT} is not what {FRAGMENTS}/ gives now: run `cargo xtask regen` first to compare that"));
    }
}

fn check(stale: &[(&str, String, String)]) -> Outcome {
    if stale.is_empty() {
        return say("the contract is sound and what is made of it is up to date");
    }
    let mut text = String::new();
    for (name, there, made) in stale {
        let diff = TextDiff::from_lines(there, made);
        text.push_str(&diff.unified_diff().context_radius(3).header(name, "what regen makes of openapi/").to_string());
    }
    let names: Vec<_> = stale.iter().map(|(name, ..)| *name).collect();
    text.push_str(&format!(
        "\nnot up to date: {}\nrun `cargo xtask regen` and commit what it writes",
        names.join(", ")
    ));
    Err(Failure::Found(text))
}
