//! How the program ends: outcomes and problems, and their exit codes.

use std::{fmt, io};

use atlas_exports::{Error, ErrorKind};

use crate::signals::Signal;

/// Exit code of a wrong command line or setting, as clap has it.
pub(crate) const USAGE: u8 = 2;

/// Exit code of an audit that cannot tell, as monitoring plugins have it.
pub(crate) const UNKNOWN: u8 = 3;

const FAILURE: u8 = 1;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The command is done, or the watched job was successful.
    Done,
    /// A check of `doctor`, or one of several creations, failed.
    Unhealthy,
    /// `doctor` reported a wrong setting.
    Misconfigured,
    /// The audit ended with an exit code of monitoring plugins.
    Audited(u8),
    /// The watched job ended, and was not successful.
    Ended,
    /// The timeout of the watch is over.
    TimedOut,
    /// A signal ended the watch.
    Interrupted(Signal),
}

impl Outcome {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unhealthy => FAILURE,
            Self::Misconfigured => USAGE,
            Self::Audited(code) => code,
            Self::Ended => 3,
            Self::TimedOut => 4,
            // As shells report a process that a signal ended.
            Self::Interrupted(Signal::Interrupt) => 130,
            Self::Interrupted(Signal::Terminate) => 143,
        }
    }
}

/// Why a command could not be done.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The command line or a setting is wrong.
    Usage(String),
    /// There is nothing to apply the command to.
    Nothing(String),
    /// A call failed.
    Atlas(Error),
    /// An operation of the operating system failed.
    Io(io::Error),
    /// An audit could not start or print its result, for another problem.
    Unaudited(Box<Problem>),
}

impl Problem {
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => USAGE,
            Self::Atlas(error) if matches!(error.kind(), ErrorKind::Configuration | ErrorKind::InvalidInput) => USAGE,
            Self::Nothing(_) | Self::Atlas(_) | Self::Io(_) => FAILURE,
            Self::Unaudited(_) => UNKNOWN,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Nothing(text) => f.write_str(text),
            Self::Io(error) => error.fmt(f),
            Self::Unaudited(problem) => problem.fmt(f),
            // Its causes, its attempts and what to do, each on a line of its own.
            Self::Atlas(error) => write!(f, "{error:?}"),
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
        Self::Io(error)
    }
}
