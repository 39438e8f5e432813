//! What a call did, kept even when it is cut off.

use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use crate::transport::Exchanges;

/// One attempt of a call that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// When it ended, from the start of the call.
    pub after: Duration,
    /// What it met, in a few words.
    pub met: String,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {:.1} s", self.met, self.after.as_secs_f64())
    }
}

/// What one call did so far.
#[derive(Debug)]
pub(crate) struct Record {
    started: Instant,
    pub(crate) exchanges: Exchanges,
    attempts: Mutex<Vec<Attempt>>,
    may_have_acted: AtomicBool,
}

impl Record {
    pub(crate) fn new(exchanges: Exchanges) -> Self {
        Self { started: Instant::now(), exchanges, attempts: Mutex::default(), may_have_acted: AtomicBool::default() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Notes an attempt that ended now, and gives the number of them.
    pub(crate) fn attempt(&self, met: String) -> u32 {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.push(Attempt { after: self.started.elapsed(), met });
        u32::try_from(attempts.len()).unwrap_or(u32::MAX)
    }

    /// Notes that the server may have carried the call out, though no answer says so.
    pub(crate) fn acted_perhaps(&self) {
        self.may_have_acted.store(true, Ordering::Relaxed);
    }

    pub(crate) fn may_have_acted(&self) -> bool {
        self.may_have_acted.load(Ordering::Relaxed)
    }

    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
