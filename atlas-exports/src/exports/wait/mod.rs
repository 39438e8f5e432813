//! Waits until an export job has ended.

pub(crate) mod course;
pub(crate) mod options;
pub(crate) mod term;
pub(crate) mod watch;

use std::{future::IntoFuture, pin::Pin};

use futures_core::Stream;
use futures_util::{StreamExt, stream};

use self::{
    options::{Options, wait_options},
    watch::Watch,
};
use crate::{Error, ExportId, ExportJob, Exports};

/// A wait for the end of one export job, made by [`Exports::wait`]: await it, or follow its [`updates`](Self::updates).
///
/// ```no_run
/// # async fn run(exports: atlas_exports::Exports, id: atlas_exports::ExportId) -> Result<(), atlas_exports::Error> {
/// use std::time::Duration;
/// use atlas_exports::Error;
///
/// match exports.wait(&id).timeout(Duration::from_secs(2 * 60 * 60)).await {
///     Ok(job) => println!("the snapshot is at {:?}", job.prefix),
///     Err(Error::ExportFailed { job, .. }) => println!("it failed: {:?}", job.failure()),
///     Err(Error::WaitTimedOut { job, .. }) => println!("it still goes on: {job:?}"),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
///
/// # How it asks
///
/// A job that has ended already takes one request. Each poll is one attempt: retries of a call ([`RetryPolicy`]) do not
/// come on top. It first waits for its turn in the project's request budget, which all waits of the client share
/// ([`requests_per_minute`]). A `Retry-After` is obeyed, up to the wait's own end.
///
/// # Errors
///
/// - [`Error::ExportFailed`], [`Error::ExportCancelled`] and [`Error::ExportEnded`]: the job ended otherwise than well.
/// - [`Error::WaitTimedOut`]: the time is over, be it in a pause, while waiting for the budget, or during a poll.
/// - What asking failed with: at once when the answer is 401, 403 or 404, or does not fit the contract, and for whatever
///   else does not pass by itself; else when it has failed in a row for longer than [`tolerate`](Self::tolerate). A 404 for
///   a job that this client created less than half a minute ago may pass.
/// - [`Error::InvalidInput`]: the poll interval or the time to wait is zero, and nothing was sent.
///
/// # Cancellation
///
/// Nothing runs but what is polled: dropping the future or the stream ends all work at once, and the job goes on.
///
/// [`RetryPolicy`]: crate::RetryPolicy
/// [`requests_per_minute`]: crate::ClientBuilder::requests_per_minute
#[derive(Debug, Clone)]
#[must_use = "a wait does nothing until it is awaited or its updates are polled"]
pub struct Wait {
    exports: Exports,
    id: ExportId,
    options: Options,
}

impl Wait {
    pub(super) fn new(exports: Exports, id: ExportId) -> Self {
        Self { exports, id, options: Options::default() }
    }

    wait_options!();

    /// Each change of the job: as it is first seen, whenever anything about it differs from what was seen last, and as
    /// it ends.
    ///
    /// A job that ended badly is an item like any other, and then the stream is over; look at
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
    /// The last item is an error when the time is over or asking failed, as told at [`Wait`].
    ///
    /// # Cancellation
    ///
    /// Dropping the future of the next item loses nothing; dropping the stream ends all work.
    pub fn updates(self) -> impl Stream<Item = Result<ExportJob, Error>> + Send + Unpin + 'static {
        updates(async move { Watch::start(self.exports, self.id, &self.options) })
    }
}

impl IntoFuture for Wait {
    type Output = Result<ExportJob, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Watch::start(self.exports, self.id, &self.options)?.end().await })
    }
}

/// The changes of what a watch, once it is there, sees.
pub(super) fn updates(
    start: impl Future<Output = Result<Watch, Error>> + Send + 'static,
) -> impl Stream<Item = Result<ExportJob, Error>> + Send + Unpin + 'static {
    enum Stage<F> {
        Start(F),
        Watch(Box<Watch>),
        Over,
    }
    let updates = stream::unfold(Stage::Start(Box::pin(start)), async |stage| {
        let mut watch = match stage {
            Stage::Start(start) => match start.await {
                Ok(watch) => Box::new(watch),
                Err(error) => return Some((Err(error), Stage::Over)),
            },
            Stage::Watch(watch) => watch,
            Stage::Over => return None,
        };
        match watch.change().await? {
            Ok(job) => Some((Ok(job), Stage::Watch(watch))),
            Err(error) => Some((Err(error), Stage::Over)),
        }
    });
    Box::pin(updates.fuse())
}
