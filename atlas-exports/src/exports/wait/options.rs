//! What every kind of wait can be told.

use std::time::Duration;

use crate::Error;

/// A day, after which hardly anybody still waits on purpose.
const TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
const TOLERATE: Duration = Duration::from_secs(10 * 60);

/// Settings of a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Options {
    /// Time between two polls; `None` lets it grow.
    pub(crate) interval: Option<Duration>,
    /// `None` waits for ever.
    pub(crate) timeout: Option<Duration>,
    /// How long asking may fail in a row.
    pub(crate) tolerate: Duration,
    /// Where the jitter begins.
    pub(crate) seed: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { interval: None, timeout: Some(TIMEOUT), tolerate: TOLERATE, seed: None }
    }
}

impl Options {
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (time, what) in [(self.interval, "poll interval"), (self.timeout, "timeout of the wait")] {
            if time == Some(Duration::ZERO) {
                return Err(Error::invalid_input(format!("the {what} must be greater than zero")));
            }
        }
        Ok(())
    }

    pub(crate) fn random(&self) -> fastrand::Rng {
        self.seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)
    }
}

/// Gives a builder with a field `options` the methods that all waits have.
macro_rules! wait_options {
    () => {
        /// Sets the time between a response and the next poll: more than zero.
        ///
        /// By default the first pause is 5 s, and they grow to 48 s, each with a random part of up to a quarter added.
        pub fn poll_interval(mut self, interval: ::std::time::Duration) -> Self {
            self.options.interval = Some(interval);
            self
        }

        /// Sets how long to wait: more than zero, 24 h by default. The time runs from the first poll of the future or
        /// stream.
        pub fn timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.options.timeout = Some(timeout);
            self
        }

        /// Waits until the job has ended, however long that takes.
        pub fn no_timeout(mut self) -> Self {
            self.options.timeout = None;
            self
        }

        /// Sets how long consecutive poll failures are tolerated: 10 min by default; zero ends the wait with the first.
        /// Then the last error is that of the wait. Time spent waiting for the poll rate limit does not count.
        ///
        /// That concerns [retryable](crate::Error::is_retryable) failures. Any other ends the wait at once.
        pub fn error_tolerance(mut self, tolerance: ::std::time::Duration) -> Self {
            self.options.tolerate = tolerance;
            self
        }

        /// Makes the pauses the same each time, for tests.
        pub fn jitter_seed(mut self, seed: u64) -> Self {
            self.options.seed = Some(seed);
            self
        }
    };
}
pub(crate) use wait_options;
