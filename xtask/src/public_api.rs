//! `public-api`: records the public items that are written by hand, so that a change of them shows in review.

use std::{
    env, fs,
    path::Path,
    process::{Command, ExitCode},
};

use serde_json::Value;
use similar::TextDiff;

use crate::{
    ci::cargo_in,
    outcome::{Failure, Outcome, note, say},
    workspace::Workspace,
};

/// Package, and the file of its record.
const RECORDS: [(&str, &str); 2] =
    [("atlas-exports", "atlas-exports/public-api.txt"), ("atlas-exports-gen", "atlas-exports-gen/public-api.txt")];

/// The format of rustdoc's JSON that the crate `public-api` reads. It changes with the toolchain.
const FORMAT: u64 = 57;

/// Set where this program runs in rustdoc's place.
const AS_RUSTDOC: &str = "XTASK_AS_RUSTDOC";

/// Record the public items that are written by hand.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing, and fail when something would be written.
    #[arg(long)]
    check: bool,
}

/// What became of a comparison.
pub(crate) enum Recorded {
    UpToDate,
    /// The toolchain writes another format.
    Unreadable,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Outcome {
    if args.check {
        return match check(workspace)? {
            Recorded::UpToDate => say("the recorded public items are up to date"),
            Recorded::Unreadable => {
                note(UNREADABLE);
                Ok(())
            }
        };
    }
    for (package, file) in RECORDS {
        let Some(text) = items(workspace, package)? else { return Err(Failure::trouble(UNREADABLE)) };
        workspace.write(&[(file, &text)])?;
        say(format!("wrote {file}"))?;
    }
    Ok(())
}

/// What is said where rustdoc's JSON has another format.
pub(crate) const UNREADABLE: &str =
    "this toolchain's rustdoc writes JSON of another format than the crate `public-api` reads";

/// Compares what is recorded with what is there.
pub(crate) fn check(workspace: &Workspace) -> Outcome<Recorded> {
    let mut differences = String::new();
    for (package, file) in RECORDS {
        let Some(text) = items(workspace, package)? else { return Ok(Recorded::Unreadable) };
        let recorded = workspace.read(file)?.unwrap_or_default();
        let diff = TextDiff::from_lines(&recorded, &text);
        differences += &diff.unified_diff().context_radius(0).header(file, "the public items of the code").to_string();
    }
    if differences.is_empty() { Ok(Recorded::UpToDate) } else { Err(Failure::Found(differences)) }
}

/// Returns the public items of a package that are written by hand, a line each.
fn items(workspace: &Workspace, package: &str) -> Outcome<Option<String>> {
    let trouble = |what: &str, why: &dyn std::fmt::Display| Failure::trouble(format!("cannot {what}: {why}"));
    let program = env::current_exe().map_err(|error| trouble("find this program", &error))?;
    let arguments =
        format!("rustdoc --quiet --locked --lib --package {package} -- -Zunstable-options --output-format=json");
    let mut cargo = cargo_in(&workspace.path(""), &arguments);
    let status = cargo.env("RUSTDOC", program).env(AS_RUSTDOC, "1").status();
    let status = status.map_err(|error| trouble("run cargo", &error))?;
    if !status.success() {
        return Err(Failure::Found(format!("`cargo {arguments}` ended with {status}")));
    }
    let path = workspace.target(&format!("doc/{}.json", package.replace('-', "_")));
    let json = fs::read_to_string(&path).map_err(|error| Failure::io("read", &path, &error))?;
    let document: Value = serde_json::from_str(&json).map_err(|error| trouble("read rustdoc's JSON", &error))?;
    if document.get("format_version").and_then(Value::as_u64) != Some(FORMAT) {
        return Ok(None);
    }
    let api = public_api::Builder::from_rustdoc_json(&path)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .map_err(|error| trouble("read rustdoc's JSON", &error))?;
    let by_hand = api.items().filter(|item| is_written_by_hand(&document, item.id().0, package));
    Ok(Some(by_hand.map(|item| format!("{item}\n")).collect()))
}

/// Whether an item stands in the sources of its package, rather than in what a build script wrote.
fn is_written_by_hand(document: &Value, id: u32, package: &str) -> bool {
    let span = document.pointer(&format!("/index/{id}/span/filename")).and_then(Value::as_str);
    span.is_none_or(|file| Path::new(file).starts_with(format!("{package}/src")))
}

/// Whether this program was started in rustdoc's place.
pub(crate) fn is_rustdoc() -> bool {
    env::var_os(AS_RUSTDOC).is_some()
}

/// Runs rustdoc with its unstable options. In the environment of cargo as a whole, `RUSTC_BOOTSTRAP` would rebuild each
/// dependency whose build script looks at it.
pub(crate) fn rustdoc() -> ExitCode {
    let status = Command::new("rustdoc").args(env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").status();
    ExitCode::from(u8::from(!status.is_ok_and(|status| status.success())))
}
