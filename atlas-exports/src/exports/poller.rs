//! Polls one thing after the other: when, how often, and for how long they may fail.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::{
    CallContext, Client, Error, ErrorKind, ExportJob, ProjectId,
    http::{Backoff, spread},
};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
const DEFAULT_TOLERANCE: Duration = Duration::from_secs(10 * 60);

/// A `Retry-After` is followed up to this.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// A pause that ends beyond what the clock can express is as long as this.
const FAR_FUTURE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Settings of a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PollOptions {
    /// The pause between polls; `None` for one that grows.
    pub(super) interval: Option<Duration>,
    /// `None` for no limit.
    pub(super) timeout: Option<Duration>,
    /// How long consecutive failures are tolerated.
    pub(super) tolerance: Duration,
    /// Seed of the jitter.
    pub(super) seed: Option<u64>,
}

impl Default for PollOptions {
    fn default() -> Self {
        Self { interval: None, timeout: Some(DEFAULT_TIMEOUT), tolerance: DEFAULT_TOLERANCE, seed: None }
    }
}

impl PollOptions {
    pub(super) fn check(&self) -> Result<(), Error> {
        for (time, name) in [(self.interval, "poll interval"), (self.timeout, "timeout of the wait")] {
            if time == Some(Duration::ZERO) {
                return Err(Error::invalid_input(format!("the {name} must be greater than zero")));
            }
        }
        Ok(())
    }
}

/// Adds the setters that all waits have to a builder with a field `options`.
macro_rules! poll_options {
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

        /// Removes the limit of the time to wait.
        pub fn no_timeout(mut self) -> Self {
            self.options.timeout = None;
            self
        }

        /// Sets how long consecutive poll failures are tolerated: 10 min by default; zero ends the wait with the first.
        /// Then the last error is that of the wait. Time spent waiting for the poll rate limit does not count.
        ///
        /// That concerns [retryable](crate::Error::is_retryable) failures. Any other ends the wait at once.
        pub fn error_tolerance(mut self, tolerance: ::std::time::Duration) -> Self {
            self.options.tolerance = tolerance;
            self
        }

        /// Sets the seed of the jitter, so that a test has the same pauses each time.
        pub fn jitter_seed(mut self, seed: u64) -> Self {
            self.options.seed = Some(seed);
            self
        }
    };
}
pub(super) use poll_options;

/// One wait in progress.
#[derive(Debug)]
pub(super) struct Poller {
    /// Has the poll rate limit.
    client: Client,
    project: ProjectId,
    options: PollOptions,
    started: Instant,
    deadline: Option<Instant>,
    /// When the next poll is due.
    due: Instant,
    /// Pauses made so far.
    pauses: u32,
    /// Time spent waiting for the poll rate limit.
    queued: Duration,
    /// When the first of the consecutive failures was requested, by [`Self::clock`].
    failing_since: Option<Duration>,
    /// The retryable failure of the last poll.
    last_error: Option<Error>,
    random: fastrand::Rng,
}

