//! `watch`: waits until a job has ended, and shows how it goes.

use atlas_exports::{Error, ExportJob, Stream};
use futures_util::TryStreamExt;

use super::{
    args::{Pace, Watch},
    fake,
    outcome::{Outcome, Problem},
    progress::Display,
    session::Session,
    show,
};

/// Gives any kind of wait the pace that was asked for.
macro_rules! paced {
    ($wait:expr, $session:expr, $pace:expr) => {{
        let mut wait = $wait;
        if let Some(interval) = $crate::app::watch::interval($session, $pace) {
            wait = wait.poll_every(interval);
        }
        if let Some(timeout) = $pace.timeout {
            wait = wait.timeout(timeout);
        }
        wait
    }};
}
pub(crate) use paced;

pub(crate) fn interval(session: &Session, pace: &Pace) -> Option<std::time::Duration> {
    pace.interval.or(session.fake.as_ref().map(|_| fake::INTERVAL))
}

pub(crate) async fn run(session: &Session, watch: Watch) -> Result<Outcome, Problem> {
    let exports = session.exports()?;
    let id = match (watch.job, &session.fake) {
        (Some(id), _) => id,
        (None, Some(fake)) => fake.moving_job()?,
        (None, None) => return Err(Problem::usage("say which job")),
    };
    follow(session, paced!(exports.wait(&id), session, &watch.pace).updates()).await
}

/// Shows each change until the job has ended, or Ctrl-C.
pub(crate) async fn follow(
    session: &Session,
    mut updates: impl Stream<Item = Result<ExportJob, Error>> + Unpin,
) -> Result<Outcome, Problem> {
    let mut display = Display::start(session.format)?;
    let mut last = None;
    let ended = async {
        while let Some(job) = updates.try_next().await? {
            display.show(&job)?;
            last = Some(job);
        }
        Ok(())
    };
    let ended: Result<(), Problem> = tokio::select! {
        biased;
        () = interrupted() => {
            display.clear();
            eprintln!("Interrupted; the job goes on without being watched.");
            return Ok(Outcome::Interrupted);
        }
        ended = ended => ended,
    };
    display.clear();
    let outcome = match ended {
        Ok(()) if last.as_ref().is_some_and(ExportJob::is_successful) => Outcome::Done,
        Ok(()) => Outcome::Ended,
        Err(Problem::Atlas(error @ Error::WaitTimedOut { .. })) => {
            eprintln!("error: {error}");
            Outcome::TimedOut
        }
        Err(problem) => return Err(problem),
    };
    if let Some(job) = &last {
        session.print_job(job)?;
        if outcome == Outcome::Ended {
            eprintln!("error: export job {} {}", job.id, show::end(job));
        }
    }
    Ok(outcome)
}

/// Ends with Ctrl-C; never where that cannot be heard.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
