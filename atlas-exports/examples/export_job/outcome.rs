//! How the program ends.

use std::{error::Error as _, io, process::ExitCode};

use atlas_exports::Error;

/// Ends that are answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// What was asked for is done, or the job that was watched is successful.
    Done,
    /// The job that was watched ended, and not well.
    Ended,
    /// The time for watching is over.
    TimedOut,
    /// Ctrl-C was pressed.
    Interrupted,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::Ended => Self::from(3),
            Outcome::TimedOut => Self::from(4),
            // As shells tell a death by SIGINT.
            Outcome::Interrupted => Self::from(130),
        }
    }
}

/// Ends without an answer.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The command line or the environment is wrong.
    Usage(String),
    /// Atlas could not be asked, or refused.
    Atlas(Error),
    /// Nobody takes the output, or the fake cannot run.
    Output(io::Error),
}

impl Problem {
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// Tells people on stderr, and the shell by the exit code.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            // `export_job list | head` is no failure.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Self::Output(error) => {
                eprintln!("error: {error}");
                ExitCode::from(1)
            }
            Self::Usage(text) => {
                eprintln!("error: {text}");
                ExitCode::from(2)
            }
            Self::Atlas(error) => {
                eprintln!("error: {error}");
                let mut cause = error.source();
                while let Some(source) = cause {
                    eprintln!("  caused by: {source}");
                    cause = source.source();
                }
                let wrong_usage = matches!(error, Error::Configuration { .. } | Error::InvalidInput { .. });
                ExitCode::from(if wrong_usage { 2 } else { 1 })
            }
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Atlas(error)
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