impl Poller {
    /// Starts the time of the wait. The first poll is due at once.
    pub(super) fn start(client: Client, project: ProjectId, options: PollOptions) -> Self {
        let started = Instant::now();
        Self {
            client,
            project,
            options,
            started,
            deadline: options.timeout.and_then(|timeout| started.checked_add(timeout)),
            due: started,
            pauses: 0,
            queued: Duration::ZERO,
            failing_since: None,
            last_error: None,
            random: options.seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed),
        }
    }

    /// Polls until there is a response, or a failure that is not tolerated. Returns `None` at the deadline.
    pub(super) async fn poll<T, F>(&mut self, mut request: impl FnMut() -> F) -> Option<Result<T, Error>>
    where
        F: Future<Output = Result<T, Error>>,
    {
        loop {
            match self.poll_once(request()).await? {
                Err(error) if self.is_tolerated(&error) => self.pause_after(&error),
                result => return Some(result),
            }
        }
    }

    /// Sends one request, once it is due and the poll rate limit allows it. Returns `None` at the deadline.
    pub(super) async fn poll_once<T>(
        &mut self,
        request: impl Future<Output = Result<T, Error>>,
    ) -> Option<Result<T, Error>> {
        let due = self.due.max(Instant::now());
        if let Some(deadline) = self.deadline.filter(|deadline| *deadline <= due) {
            sleep_until(deadline).await;
            return None;
        }
        sleep_until(due).await;
        let queued_at = Instant::now();
        self.within_deadline(self.client.acquire_poll(&self.project)).await?;
        self.queued += queued_at.elapsed();
        let sent = self.clock();
        let result = self.within_deadline(request).await?;
        match &result {
            Ok(_) => (self.failing_since, self.last_error) = (None, None),
            Err(error) if error.is_retryable() => {
                self.failing_since.get_or_insert(sent);
                self.last_error = Some(error.clone());
            }
            Err(_) => {}
        }
        Some(result)
    }

    /// Awaits a future. Returns `None` at the deadline.
    pub(super) async fn within_deadline<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        match self.deadline {
            Some(deadline) => timeout_at(deadline, future).await.ok(),
            None => Some(future.await),
        }
    }

    /// Returns whether the last poll failed in a way that may pass.
    pub(super) fn is_failing(&self) -> bool {
        self.failing_since.is_some()
    }

    /// Returns whether to poll again after a failure.
    pub(super) fn is_tolerated(&self, error: &Error) -> bool {
        error.is_retryable() && self.has_tolerance_left(self.failing_since)
    }

    /// Returns whether failures since a time, by [`Self::clock`], are tolerated.
    pub(super) fn has_tolerance_left(&self, since: Option<Duration>) -> bool {
        let failing = since.map_or(Duration::ZERO, |since| self.clock().saturating_sub(since));
        failing < self.options.tolerance
    }

    /// Returns the time since the start, without that spent waiting for the poll rate limit, in which nothing can fail.
    pub(super) fn clock(&self) -> Duration {
        self.started.elapsed().saturating_sub(self.queued)
    }

    /// Sets the time of the next poll after a response.
    pub(super) fn pause(&mut self) {
        let pause = self.next_pause();
        self.pause_for(pause);
    }

    /// Sets the time of the next poll after a failure.
    pub(super) fn pause_after(&mut self, error: &Error) {
        let mut pause = self.next_pause();
        if let (None, Some(since)) = (self.options.interval, self.failing_since) {
            // The last poll is not made much later than failures are tolerated.
            let left = since.saturating_add(self.options.tolerance).saturating_sub(self.clock());
            pause = pause.min(left.max(Duration::from_secs(1)));
        }
        if let Some(wait) = error.retry_after() {
            pause = pause.max(spread(wait.min(MAX_RETRY_AFTER), self.random.f64()));
        }
        tracing::debug!(%error, ?pause, "the poll failed and is repeated");
        self.pause_for(pause);
    }

    /// Sets the time of the next poll.
    pub(super) fn pause_for(&mut self, pause: Duration) {
        let now = Instant::now();
        self.due = now.checked_add(pause).unwrap_or(now + FAR_FUTURE);
    }

    fn next_pause(&mut self) -> Duration {
        self.options.interval.unwrap_or_else(|| {
            self.pauses = self.pauses.saturating_add(1);
            Backoff::POLL.pause(self.pauses, self.random.f64())
        })
    }

    /// Creates the error of a call that the deadline of the wait ended.
    pub(super) fn call_timed_out(&self, call: CallContext) -> Error {
        Error::timed_out(self.options.timeout.unwrap_or_default()).with_call(call)
    }

    /// Creates the error of a wait for a job that the deadline ended. `last` is the job as it was last seen.
    pub(super) fn wait_timed_out(&self, mut call: CallContext, last: Option<ExportJob>) -> Error {
        let waited = self.started.elapsed();
        let message = match last.as_ref().map(|job| &job.state) {
            Some(Some(state)) => format!("still {state} after {waited:?}"),
            Some(None) => format!("not ended after {waited:?}"),
            None => format!("no status received within {waited:?}"),
        };
        call.elapsed = waited;
        let mut error = Error::new(ErrorKind::WaitTimedOut, message).with_call(call);
        if let Some(job) = last {
            error = error.with_job(job);
        }
        match &self.last_error {
            Some(cause) => error.with_source(cause.clone()),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests;
