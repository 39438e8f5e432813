//! The report for people: the worst first, with what to do next.

use std::{collections::BTreeSet, fmt::Write};

use atlas_exports::audit::{Finding, Report, Severity};
use unicode_width::UnicodeWidthStr;

use super::{Judged, completeness, counts, place};
use crate::render::{
    listing::{Column, Table},
    plain, span,
};

/// Widths are those of the names, and grow with the cells.
const COLUMNS: &[Column] = &[
    Column { name: "VERDICT", width: 7 },
    Column { name: "CLUSTER", width: 7 },
    Column { name: "EXPORTED SNAPSHOT (UTC)", width: 23 },
    Column { name: "AGE", width: 3 },
];

pub(super) fn render(report: &Report, findings: &[Judged<'_>], width: Option<usize>) -> String {
    let projects: BTreeSet<_> = findings.iter().filter_map(|judged| judged.finding.project.as_deref()).collect();
    // The last line names a project that all clusters have in common.
    let is_one = projects.len() == 1 && findings.iter().all(|judged| judged.finding.project.is_some());
    let rows: Vec<_> = findings.iter().map(|judged| row(report, judged.finding, is_one)).collect();
    let table = Table::of_rows(COLUMNS, &rows, width);
    let mut text = if findings.is_empty() { String::new() } else { table.head() };
    for (judged, row) in findings.iter().zip(&rows) {
        text.push_str(&table.row(row));
        details(judged).iter().for_each(|line| text.push_str(&wrapped(line, "  ", width)));
    }
    text + &wrapped(&summary(report, findings, is_one), "", width)
}

fn row(report: &Report, finding: &Finding, is_one: bool) -> Vec<String> {
    let exported = finding.snapshot_at();
    let age = exported.zip(report.checked_at).map(|(exported, now)| span::words(now - exported));
    let name = finding.cluster.clone().filter(|_| is_one);
    vec![
        finding.verdict.as_str().to_owned(),
        name.unwrap_or_else(|| place(finding)),
        exported.map(|at| at.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default(),
        age.unwrap_or_default(),
    ]
}

fn details(judged: &Judged<'_>) -> Vec<String> {
    let finding = judged.finding;
    let mut lines = Vec::new();
    lines.extend(judged.allowed.map(|reason| format!("allowed: {reason}")));
    if finding.verdict.severity() != Severity::Fine || finding.rule.number() != 13 {
        lines.push(format!("{} ({}, rule {})", finding.message, finding.reason(), finding.rule.number()));
    }
    lines.extend(finding.notes.iter().map(|note| format!("note: {note}")));
    let next = finding.next.as_ref().filter(|_| judged.allowed.is_none());
    lines.extend(next.map(|next| format!("next: {next}")));
    lines
}

fn summary(report: &Report, findings: &[Judged<'_>], is_one: bool) -> String {
    let counts = counts(findings).into_iter().map(|(verdict, count)| format!("{count} {verdict}"));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let counts = if counts.is_empty() { "no clusters".to_owned() } else { counts };
    let project = findings.first().map(|judged| judged.finding).filter(|_| is_one);
    let project = project.and_then(|finding| finding.project_name.as_deref().or(finding.project.as_deref()));
    let project = project.map(|project| format!(" in project {}", plain(project))).unwrap_or_default();
    let at = report.checked_at.map(|at| format!(" at {}", at.format("%Y-%m-%d %H:%M UTC"))).unwrap_or_default();
    format!("{counts}{project}{at}; {}", completeness(report))
}

/// Text on as many lines as it takes. Words that are wider than the terminal stay whole.
fn wrapped(text: &str, indent: &str, width: Option<usize>) -> String {
    let mut lines = String::new();
    let mut line = indent.to_owned();
    let mut is_empty = true;
    for word in plain(text).split_whitespace() {
        if !is_empty && width.is_some_and(|width| line.width() + 1 + word.width() > width) {
            let _ = writeln!(lines, "{line}");
            line = format!("{indent}  ");
            is_empty = true;
        }
        let blank = if std::mem::replace(&mut is_empty, false) { "" } else { " " };
        let _ = write!(line, "{blank}{word}");
    }
    let _ = writeln!(lines, "{line}");
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_between_words_and_not_without_a_terminal() {
        assert_eq!(wrapped("one two three", "  ", None), "  one two three\n");
        assert_eq!(wrapped("one two three", "  ", Some(10)), "  one two\n    three\n");
        assert_eq!(wrapped("one two", "", Some(5)), "one\n  two\n");
        assert_eq!(wrapped("0123456789abc 0 1", "", Some(8)), "0123456789abc\n  0 1\n");
    }
}
