//! Creates an export job and waits for its end.

mod search;
mod server_time;

use std::{future::IntoFuture, pin::Pin};

use futures_core::Stream;
use tokio::time::Instant;

use self::search::{Found, search};
use super::wait::{
    self,
    course::Course,
    options::{Options, wait_options},
    term::Term,
    watch::Watch,
};
use crate::{Error, ErrorKind, ExportJob, Exports, NewExport};

/// Creates an export job and waits for its end, made by [`Exports::create_and_wait`]: await it, or follow its
/// [`updates`](Self::updates).
///
/// ```no_run
/// # async fn run(exports: atlas_exports::Exports) -> Result<(), Box<dyn std::error::Error>> {
/// use atlas_exports::NewExport;
///
/// let new = NewExport::new("5f3c5a1e8e4b2a00bbbbbbbb".parse()?, "5f3c5a1e8e4b2a00cccccccc".parse()?);
/// let job = exports.create_and_wait(new).await?;
/// println!("the snapshot is at {:?}", job.prefix);
/// # Ok(())
/// # }
/// ```
///
/// # When the answer is lost
///
/// The request that creates the job is repeated only where Atlas cannot have acted on it (no connection, 429). When its
/// answer is lost, or is a status from 500 on, the job is looked for in the list: one of the same snapshot and bucket, with
/// the same custom data, created after the request by the server's own clock, as the `Date` of its answers tells it. If
/// it is there, it is waited for. If it has not appeared half a minute later, that is [`Error::CreateUnknown`]: no list
/// proves that a request that was sent will not be carried out after all, and a second job costs more than a question.
///
/// # Errors
///
/// As those of [`Exports::create`] as long as there is no job, [`Error::CreateUnknown`], and then those of
/// [`Wait`](crate::Wait).
///
/// # Cancellation
///
/// Dropping the future or the stream ends all work at once. The job goes on, if there is one.
#[derive(Debug, Clone)]
#[must_use = "nothing is created until it is awaited or its updates are polled"]
pub struct CreateAndWait {
    exports: Exports,
    new: NewExport,
    options: Options,
}

impl CreateAndWait {
    pub(super) fn new(exports: Exports, new: NewExport) -> Self {
        Self { exports, new, options: Options::default() }
    }

    wait_options!();

    /// Each change of the job, the first as Atlas answers its creation. See [`Wait::updates`](crate::Wait::updates).
    ///
    /// # Errors
    ///
    /// The last item is an error when there is no job, the time is over or asking failed, as told at [`CreateAndWait`].
    ///
    /// # Cancellation
    ///
    /// Dropping the future of the next item loses nothing; dropping the stream ends all work.
    pub fn updates(self) -> impl Stream<Item = Result<ExportJob, Error>> + Send + Unpin + 'static {
        wait::updates(self.begin())
    }

    async fn begin(self) -> Result<Watch, Error> {
        let Self { exports, new, options } = self;
        options.check()?;
        let (term, mut course) = (Term::start(options.timeout), Course::new(&options));
        let sent = Instant::now();
        let lost = match term.within(exports.create(new.clone())).await {
            Some(Ok(job)) => return Ok(Watch::go_on(exports, job, term, course)),
            Some(Err(error)) if !error.outcome_unknown() => return Err(error),
            Some(Err(error)) => error,
            None => {
                let lost = timed_out(&exports, "create_export_job", &options);
                let looking = timed_out(&exports, "list_export_jobs", &options);
                return Err(unknown(&exports, lost, Some(looking)));
            }
        };
        tracing::debug!(%lost, "the answer to the creation of a job was lost, the job is looked for");
        let looking = match search(&exports, &new, sent, &term, &mut course).await {
            Found::Job(job) => return Ok(Watch::go_on(exports, *job, term, course)),
            Found::Nothing => None,
            Found::Failed(error) => Some(error),
            Found::NoTime => Some(timed_out(&exports, "list_export_jobs", &options)),
        };
        Err(unknown(&exports, lost, looking))
    }
}

/// Creates the error of a creation whose response was `lost`, and whose job cannot be found.
fn unknown(exports: &Exports, lost: Error, search: Option<Error>) -> Error {
    let message = match &search {
        Some(error) => format!("the response was lost, and the search for the job failed ({error})"),
        None => "the response was lost, and no such job was found".to_owned(),
    };
    Error::new(ErrorKind::CreateUnknown, message)
        .with_call(exports.context("create_export_job", None))
        .with_outcome_unknown(true)
        .with_source(lost)
}

/// Creates the error of an operation that the time of the wait did not allow to finish.
fn timed_out(exports: &Exports, operation: &str, options: &Options) -> Error {
    Error::timed_out(options.timeout.unwrap_or_default()).with_call(exports.context(operation, None))
}

impl IntoFuture for CreateAndWait {
    type Output = Result<ExportJob, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.begin().await?.end().await })
    }
}
