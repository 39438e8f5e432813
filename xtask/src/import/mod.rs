//! `import`: drafts fragments for operations of MongoDB's own document.

mod ids;
mod names;
mod operation;
mod schema;
mod session;
mod sides;
mod yaml;

use std::path::PathBuf;

use serde_json::Value;

use crate::{
    contract::Contract,
    official::Document,
    outcome::{Failure, Outcome, say},
    workspace::Workspace,
};

/// Draft a fragment for operations of MongoDB's own OpenAPI document.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Operations: an id such as listBackupSnapshots, or method and path as in "GET /groups/{groupId}".
    #[arg(value_name = "OPERATION")]
    operations: Vec<String>,
    /// MongoDB's document, YAML or JSON.
    #[arg(long, value_name = "FILE")]
    official: PathBuf,
    /// Newest resource version to take, as in 2024-08-05; the newest of all when absent.
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Outcome {
    let document = Document::read(&args.official)?;
    let contract = Contract::read(workspace)?.json().map_err(Failure::Found)?;
    let contract: Value = serde_json::from_str(&contract).map_err(|error| Failure::trouble(error.to_string()))?;
    let mut session = session::Session::new(&document, &contract, args.as_of.as_deref());
    let all = document.operations();
    for operation in &all {
        let wanted = args.all || args.operations.iter().any(|name| Some(name.as_str()) == operation.id() || Some(name.as_str()) == operation.short_id());
        if wanted { session.add(operation); }
    }
    let (fragment, told) = session.finish();
    for line in told { crate::outcome::note(line); }
    if args.all {
        let mut whole = contract.clone();
        whole["paths"] = fragment["paths"].clone();
        for (name, schema) in fragment["components"]["schemas"].as_object().unwrap() {
            whole["components"]["schemas"][name] = schema.clone();
        }
        std::fs::write("/tmp/imp/all.json", serde_json::to_string(&whole).unwrap()).unwrap();
        let started = std::time::Instant::now();
        let made = crate::generator::child::rust(&whole);
        eprintln!("{:?}", started.elapsed());
        return match made {
            Ok(text) => { eprintln!("{} bytes", text.len()); std::fs::write("/tmp/imp/all.rs", text).unwrap(); Ok(()) }
            Err(error) => say(error),
        };
    }
    say(yaml::write(&fragment))
}
