//! How well findings agree with the table of expected verdicts.

use std::collections::BTreeMap;

use atlas_exports::audit::{Finding, MissingWhy, Rule, UnreadableWhat, Verdict};

use crate::world::answers::{Answer, Kind, Why};

/// A finding in the words of the table.
pub(super) fn answer(finding: &Finding) -> Answer {
    let (kind, why) = match finding.verdict {
        Verdict::Proved => (Kind::Proved, None),
        Verdict::Reported => (Kind::Reported, None),
        Verdict::Running => (Kind::Running, None),
        Verdict::NotDue => (Kind::NotDue, None),
        Verdict::Stale => (Kind::Stale, None),
        Verdict::Unsupported => (Kind::Unsupported, None),
        Verdict::Failed => (
            Kind::Failed,
            Some(match finding.rule {
                Rule::ExportStuck => Why::ExportStuck,
                Rule::ExportCancelled => Why::ExportCancelled,
                _ => Why::ExportFailed,
            }),
        ),
        Verdict::Missing { why, .. } => (Kind::Missing, Some(missing(why))),
        Verdict::Unreadable { what: UnreadableWhat::Frequency, .. } => (Kind::Unreadable, Some(Why::Frequency)),
        Verdict::Unreadable { what: UnreadableWhat::Bucket, .. } => (Kind::Unreadable, Some(Why::Bucket)),
        Verdict::Unreadable { .. } => (Kind::Unreadable, None),
        other => panic!("a verdict that nobody has heard of: {other:?}"),
    };
    Answer { kind, why }
}

fn missing(why: MissingWhy) -> Why {
    match why {
        MissingWhy::BackupOff => Why::BackupOff,
        MissingWhy::NotConfigured => Why::NotConfigured,
        MissingWhy::BucketGone => Why::BucketGone,
        MissingWhy::FrequencyHasNoSnapshots => Why::NoSuchSnapshots,
        MissingWhy::NoExport => Why::NoExport,
        MissingWhy::NotExportable => Why::NotExportable,
        MissingWhy::Elsewhere => Why::Elsewhere,
        MissingWhy::MarkerGone => Why::MarkerGone,
        MissingWhy::MarkerForeign => Why::MarkerForeign,
        MissingWhy::SnapshotFailed => Why::SnapshotFailed,
        MissingWhy::SnapshotLate => Why::SnapshotLate,
        MissingWhy::NoSnapshot => Why::NoSnapshot,
        MissingWhy::SnapshotGone => Why::SnapshotGone,
        other => panic!("a reason that nobody has heard of: {other:?}"),
    }
}

/// What is wrong with a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// It says that the snapshot is in its bucket, and nothing in the world allows to say so.
    FalseFine,
    /// Somebody is called to act for nothing.
    FalseAlarm,
    /// Nobody is called to act although something is wrong.
    MissedAlarm,
    OtherVerdict,
    OtherReason,
}

/// What is wrong with an answer, given those that are right.
pub(super) fn fault(given: Answer, right: &[Answer]) -> Option<Fault> {
    let fits = |answer: &Answer| answer.kind == given.kind && (answer.why.is_none() || answer.why == given.why);
    if right.iter().any(fits) {
        return None;
    }
    Some(if right.iter().any(|answer| answer.kind == given.kind) {
        Fault::OtherReason
    } else if given.kind.is_fine() {
        Fault::FalseFine
    } else if given.kind.is_alarm() && !right.iter().any(|answer| answer.kind.is_alarm()) {
        Fault::FalseAlarm
    } else if !given.kind.is_alarm() && right.iter().all(|answer| answer.kind.is_alarm()) {
        Fault::MissedAlarm
    } else {
        Fault::OtherVerdict
    })
}

/// The sum of many findings.
#[derive(Debug, Default)]
pub(super) struct Score {
    pub(super) findings: usize,
    pub(super) faults: BTreeMap<Fault, usize>,
    /// How often each answer was given, by the one that was expected first.
    pub(super) confusion: BTreeMap<(Answer, Answer), usize>,
    /// The first of each kind of fault, to look into.
    pub(super) examples: BTreeMap<(Fault, Answer, Answer, usize), String>,
    pub(super) rules: BTreeMap<u8, usize>,
}

impl Score {
    pub(super) fn add(&mut self, finding: &Finding, right: &[Answer], describe: impl FnOnce() -> String) {
        let given = answer(finding);
        self.findings += 1;
        *self.rules.entry(finding.rule.number()).or_default() += 1;
        *self.confusion.entry((right[0], given)).or_default() += 1;
        if let Some(fault) = fault(given, right) {
            *self.faults.entry(fault).or_default() += 1;
            let n = self.faults[&fault];
            self.examples.entry((fault, right[0], given, if n < 60 { n } else { 0 })).or_insert_with(describe);
        }
    }

    pub(super) fn count(&self, fault: Fault) -> usize {
        self.faults.get(&fault).copied().unwrap_or_default()
    }

    /// Share of the findings whose reason is right as well.
    pub(super) fn right_reasons(&self) -> f64 {
        let wrong: usize = self.faults.values().sum();
        1.0 - wrong as f64 / self.findings.max(1) as f64
    }

    pub(super) fn report(&self) -> String {
        let mut text = format!("{} findings, by rule {:?}\nfaults {:?}\n", self.findings, self.rules, self.faults);
        for ((expected, given), count) in &self.confusion {
            if expected != given {
                text.push_str(&format!("{count:>7} expected {}, given {}\n", shown(*expected), shown(*given)));
            }
        }
        for ((fault, expected, given, _), example) in &self.examples {
            text.push_str(&format!("{fault:?}: expected {}, given {}: {example}\n", shown(*expected), shown(*given)));
        }
        text
    }
}

fn shown(answer: Answer) -> String {
    match answer.why {
        Some(why) => format!("{:?}({why:?})", answer.kind),
        None => format!("{:?}", answer.kind),
    }
}
