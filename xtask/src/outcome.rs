//! How a verb ends, and what the shell sees of it.

use std::{
    fmt::Display,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

/// What a verb gives.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a verb did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was looked at is not as it should be. Exit code 1.
    Found(String),
    /// The tool could not do its work. Exit code 2.
    Trouble(String),
}

impl Failure {
    pub(crate) fn trouble(text: impl Into<String>) -> Self {
        Self::Trouble(text.into())
    }

    /// Trouble with a file or folder.
    pub(crate) fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self::Trouble(format!("cannot {doing} {}: {error}", path.display()))
    }

    #[allow(clippy::print_stderr, reason = "a command line tool says on stderr why it failed")]
    pub(crate) fn exit(self) -> ExitCode {
        let (text, code) = match self {
            Self::Found(text) => (text, 1),
            Self::Trouble(text) => (format!("error: {text}"), 2),
        };
        eprintln!("{}", text.trim_end());
        ExitCode::from(code)
    }
}

/// Says on stderr what people should know beside what was done.
#[allow(clippy::print_stderr, reason = "stdout is for what was asked for")]
pub(crate) fn note(text: impl Display) {
    eprintln!("note: {text}");
}

/// Says on stdout what was done. Who reads it may stop at any time.
pub(crate) fn say(text: impl Display) -> Outcome {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::trouble(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}
