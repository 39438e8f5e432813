//! `import`: drafts fragments for operations of MongoDB's own document.

mod check;
mod choice;
mod ids;
mod names;
mod operation;
mod schema;
mod session;
mod sides;
#[cfg(test)]
mod tests;
mod yaml;

use std::{
    fs,
    path::{Path, PathBuf},
};

use choice::Choice;
use session::Session;

use crate::{
    contract::Contract,
    official::{Comparison, Document, Operation, compare, is_day},
    outcome::{Failure, Outcome, note, say},
    regen,
    workspace::{FRAGMENTS, Workspace},
};

/// Draft a fragment of the contract for operations of MongoDB's own OpenAPI document.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Operations: an id such as listAlerts, or method and path as in "GET /groups/{groupId}/alerts".
    #[arg(value_name = "OPERATION", required_unless_present_any = ["list", "all"], conflicts_with_all = ["list", "all"])]
    operations: Vec<String>,
    /// MongoDB's document, YAML or JSON.
    #[arg(long, value_name = "FILE")]
    official: PathBuf,
    /// Newest resource version to take, such as 2024-08-05. The newest of all when absent.
    #[arg(long, value_name = "DATE", value_parser = day)]
    as_of: Option<String>,
    /// File to write the fragment to; one of the contract's folder is generated from at once. Stdout when absent.
    #[arg(long, value_name = "FRAGMENT", conflicts_with_all = ["list", "check"])]
    out: Option<PathBuf>,
    /// List what can be imported.
    #[arg(long, conflicts_with_all = ["all", "check"])]
    list: bool,
    /// List operations of this tag alone.
    #[arg(long, value_name = "TAG", requires = "list")]
    tag: Option<String>,
    /// List operations with this word in their id, path or tag alone.
    #[arg(long, value_name = "WORD", requires = "list")]
    search: Option<String>,
    /// Take every operation of the document.
    #[arg(long)]
    all: bool,
    /// Write nothing, but generate and compile what would be written.
    #[arg(long)]
    check: bool,
}

fn day(text: &str) -> Result<String, String> {
    if is_day(text) { Ok(text.to_owned()) } else { Err("write a date as in 2024-08-05".to_owned()) }
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Outcome {
    let document = Document::read(&args.official)?;
    let contract = Contract::read_written(workspace)?;
    let ours = Document::of(contract.document().map_err(Failure::Found)?);
    let choice = Choice::new(&document, &ours);
    if args.list {
        let lines = choice.list(args.tag.as_deref(), args.search.as_deref()).map_err(Failure::Trouble)?;
        return say(lines.join("\n"));
    }
    let wanted: Vec<&Operation<'_>> = if args.all {
        choice.all.iter().collect()
    } else {
        args.operations.iter().map(|name| choice.find(name)).collect::<Result<_, _>>().map_err(Failure::Trouble)?
    };
    let Comparison { shared, .. } = compare(&ours, &document);
    let as_of = args.as_of.as_deref();
    if args.check {
        return check::run(
            workspace,
            &check::CheckInput { document: &document, contract: &ours, shared, as_of },
            &wanted,
        );
    }
    let mut session = Session::new(&document, &ours, shared, as_of);
    for operation in wanted {
        match choice.covered(operation) {
            Some(id) => note(format!("{} is in the contract already, as `{id}`", operation.place())),
            None => session.add(operation),
        }
    }
    write(workspace, args.out.as_deref(), &session)
}

/// Writes the fragment, and what the contract gives with it.
fn write(workspace: &Workspace, out: Option<&Path>, session: &Session<'_>) -> Outcome {
    let mut refused = Vec::new();
    for draft in session.drafts() {
        match &draft.outcome {
            Ok((_, notes)) => notes.iter().for_each(|told| note(format!("{}: {told}", draft.place))),
            Err(why) => refused.push(format!("{} cannot be imported: {why}", draft.place)),
        }
    }
    let drafted = session.drafts().iter().filter(|draft| draft.outcome.is_ok());
    let methods: Vec<_> = drafted.map(|draft| format!("client.api().{}()", draft.rust)).collect();
    if !methods.is_empty() {
        let fragment = text(session);
        match out {
            None => say(fragment.trim_end())?,
            Some(path) => {
                put(path, &fragment)?;
                say(format!("wrote {}: {}", path.display(), methods.join(", ")))?;
                if is_of_contract(workspace, path) {
                    regen::run(workspace, &regen::Args { check: false })?;
                }
            }
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(Failure::Found(refused.join("\n"))) }
}

/// The fragment as it is written to a file.
fn text(session: &Session<'_>) -> String {
    let head = "# Drafted by `cargo xtask import`. Each TODO waits for a sentence of your own.\n";
    format!("{head}{}", yaml::write(&session.fragment(0..session.drafts().len())))
}

/// Writes a file that is not there yet, since an edited fragment must not be lost.
fn put(path: &Path, text: &str) -> Outcome {
    use std::io::Write as _;
    let file = fs::OpenOptions::new().write(true).create_new(true).open(path);
    match file.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let what = format!(
                "{} is there already: give another name, since every file of {FRAGMENTS}/ counts",
                path.display()
            );
            Err(Failure::trouble(what))
        }
        Err(error) => Err(Failure::io("write", path, &error)),
    }
}

fn is_of_contract(workspace: &Workspace, path: &Path) -> bool {
    let (folder, path) = (fs::canonicalize(workspace.path(FRAGMENTS)), fs::canonicalize(path));
    folder.is_ok_and(|folder| path.is_ok_and(|path| path.starts_with(folder)))
}
