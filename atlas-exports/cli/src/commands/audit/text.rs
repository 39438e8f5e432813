//! The report for people: the worst first, with what to do next.

use std::fmt::Write;

use atlas_exports::audit::{Report, Severity};

use super::{Judged, completeness, counts, place};
use crate::render::{
    listing::{Column, Table},
    plain, span,
};

const COLUMNS: &[Column] = &[
    Column { name: "VERDICT", width: 11 },
    Column { name: "CLUSTER", width: 30 },
    Column { name: "EXPORTED SNAPSHOT (UTC)", width: 23 },
    Column { name: "AGE", width: 11 },
];

pub(super) fn render(report: &Report, findings: &[Judged<'_>], width: Option<usize>) -> String {
    let table = Table::new(COLUMNS, width);
    let mut text = if findings.is_empty() { String::new() } else { table.head() };
    for judged in findings {
        let finding = judged.finding;
        let exported = finding.snapshot_at();
        let age = exported.zip(report.checked_at).map(|(exported, now)| span::words(now - exported));
        text.push_str(&table.row(&[
            finding.verdict.as_str().to_owned(),
            place(finding),
            exported.map(|at| at.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default(),
            age.unwrap_or_default(),
        ]));
        if let Some(reason) = judged.allowed {
            indented(&mut text, &format!("allowed: {reason}"));
        }
        if finding.verdict.severity() != Severity::Fine || finding.rule.number() != 13 {
            indented(&mut text, &format!("{} ({}, rule {})", finding.message, finding.reason(), finding.rule.number()));
        }
        finding.notes.iter().for_each(|note| indented(&mut text, &format!("note: {note}")));
        if let Some(next) = finding.next.as_ref().filter(|_| judged.allowed.is_none()) {
            indented(&mut text, &format!("next: {next}"));
        }
    }
    let counts = counts(findings).into_iter().map(|(verdict, count)| format!("{count} {verdict}"));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let counts = if counts.is_empty() { "no clusters".to_owned() } else { counts };
    let at = report.checked_at.map(|at| format!(" at {}", at.format("%Y-%m-%d %H:%M UTC"))).unwrap_or_default();
    let _ = writeln!(text, "{counts}{at}; {}", completeness(report));
    text
}

fn indented(text: &mut String, line: &str) {
    let _ = writeln!(text, "  {}", plain(line));
}
