//! An export job, as a person wants to read it.

use std::fmt::Write;

use atlas_exports::ExportJob;
use chrono::{DateTime, Utc};

use super::span;

/// The job in lines of a name and a value; what Atlas did not tell is left out.
pub(crate) fn job(job: &ExportJob, now: DateTime<Utc>) -> String {
    let mut text = format!("Export job {}\n", job.id);
    let mut line = |name: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {name:<12} {}", plain(value));
    };
    line("State", &state(job));
    if let Some(progress) = progress(job) {
        line("Progress", &progress);
    }
    if let Some(failure) = job.failure() {
        line("Reason", &failure.to_string());
    }
    if let Some(created) = job.created_at {
        let age = match job.finished_at {
            None if !job.is_finished() => format!(", {} ago", span::words(now - created)),
            _ => String::new(),
        };
        line("Created", &format!("{}{age}", moment(created)));
    }
    if let Some(finished) = job.finished_at {
        let took = job.created_at.map(|created| format!(", after {}", span::words(finished - created)));
        line("Finished", &format!("{}{}", moment(finished), took.unwrap_or_default()));
    }
    if let Some(snapshot) = &job.snapshot_id {
        line("Snapshot", snapshot.as_str());
    }
    if let Some(bucket) = &job.export_bucket_id {
        line("Bucket", bucket.as_str());
    }
    if let Some(prefix) = &job.prefix {
        line("Folder", prefix);
    }
    for (index, component) in job.components.iter().flatten().enumerate() {
        let name = component.replica_set_name.as_deref().unwrap_or("unnamed");
        let id = component.export_id.as_ref().map_or("", |id| id.as_str());
        line(if index == 0 { "Components" } else { "" }, &format!("{name}  {id}"));
    }
    for (index, entry) in job.custom_data.iter().flatten().enumerate() {
        let (key, value) = (entry.key.as_deref().unwrap_or_default(), entry.value.as_deref().unwrap_or_default());
        line(if index == 0 { "Custom data" } else { "" }, &format!("{key} = {value}"));
    }
    text
}

/// The state's name; one that nobody knows is marked as such.
pub(crate) fn state(job: &ExportJob) -> String {
    match &job.state {
        Some(state) if state.is_known() => state.to_string(),
        Some(state) => format!("{state} (a state that this program does not know)"),
        None => "not told".to_owned(),
    }
}

/// Collections done and to do; nothing when Atlas does not count them.
fn progress(job: &ExportJob) -> Option<String> {
    let progress = job.progress()?;
    Some(match progress.fraction() {
        Some(fraction) => format!("{progress} ({:.0} %)", (fraction * 100.0).floor()),
        None => "no collections counted".to_owned(),
    })
}

fn moment(at: DateTime<Utc>) -> impl std::fmt::Display {
    at.format("%Y-%m-%d %H:%M:%S UTC")
}

/// A terminal obeys control characters, whoever sent them.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}
