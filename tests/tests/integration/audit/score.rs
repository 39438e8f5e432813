//! How well findings agree with the table of expected verdicts.

use std::collections::BTreeMap;

use atlas_exports::audit::{Finding, MissingWhy, Rule, UnreadableWhat, Verdict};

use crate::world::answers::{Answer, Kind, Why};

/// A finding as an answer of the table.
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
        other => panic!("an unknown verdict: {other:?}"),
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
        other => panic!("an unknown reason: {other:?}"),
    }
}

/// What is wrong with a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mistake {
    /// It says that the snapshot is in its bucket, which it is not or cannot be known.
    FalseFine,
    /// It is an alarm although nothing is wrong.
    FalseAlarm,
    /// It is no alarm although something is wrong.
    MissedAlarm,
    OtherVerdict,
    OtherReason,
}

/// What is wrong with an answer, given those that are right.
pub(super) fn mistake(given: Answer, right: &[Answer]) -> Option<Mistake> {
    let fits = |answer: &Answer| answer.kind == given.kind && (answer.why.is_none() || answer.why == given.why);
    if right.iter().any(fits) {
        return None;
    }
    Some(if right.iter().any(|answer| answer.kind == given.kind) {
        Mistake::OtherReason
    } else if given.kind.is_fine() {
        Mistake::FalseFine
    } else if given.kind.is_alarm() && !right.iter().any(|answer| answer.kind.is_alarm()) {
        Mistake::FalseAlarm
    } else if !given.kind.is_alarm() && right.iter().all(|answer| answer.kind.is_alarm()) {
        Mistake::MissedAlarm
    } else {
        Mistake::OtherVerdict
    })
}

/// The sum of many findings.
#[derive(Debug, Default)]
pub(super) struct Score {
    pub(super) findings: usize,
    pub(super) mistakes: BTreeMap<Mistake, usize>,
    /// How often each answer was given, by the one that was expected first.
    pub(super) confusion: BTreeMap<(Answer, Answer), usize>,
    /// The first of each kind of mistake, to look into.
    pub(super) examples: BTreeMap<(Mistake, Answer, Answer, usize), String>,
    pub(super) rules: BTreeMap<u8, usize>,
}

impl Score {
    pub(super) fn add(&mut self, finding: &Finding, right: &[Answer], describe: impl FnOnce() -> String) {
        let given = answer(finding);
        self.findings += 1;
        *self.rules.entry(finding.rule.number()).or_default() += 1;
        *self.confusion.entry((right[0], given)).or_default() += 1;
        if let Some(mistake) = mistake(given, right) {
            *self.mistakes.entry(mistake).or_default() += 1;
            let n = self.mistakes[&mistake];
            self.examples.entry((mistake, right[0], given, if n < 60 { n } else { 0 })).or_insert_with(describe);
        }
    }

    fn count(&self, mistake: Mistake) -> usize {
        self.mistakes.get(&mistake).copied().unwrap_or_default()
    }

    /// Nothing is called fine or alarming that is not, and of a hundred findings at most one has the wrong reason.
    #[track_caller]
    pub(super) fn assert_no_grave_mistake(&self) {
        let grave = [Mistake::FalseFine, Mistake::FalseAlarm, Mistake::MissedAlarm].map(|mistake| self.count(mistake));
        let all: usize = self.mistakes.values().sum();
        assert!(grave == [0; 3] && all * 100 <= self.findings, "{}", self.report());
        assert!(self.findings > 0, "nothing was found");
    }

    pub(super) fn report(&self) -> String {
        let mut text = format!("{} findings, by rule {:?}\nmistakes {:?}\n", self.findings, self.rules, self.mistakes);
        for ((expected, given), count) in &self.confusion {
            if expected != given {
                text.push_str(&format!("{count:>7} expected {}, given {}\n", shown(*expected), shown(*given)));
            }
        }
        for ((mistake, expected, given, _), example) in &self.examples {
            text.push_str(&format!("{mistake:?}: expected {}, given {}: {example}\n", shown(*expected), shown(*given)));
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
