//! Jobs and buckets, as a person wants to read them.

use std::{
    fmt::{self, Write},
    time::SystemTime,
};

use atlas_exports::{ExportBucket, ExportJob, ExportState, Progress};
use chrono::{DateTime, Utc};

use super::span;

/// The job in lines of a name and a value; what Atlas did not tell is left out.
pub(crate) fn job(job: &ExportJob) -> String {
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
    block.text
}

/// The state's name; one that nobody knows is marked as such.
pub(crate) fn state(job: &ExportJob) -> String {
    match &job.state {
        Some(state) if state.is_known() => state.to_string(),
        Some(state) => format!("{} (unknown state)", plain(state.as_str())),
        None => "not told".to_owned(),
    }
}

/// How a job ended that did not succeed.
pub(crate) fn end(job: &ExportJob) -> String {
    let reason = job.failure().map(|failure| format!(": {}", plain(&failure.to_string()))).unwrap_or_default();
    match &job.state {
        Some(ExportState::Failed) => format!("failed{reason}"),
        Some(ExportState::Cancelled) => format!("was cancelled{reason}"),
        _ => format!("ended, and whether it succeeded is not known: {}", state(job)),
    }
}

/// Collections done and to do; nothing when Atlas does not count them, or not yet.
pub(crate) fn progress(job: &ExportJob) -> Option<String> {
    let progress = counted(job)?;
    let percent = progress.fraction().map(|fraction| format!(" ({:.0} %)", (fraction * 100.0).floor()));
    Some(format!("{progress}{}", percent.unwrap_or_default()))
}

/// 0 of 0 is said of jobs that have not begun, and of tiny ones that are over.
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

/// The head of a table of jobs.
pub(crate) fn jobs_head() -> String {
    row(["JOB", "STATE", "COLLECTIONS", "CREATED (UTC)", "TOOK"])
}

pub(crate) fn job_row(job: &ExportJob) -> String {
    let state = job.state.as_ref().map_or("", |state| state.as_str());
    let collections = counted(job).map(|progress| format!("{} of {}", progress.exported, progress.total));
    let created = job.created_at.map(|created| created.format("%Y-%m-%d %H:%M").to_string());
    row([
        job.id.as_str(),
        &plain(state),
        &collections.unwrap_or_default(),
        &created.unwrap_or_default(),
        &took(job, ""),
    ])
}

fn row([id, state, collections, created, took]: [&str; 5]) -> String {
    format!("{id:<24}  {state:<11}  {collections:<12}  {created:<16}  {took}")
}

/// The bucket in lines of a name and a value.
pub(crate) fn bucket(bucket: &ExportBucket) -> String {
    let mut block = Block::new(format_args!("Export bucket {}", bucket.id()));
    block.line("Provider", bucket.cloud_provider());
    match bucket {
        ExportBucket::Aws(aws) => {
            block.line_of("Name", aws.bucket_name.as_ref());
            block.line_of("Region", aws.region.as_ref());
            block.line_of("IAM role", aws.iam_role_id.as_ref());
            let private = aws.require_private_networking.unwrap_or(false);
            block.line("Networking", if private { "private alone" } else { "public" });
        }
        ExportBucket::Azure(azure) => {
            block.line_of("Name", azure.bucket_name.as_ref());
            block.line_of("Service", azure.service_url.as_ref());
            block.line_of("Role", azure.role_id.as_ref());
            block.line_of("Tenant", azure.tenant_id.as_ref());
        }
        ExportBucket::Gcp(gcp) => {
            block.line_of("Name", gcp.bucket_name.as_ref());
            block.line_of("Role", gcp.role_id.as_ref());
        }
        ExportBucket::Unknown { document, .. } => {
            for (name, value) in document.iter().filter(|(name, _)| *name != "_id" && *name != "cloudProvider") {
                block.line(name, value);
            }
        }
        _ => {}
    }
    block.text
}

/// The head of a table of buckets.
pub(crate) fn buckets_head() -> String {
    bucket_cells(["BUCKET", "PROVIDER", "NAME"])
}

pub(crate) fn bucket_row(bucket: &ExportBucket) -> String {
    let name = match bucket {
        ExportBucket::Aws(aws) => aws.bucket_name.as_deref(),
        ExportBucket::Azure(azure) => azure.service_url.as_deref().or(azure.bucket_name.as_deref()),
        ExportBucket::Gcp(gcp) => gcp.bucket_name.as_deref(),
        _ => None,
    };
    bucket_cells([bucket.id().as_str(), &plain(bucket.cloud_provider()), &plain(name.unwrap_or_default())])
}

fn bucket_cells([id, provider, name]: [&str; 3]) -> String {
    format!("{id:<24}  {provider:<8}  {name}")
}

/// A terminal obeys control characters, whoever sent them.
fn plain(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// Lines of a name and a value.
struct Block {
    text: String,
}

impl Block {
    fn new(title: fmt::Arguments<'_>) -> Self {
        Self { text: format!("{title}\n") }
    }

    fn line(&mut self, name: &str, value: impl fmt::Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "  {:<12} {}", plain(name), plain(&value.to_string()));
    }

    fn line_of(&mut self, name: &str, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.line(name, value);
        }
    }

    /// The name stands before the first value alone.
    fn lines<T>(&mut self, name: &str, values: impl Iterator<Item = T>, text: impl Fn(T) -> String) {
        for (index, value) in values.enumerate() {
            self.line(if index == 0 { name } else { "" }, text(value));
        }
    }
}
