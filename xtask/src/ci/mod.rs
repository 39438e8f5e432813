//! `ci`: all that must hold before a change is merged, step by step.

mod command;
mod packages;

use std::time::{Duration, Instant};

use command::{cargo, cargo_is_there};

pub(crate) use command::cargo_in;

use crate::{
    contract::Contract,
    diff::newest_release,
    outcome::{Failure, Outcome, say},
    public_api::{self, Recorded},
    regen,
    workspace::Workspace,
};

/// Check all that must hold before a change is merged.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Leave out the tests, for whoever has run them already.
    #[arg(long)]
    no_test: bool,
    /// Steps to take; without any, all.
    #[arg(value_name = "STEP", value_parser = STEPS.map(|step| step.name))]
    steps: Vec<String>,
}

/// One step, and the command that mends what it finds.
struct Step {
    name: &'static str,
    mend: &'static str,
    run: fn(&Workspace) -> Outcome<Done>,
}

/// What became of a step that did not fail.
enum Done {
    Well,
    /// It could not be taken here, for this reason.
    Skipped(&'static str),
}

const STEPS: [Step; 12] = [
    Step { name: "fmt", mend: "cargo fmt --all", run: |workspace| cargo(workspace, "fmt --all --check") },
    Step { name: "contract", mend: "cargo xtask regen", run: contract },
    Step {
        name: "clippy",
        mend: "cargo clippy --workspace --all-targets --fix",
        run: |workspace| {
            cargo(workspace, "clippy --workspace --all-targets --locked -- -D warnings")?;
            // What only the soak runs is not among all targets.
            cargo(workspace, "clippy --workspace --test extend --locked -- -D warnings")
        },
    },
    Step {
        name: "docs",
        mend: "RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps",
        run: |workspace| {
            command::run(
                command::new(workspace, "doc --workspace --no-deps --locked").env("RUSTDOCFLAGS", "-Dwarnings"),
            )
        },
    },
    Step {
        name: "public-api",
        mend: "cargo xtask public-api",
        run: |workspace| match public_api::check(workspace)? {
            Recorded::UpToDate => Ok(Done::Well),
            Recorded::Unreadable => Ok(Done::Skipped(public_api::UNREADABLE)),
        },
    },
    Step { name: "semver", mend: "cargo semver-checks: undo what breaks, or raise the version", run: semver },
    Step {
        name: "test",
        mend: "cargo test --workspace",
        run: |workspace| cargo(workspace, "test --workspace --locked"),
    },
    Step {
        name: "soak",
        mend: "cargo xtask ci soak",
        run: |workspace| {
            let full = |arguments| command::run(command::new(workspace, arguments).env("ATLAS_EXPORTS_SOAK", "full"));
            // As parts of the workspace, so that what the tests have built is not built with other features again.
            full("test --locked --workspace --test integration -- soak")?;
            full("test --locked --workspace --bin xtask --test diff_oracle --test extend")
        },
    },
    Step { name: "package", mend: "cargo xtask ci package", run: packages::package },
    Step { name: "features", mend: "cargo xtask ci package features", run: packages::features },
    Step {
        name: "fuzz",
        mend: "cargo +nightly check, in xtask/fuzz and tests/fuzz",
        run: |workspace| {
            if !command::nightly_is_there() {
                return Ok(Done::Skipped("a nightly toolchain is missing: rustup toolchain install nightly"));
            }
            command::run(&mut command::nightly(workspace, "check --manifest-path xtask/fuzz/Cargo.toml"))?;
            command::run(&mut command::nightly(workspace, "check --manifest-path tests/fuzz/Cargo.toml"))
        },
    },
    Step {
        name: "deny",
        mend: "cargo deny check bans licenses sources",
        run: |workspace| {
            if !cargo_is_there("deny") {
                return Ok(Done::Skipped("cargo-deny is missing: cargo install cargo-deny --locked"));
            }
            cargo(workspace, "deny --all-features --locked check bans licenses sources")
        },
    },
];

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Outcome {
    let is_wanted = |step: &&Step| {
        let named = args.steps.is_empty() || args.steps.iter().any(|name| name == step.name);
        named && !(args.no_test && step.name == "test")
    };
    let mut lines = Vec::new();
    let mut failed = Vec::new();
    for step in STEPS.iter().filter(is_wanted) {
        say(format!("\n==> {}", step.name))?;
        let start = Instant::now();
        let outcome = (step.run)(workspace);
        let time = start.elapsed();
        lines.push(match &outcome {
            Ok(Done::Well) => line("ok", step, time, ""),
            Ok(Done::Skipped(why)) => line("skip", step, time, why),
            Err(_) => line("FAIL", step, time, &format!("mend with: {}", step.mend)),
        });
        if let Err(Failure::Found(text) | Failure::Trouble(text)) = outcome {
            say(text.trim_end())?;
            say(format!("{} failed; mend with: {}", step.name, step.mend))?;
            failed.push(step.name);
        }
    }
    say(format!("\n{}", lines.join("\n")))?;
    if failed.is_empty() { Ok(()) } else { Err(Failure::Found(format!("\nfailed: {}", failed.join(", ")))) }
}

/// Checks that the contract is sound, that what is made of it is up to date, and that it lacks no summary or description.
fn contract(workspace: &Workspace) -> Outcome<Done> {
    regen::run(workspace, &regen::Args { check: true })?;
    let unwritten = Contract::read(workspace)?.unwritten();
    if unwritten.is_empty() { Ok(Done::Well) } else { Err(Failure::Found(unwritten.join("\n"))) }
}

/// Compares the libraries with the newest release.
fn semver(workspace: &Workspace) -> Outcome<Done> {
    if !cargo_is_there("semver-checks") {
        return Ok(Done::Skipped("cargo-semver-checks is missing: cargo install cargo-semver-checks --locked"));
    }
    let Some(tag) = newest_release(workspace)? else {
        return Ok(Done::Skipped("there is no release tag `v*` to compare with"));
    };
    let packages =
        ["atlas-exports-gen", "atlas-exports", "atlas-exports-testing"].map(|name| format!(" --package {name}"));
    cargo(workspace, &format!("semver-checks --baseline-rev {tag}{}", packages.concat()))
}

fn line(verdict: &str, step: &Step, time: Duration, note: &str) -> String {
    format!("{verdict:<5}{:<10}{:>7.1} s  {note}", step.name, time.as_secs_f64()).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_verdict_step_time_and_what_mends_it() {
        let [fmt, ..] = &STEPS;
        let line = line("FAIL", fmt, Duration::from_millis(1250), &format!("mend with: {}", fmt.mend));
        assert_eq!(line, "FAIL fmt           1.2 s  mend with: cargo fmt --all");
    }

    #[test]
    fn every_step_names_a_command_that_mends_it() {
        for step in STEPS {
            assert!(step.mend.contains("cargo "), "{}", step.name);
        }
    }
}
