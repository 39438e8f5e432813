//! `watch`: waits until an export job has ended, and shows its progress.

use std::time::Duration;

use atlas_exports::{Error, ErrorKind, ExportId, ExportJob, Exports, SnapshotId, Stream};
use futures_util::TryStreamExt;

use super::list::Latest;
use crate::{
    exit::{Outcome, Problem},
    fake,
    options::Format,
    render::{job, progress::Display},
    session::Session,
    signals::{Signal, Signals},
    time,
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    atlas-exports watch 5fb1a8c0e2c4d84c1e4f0a01 --timeout 2h\n  \
    atlas-exports watch --latest --quiet || echo 'the export failed'")]
pub(crate) struct Args {
    /// Id of the export job, 24 hexadecimal digits
    #[arg(value_name = "JOB")]
    job: Option<ExportId>,
    /// Watch the job that was created last
    #[arg(long, conflicts_with = "job")]
    latest: bool,
    #[command(flatten)]
    pace: Pace,
}

/// How often to poll, and how long.
#[derive(Debug, clap::Args)]
pub(crate) struct Pace {
    /// Time between two polls, such as 500ms, 30s or 2m [default: 5s, growing to 1m]
    #[arg(long, value_name = "TIME", value_parser = time::duration)]
    pub(crate) interval: Option<Duration>,
    /// Longest time to watch, such as 90s or 1h30m [default: 24h]
    #[arg(long, value_name = "TIME", value_parser = time::duration)]
    pub(crate) timeout: Option<Duration>,
}

impl Pace {
    /// Returns the poll interval, where it is not the library's default.
    pub(crate) fn interval(&self, session: &Session) -> Option<Duration> {
        self.interval.or(session.target.fake.as_ref().map(|_| fake::INTERVAL))
    }
}

/// Sets the interval and the timeout of a `Wait` or a `CreateAndWait`.
macro_rules! paced {
    ($wait:expr, $session:expr, $pace:expr) => {{
        let mut wait = $wait;
        if let Some(interval) = $pace.interval($session) {
            wait = wait.poll_interval(interval);
        }
        if let Some(timeout) = $pace.timeout {
            wait = wait.timeout(timeout);
        }
        wait
    }};
}
pub(super) use paced;

pub(crate) async fn run(session: &Session, args: Args) -> Result<Outcome, Problem> {
    let exports = session.exports()?;
    let id = if args.latest {
        latest(&exports).await?
    } else {
        session.or_fake(args.job, "no job given: name one, or use --latest", |fake| fake.moving_job())?
    };
    follow(session, paced!(exports.wait(&id), session, &args.pace).updates(), Follow::Existing { id }).await
}

async fn latest(exports: &Exports) -> Result<ExportId, Problem> {
    let mut latest = Latest::default();
    let mut jobs = exports.list().items();
    // A job that cannot be read may be the latest one, so it is an error.
    while let Some(job) = jobs.try_next().await? {
        latest.consider(job);
    }
    latest.0.map(|job| job.id).ok_or_else(|| Problem::Nothing("there is no export job to watch".to_owned()))
}

/// What is watched.
#[derive(Debug)]
pub(crate) enum Follow {
    /// An existing job.
    Existing { id: ExportId },
    /// A job that is being created; its id comes with the first update.
    Created { snapshot: SnapshotId },
}

/// Shows each update until the job has ended or a signal is received.
pub(crate) async fn follow(
    session: &Session,
    mut updates: impl Stream<Item = Result<ExportJob, Error>> + Unpin,
    what: Follow,
) -> Result<Outcome, Problem> {
    let console = &session.console;
    let mut signals = Signals::listen()?;
    let mut display = Display::start(session);
    let mut last: Option<ExportJob> = None;
    let ended = loop {
        tokio::select! {
            biased;
            signal = signals.next() => break Err(signal),
            update = updates.try_next() => match update {
                Ok(Some(job)) => {
                    if last.is_none() && matches!(what, Follow::Created { .. }) {
                        display.clear();
                        console.note(&format!("created export job {}", job.id));
                    }
                    display.show(&job);
                    last = Some(job);
                }
                Ok(None) => break Ok(Ok(())),
                Err(error) => break Ok(Err(error)),
            },
            () = display.tick() => {}
        }
    };
    display.clear();
    let print_last = || last.iter().try_for_each(|job| session.print_job(job));
    let outcome = match ended {
        Err(signal) => {
            console.error(&interrupted(signal, &what, last.as_ref()));
            // Its id must not be lost to a program that reads documents.
            if console.format == Format::Json {
                print_last()?;
            }
            return Ok(Outcome::Interrupted(signal));
        }
        Ok(Ok(())) if last.as_ref().is_some_and(ExportJob::is_successful) => Outcome::Done,
        Ok(Ok(())) => Outcome::Ended,
        Ok(Err(error)) if error.kind() == ErrorKind::WaitTimedOut => {
            console.error(&Problem::from(error).to_string());
            Outcome::TimedOut
        }
        Ok(Err(error)) => {
            if console.format == Format::Json {
                print_last()?;
            }
            return Err(error.into());
        }
    };
    if !(console.quiet && console.format == Format::Text) {
        print_last()?;
    }
    if let (Outcome::Ended, Some(job)) = (outcome, &last) {
        console.error(&format!("export job {} {}", job.id, job::end(job)));
    }
    Ok(outcome)
}

fn interrupted(signal: Signal, what: &Follow, last: Option<&ExportJob>) -> String {
    let id = match (what, last) {
        (_, Some(job)) => &job.id,
        (Follow::Existing { id }, None) => id,
        (Follow::Created { snapshot }, None) => {
            return format!(
                "{signal} before Atlas confirmed the creation; \
                 whether there is a job shows with: atlas-exports list --snapshot {snapshot}"
            );
        }
    };
    format!("{signal}; the job continues, watch it again with: atlas-exports watch {id}")
}
