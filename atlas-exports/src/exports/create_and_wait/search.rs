//! Looks for the job whose answer was lost.

use std::{sync::Arc, time::Duration};

use atlas_exports_gen::types::CustomData;
use futures_util::TryStreamExt;
use tokio::time::Instant;

use super::server_time::ServerTime;
use crate::{
    Error, ExportJob, Exports, NewExport,
    exports::wait::{
        course::{Course, Next},
        term::Term,
        watch::later,
    },
    pages::{FetchFuture, List, PageAsk, Source},
    transport::Pace,
};

/// For so long the job may be missing in a list that can be read, before it is taken for not created, or not yet.
const GRACE: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// The cluster's list as it is read in a search: in turn with all waits, and with an eye on the server's clock.
#[derive(Debug, Clone)]
struct Dated {
    exports: Exports,
    sent: Arc<ServerTime>,
}

impl Source<ExportJob> for Dated {
    fn fetch(&self, ask: PageAsk) -> FetchFuture<'_, ExportJob> {
        Box::pin(async move {
            self.exports.client.turn(&self.exports.project).await;
            let page = self.exports.page(ask, Pace::Poll).await?;
            self.sent.learn(&page.headers);
            Ok(page)
        })
    }

    fn key<'a>(&self, job: &'a ExportJob) -> &'a str {
        job.id.as_str()
    }
}

/// What came of a search.
pub(super) enum Found {
    Job(Box<ExportJob>),
    /// The list was read for long enough.
    Nothing,
    /// The time was over before that.
    NoTime,
    /// The list cannot be read.
    Failed(Error),
}

/// Looks for a job like `new` that was created after `sent`.
pub(super) async fn search(
    exports: &Exports,
    new: &NewExport,
    sent: Instant,
    term: &Term,
    course: &mut Course,
) -> Found {
    let dated = Dated { exports: exports.clone(), sent: Arc::new(ServerTime::of(sent)) };
    let (mut read_since, mut pause) = (None, FIRST_PAUSE);
    loop {
        let began = term.elapsed();
        let due = match term.within(look(&dated, new)).await {
            None => return Found::NoTime,
            Some(Ok(Some(job))) => return Found::Job(Box::new(job)),
            Some(Ok(None)) => {
                let since = *read_since.get_or_insert(began);
                if began.saturating_sub(since) >= GRACE {
                    return Found::Nothing;
                }
                course.answered();
                let due = later(pause);
                pause *= 2;
                due
            }
            Some(Err(error)) => match course.failed(&error, began, term.elapsed()) {
                Next::End => return Found::Failed(error),
                Next::Ask(pause) => later(pause),
            },
        };
        if term.until(due).await.is_none() {
            return Found::NoTime;
        }
    }
}

/// Reads the list once, up to a job that fits or to its end, since Atlas promises no order. Of several such jobs on one
/// page, the first one created is taken.
async fn look(dated: &Dated, new: &NewExport) -> Result<Option<ExportJob>, Error> {
    let claims = &dated.exports.client.inner.claims;
    let mut pages = List::new(dated.clone()).pages_uncounted();
    let mut found: Option<ExportJob> = None;
    while let Some(page) = pages.try_next().await? {
        let fitting = page.items.into_iter().filter(|job| is_of(job, new, &dated.sent) && !claims.has(&job.id));
        found = found.into_iter().chain(fitting).min_by_key(|job| job.created_at);
        if found.is_some() {
            break;
        }
    }
    Ok(found.filter(|job| claims.add(&job.id)))
}

fn is_of(job: &ExportJob, new: &NewExport, sent: &ServerTime) -> bool {
    job.snapshot_id.as_ref() == Some(&new.snapshot_id)
        && job.export_bucket_id.as_ref() == Some(&new.export_bucket_id)
        && job.created_at.is_some_and(|created| sent.is_before(created))
        && job.custom_data.as_ref().is_none_or(|told| same_entries(told, &new.custom_data))
}

fn same_entries(one: &[CustomData], other: &[CustomData]) -> bool {
    let sorted = |entries: &[CustomData]| {
        let mut entries: Vec<_> = entries.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect();
        entries.sort();
        entries
    };
    sorted(one) == sorted(other)
}
