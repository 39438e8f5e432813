//! What an audit expects: how long each step may take, and what counts as an export.

use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// What [`judge`](super::judge()) expects of a cluster.
///
/// Atlas does not document how long a snapshot or an export takes, so each of these times can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// Greatest age of the newest exported snapshot. By default it follows from the backup schedule alone.
    ///
    /// With it, a cluster whose schedule cannot be read is judged by its jobs.
    pub max_age: Option<Duration>,
    /// Time from the moment a snapshot is due until it must be completed. 2 hours by default.
    pub snapshot_grace: Duration,
    /// Time from a completed snapshot until an export job must exist. 1 hour by default.
    pub start_grace: Duration,
    /// Time that an export job may take. 12 hours by default.
    pub run_grace: Duration,
    /// Time from the end of an export job until its `.complete` object must be there. 1 hour by default.
    pub marker_grace: Duration,
    /// How much earlier than due a snapshot may be dated and still count. 1 minute by default.
    pub clock_tolerance: Duration,
    /// Whether exports to a bucket other than that of the backup schedule count. Off by default.
    pub any_bucket: bool,
    /// Whether exports are created by other means than the backup schedule, so that [`max_age`](Self::max_age) alone
    /// decides where automatic export is off. Off by default.
    pub manual_exports: bool,
    /// Whether a snapshot that is due for several frequencies at once is exported for each of them. On by default.
    ///
    /// Atlas labels such a snapshot with the frequency that is kept longest. When off, a time at which a policy item
    /// that is kept longer is due as well is not counted as due.
    pub overlapping_frequencies: bool,
    /// Whether the bucket is asked for the `.complete` object of an export. Off by default.
    pub markers: bool,
    /// Whether the export jobs of each replica set of a sharded cluster are checked as well. Off by default.
    pub components: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            max_age: None,
            snapshot_grace: 2 * HOUR,
            start_grace: HOUR,
            run_grace: 12 * HOUR,
            marker_grace: HOUR,
            clock_tolerance: Duration::from_secs(60),
            any_bucket: false,
            manual_exports: false,
            overlapping_frequencies: true,
            markers: false,
            components: false,
        }
    }
}

impl Rules {
    /// Time from the moment a snapshot is due until its export must have ended.
    #[must_use]
    pub fn total_grace(&self) -> Duration {
        self.snapshot_grace.saturating_add(self.start_grace).saturating_add(self.run_grace)
    }
}
