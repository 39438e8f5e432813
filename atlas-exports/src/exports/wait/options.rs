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
        for (time, what) in [(self.interval, "poll interval"), (self.timeout, "time to wait")] {
            if time == Some(Duration::ZERO) {
                return Err(Error::invalid_input(format!("0 s is no {what}: it must be longer than nothing")));
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
        /// Asks each time so long after the last answer.
        ///
        /// By default the first pause is 5 s, and they grow to 48 s, each up to a quarter longer by chance.
        pub fn poll_every(mut self, interval: ::std::time::Duration) -> Self {
            self.options.interval = Some(interval);
            self
        }

        /// How long to wait, by default 24 h. The time runs from the first poll of the future or stream.
        pub fn timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.options.timeout = Some(timeout);
            self
        }

        /// Waits until there is an end, however long that takes.
        pub fn no_timeout(mut self) -> Self {
            self.options.timeout = None;
            self
        }

        /// For how long asking may fail in a row, by default 10 min; then the last error is the wait's own. Time in the
        /// queue of the request budget does not count.
        ///
        /// That concerns failures that may pass: no connection, a broken one, no answer in time, the statuses 408, 429 and
        /// from 500 on, and answers that are no JSON, as a gateway gives them. Any other ends the wait at once.
        pub fn tolerate(mut self, tolerate: ::std::time::Duration) -> Self {
            self.options.tolerate = tolerate;
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
