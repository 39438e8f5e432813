//! `list`: the export jobs of a cluster.

use std::time::SystemTime;

use atlas_exports::{ExportBucketId, ExportJob, ExportState, SnapshotId};
use chrono::{DateTime, Utc};

use super::items::Items;
use crate::{
    exit::{Outcome, Problem},
    render::{job, listing::Listing},
    session::Session,
    time::{self, When},
};

/// Largest page that Atlas gives.
const PAGE: u32 = 500;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    atlas-exports list --state Failed --since 7d\n  \
    atlas-exports list --latest --format json\n\n\
    Times are UTC unless they say otherwise.")]
pub(crate) struct Args {
    /// Only jobs in this state, such as InProgress or Failed; repeatable
    #[arg(long, value_name = "STATE")]
    state: Vec<ExportState>,
    /// Only jobs created since then: 24h, 7d, 2026-08-10, 2026-08-10T03:28Z
    #[arg(long, value_name = "TIME", value_parser = time::when)]
    since: Option<When>,
    /// Only jobs created until then; a date includes its whole day
    #[arg(long, value_name = "TIME", value_parser = time::when)]
    until: Option<When>,
    /// Only exports of this snapshot
    #[arg(long, value_name = "ID")]
    snapshot: Option<SnapshotId>,
    /// Only exports to this bucket
    #[arg(long, value_name = "ID")]
    bucket: Option<ExportBucketId>,
    /// Only the job that was created last
    #[arg(long, conflicts_with = "limit")]
    latest: bool,
    /// At most this many jobs
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u32>,
}

pub(crate) async fn run(session: &Session, args: Args) -> Result<Outcome, Problem> {
    for state in args.state.iter().filter(|state| !state.is_known()) {
        session.console.warn(&format!("{:?} is not a known state of export jobs", state.as_str()));
    }
    let filter = Filter::new(&args, SystemTime::now().into());
    let limit = args.limit.unwrap_or(u32::MAX);
    // Without a filter every job is shown, so no more are requested than are wanted.
    let page = if filter.admits_all() { limit.clamp(1, PAGE) } else { PAGE };
    let mut jobs = Items::new(session.exports()?.list().page_size(page).items(), &session.console);
    let mut listing = Listing::start(session, job::COLUMNS);
    let mut latest = Latest::default();
    let (mut shown, mut undated) = (0, 0);
    while shown < limit
        && !session.console.is_closed()
        && let Some(job) = jobs.try_next().await?
    {
        if !filter.admits(&job) {
            continue;
        }
        if filter.wants_time && job.created_at.is_none() {
            undated += 1;
        } else if args.latest {
            latest.consider(job);
        } else {
            listing.push(job.id.as_str(), &job::cells(&job), &job)?;
            shown += 1;
        }
    }
    if let Some(job) = &latest.0 {
        listing.push(job.id.as_str(), &job::cells(job), job)?;
    }
    listing.end("there are no such export jobs");
    if undated > 0 {
        session.console.warn(&format!("jobs left out because they have no creation time: {undated}"));
    }
    jobs.outcome()
}

/// The jobs to list.
struct Filter<'a> {
    states: &'a [ExportState],
    /// Whether a job without a creation time has to be left out.
    wants_time: bool,
    since: Option<DateTime<Utc>>,
    /// The exclusive end.
    until: Option<DateTime<Utc>>,
    snapshot: Option<&'a SnapshotId>,
    bucket: Option<&'a ExportBucketId>,
}

impl<'a> Filter<'a> {
    fn new(args: &'a Args, now: DateTime<Utc>) -> Self {
        Self {
            states: &args.state,
            wants_time: args.latest || args.since.is_some() || args.until.is_some(),
            since: args.since.as_ref().map(|when| when.start(now)),
            until: args.until.as_ref().map(|when| when.end(now)),
            snapshot: args.snapshot.as_ref(),
            bucket: args.bucket.as_ref(),
        }
    }

    fn admits_all(&self) -> bool {
        self.states.is_empty() && !self.wants_time && self.snapshot.is_none() && self.bucket.is_none()
    }

    /// Returns whether to list the job. Times are ignored for a job without a creation time.
    fn admits(&self, job: &ExportJob) -> bool {
        (self.states.is_empty() || job.state.as_ref().is_some_and(|state| self.states.contains(state)))
            && self.snapshot.is_none_or(|id| job.snapshot_id.as_ref() == Some(id))
            && self.bucket.is_none_or(|id| job.export_bucket_id.as_ref() == Some(id))
            && job.created_at.is_none_or(|created| {
                self.since.is_none_or(|since| created >= since) && self.until.is_none_or(|until| created < until)
            })
    }
}

/// The job with the latest creation time; of two that share it, the one with the greater id.
#[derive(Debug, Default)]
pub(crate) struct Latest(pub(crate) Option<ExportJob>);

impl Latest {
    pub(crate) fn consider(&mut self, job: ExportJob) {
        let is_later = match &self.0 {
            _ if job.created_at.is_none() => false,
            None => true,
            Some(latest) => (job.created_at, job.id.as_str()) > (latest.created_at, latest.id.as_str()),
        };
        if is_later {
            self.0 = Some(job);
        }
    }
}
