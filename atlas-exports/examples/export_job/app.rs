//! From the command line to the exit code.

mod args;
mod buckets;
mod create;
mod demo;
mod environment;
mod fake;
mod get;
mod list;
mod listing;
mod outcome;
mod progress;
mod recorder;
mod session;
mod show;
mod span;
mod trace;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::{
    args::{Args, Command},
    outcome::{Outcome, Problem},
    session::Session,
};

/// Does what the command line asks for.
pub(crate) async fn run() -> ExitCode {
    // Clap exits with 2 on what it does not understand.
    let args = Args::parse();
    trace::start(args.shared.verbose);
    let done = match args.command {
        Some(command) => ask(&args.shared, command).await,
        None => without_command().await,
    };
    match done {
        Ok(outcome) => outcome.into(),
        Err(problem) => problem.report(),
    }
}

async fn ask(shared: &args::Shared, command: Command) -> Result<Outcome, Problem> {
    let session = Session::open(shared).await?;
    match command {
        Command::Get(get) => get::run(&session, get).await,
        Command::List(list) => list::run(&session, list).await,
        Command::Watch(watch) => watch::run(&session, watch).await,
        Command::Create(create) => create::run(&session, create).await,
        Command::Buckets(command) => buckets::run(&session, command).await,
    }
}

/// Shows the program at work to those who have nothing to ask Atlas with, and to all others what they can ask.
async fn without_command() -> Result<Outcome, Problem> {
    if environment::has_credentials() {
        return Err(Problem::usage(format!(
            "say what to do, or take the credentials out of the environment to see a demonstration\n\n{}",
            Args::command().render_help()
        )));
    }
    demo::run().await
}
