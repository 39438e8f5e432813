//! The report as metrics in the text format of Prometheus, with timestamps instead of ages.

use std::fmt::Write;

use atlas_exports::audit::{Report, Rule};
use chrono::{DateTime, Utc};

use super::Judged;

pub(super) fn render(report: &Report, findings: &[Judged<'_>]) -> String {
    let mut text = String::new();
    let exported = findings.iter().filter_map(|judged| {
        let exported = judged.finding.evidence.exported.as_ref()?;
        let bucket = exported.bucket_id.as_deref().unwrap_or_default();
        Some((labels(judged, &[("bucket", bucket)]), exported.snapshot_at?))
    });
    timestamps(
        &mut text,
        "atlas_export_snapshot_timestamp_seconds",
        "Time of the newest exported snapshot of a cluster.",
        exported,
    );
    let due = findings.iter().filter_map(|judged| Some((labels(judged, &[]), judged.finding.evidence.due_at?)));
    timestamps(&mut text, "atlas_export_due_timestamp_seconds", "Time when the snapshot in question was due.", due);
    let running = findings.iter().filter_map(|judged| {
        let job = judged.finding.evidence.job.as_ref().filter(|_| judged.finding.rule == Rule::ExportRunning)?;
        Some((labels(judged, &[]), job.created_at?))
    });
    timestamps(&mut text, "atlas_export_running_since_seconds", "Time when the export that runs was created.", running);

    family(&mut text, "atlas_export_verdict", "What is said of a cluster, always 1.");
    for judged in findings {
        let allowed = if judged.allowed.is_some() { "true" } else { "false" };
        let finding = judged.finding;
        let more = [("verdict", finding.verdict.as_str()), ("reason", finding.reason()), ("allowed", allowed)];
        let _ = writeln!(text, "atlas_export_verdict{} 1", labels(judged, &more));
    }
    let at = report.checked_at.map(|at| (String::new(), at));
    timestamps(&mut text, "atlas_export_audit_timestamp_seconds", "Time when the audit ended.", at.into_iter());
    family(&mut text, "atlas_export_audit_complete", "Whether everything could be read, 1 or 0.");
    let _ = writeln!(text, "atlas_export_audit_complete {}", u8::from(report.complete));
    text
}

fn timestamps(text: &mut String, name: &str, help: &str, samples: impl Iterator<Item = (String, DateTime<Utc>)>) {
    family(text, name, help);
    for (labels, at) in samples {
        let _ = writeln!(text, "{name}{labels} {}", at.timestamp());
    }
}

fn family(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn labels(judged: &Judged<'_>, more: &[(&str, &str)]) -> String {
    let project = judged.finding.project.as_deref().unwrap_or_default();
    let cluster = judged.finding.cluster.as_deref().unwrap_or_default();
    let labels = [("project", project), ("cluster", cluster)];
    let labels = labels.iter().chain(more).map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
    format!("{{{}}}", labels.collect::<Vec<_>>().join(","))
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_values_are_escaped() {
        assert_eq!(escaped("a\\b\"c\nd"), r#"a\\b\"c\nd"#);
    }
}
