//! What can be said of a cluster, and the rules that say it.

use std::fmt;

/// What is said of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The last snapshot is in its bucket, and the bucket says so too.
    Proved,
    /// The last snapshot is in its bucket, as Atlas says.
    Reported,
    /// The export is under way or about to begin.
    Running,
    /// No snapshot has to be in the bucket yet.
    NotDue,
    /// The newest exported snapshot is too old.
    Stale,
    /// The export of the last snapshot did not succeed. Atlas does not try again.
    Failed,
    /// The last snapshot is not in its bucket.
    #[non_exhaustive]
    Missing {
        /// The first thing that went wrong.
        why: MissingWhy,
    },
    /// Nothing can be said, because something could not be read.
    #[non_exhaustive]
    Unreadable {
        /// What could not be read.
        what: UnreadableWhat,
    },
    /// Snapshots of such a cluster cannot be exported.
    Unsupported,
}

impl Verdict {
    pub(crate) const fn missing(why: MissingWhy) -> Self {
        Self::Missing { why }
    }

    pub(crate) const fn unreadable(what: UnreadableWhat) -> Self {
        Self::Unreadable { what }
    }

    /// The verdict in snake_case, such as `not_due`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Reported => "reported",
            Self::Running => "running",
            Self::NotDue => "not_due",
            Self::Stale => "stale",
            Self::Failed => "failed",
            Self::Missing { .. } => "missing",
            Self::Unreadable { .. } => "unreadable",
            Self::Unsupported => "unsupported",
        }
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::Proved | Self::Reported | Self::Running | Self::NotDue | Self::Unsupported => Severity::Fine,
            Self::Stale => Severity::Stale,
            Self::Unreadable { .. } => Severity::Unreadable,
            Self::Failed | Self::Missing { .. } => Severity::Missing,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How bad a verdict is, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Nothing has to be done.
    Fine,
    /// Data in the bucket is too old.
    Stale,
    /// Nothing can be said.
    Unreadable,
    /// A snapshot is not where it should be.
    Missing,
}

macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$variant_meta])* $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code in snake_case.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

codes! {
    /// Why a snapshot is not in its bucket.
    MissingWhy {
        /// Backups are off, so no snapshots are taken.
        BackupOff = "backup_off",
        /// Automatic export is off.
        NotConfigured = "not_configured",
        /// The export bucket of the backup schedule is not among those of the project.
        BucketGone = "bucket_gone",
        /// The backup policy takes no snapshots of the frequency that is exported.
        FrequencyHasNoSnapshots = "frequency_has_no_snapshots",
        /// There is a snapshot, and no export job for it.
        NoExport = "no_export",
        /// There is only a fallback snapshot, which cannot be exported.
        NotExportable = "not_exportable",
        /// The snapshot was exported to another bucket.
        Elsewhere = "elsewhere",
        /// The export succeeded, but its `.complete` object is not in the bucket.
        MarkerGone = "marker_gone",
        /// The `.complete` object in the bucket is of another cluster or snapshot.
        MarkerForeign = "marker_foreign",
        /// The snapshot failed.
        SnapshotFailed = "snapshot_failed",
        /// The snapshot has not been completed in time.
        SnapshotLate = "snapshot_late",
        /// No snapshot was taken.
        NoSnapshot = "no_snapshot",
        /// The snapshot was deleted before it was exported.
        SnapshotGone = "snapshot_gone",
    }
}

codes! {
    /// What could not be read.
    UnreadableWhat {
        /// The time of the service.
        Time = "time",
        /// The projects that the credentials have access to.
        Projects = "projects",
        /// The clusters of the project.
        Clusters = "clusters",
        /// The backup schedule.
        Schedule = "schedule",
        /// The frequency whose snapshots are exported.
        Frequency = "frequency",
        /// The export buckets of the project.
        Buckets = "buckets",
        /// The export bucket of the backup schedule, which this version of the API does not show.
        Bucket = "bucket",
        /// The export jobs.
        Jobs = "jobs",
        /// How an export job ended.
        JobState = "job_state",
        /// The snapshots.
        Snapshots = "snapshots",
    }
}

macro_rules! rules {
    ($($(#[$meta:meta])* $variant:ident = $number:literal, $code:literal;)+) => {
        /// The rule that decided; the first that applies does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule { $($(#[$meta])* $variant = $number,)+ }

        impl Rule {
            /// All rules, in the order in which they are tried.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Number of the rule, which never changes.
            #[must_use]
            pub fn number(self) -> u8 {
                match self { $(Self::$variant => $number,)+ }
            }

            /// Name of the rule in snake_case.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

rules! {
    /// The clusters of the project cannot be read.
    ClustersUnreadable = 1, "clusters_unreadable";
    /// Snapshots of the cluster's tier cannot be exported.
    TierUnsupported = 2, "tier_unsupported";
    /// The cluster is being created or deleted.
    ClusterInTransition = 3, "cluster_in_transition";
    /// Backups are off.
    BackupOff = 4, "backup_off";
    /// The backup schedule cannot be read.
    ScheduleUnreadable = 5, "schedule_unreadable";
    /// Automatic export is off.
    ExportNotConfigured = 6, "export_not_configured";
    /// The export bucket of the schedule is not among those of the project.
    BucketNotListed = 7, "bucket_not_listed";
    /// No snapshots of the frequency that is exported are taken.
    FrequencyWithoutSnapshots = 8, "frequency_without_snapshots";
    /// The export jobs cannot be read.
    JobsUnreadable = 9, "jobs_unreadable";
    /// A list, or an item in it, was not read whole and what was read proves nothing.
    ListIncomplete = 10, "list_incomplete";
    /// The cluster is paused.
    ClusterPaused = 11, "cluster_paused";
    /// No snapshot has been due since cluster, policy item, bucket or schedule came into being.
    NothingDueYet = 12, "nothing_due_yet";
    /// The last snapshot that was due was exported.
    ExportSuccessful = 13, "export_successful";
    /// The snapshot is being exported.
    ExportRunning = 14, "export_running";
    /// The export of the snapshot takes too long.
    ExportStuck = 15, "export_stuck";
    /// The export of the snapshot failed.
    ExportFailed = 16, "export_failed";
    /// The export of the snapshot was cancelled.
    ExportCancelled = 17, "export_cancelled";
    /// The snapshot is there, and no export of it was started.
    ExportNotStarted = 18, "export_not_started";
    /// The snapshot is there, and its export is about to start.
    ExportAwaited = 19, "export_awaited";
    /// No snapshot was completed since it was due.
    SnapshotNotCompleted = 20, "snapshot_not_completed";
    /// The snapshot that was due is not listed any more.
    SnapshotExpired = 21, "snapshot_expired";
    /// The newest exported snapshot is older than allowed.
    OlderThanAllowed = 22, "older_than_allowed";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_numbered_from_1_in_the_order_in_which_they_stand() {
        let numbers: Vec<_> = Rule::ALL.iter().map(|rule| rule.number()).collect();
        assert_eq!(numbers, (1..=22).collect::<Vec<_>>());
        assert_eq!(Rule::ExportFailed.to_string(), "16 export_failed");
    }
}
