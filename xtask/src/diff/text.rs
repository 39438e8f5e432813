//! The report for people who sit at a terminal.

use std::fmt::Write;

use super::verdict::{Change, Report, Verdict};

/// Verdicts in the order in which they are told.
pub(super) const WORST_FIRST: [Verdict; 4] =
    [Verdict::Breaking, Verdict::Person, Verdict::Compatible, Verdict::Cosmetic];

pub(super) fn render(report: &Report) -> String {
    if report.changes.is_empty() {
        return "Nothing changed in meaning.\n".to_owned();
    }
    let mut text = format!("{}: {}\n", count(&report.changes), headline(report.verdict));
    for verdict in WORST_FIRST {
        let changes: Vec<_> = report.changes.iter().filter(|change| change.verdict() == verdict).collect();
        if changes.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n{verdict}");
        for Change { place, what, wire, rust, item, why } in changes {
            let _ = writeln!(text, "  {place}: {what} [wire {wire}, rust {rust}, {item}]: {why}");
        }
    }
    text
}

pub(super) fn count(changes: &[Change]) -> String {
    match changes.len() {
        1 => "1 change".to_owned(),
        number => format!("{number} changes"),
    }
}

/// What a verdict means, in a few words.
pub(super) fn headline(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::None => "nothing changed in meaning",
        Verdict::Cosmetic => "for readers only",
        Verdict::Compatible => "everybody goes on as before",
        Verdict::Person => "a person has to look",
        Verdict::Breaking => "somebody stops working",
    }
}
