//! The report of `doctor`: a line for each check, without secrets and with ids shortened.

use std::fmt::Write;

use serde::Serialize;

use crate::render::plain;

/// Result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Ok,
    Warning,
    Failure,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) status: Status,
    pub(super) text: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<String>,
}

/// All checks, in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Report {
    program: String,
    requests: usize,
    checks: Vec<Check>,
}

impl Report {
    pub(super) fn new(program: String) -> Self {
        Self { program, requests: 0, checks: Vec::new() }
    }

    pub(super) fn ok(&mut self, name: &'static str, text: impl Into<String>) {
        self.push(name, Status::Ok, text.into(), None);
    }

    pub(super) fn warning(&mut self, name: &'static str, text: impl Into<String>, advice: impl Into<String>) {
        self.push(name, Status::Warning, text.into(), Some(advice.into()));
    }

    pub(super) fn failure(&mut self, name: &'static str, text: impl Into<String>, advice: impl Into<String>) {
        self.push(name, Status::Failure, text.into(), Some(advice.into()));
    }

    fn push(&mut self, name: &'static str, status: Status, text: String, advice: Option<String>) {
        let clean = |text: String| shorten(&plain(&text));
        self.checks.push(Check { name, status, text: clean(text), advice: advice.map(clean) });
    }

    pub(super) fn set_requests(&mut self, requests: usize) {
        self.requests = requests;
    }

    /// Returns the worst status.
    pub(super) fn status(&self) -> Status {
        self.checks.iter().map(|check| check.status).max().unwrap_or(Status::Ok)
    }

    /// Returns the report for people.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n\n", self.program);
        for Check { name, status, text: found, advice } in &self.checks {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{:<8} {name:<12} {found}", status.as_str());
            if let Some(advice) = advice {
                let _ = writeln!(text, "{:<8} {:<12} {advice}", "", "->");
            }
        }
        let _ = writeln!(text, "\nrequests sent: {}", self.requests);
        text
    }

    /// Returns the report as JSON.
    pub(super) fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

/// Number of digits of an Atlas id.
const ID: usize = 24;

/// Returns the text with each id reduced to its first and last four digits.
fn shorten(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|char: char| char.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(start);
        let length = from.find(|char: char| !char.is_ascii_hexdigit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(length);
        short.push_str(before);
        match (digits.get(..4), digits.get(ID - 4..)) {
            (Some(first), Some(last)) if digits.len() == ID => {
                short.push_str(first);
                short.push('…');
                short.push_str(last);
            }
            _ => short.push_str(digits),
        }
        rest = after;
    }
    short + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_shortened_wherever_they_stand() {
        for (text, short) in [
            ("5f3c5a1e8e4b2a0012345678", "5f3c…5678"),
            ("project 5f3c5a1e8e4b2a0012345678: no", "project 5f3c…5678: no"),
            ("/groups/5f3c5a1e8e4b2a0012345678/x/5fb1a8c0e2c4d84c1e4f0a01", "/groups/5f3c…5678/x/5fb1…0a01"),
            ("mdb_sa_id_5f3c5a1e8e4b2a0012345678", "mdb_sa_id_5f3c…5678"),
            ("a face of 12 bytes", "a face of 12 bytes"),
            ("7c2b5d1e0f3a4b8d9a615e4f2d3c1b0a", "7c2b5d1e0f3a4b8d9a615e4f2d3c1b0a"),
            ("", ""),
        ] {
            assert_eq!(shorten(text), short);
        }
    }

    #[test]
    fn a_report_has_a_line_for_each_check_and_what_to_do() {
        let mut report = Report::new("atlas-exports 0.1.0".to_owned());
        report.ok("address", "https://cloud.mongodb.com");
        report.warning("clock", "this machine is 90 s behind", "set the clock");
        assert_eq!(report.status(), Status::Warning);
        report.failure("buckets", "403\u{1b}", "grant Project Read Only");
        report.set_requests(3);
        assert_eq!(report.status(), Status::Failure);
        let expected = "\
atlas-exports 0.1.0

ok       address      https://cloud.mongodb.com
warning  clock        this machine is 90 s behind
         ->           set the clock
failure  buckets      403 
         ->           grant Project Read Only

requests sent: 3
";
        assert_eq!(report.text(), expected);
        let json: serde_json::Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        assert_eq!((&json["requests"], &json["checks"][1]["status"]), (&3.into(), &"warning".into()));
    }
}
