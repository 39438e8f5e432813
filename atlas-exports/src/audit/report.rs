//! What an audit found, of all clusters.

use chrono::{DateTime, SubsecRound, Utc};
use serde::Serialize;

use super::{Finding, Severity};

/// What an audit found. It serializes as an object with `complete`, `checkedAt` and `clusters`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// Whether everything that was asked for was read. Otherwise there may be clusters that are not in the report.
    pub complete: bool,
    /// When the audit ended, by the clock of the service, which tells whole seconds. `None` when no response told the
    /// time.
    pub checked_at: Option<DateTime<Utc>>,
    /// The findings, the worst first, then by project and cluster.
    #[serde(rename = "clusters")]
    pub findings: Vec<Finding>,
}

impl Report {
    /// Creates a report of findings in any order.
    #[must_use]
    pub fn new(mut findings: Vec<Finding>, checked_at: Option<DateTime<Utc>>) -> Self {
        let place = |finding: &Finding| {
            let name = finding.project_name.clone().or_else(|| finding.project.clone());
            (std::cmp::Reverse(finding.verdict.severity()), name, finding.project.clone(), finding.cluster.clone())
        };
        findings.sort_by_cached_key(place);
        let checked_at = checked_at.map(|at| at.trunc_subsecs(0));
        Self { complete: findings.iter().all(|finding| finding.complete), checked_at, findings }
    }

    /// How bad the worst finding is. [`Severity::Fine`] without any.
    #[must_use]
    pub fn worst(&self) -> Severity {
        let severities = self.findings.iter().map(|finding| finding.verdict.severity());
        severities.max().unwrap_or(Severity::Fine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_tells_the_time_as_its_evidence_does() {
        let report = Report::new(Vec::new(), Some("2026-08-10T20:00:00.75Z".parse().unwrap()));
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json, serde_json::json!({"complete": true, "checkedAt": "2026-08-10T20:00:00Z", "clusters": []}));
    }
}
