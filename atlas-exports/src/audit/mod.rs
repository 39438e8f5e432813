//! Whether the last snapshot of each cluster is in its bucket.
//!
//! [`judge`](judge()) holds what was read of one cluster against what its backup schedule says, and returns a [`Finding`]: a
//! [`Verdict`], the [`Rule`] that decided, the evidence and what to do next. It does no I/O. What decides is the time of
//! the snapshot, not that of its export, and nothing is fine without proof: a list that was not read whole can show that
//! a snapshot was exported, and never that one was not.
//!
//! [`Client::audit`](crate::Client::audit) reads what is needed and judges all clusters of a project. Facts can also come
//! from anywhere else. [`need`](need()) returns what to read next.
//!
//! ```
//! use atlas_exports::audit::{Facts, Need, ProjectFacts, Reading, Rules, Verdict, judge, need};
//!
//! let now = "2026-08-10T20:00:00Z".parse()?;
//! let rules = Rules::default();
//! let mut facts = Facts::new(ProjectFacts::new("5f3c5a1e8e4b2a0012345678"));
//! assert_eq!(need(&facts, &rules, now), Some(Need::Cluster));
//!
//! facts.cluster = Reading::Whole(serde_json::from_str(r#"{"name": "Cluster0", "backupEnabled": false}"#)?);
//! assert_eq!(need(&facts, &rules, now), None);
//! let finding = judge(&facts, &rules, now);
//! assert!(matches!(finding.verdict, Verdict::Missing { .. }));
//! assert_eq!((finding.reason(), finding.rule.number()), ("backup_off", 4));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clock;
mod dates;
mod due;
mod evidence;
mod facts;
mod finding;
mod gather;
mod job_log;
mod judge;
mod next;
mod overdue;
mod proof;
mod reader;
mod report;
mod rules;
mod schedule;
#[cfg(test)]
mod tests;
mod verdict;

pub use self::{
    evidence::{MarkerFuture, MarkerStore},
    facts::{Buckets, Facts, Marker, ProjectFacts, Reading, Trouble},
    finding::{Evidence, Finding, JobEvidence, SnapshotEvidence},
    gather::Audit,
    job_log::JobLog,
    judge::{Need, judge, need},
    report::Report,
    rules::Rules,
    schedule::Frequency,
    verdict::{MissingWhy, Rule, Severity, UnreadableWhat, Verdict},
};
