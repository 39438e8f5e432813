//! What may happen to a snapshot and to its export, and how likely it is.

use crate::world::time::{DAY, HOUR, MINUTE, Time};

/// What is unknown about the live service, and simulated both ways.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Assumptions {
    /// A snapshot that serves several items names them all, not only the one of the longest retention.
    pub(crate) names_all_items: bool,
    /// A snapshot that is labelled with another frequency than the export's is exported all the same.
    pub(crate) exports_across_labels: bool,
    /// At most five replica sets of a project are exported at a time.
    pub(crate) queue_of_five: bool,
    /// The jobs of a deleted cluster are listed under the next cluster of its name.
    pub(crate) jobs_outlive_cluster: bool,
    /// The marker comes after the job is over.
    pub(crate) marker_after_end: bool,
}

impl Assumptions {
    pub(crate) fn draw(random: &mut fastrand::Rng) -> Self {
        Self {
            names_all_items: random.bool(),
            exports_across_labels: random.bool(),
            queue_of_five: random.bool(),
            jobs_outlive_cluster: random.bool(),
            marker_after_end: random.bool(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SnapshotOutcome {
    Completed,
    Failed,
    Fallback,
    /// None is taken.
    Skipped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExportOutcome {
    Successful,
    /// After this many percent of the collections.
    Failed(u32),
    Cancelled,
    /// It never ends.
    Stuck,
    /// None is started.
    NotStarted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkerOutcome {
    /// Written when the copy is complete.
    Comes,
    /// Never written, whatever the state of the job, and the data is incomplete.
    Missing,
    /// That of another cluster is written.
    Foreign,
    /// Written to a complete copy, whatever the state of the job.
    Regardless,
}

/// What happens to a due snapshot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Night {
    pub(crate) snapshot: SnapshotOutcome,
    /// From the due time to the start of the snapshot.
    pub(crate) snapshot_delay: Time,
    pub(crate) snapshot_run: Time,
    /// Whether it is listed while it waits for its start.
    pub(crate) listed_early: bool,
    pub(crate) export: Export,
}

/// What happens to an export.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Export {
    pub(crate) outcome: ExportOutcome,
    /// From the end of the snapshot to the creation of the job.
    pub(crate) delay: Time,
    pub(crate) run: Time,
    pub(crate) marker: MarkerOutcome,
    /// Between the end of the job and the marker.
    pub(crate) marker_gap: Time,
}

impl Night {
    /// A night on which everything goes well.
    pub(crate) fn good() -> Self {
        Self {
            snapshot: SnapshotOutcome::Completed,
            snapshot_delay: 2 * MINUTE,
            snapshot_run: 9 * MINUTE,
            listed_early: true,
            export: Export::good(),
        }
    }

    pub(crate) fn draw(random: &mut fastrand::Rng, error_rate: f64) -> Self {
        let mut chance = Chance { random, error_rate };
        let snapshot = chance.one_of([
            (0.02, SnapshotOutcome::Failed),
            (0.012, SnapshotOutcome::Fallback),
            (0.015, SnapshotOutcome::Skipped),
        ]);
        let late = chance.happens(0.02);
        let random = chance.random;
        Self {
            snapshot: snapshot.unwrap_or(SnapshotOutcome::Completed),
            snapshot_delay: random.i64(0..15 * MINUTE) + if late { random.i64(HOUR..5 * HOUR) } else { 0 },
            snapshot_run: random.i64(3 * MINUTE..20 * MINUTE),
            listed_early: random.bool(),
            export: Export::draw(random, error_rate),
        }
    }
}

impl Export {
    pub(crate) fn good() -> Self {
        Self {
            outcome: ExportOutcome::Successful,
            delay: 4 * MINUTE,
            run: 15 * MINUTE,
            marker: MarkerOutcome::Comes,
            marker_gap: MINUTE,
        }
    }

    pub(crate) fn draw(random: &mut fastrand::Rng, error_rate: f64) -> Self {
        let mut chance = Chance { random, error_rate };
        let percent = [0, 50, 100][chance.random.usize(0..3)];
        let outcome = chance.one_of([
            (0.025, ExportOutcome::NotStarted),
            (0.025, ExportOutcome::Failed(percent)),
            (0.012, ExportOutcome::Cancelled),
            (0.006, ExportOutcome::Stuck),
        ]);
        let marker = chance.one_of([
            (0.01, MarkerOutcome::Missing),
            (0.006, MarkerOutcome::Foreign),
            (0.006, MarkerOutcome::Regardless),
        ]);
        let slow_start = chance.happens(0.02);
        let long = chance.happens(0.06);
        let very_long = chance.happens(0.01);
        let random = chance.random;
        Self {
            outcome: outcome.unwrap_or(ExportOutcome::Successful),
            delay: random.i64(MINUTE..40 * MINUTE) + if slow_start { random.i64(HOUR..4 * HOUR) } else { 0 },
            run: match (very_long, long) {
                (true, _) => random.i64(12 * HOUR..DAY),
                (_, true) => random.i64(2 * HOUR..11 * HOUR),
                _ => random.i64(5 * MINUTE..70 * MINUTE),
            },
            marker: marker.unwrap_or(MarkerOutcome::Comes),
            marker_gap: random.i64(0..45 * MINUTE),
        }
    }
}

struct Chance<'a> {
    random: &'a mut fastrand::Rng,
    error_rate: f64,
}

impl Chance<'_> {
    fn happens(&mut self, share: f64) -> bool {
        self.random.f64() < share * self.error_rate
    }

    fn one_of<T: Copy, const N: usize>(&mut self, shares: [(f64, T); N]) -> Option<T> {
        let mut at = self.random.f64();
        for (share, outcome) in shares {
            at -= share * self.error_rate;
            if at < 0.0 {
                return Some(outcome);
            }
        }
        None
    }
}
