//! Follows one job, poll by poll.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    course::{Course, Next},
    options::Options,
    term::Term,
};
use crate::{CallContext, Error, ErrorKind, ExportId, ExportJob, Exports};

/// One wait under way. It does nothing but in [`Watch::look`].
#[derive(Debug)]
pub(crate) struct Watch {
    exports: Exports,
    id: ExportId,
    term: Term,
    course: Course,
    due: Instant,
    last: Option<ExportJob>,
    /// The job as [`Watch::change`] told it last.
    told: Option<ExportJob>,
    trouble: Option<Error>,
}

impl Watch {
    /// Looks for the first time at once.
    pub(crate) fn start(exports: Exports, id: ExportId, options: &Options) -> Result<Self, Error> {
        options.check()?;
        let (term, course) = (Term::start(options.timeout), Course::new(options));
        let exports = exports.without_retries();
        Ok(Self { exports, id, term, course, due: Instant::now(), last: None, told: None, trouble: None })
    }

    /// Goes on with a job that was seen now, and that whoever waits created.
    pub(crate) fn go_on(exports: Exports, job: ExportJob, term: Term, mut course: Course) -> Self {
        let due = later(course.pause());
        let exports = exports.without_retries();
        Self { exports, id: job.id.clone(), term, course, due, last: Some(job), told: None, trouble: None }
    }

    /// Sees the job, as soon as it can next be seen.
    ///
    /// # Errors
    ///
    /// When there will be nothing more to see.
    async fn look(&mut self) -> Result<(), Error> {
        loop {
            let Some((asked, answer)) = self.ask().await else { return Err(self.timed_out()) };
            let next = match &answer {
                Ok(job) => self.course.seen(job.is_finished()),
                Err(error) if error.is_not_found() && self.exports.client.known_jobs().is_recent(&self.id) => {
                    self.course.failed_for_now(error, asked, self.term.asking())
                }
                Err(error) => self.course.failed(error, asked, self.term.asking()),
            };
            if let Next::Ask(pause) = next {
                self.due = later(pause);
            }
            match (answer, next) {
                (Ok(job), _) => {
                    self.last = Some(job);
                    self.trouble = None;
                    return Ok(());
                }
                (Err(error), Next::End) => return Err(error),
                (Err(error), Next::Ask(pause)) => {
                    tracing::debug!(export = %self.id, %error, ?pause, "asking for the job failed and is tried again");
                    self.trouble = Some(error);
                }
            }
        }
    }

    /// When it was asked, and what was answered; `None` when the time of the wait is over before that.
    async fn ask(&mut self) -> Option<(Duration, Result<ExportJob, Error>)> {
        self.term.until(self.due).await?;
        self.term.turn(self.exports.client.acquire_poll(&self.exports.project)).await?;
        let asked = self.term.asking();
        Some((asked, self.term.within(self.exports.get(&self.id)).await?))
    }

    /// The job when it differs from what was told last; `None` once it has ended.
    pub(crate) async fn change(&mut self) -> Option<Result<ExportJob, Error>> {
        if self.told.as_ref().is_some_and(ExportJob::is_finished) {
            return None;
        }
        while self.last == self.told {
            if let Err(error) = self.look().await {
                return Some(Err(error));
            }
        }
        self.told.clone_from(&self.last);
        self.told.clone().map(Ok)
    }

    /// The job when it has ended.
    pub(crate) async fn end(mut self) -> Result<ExportJob, Error> {
        loop {
            match self.last.take_if(|job| job.is_finished()) {
                Some(job) => return into_result(job, self.context()),
                None => self.look().await?,
            }
        }
    }

    fn timed_out(&mut self) -> Error {
        timed_out(self.context(), self.last.take(), self.term.elapsed(), self.trouble.take())
    }

    fn context(&self) -> CallContext {
        self.exports.context("get_export_job", Some(&self.id))
    }
}

/// That a clock cannot tell the time makes it the longest that it can.
pub(crate) fn later(pause: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(pause).unwrap_or_else(|| now + Duration::from_secs(86_400 * 365))
}

/// Returns a job that has ended well, and an error for any other.
pub(crate) fn into_result(job: ExportJob, call: CallContext) -> Result<ExportJob, Error> {
    if job.is_successful() { Ok(job) } else { Err(Error::ended(job).with_call(call)) }
}

/// Creates the error of a wait whose time ran out.
pub(crate) fn timed_out(
    mut call: CallContext,
    last: Option<ExportJob>,
    waited: Duration,
    last_error: Option<Error>,
) -> Error {
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
    match last_error {
        Some(cause) => error.with_source(cause),
        None => error,
    }
}
