//! Prints results to stdout and everything else to stderr. A closed pipe ends the printing, and not the command.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use terminal_size::{Width, terminal_size_of};

use crate::{
    exit::{Outcome, Problem, UNKNOWN},
    options::Format,
};

/// The output of the program.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    pub(crate) format: Format,
    pub(crate) quiet: bool,
    /// The error that ended writing to stdout.
    closed: Arc<Mutex<Option<io::Error>>>,
}

impl Console {
    pub(crate) fn new(format: Format, quiet: bool) -> Self {
        Self { format, quiet, closed: Arc::default() }
    }

    /// Prints a result, as it is, to stdout.
    pub(crate) fn print(&self, text: &str) {
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        if closed.is_none() {
            let mut out = io::stdout().lock();
            *closed = out.write_all(text.as_bytes()).and_then(|()| out.flush()).err();
        }
    }

    /// Returns whether writing to stdout has failed.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Prints a line about progress to stdout, unless results alone are wanted.
    pub(crate) fn progress(&self, line: &str) {
        if self.is_talkative() {
            self.print(&format!("{line}\n"));
        }
    }

    /// Prints a line to stderr, unless results and errors alone are wanted.
    pub(crate) fn note(&self, text: &str) {
        if self.is_talkative() {
            stderr(&format!("{text}\n"));
        }
    }

    /// Prints a warning to stderr, unless results and errors alone are wanted.
    pub(crate) fn warn(&self, text: &str) {
        self.note(&format!("warning: {text}"));
    }

    /// Prints an error to stderr.
    #[allow(clippy::unused_self, reason = "printing goes through the console")]
    pub(crate) fn error(&self, text: &str) {
        stderr(&format!("error: {text}\n"));
    }

    /// Reports how the command ended, and returns the exit code.
    pub(crate) fn finish(&self, done: Result<Outcome, Problem>) -> ExitCode {
        // What an audit found missing is worse than that nobody can read it.
        let unwritten = match done {
            Ok(Outcome::Audited(2)) => 2,
            Ok(Outcome::Audited(_)) => UNKNOWN,
            _ => 1,
        };
        let code = match done {
            Ok(outcome) => outcome.code(),
            Err(problem) => {
                self.error(&problem.to_string());
                problem.code()
            }
        };
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        match &*closed {
            // The reader closed the pipe, as in `atlas-exports list | head`.
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.error(&format!("the output could not be written: {error}"));
                ExitCode::from(code.max(unwritten))
            }
            _ => ExitCode::from(code),
        }
    }

    /// Returns whether progress, notes and warnings are printed.
    pub(crate) fn is_talkative(&self) -> bool {
        self.format == Format::Text && !self.quiet
    }

    /// Returns the columns of stdout; `None` when it is not a terminal.
    pub(crate) fn width() -> Option<usize> {
        io::stdout().is_terminal().then(|| columns(io::stdout()))
    }
}

/// Returns the columns of stderr; `None` when it is not a terminal on which a line can be redrawn.
pub(crate) fn redrawable() -> Option<usize> {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    (io::stderr().is_terminal() && !is_dumb).then(|| columns(io::stderr()))
}

/// Prints to stderr, and ignores a closed pipe.
pub(crate) fn stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(unix)]
fn columns(terminal: impl std::os::fd::AsFd) -> usize {
    known(terminal_size_of(terminal).map(|(Width(columns), _)| columns))
}

#[cfg(windows)]
fn columns(terminal: impl std::os::windows::io::AsHandle) -> usize {
    known(terminal_size_of(terminal).map(|(Width(columns), _)| columns))
}

/// Some terminals report no size, or 0.
fn known(columns: Option<u16>) -> usize {
    columns.filter(|columns| *columns > 0).unwrap_or(80).into()
}
