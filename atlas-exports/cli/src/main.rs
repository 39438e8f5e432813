//! `atlas-exports`: MongoDB Atlas snapshot export jobs and export buckets from the command line.

mod commands;
mod console;
mod demo;
mod exit;
mod fake;
mod options;
mod recorder;
mod render;
mod reporter;
mod session;
mod settings;
mod signals;
mod time;
mod trace;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::{
    commands::Command,
    console::Console,
    exit::{Outcome, Problem},
    options::Options,
};

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(refused) => {
            // Help and version are errors of clap too. A closed pipe is ignored.
            let _ = refused.print();
            let code = u8::try_from(refused.exit_code()).unwrap_or(exit::USAGE);
            return ExitCode::from(if code != 0 && is_audit(std::env::args_os()) { exit::UNKNOWN } else { code });
        }
    };
    let is_audit = matches!(options.command, Some(Command::Audit(_)));
    let console = Console::new(options.shared.format.kind(), options.shared.quiet);
    trace::start(&options.shared);
    let done = run(options, &console).await;
    console.finish(if is_audit { done.map_err(|problem| Problem::Unaudited(problem.into())) } else { done })
}

/// Whether a command line that cannot be read is one of `audit`, which has exit codes of its own.
fn is_audit(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> bool {
    let lenient = Options::command().ignore_errors(true).try_get_matches_from(arguments);
    lenient.is_ok_and(|matches| matches.subcommand_name() == Some("audit"))
}

async fn run(options: Options, console: &Console) -> Result<Outcome, Problem> {
    options.shared.check(options.command.as_ref())?;
    match options.command {
        Some(command) => commands::run(&options.shared, command, console).await,
        None if !options.shared.fake && settings::has_credentials(&options.shared) => Err(Problem::usage(format!(
            "no command given\n\n{}\nwithout credentials in the environment or in a profile, a demonstration runs instead",
            Options::command().render_help()
        ))),
        None => demo::run(console).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_command_line_of_audit_is_recognized() {
        for (line, expected) in [
            ("atlas-exports audit --max-age soon", true),
            ("atlas-exports --format xml audit", true),
            ("atlas-exports --project x audit --fake", true),
            ("atlas-exports list --cluster audit --since soon", false),
            ("atlas-exports --cluster audit list --since soon", false),
            ("atlas-exports --nonsense", false),
        ] {
            assert_eq!(is_audit(line.split(' ').map(Into::into)), expected, "{line}");
        }
    }
}
