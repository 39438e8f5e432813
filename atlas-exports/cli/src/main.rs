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
            return ExitCode::from(u8::try_from(refused.exit_code()).unwrap_or(exit::USAGE));
        }
    };
    let console = Console::new(options.shared.format, options.shared.quiet);
    trace::start(&options.shared);
    let done = run(options, &console).await;
    console.finish(done)
}

async fn run(options: Options, console: &Console) -> Result<Outcome, Problem> {
    options.shared.check()?;
    match options.command {
        Some(command) => commands::run(&options.shared, command, console).await,
        None if !options.shared.fake && settings::has_credentials(&options.shared) => Err(Problem::usage(format!(
            "no command given\n\n{}\nwithout credentials in the environment or in a profile, a demonstration runs instead",
            Options::command().render_help()
        ))),
        None => demo::run(console).await,
    }
}
