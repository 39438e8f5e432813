//! Waits for many export jobs of one cluster, in one loop.

use std::{
    collections::{HashMap, VecDeque},
    future::IntoFuture,
    pin::Pin,
    time::Duration,
};

use futures_core::Stream;
use futures_util::{StreamExt, stream};

use super::{
    page_plan::{NextPoll, PagePlan},
    poller::{PollOptions, Poller, poll_options},
    wait::into_result,
};
use crate::{
    Error, ErrorKind, ExportId, ExportJob, Exports, List,
    pagination::{MAX_PAGE_SIZE, PageRequest},
};

impl Exports {
    /// Waits until each of many jobs has ended, with far fewer requests than that many single waits. Await it, or read its
    /// [`results`](WaitMany::results).
    ///
    /// Takes ids, or references to them.
    pub fn wait_many(&self, ids: impl IntoIterator<Item: Into<ExportId>>) -> WaitMany {
        let ids = ids.into_iter().map(Into::into).collect();
        WaitMany { exports: self.clone(), ids, options: PollOptions::default() }
    }
}

/// A wait for the ends of many export jobs of one cluster, created by [`Exports::wait_many`]. Await it to get all results
/// when the last job has ended, or read its [`results`](Self::results) as the jobs end.
///
/// There is one result for each id, also for one that was given twice, in the order in which the jobs end.
///
/// ```no_run
/// # async fn run(exports: atlas_exports::Exports, ids: Vec<atlas_exports::ExportId>) {
/// use futures_util::StreamExt;
///
/// let mut results = exports.wait_many(&ids).results();
/// while let Some((id, result)) = results.next().await {
///     match result {
///         Ok(job) => println!("{id} is at {:?}", job.prefix),
///         Err(error) => println!("{error}"),
///     }
/// }
/// # }
/// ```
///
/// # Polling
///
/// Requests are sent one after the other, as those of a [`Wait`](crate::Wait) are, and are subject to the same poll rate
/// limit. A page of the list is read wherever it shows at least two of the jobs, so that thousands of jobs take a few
/// requests a round. The others, or a single job, are polled one by one. The poll interval is the pause between rounds.
///
/// # Errors
///
/// Each result is what a [`Wait`](crate::Wait) for the job would return. A job that failed, that does not exist, or whose
/// status cannot be read does not end the wait for the others. At the timeout, when the credentials are refused, or when
/// polls have failed for longer than the tolerance, all jobs that have not ended get that error.
///
/// # Cancellation
///
/// Dropping the future or the stream ends the wait. The jobs continue.
#[derive(Debug, Clone)]
#[must_use = "a wait does nothing until it is awaited or its results are polled"]
pub struct WaitMany {
    exports: Exports,
    ids: Vec<ExportId>,
    options: PollOptions,
}

impl WaitMany {
    poll_options!();

    /// Returns each job as it ends, with its id.
    ///
    /// # Errors
    ///
    /// Each job has a result of its own. See [`WaitMany`].
    ///
    /// # Cancellation
    ///
    /// Dropping the future of the next item loses nothing. Dropping the stream ends the wait.
    pub fn results(self) -> impl Stream<Item = (ExportId, Result<ExportJob, Error>)> + Send + Unpin + 'static {
        let results = stream::once(async { BatchPoller::start(self) }).flat_map(|poller| {
            stream::unfold(poller, async |mut poller| {
                let result = poller.next().await?;
                Some((result, poller))
            })
        });
        Box::pin(results)
    }
}

impl IntoFuture for WaitMany {
    type Output = Vec<(ExportId, Result<ExportJob, Error>)>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.results().collect())
    }
}

/// A job that has not ended.
#[derive(Debug, Default)]
struct Pending {
    /// The job as it was last seen.
    last: Option<ExportJob>,
    /// When the first of the consecutive failures of the polls for this job alone ended, by the poller's clock.
    failing_since: Option<Duration>,
}

/// The polls for many jobs.
#[derive(Debug)]
struct BatchPoller {
    exports: Exports,
    list: List<ExportJob>,
    pending: HashMap<ExportId, Pending>,
    plan: PagePlan,
    poller: Poller,
    /// Results that were not returned yet.
    results: VecDeque<(ExportId, Result<ExportJob, Error>)>,
}

