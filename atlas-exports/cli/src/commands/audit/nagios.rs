//! The report in one line, as monitoring plugins print it, with performance data.

use atlas_exports::audit::{Report, Severity};

use super::{Judged, code, completeness, counts, place};
use crate::render::plain;

/// More than any monitoring shows of a line.
const MAX_NAMED: usize = 10;

const VERDICTS: [&str; 9] =
    ["proved", "reported", "running", "not_due", "stale", "failed", "missing", "unreadable", "unsupported"];

pub(super) fn render(report: &Report, findings: &[Judged<'_>]) -> String {
    let status = match code(findings) {
        0 => "OK",
        1 => "WARNING",
        2 => "CRITICAL",
        _ => "UNKNOWN",
    };
    let bad: Vec<_> = findings.iter().filter(|judged| judged.severity() != Severity::Fine).collect();
    let named = bad.iter().take(MAX_NAMED).map(|judged| {
        let finding = judged.finding;
        format!("{} {} ({})", place(finding), finding.verdict, finding.reason())
    });
    let mut parts: Vec<_> = named.collect();
    if bad.len() > MAX_NAMED {
        parts.push(format!("{} more", bad.len() - MAX_NAMED));
    }
    if parts.is_empty() {
        parts.push(format!("{} clusters", findings.len()));
    }
    let allowed = findings.iter().filter(|judged| judged.allowed.is_some()).count();
    if allowed > 0 {
        parts.push(format!("{allowed} allowed"));
    }
    if !report.complete {
        parts.push(completeness(report).to_owned());
    }
    let counts = counts(findings);
    let count = |verdict| counts.iter().find(|(name, _)| *name == verdict).map_or(0, |(_, count)| *count);
    let data = VERDICTS.map(|verdict| format!("{verdict}={}", count(verdict))).join(" ");
    format!("ATLAS EXPORTS {status} - {} | {data} allowed={allowed}\n", line(&parts.join(", ")))
}

/// The line of an audit that could not start.
pub(super) fn problem(text: &str) -> String {
    format!("ATLAS EXPORTS UNKNOWN - {}\n", line(text.lines().next().unwrap_or_default()))
}

/// Text without what has a meaning of its own in a line.
fn line(text: &str) -> String {
    plain(text).replace('|', "/")
}
