//! Creates an export job and waits until it has ended.

use std::{future::IntoFuture, pin::Pin, time::Duration};

use atlas_exports_gen::types::CustomData;
use futures_core::Stream;
use tokio::time::Instant;

use super::{
    poller::{PollOptions, Poller, poll_options},
    server_time::ServerTime,
    wait::{JobPoller, updates},
};
use crate::{
    Error, ErrorKind, ExportJob, Exports, NewExport,
    http::Backoff,
    pagination::{MAX_PAGE_SIZE, PageRequest},
};

/// The job is searched for until this long after the list was first read.
const SEARCH_TIME: Duration = Duration::from_secs(30);

impl Exports {
    /// Creates an export job and waits until it has ended. Await it, or read its [`updates`](CreateAndWait::updates).
    ///
    /// When the response to the creation is lost, the job is searched for, and never created a second time.
    pub fn create_and_wait(&self, new: NewExport) -> CreateAndWait {
        CreateAndWait { exports: self.clone(), new, options: PollOptions::default() }
    }
}

/// The creation of an export job and the wait for its end, created by [`Exports::create_and_wait`]. Await it, or read its
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
/// # Lost responses
///
/// The creation is retried only where Atlas cannot have carried it out. When its
/// [outcome is unknown](Error::outcome_unknown), the job is searched for in the list: a job of the same snapshot, bucket
/// and custom data, created after the request was sent by the clock of the server (the `Date` of its responses). A job
/// that is found is waited for. One that is not found within 30 s is an error, [`ErrorKind::CreateUnknown`]; since Atlas
/// may still create it, the creation is not repeated.
///
/// # Errors
///
/// Those of [`Exports::create`] when no job was created, [`ErrorKind::CreateUnknown`], and those of
/// [`Wait`](crate::Wait).
///
/// # Cancellation
///
/// Dropping the future or the stream ends the wait. A request that was sent may be carried out, and a job that was created
/// continues.
#[derive(Debug, Clone)]
#[must_use = "nothing is created until it is awaited or its updates are polled"]
pub struct CreateAndWait {
    exports: Exports,
    new: NewExport,
    options: PollOptions,
}

impl CreateAndWait {
    poll_options!();

    /// Returns the job each time it has changed, first as it was created. See [`Wait::updates`](crate::Wait::updates).
    ///
    /// # Errors
    ///
    /// The last item is an error when no job was created, at the timeout, or when polls fail, as those of
    /// [`CreateAndWait`].
    ///
    /// # Cancellation
    ///
    /// Dropping the future of the next item loses nothing. Dropping the stream ends the wait.
    pub fn updates(self) -> impl Stream<Item = Result<ExportJob, Error>> + Send + Unpin + 'static {
        updates(self.start())
    }

    async fn start(self) -> Result<JobPoller, Error> {
        let Self { exports, new, options } = self;
        options.check()?;
        let mut poller = exports.poller(options);
        let mut sent = ServerTime::of(Instant::now());
        let created = poller.within_deadline(exports.create(new.clone())).await;
        let lost = match created {
            Some(Ok(job)) => return Ok(JobPoller::resume(&exports, poller, job)),
            Some(Err(error)) if !error.outcome_unknown() => return Err(error),
            Some(Err(error)) => error,
            None => poller.call_timed_out(exports.context("create_export_job", None)),
        };
        tracing::debug!(%lost, "the response to the creation of a job was lost, so the job is searched for");
        let message = match search(&exports.without_retries(), &mut poller, &new, &mut sent).await {
            Ok(Some(job)) => return Ok(JobPoller::resume(&exports, poller, job)),
            Ok(None) => "the response was lost, and no such job was found".to_owned(),
            Err(error) => format!("the response was lost, and the search for the job failed ({error})"),
        };
        Err(Error::new(ErrorKind::CreateUnknown, message)
            .with_call(exports.context("create_export_job", None))
            .with_outcome_unknown(true)
            .with_source(lost))
    }
}

impl IntoFuture for CreateAndWait {
    type Output = Result<ExportJob, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.start().await?.end().await })
    }
}

/// Reads the list again and again, up to a job like `new` that was created after `sent`.
async fn search(
    exports: &Exports,
    poller: &mut Poller,
    new: &NewExport,
    sent: &mut ServerTime,
) -> Result<Option<ExportJob>, Error> {
    let list = exports.list();
    let (mut number, mut searches) = (1, 0);
    let (mut began, mut first_began) = (Instant::now(), None);
    loop {
        let request = PageRequest { number, size: MAX_PAGE_SIZE, count: false, known_total: None };
        let page = match poller.poll(|| list.page(request)).await {
            Some(page) => page?,
            None => return Err(poller.call_timed_out(exports.context("list_export_jobs", None))),
        };
        sent.learn(&page.headers);
        if number == 1 {
            began = Instant::now();
        }
        let mut jobs: Vec<_> = page.items.into_iter().flatten().filter(|job| is_of(job, new, sent)).collect();
        jobs.sort_by_key(|job| job.created_at);
        if let Some(job) = jobs.into_iter().find(|job| exports.client.known_jobs().add(&job.id)) {
            return Ok(Some(job));
        }
        // The whole list is read, since Atlas promises no order.
        if page.more {
            number += 1;
            continue;
        }
        if began.duration_since(*first_began.get_or_insert(began)) >= SEARCH_TIME {
            return Ok(None);
        }
        searches += 1;
        number = 1;
        poller.pause_for(Backoff::SEARCH.pause(searches, 1.0));
    }
}

fn is_of(job: &ExportJob, new: &NewExport, sent: &ServerTime) -> bool {
    job.snapshot_id.as_ref() == Some(&new.snapshot_id)
        && job.export_bucket_id.as_ref() == Some(&new.export_bucket_id)
        && job.created_at.is_some_and(|created| sent.is_before(created))
        && job.custom_data.as_ref().is_none_or(|entries| sorted(entries) == sorted(&new.custom_data))
}

fn sorted(entries: &[CustomData]) -> Vec<(&Option<String>, &Option<String>)> {
    let mut entries: Vec<_> = entries.iter().map(|entry| (&entry.key, &entry.value)).collect();
    entries.sort();
    entries
}
