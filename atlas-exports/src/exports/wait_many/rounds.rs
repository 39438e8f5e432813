//! Round after round through all jobs, one request at a time.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Duration,
};

use tokio::time::Instant;

use super::plan::{Ask, Plan};
use crate::{
    Error, ErrorKind, ExportId, ExportJob, Exports,
    exports::wait::{
        course::{Course, Next},
        options::Options,
        term::Term,
        watch::{into_result, later, timed_out},
    },
    pagination::{MAX_PAGE_SIZE, PageRequest, RawPage},
};

pub(super) type Ended = (ExportId, Result<ExportJob, Error>);

/// A job that is waited for.
#[derive(Debug, Default)]
struct Pending {
    last: Option<ExportJob>,
    /// Since when asking for this job alone has failed in a row.
    failing_since: Option<Duration>,
}

/// One wait for many jobs under way. It does nothing but in [`Rounds::next`].
#[derive(Debug)]
pub(super) struct Rounds {
    exports: Exports,
    pending: HashMap<ExportId, Pending>,
    plan: Plan,
    /// What failed and is asked for once more.
    again: Option<Ask>,
    ended: VecDeque<Ended>,
    term: Term,
    course: Course,
    tolerate: Duration,
    due: Instant,
    trouble: Option<Error>,
    /// Requests that failed since one worked.
    failures: u32,
}

enum Answer {
    Page(u32, Result<RawPage<ExportJob>, Error>),
    One(ExportId, Result<ExportJob, Error>),
}

impl Rounds {
    /// Begins the first round at once.
    pub(super) fn start(exports: Exports, ids: HashSet<ExportId>, options: &Options) -> Self {
        let mut rounds = Self {
            exports: exports.without_retries(),
            plan: Plan::new(ids.iter().cloned()),
            pending: ids.into_iter().map(|id| (id, Pending::default())).collect(),
            again: None,
            ended: VecDeque::new(),
            term: Term::start(options.timeout),
            course: Course::new(options),
            tolerate: options.tolerate,
            due: Instant::now(),
            trouble: None,
            failures: 0,
        };
        if let Err(error) = options.check() {
            rounds.end_all(&error);
        }
        rounds
    }

    /// The next job that has ended, well or not; `None` when there are no more.
    pub(super) async fn next(&mut self) -> Option<Ended> {
        loop {
            if let Some(ended) = self.ended.pop_front() {
                return Some(ended);
            }
            if self.pending.is_empty() {
                return None;
            }
            let Some(ask) = self.again.take().or_else(|| self.plan.next()) else {
                self.plan.begin();
                self.due = later(self.course.pause());
                continue;
            };
            match self.ask(ask).await {
                Some((asked, answer)) => self.take(asked, answer),
                None => self.end_in_time(),
            }
        }
    }

    /// When it was asked, and what was answered; `None` when the time is over before that.
    async fn ask(&mut self, ask: Ask) -> Option<(Duration, Answer)> {
        self.term.until(self.due).await?;
        self.term.turn(self.exports.client.acquire_poll(&self.exports.project)).await?;
        let asked = self.term.asking();
        let answer = match ask {
            Ask::Page { number, count } => {
                let list = self.exports.list();
                let page =
                    list.page(PageRequest { number, size: MAX_PAGE_SIZE, count, known_total: self.plan.total() });
                Answer::Page(number, self.term.within(page).await?)
            }
            Ask::One(id) => {
                let job = self.term.within(self.exports.get(&id)).await?;
                Answer::One(id, job)
            }
        };
        Some((asked, answer))
    }

    fn take(&mut self, asked: Duration, answer: Answer) {
        match answer {
            Answer::Page(number, Ok(page)) => {
                self.worked();
                // What cannot be decoded is asked for by itself, and fails by itself.
                for job in page.items.into_iter().flatten() {
                    if self.plan.met(&job.id, number) {
                        self.seen(job.id.clone(), job);
                    }
                }
                self.plan.read(number, page.more, page.total);
            }
            Answer::One(id, Ok(job)) => {
                self.worked();
                self.seen(id, job);
            }
            Answer::Page(number, Err(error)) => self.page_failed(number, &error, asked),
            Answer::One(id, Err(error)) => self.one_failed(id, error, asked),
        }
    }

    fn worked(&mut self) {
        self.course.answered();
        self.trouble = None;
        self.failures = 0;
    }

    fn seen(&mut self, id: ExportId, job: ExportJob) {
        if job.is_finished() {
            let call = self.exports.context("get_export_job", Some(&id));
            self.end(id, into_result(job, call));
        } else if let Some(pending) = self.pending.get_mut(&id) {
            *pending = Pending { last: Some(job), failing_since: None };
        }
    }

    fn page_failed(&mut self, number: u32, error: &Error, asked: Duration) {
        if !error.is_retryable() && !concerns_all(error) && !error.is_not_found() {
            // One job of the list that cannot be read must not end the waits for others.
            tracing::debug!(%error, "the list cannot be used, jobs are asked for one by one");
            self.plan.without_list();
            return;
        }
        if self.go_on(error, asked, true) {
            self.again = Some(Ask::Page { number, count: number == 1 });
        }
    }

    fn one_failed(&mut self, id: ExportId, error: Error, asked: Duration) {
        if error.is_not_found() && self.exports.client.known_jobs().is_recent(&id) {
            return;
        }
        if !error.is_retryable() && !concerns_all(&error) {
            self.end(id, Err(error));
            return;
        }
        // Should only this job be the cause, the others need not wait for it.
        let slow_down = self.failures > 0 || error.is_rate_limited();
        if !self.go_on(&error, asked, slow_down) {
            return;
        }
        let now = self.term.asking();
        let Some(pending) = self.pending.get_mut(&id) else { return };
        let since = *pending.failing_since.get_or_insert(asked);
        if now.saturating_sub(since) >= self.tolerate {
            self.end(id, Err(error));
        }
    }

    /// Whether to go on after a failure, and if so, when.
    fn go_on(&mut self, error: &Error, asked: Duration, slow_down: bool) -> bool {
        match self.course.failed(error, asked, self.term.asking()) {
            Next::End => {
                self.end_all(error);
                false
            }
            Next::Ask(pause) => {
                tracing::debug!(%error, ?pause, "asking failed and is tried again");
                if slow_down || error.retry_after().is_some() {
                    self.due = later(pause);
                }
                self.failures += 1;
                self.trouble = Some(error.clone());
                true
            }
        }
    }

    fn end(&mut self, id: ExportId, how: Result<ExportJob, Error>) {
        if self.pending.remove(&id).is_some() {
            self.plan.forget(&id);
            self.ended.push_back((id, how));
        }
    }

    fn end_all(&mut self, error: &Error) {
        self.ended.extend(self.pending.drain().map(|(id, _)| (id, Err(error.clone()))));
    }

    fn end_in_time(&mut self) {
        let waited = self.term.elapsed();
        for (id, pending) in std::mem::take(&mut self.pending) {
            let call = self.exports.context("get_export_job", Some(&id));
            let error = timed_out(call, pending.last, waited, self.trouble.clone());
            self.ended.push_back((id, Err(error)));
        }
    }
}

/// Whether no other request would fare better.
fn concerns_all(error: &Error) -> bool {
    let kinds = [ErrorKind::Redirect, ErrorKind::Tls, ErrorKind::Token, ErrorKind::Authenticator];
    error.is_unauthorized() || error.is_forbidden() || kinds.contains(&error.kind())
}
