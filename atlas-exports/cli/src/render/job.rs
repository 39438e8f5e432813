//! Export jobs as text.

use std::{fmt, time::SystemTime};

use atlas_exports::{ExportJob, ExportState, Progress};
use chrono::{DateTime, Utc};

use super::{block::Block, listing::Column, plain, span};

pub(crate) const COLUMNS: &[Column] = &[
    Column { name: "JOB", width: 24 },
    Column { name: "STATE", width: 11 },
    Column { name: "COLLECTIONS", width: 12 },
    Column { name: "CREATED (UTC)", width: 16 },
    Column { name: "TOOK", width: 11 },
];

/// The job's row of a table.
pub(crate) fn cells(job: &ExportJob) -> [String; 5] {
    let collections = counted(job).map(|progress| format!("{} of {}", progress.exported, progress.total));
    let created = job.created_at.map(|created| created.format("%Y-%m-%d %H:%M").to_string());
    [
        job.id.to_string(),
        job.state.as_ref().map_or_else(String::new, |state| state.as_str().to_owned()),
        collections.unwrap_or_default(),
        created.unwrap_or_default(),
        took(job, ""),
    ]
}

/// The job in full; what Atlas did not send is left out.
pub(crate) fn block(job: &ExportJob) -> String {
    let mut block = Block::new(format_args!("Export job {}", job.id));
    block.line("State", state(job));
    block.line_of("Progress", progress(job));
    block.line_of("Reason", job.failure());
    block.line_of("Created", job.created_at.map(|created| format!("{}{}", moment(created), age(job, created))));
    block.line_of("Finished", job.finished_at.map(|finished| format!("{}{}", moment(finished), took(job, ", after "))));
    block.line_of("Snapshot", job.snapshot_id.as_ref());
    block.line_of("Bucket", job.export_bucket_id.as_ref());
    block.line_of("Folder", job.prefix.as_ref());
    block.lines("Components", job.components.iter().flatten(), |component| {
        let name = component.replica_set_name.as_deref().unwrap_or("unnamed");
        format!("{name}  {}", component.export_id.as_ref().map_or("", |id| id.as_str()))
    });
    block.lines("Custom data", job.custom_data.iter().flatten(), |entry| {
        format!("{} = {}", entry.key.as_deref().unwrap_or_default(), entry.value.as_deref().unwrap_or_default())
    });
    block.into_text()
}

/// The state's name; an unknown one is marked.
pub(crate) fn state(job: &ExportJob) -> String {
    match &job.state {
        Some(state) if state.is_known() => state.to_string(),
        Some(state) => format!("{} (unknown state)", plain(state.as_str())),
        None => "no state".to_owned(),
    }
}

/// How a job ended that was not successful.
pub(crate) fn end(job: &ExportJob) -> String {
    let reason = job.failure().map(|failure| format!(": {}", plain(&failure.to_string()))).unwrap_or_default();
    match &job.state {
        Some(ExportState::Failed) => format!("failed{reason}"),
        Some(ExportState::Cancelled) => format!("was cancelled{reason}"),
        _ => format!("ended, and whether it succeeded is not known: {}", state(job)),
    }
}

/// Collections exported and in total; `None` when Atlas does not count them, or not yet.
pub(crate) fn progress(job: &ExportJob) -> Option<String> {
    let progress = counted(job)?;
    let percent = progress.fraction().map(|fraction| format!(" ({:.0} %)", (fraction * 100.0).floor()));
    Some(format!("{progress}{}", percent.unwrap_or_default()))
}

/// Atlas says 0 of 0 of jobs that have not begun, and of tiny ones that are over.
fn counted(job: &ExportJob) -> Option<Progress> {
    job.progress().filter(|progress| progress.total > 0 || job.is_finished())
}

pub(crate) fn moment(at: DateTime<Utc>) -> impl fmt::Display {
    at.format("%Y-%m-%d %H:%M:%S UTC")
}

fn age(job: &ExportJob, created: DateTime<Utc>) -> String {
    if job.is_finished() {
        return String::new();
    }
    format!(", {} ago", span::words(DateTime::<Utc>::from(SystemTime::now()) - created))
}

fn took(job: &ExportJob, before: &str) -> String {
    match (job.created_at, job.finished_at) {
        (Some(created), Some(finished)) => format!("{before}{}", span::words(finished - created)),
        _ => String::new(),
    }
}
