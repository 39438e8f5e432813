//! `expand`: prints the generated Rust.

use heck::ToSnakeCase;

use crate::{
    contract::Contract,
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
    let (_, generated) = contract.generate()?;
    let Some(wanted) = &args.operation else {
        return say(generated.text().trim_end());
    };
    let known = contract.operation_ids();
    let method = wanted.to_snake_case();
    let is_known = known.iter().any(|id| id.to_snake_case() == method);
    let part = generated.operation(&method).filter(|_| is_known).ok_or_else(|| {
        Failure::trouble(format!("the contract has no operation `{wanted}`; {}", instead(&known, wanted)))
    })?;
    say(part.trim_end())
}

/// The operations that may be meant: those with nearly the name, or else all.
fn instead(known: &[&str], wanted: &str) -> String {
    match nearest(known, wanted) {
        names if names.is_empty() => format!("it has {}", known.join(", ")),
        names => format!("is {names} meant? without a name, all of it is printed"),
    }
}

/// Those with nearly the name, nearest first.
pub(crate) fn nearest(known: &[&str], wanted: &str) -> String {
    let wanted = wanted.to_snake_case();
    let likeness = |id: &str| {
        let id = id.to_snake_case();
        let holds = wanted.len() > 2 && (id.contains(&wanted) || wanted.contains(&id));
        let same = similar::TextDiff::from_chars(wanted.as_str(), id.as_str()).ratio();
        (holds || same >= 0.75).then_some(same)
    };
    let mut near: Vec<_> = known.iter().filter_map(|id| Some((likeness(id)?, *id))).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    near.iter().map(|(_, id)| format!("`{id}`")).take(5).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::instead;

    #[test]
    fn an_unknown_operation_brings_up_those_with_nearly_the_name_and_else_all() {
        let known = ["createExportJob", "getExportBucket", "getExportJob", "listExportJobs"];
        for (wanted, first) in [
            ("getExportJobs", "is `getExportJob` "),
            ("get_export_jbo", "is `getExportJob` "),
            ("GetExportbucket", "is `getExportBucket` "),
            ("bucket", "is `getExportBucket` meant?"),
            ("listExports", "is `listExportJobs` "),
        ] {
            let told = instead(&known, wanted);
            assert!(told.starts_with(first), "{wanted}: {told}");
        }
        for wanted in ["", "e", "nothing"] {
            assert_eq!(
                instead(&known, wanted),
                "it has createExportJob, getExportBucket, getExportJob, listExportJobs"
            );
        }
    }
}