impl BatchPoller {
    fn start(WaitMany { exports, ids, options }: WaitMany) -> Self {
        let pending: HashMap<_, _> = ids.into_iter().map(|id| (id, Pending::default())).collect();
        let (poller, exports) = (exports.poller(options), exports.without_retries());
        let (list, plan) = (exports.list(), PagePlan::new(pending.keys()));
        let mut this = Self { exports, list, pending, plan, poller, results: VecDeque::new() };
        if let Err(error) = options.check() {
            this.end_all(&error);
        }
        this
    }

    /// Returns the next job that has ended; `None` when there are no more.
    async fn next(&mut self) -> Option<(ExportId, Result<ExportJob, Error>)> {
        loop {
            if let Some(result) = self.results.pop_front() {
                return Some(result);
            }
            if self.pending.is_empty() {
                return None;
            }
            let in_time = match self.plan.next() {
                Some(NextPoll::Page(number)) => self.poll_page(number).await,
                Some(NextPoll::Job(id)) => self.poll_job(id).await,
                None => {
                    self.plan.begin_round(self.pending.keys());
                    self.poller.pause();
                    Some(())
                }
            };
            if in_time.is_none() {
                self.time_out();
            }
        }
    }

    async fn poll_page(&mut self, number: u32) -> Option<()> {
        let known_total = self.plan.total();
        let count = number == 1 && known_total.is_none();
        let request = PageRequest { number, size: MAX_PAGE_SIZE, count, known_total };
        match self.poller.poll_once(self.list.page(request)).await? {
            Ok(page) => {
                // Items that cannot be decoded are polled one by one.
                for job in page.items.into_iter().flatten() {
                    if self.plan.see(&job.id, number) {
                        self.update(job.id.clone(), job);
                    }
                }
                self.plan.finish_page(number, page.more, page.total);
            }
            Err(error) if self.poller.is_tolerated(&error) => self.poller.pause_after(&error),
            Err(error) if error.is_not_found() || concerns_all(&error) => self.end_all(&error),
            Err(error) => {
                tracing::debug!(%error, "the list cannot be read, so the jobs are polled one by one");
                self.plan.stop_reading();
            }
        }
        Some(())
    }

    async fn poll_job(&mut self, id: ExportId) -> Option<()> {
        let was_failing = self.poller.is_failing();
        match self.poller.poll_once(self.exports.get(&id)).await? {
            Ok(job) => self.update(id, job),
            Err(error) if self.exports.is_not_yet_visible(&id, &error) => {}
            Err(error) if self.poller.is_tolerated(&error) => {
                // As long as this may be the only job that cannot be polled, the others need not wait for it.
                if was_failing || error.is_rate_limited() || error.retry_after().is_some() {
                    self.poller.pause_after(&error);
                }
                let now = self.poller.clock();
                let since = self.pending.get_mut(&id).map(|job| *job.failing_since.get_or_insert(now));
                if !self.poller.has_tolerance_left(since) {
                    self.end(id, Err(error));
                }
            }
            Err(error) if concerns_all(&error) => self.end_all(&error),
            Err(error) => self.end(id, Err(error)),
        }
        Some(())
    }

    fn update(&mut self, id: ExportId, job: ExportJob) {
        if job.is_finished() {
            let call = self.exports.context("get_export_job", Some(&id));
            self.end(id, into_result(job, call));
        } else if let Some(pending) = self.pending.get_mut(&id) {
            *pending = Pending { last: Some(job), failing_since: None };
        }
    }

    fn end(&mut self, id: ExportId, result: Result<ExportJob, Error>) {
        if self.pending.remove(&id).is_some() {
            self.results.push_back((id, result));
        }
    }

    fn end_all(&mut self, error: &Error) {
        self.results.extend(self.pending.drain().map(|(id, _)| (id, Err(error.clone()))));
    }

    fn time_out(&mut self) {
        for (id, job) in self.pending.drain() {
            let call = self.exports.context("get_export_job", Some(&id));
            let error = self.poller.wait_timed_out(call, job.last);
            self.results.push_back((id, Err(error)));
        }
    }
}

/// Returns whether polls for other jobs will fail in the same way: one that is retryable, when it is no longer tolerated,
/// and one that is about the credentials or the server.
fn concerns_all(error: &Error) -> bool {
    let kinds = [ErrorKind::Redirect, ErrorKind::Tls, ErrorKind::Token, ErrorKind::Authenticator];
    error.is_retryable() || error.is_unauthorized() || error.is_forbidden() || kinds.contains(&error.kind())
}
