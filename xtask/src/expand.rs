//! `expand`: prints the generated Rust.

use heck::ToSnakeCase;

use crate::{
    contract::Contract,
    generated::Generated,
    outcome::{Failure, Outcome, say},
    workspace::Workspace,
};

/// Print the Rust that the generator makes of the contract.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Operation to print alone, such as getExportJob or get_export_job, with the types that it uses.
    operation: Option<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Outcome {
    let contract = Contract::read(workspace)?;
    let (_, generated) = generate(&contract)?;
    let Some(wanted) = &args.operation else {
        return say(generated.text().trim_end());
    };
    let known = contract.operation_ids();
    let method = wanted.to_snake_case();
    let is_known = known.iter().any(|id| id.to_snake_case() == method);
    let part = generated.operation(&method).filter(|_| is_known).ok_or_else(|| {
        Failure::trouble(format!("the contract has no operation `{wanted}`; it has {}", known.join(", ")))
    })?;
    say(part.trim_end())
}

/// The merged contract and the Rust that the generator makes of it, or a report of all that is wrong.
pub(crate) fn generate(contract: &Contract) -> Outcome<(String, Generated)> {
    let json = contract.json().map_err(Failure::Found)?;
    let generated = Generated::new(contract, &json).map_err(|found| Failure::Found(contract.report(&found)))?;
    Ok((json, generated))
}
