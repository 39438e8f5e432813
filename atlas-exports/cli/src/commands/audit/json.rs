//! The report as one JSON document.

use atlas_exports::audit::{Finding, Report};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Judged;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    complete: bool,
    checked_at: Option<DateTime<Utc>>,
    clusters: Vec<Cluster<'a>>,
}

#[derive(Serialize)]
struct Cluster<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    /// The reason for which it does not count.
    allowed: Option<&'a str>,
}

pub(super) fn render(report: &Report, findings: &[Judged<'_>]) -> serde_json::Result<String> {
    let clusters = findings.iter().map(|judged| Cluster { finding: judged.finding, allowed: judged.allowed });
    let document = Document { complete: report.complete, checked_at: report.checked_at, clusters: clusters.collect() };
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}
