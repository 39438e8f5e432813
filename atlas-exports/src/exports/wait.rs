//! Waits until an export job has ended.

use std::{future::IntoFuture, pin::Pin};

use futures_core::Stream;
use futures_util::{TryStreamExt, stream};

use super::poller::{PollOptions, Poller, poll_options};
use crate::{CallContext, Error, ExportId, ExportJob, Exports};

impl Exports {
    /// Waits until a job has ended. Await it, or read its [`updates`](Wait::updates).
    pub fn wait(&self, id: &ExportId) -> Wait {
        Wait { exports: self.clone(), id: id.clone(), options: PollOptions::default() }
    }
}

/// A wait for the end of one export job, created by [`Exports::wait`]. Await it, or read its [`updates`](Self::updates).
///
/// ```no_run
/// # async fn run(exports: atlas_exports::Exports, id: atlas_exports::ExportId) -> Result<(), atlas_exports::Error> {
/// use std::time::Duration;
/// use atlas_exports::ErrorKind;
///
/// match exports.wait(&id).timeout(Duration::from_secs(2 * 60 * 60)).await {
///     Ok(job) => println!("the snapshot is at {:?}", job.prefix),
///     Err(error) => match error.kind() {
///         ErrorKind::ExportFailed => println!("it failed: {:?}", error.job().and_then(|job| job.failure())),
///         ErrorKind::WaitTimedOut => println!("it is still running: {:?}", error.job()),
///         _ => return Err(error),
///     },
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Polling
///
/// The first poll is sent at once, so that a job that has ended takes one request. Each poll is one attempt, to which no
/// [`RetryPolicy`](crate::RetryPolicy) applies, and is subject to the [poll rate
/// limit](crate::ClientBuilder::poll_rate_limit) that all waits of a client share. A `Retry-After` is followed.
///
/// # Errors
///
/// - [`ExportFailed`], [`ExportCancelled`] or [`ExportEndedUnknown`] when the job did not end successfully.
/// - [`WaitTimedOut`] at the [timeout](Self::timeout), be it in a pause, in a poll, or while waiting for the poll rate
///   limit. Its source is the error of the last poll, if that failed.
/// - What a poll failed with: at once unless the error is [retryable](Error::is_retryable), otherwise when polls have failed
///   for longer than the [tolerance](Self::error_tolerance). A 404 for a job that this client created less than 30 s ago
///   does not end the wait.
/// - [`InvalidInput`] when the poll interval or the timeout is zero. Nothing is sent then.
///
/// # Cancellation
///
/// Dropping the future or the stream ends the wait. The job continues.
///
/// [`ExportFailed`]: crate::ErrorKind::ExportFailed
/// [`ExportCancelled`]: crate::ErrorKind::ExportCancelled
/// [`ExportEndedUnknown`]: crate::ErrorKind::ExportEndedUnknown
/// [`WaitTimedOut`]: crate::ErrorKind::WaitTimedOut
/// [`InvalidInput`]: crate::ErrorKind::InvalidInput
#[derive(Debug, Clone)]
#[must_use = "a wait does nothing until it is awaited or its updates are polled"]
pub struct Wait {
    exports: Exports,
    id: ExportId,
    options: PollOptions,
}

impl Wait {
    poll_options!();

    /// Returns the job each time it has changed: as the first poll shows it, whenever a later one shows it differently, and
    /// as it ends.
    ///
    /// The stream ends after the job has ended, which is no error here however it ended. See
    /// [`ExportJob::is_successful`].
    ///
    /// ```no_run
    /// # async fn run(exports: atlas_exports::Exports, id: atlas_exports::ExportId) -> Result<(), atlas_exports::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut updates = exports.wait(&id).updates();
    /// while let Some(job) = updates.try_next().await? {
    ///     println!("{:?} {:?}", job.state, job.progress());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The last item is an error at the timeout or when polls fail, as those of [`Wait`].
    ///
    /// # Cancellation
    ///
    /// Dropping the future of the next item loses nothing. Dropping the stream ends the wait.
    pub fn updates(self) -> impl Stream<Item = Result<ExportJob, Error>> + Send + Unpin + 'static {
        updates(async move { self.start() })
    }

    fn start(self) -> Result<JobPoller, Error> {
        self.options.check()?;
        let poller = self.exports.poller(self.options);
        Ok(JobPoller { exports: self.exports.without_retries(), id: self.id, poller, last: None })
    }
}

impl IntoFuture for Wait {
    type Output = Result<ExportJob, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.start()?.end().await })
    }
}

/// Returns the job each time it has changed, once its poller has started.
pub(super) fn updates(
    start: impl Future<Output = Result<JobPoller, Error>> + Send + 'static,
) -> impl Stream<Item = Result<ExportJob, Error>> + Send + Unpin + 'static {
    let changes = |poller, reported| {
        stream::try_unfold((poller, reported), async |(mut poller, reported): (JobPoller, Option<ExportJob>)| {
            let job = poller.change(reported.as_ref()).await?;
            Ok(job.map(|job| (job.clone(), (poller, Some(job)))))
        })
    };
    Box::pin(stream::once(start).map_ok(move |poller| changes(poller, None)).try_flatten())
}

/// The polls for one job.
#[derive(Debug)]
pub(super) struct JobPoller {
    exports: Exports,
    id: ExportId,
    poller: Poller,
    /// The job as it was last seen.
    last: Option<ExportJob>,
}

impl JobPoller {
    /// Continues with a job that was just created.
    pub(super) fn resume(exports: &Exports, mut poller: Poller, job: ExportJob) -> Self {
        poller.pause();
        Self { exports: exports.without_retries(), id: job.id.clone(), poller, last: Some(job) }
    }

    /// Returns the job once it differs from what was `reported`; `None` when that has ended.
    async fn change(&mut self, reported: Option<&ExportJob>) -> Result<Option<ExportJob>, Error> {
        if reported.is_some_and(ExportJob::is_finished) {
            return Ok(None);
        }
        while self.last.as_ref() == reported {
            self.poll().await?;
        }
        Ok(self.last.clone())
    }

    /// Returns the job once it has ended successfully.
    pub(super) async fn end(mut self) -> Result<ExportJob, Error> {
        loop {
            match self.last.take_if(|job| job.is_finished()) {
                Some(job) => return into_result(job, self.context()),
                None => self.poll().await?,
            }
        }
    }

    async fn poll(&mut self) -> Result<(), Error> {
        loop {
            match self.poller.poll(|| self.exports.get(&self.id)).await {
                Some(Ok(job)) => {
                    self.poller.pause();
                    self.last = Some(job);
                    return Ok(());
                }
                Some(Err(error)) if self.exports.is_not_yet_visible(&self.id, &error) => {
                    self.poller.pause_after(&error)
                }
                Some(Err(error)) => return Err(error),
                None => return Err(self.poller.wait_timed_out(self.context(), self.last.take())),
            }
        }
    }

    fn context(&self) -> CallContext {
        self.exports.context("get_export_job", Some(&self.id))
    }
}

/// Returns a job that has ended successfully, and an error for any other.
pub(super) fn into_result(job: ExportJob, call: CallContext) -> Result<ExportJob, Error> {
    if job.is_successful() { Ok(job) } else { Err(Error::ended(job).with_call(call)) }
}
