//! Follows one job, poll by poll.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    course::{Course, Next},
    options::Options,
    term::Term,
};
use crate::{CallContext, Error, ExportId, ExportJob, Exports, transport::Pace};

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
    trouble: Option<Arc<Error>>,
}

impl Watch {
    /// Looks for the first time at once.
    pub(crate) fn start(exports: Exports, id: ExportId, options: &Options) -> Result<Self, Error> {
        options.check()?;
        let (term, course) = (Term::start(options.timeout), Course::new(options));
        Ok(Self { exports, id, term, course, due: Instant::now(), last: None, told: None, trouble: None })
    }

    /// Goes on with a job that was seen now, and that whoever waits created.
    pub(crate) fn go_on(exports: Exports, job: ExportJob, term: Term, mut course: Course) -> Self {
        let due = later(course.pause());
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
                Err(error) if error.is_not_found() && self.exports.client.inner.claims.is_young(&self.id) => {
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
                    self.trouble = Some(Arc::new(error));
                }
            }
        }
    }

    /// When it was asked, and what was answered; `None` when the time of the wait is over before that.
    async fn ask(&mut self) -> Option<(Duration, Result<ExportJob, Error>)> {
        self.term.until(self.due).await?;
        self.term.turn(self.exports.client.turn(&self.exports.project)).await?;
        let asked = self.term.asking();
        Some((asked, self.term.within(self.exports.asked(&self.id, Pace::Poll)).await?))
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
                Some(job) => return verdict(job, self.context()),
                None => self.look().await?,
            }
        }
    }

    fn timed_out(&mut self) -> Error {
        Error::WaitTimedOut {
            call: Box::new(self.context()),
            job: self.last.take().map(Box::new),
            waited: self.term.elapsed(),
            source: self.trouble.take(),
        }
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

/// What an ended job means to whoever waited for it.
pub(crate) fn verdict(job: ExportJob, call: CallContext) -> Result<ExportJob, Error> {
    use crate::ExportState::{Cancelled, Failed, Successful};
    let (call, job) = (Box::new(call), Box::new(job));
    match job.state {
        Some(Successful) => Ok(*job),
        Some(Failed) => Err(Error::ExportFailed { call, job }),
        Some(Cancelled) => Err(Error::ExportCancelled { call, job }),
        _ => Err(Error::ExportEnded { call, job }),
    }
}
