//! The report for a pull request.

use std::fmt::Write;

use super::{
    text::{WORST_FIRST, count, headline},
    verdict::{Change, Report, Verdict},
};

pub(super) fn render(report: &Report) -> String {
    let mut text = format!("### Contract: {}\n", report.verdict);
    if report.changes.is_empty() {
        text.push_str("\nNothing changed in meaning.\n");
        return text;
    }
    let _ = writeln!(text, "\n{}: {}.", count(&report.changes), headline(report.verdict));
    for verdict in WORST_FIRST {
        let changes: Vec<_> = report.changes.iter().filter(|change| change.verdict() == verdict).collect();
        if changes.is_empty() {
            continue;
        }
        // Few want to read these, and there may be many.
        let folded = verdict == Verdict::Cosmetic;
        let number = changes.len();
        if folded {
            let _ = writeln!(text, "\n<details><summary>{verdict} ({number})</summary>");
        } else {
            let _ = writeln!(text, "\n#### {verdict} ({number})");
        }
        text.push_str("\n| where | what | wire | rust | item | why |\n|---|---|---|---|---|---|\n");
        for Change { place, what, wire, rust, item, why } in changes {
            let (place, item) = (code(place), code(item));
            let (what, why) = (cell(what), cell(why));
            let _ = writeln!(text, "| {place} | {what} | {wire} | {rust} | {item} | {why} |");
        }
        if folded {
            text.push_str("\n</details>\n");
        }
    }
    text
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

/// A text that is shown letter for letter.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|").replace('`', "'").replace(['\n', '\r'], " "))
}
