//! What an audit may say, in words of its own.

use super::time::{HOUR, Time};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    Proved,
    Reported,
    Running,
    NotDue,
    Stale,
    Failed,
    Missing,
    Unreadable,
    Unsupported,
}

impl Kind {
    /// Whether it says that the last snapshot is in its bucket.
    pub(crate) fn is_fine(self) -> bool {
        matches!(self, Self::Proved | Self::Reported)
    }

    /// Whether somebody has to act.
    pub(crate) fn is_alarm(self) -> bool {
        matches!(self, Self::Stale | Self::Failed | Self::Missing)
    }
}

/// Why, as far as it matters which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Why {
    BackupOff,
    NotConfigured,
    BucketGone,
    NoSuchSnapshots,
    NoExport,
    NotExportable,
    SnapshotFailed,
    SnapshotLate,
    NoSnapshot,
    SnapshotGone,
    Elsewhere,
    MarkerGone,
    MarkerForeign,
    ExportFailed,
    ExportCancelled,
    ExportStuck,
    Frequency,
    Bucket,
}

/// A verdict, and the reason where only one is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Answer {
    pub(crate) kind: Kind,
    pub(crate) why: Option<Why>,
}

impl Answer {
    pub(crate) fn because(kind: Kind, why: Why) -> Self {
        Self { kind, why: Some(why) }
    }
}

impl From<Kind> for Answer {
    fn from(kind: Kind) -> Self {
        Self { kind, why: None }
    }
}

/// How patient the auditor is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) snapshot: Time,
    pub(crate) start: Time,
    pub(crate) run: Time,
    pub(crate) marker: Time,
    /// Limit of age; by default that of the frequency and the patience above.
    pub(crate) max_age: Option<Time>,
}

impl Default for Patience {
    fn default() -> Self {
        Self { snapshot: 2 * HOUR, start: HOUR, run: 12 * HOUR, marker: HOUR, max_age: None }
    }
}

/// What the auditor can look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sources {
    /// It uses version 1.0 of the API, which knows of no bucket outside AWS.
    pub(crate) v1: bool,
    pub(crate) markers: bool,
}
