//! Looks for the job whose answer was lost.

use std::time::Duration;

use atlas_exports_gen::types::CustomData;
use tokio::time::Instant;

use super::server_time::ServerTime;
use crate::{
    Error, ExportJob, Exports, NewExport,
    exports::wait::{
        course::{Course, Next},
        term::Term,
        watch::later,
    },
    http::Backoff,
    pagination::{MAX_PAGE_SIZE, PageRequest},
};

/// For so long the job may be missing in a list that can be read, before it is taken for not created, or not yet.
const GRACE: Duration = Duration::from_secs(30);

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
    let (exports, sent) = (exports.without_retries(), ServerTime::of(sent));
    let (mut read_since, mut searches) = (None, 0);
    loop {
        let began = term.elapsed();
        let due = match term.within(search_once(&exports, new, &sent)).await {
            None => return Found::NoTime,
            Some(Ok(Some(job))) => return Found::Job(Box::new(job)),
            Some(Ok(None)) => {
                let since = *read_since.get_or_insert(began);
                if began.saturating_sub(since) >= GRACE {
                    return Found::Nothing;
                }
                course.answered();
                searches += 1;
                later(Backoff::SEARCH.pause(searches, 1.0))
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
async fn search_once(exports: &Exports, new: &NewExport, sent: &ServerTime) -> Result<Option<ExportJob>, Error> {
    let known = exports.client.known_jobs();
    let list = exports.list();
    let mut number = 1;
    loop {
        exports.client.acquire_poll(&exports.project).await;
        let page = list.page(PageRequest { number, size: MAX_PAGE_SIZE, count: false, known_total: None }).await?;
        sent.learn(&page.headers);
        let jobs = page.items.into_iter().flatten();
        let found =
            jobs.filter(|job| is_of(job, new, sent) && !known.contains(&job.id)).min_by_key(|job| job.created_at);
        if let Some(job) = found {
            return Ok(known.add(&job.id).then_some(job));
        }
        if !page.more {
            return Ok(None);
        }
        number += 1;
    }
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
