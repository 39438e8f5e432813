//! How the program ends.

use std::{error::Error as _, io, process::ExitCode};

use atlas_exports::Error;

/// Ends that are answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// What was asked for is done.
    Done,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
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
