//! Verdicts that are known and do not count.

use atlas_exports::audit::{Finding, MissingWhy, Rule, UnreadableWhat};

/// A cluster, and the reason that is allowed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allow {
    pub(crate) cluster: String,
    pub(crate) reason: String,
}

/// Reads `CLUSTER=REASON`.
pub(super) fn parse(text: &str) -> Result<Allow, &'static str> {
    match text.split_once('=') {
        Some((cluster, reason)) if !cluster.is_empty() && !reason.is_empty() => {
            Ok(Allow { cluster: cluster.to_owned(), reason: reason.to_owned() })
        }
        _ => Err("expected a cluster, an equals sign and a reason, such as Sandbox=not_configured"),
    }
}

impl Allow {
    /// Whether the reason is one that findings have, written as `not_configured` or `NotConfigured`.
    pub(crate) fn names_reason(&self) -> bool {
        let verdicts = ["stale", "failed", "missing", "unreadable", "marker_awaited", "snapshot_awaited"];
        let known = MissingWhy::ALL.iter().map(|why| why.as_str());
        let known = known.chain(UnreadableWhat::ALL.iter().map(|what| what.as_str()));
        let mut known = known.chain(Rule::ALL.iter().map(|rule| rule.as_str())).chain(verdicts);
        known.any(|reason| is_same(reason, &self.reason))
    }

    /// Whether the finding is of the cluster.
    pub(crate) fn names_cluster(&self, finding: &Finding) -> bool {
        let Some(cluster) = finding.cluster.as_deref() else { return false };
        match self.cluster.rsplit_once('/') {
            Some((project, name)) => {
                let is_project = |known: &Option<String>| known.as_deref() == Some(project);
                name == cluster && (is_project(&finding.project) || is_project(&finding.project_name))
            }
            None => self.cluster == cluster,
        }
    }

    fn admits(&self, finding: &Finding) -> bool {
        let reasons = [finding.reason(), finding.rule.as_str(), finding.verdict.as_str()];
        let is_reason = !self.names_reason() || reasons.iter().any(|reason| is_same(reason, &self.reason));
        is_reason && self.names_cluster(finding)
    }
}

fn is_same(reason: &str, given: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_ascii_lowercase();
    letters(reason) == letters(given)
}

/// All that is allowed.
pub(super) struct Allowed<'a>(&'a [Allow]);

impl<'a> Allowed<'a> {
    pub(super) fn new(allowed: &'a [Allow]) -> Self {
        Self(allowed)
    }

    /// The reason for which a finding does not count.
    pub(super) fn reason(&self, finding: &Finding) -> Option<&'a str> {
        let is_fine = finding.verdict.severity() == atlas_exports::audit::Severity::Fine;
        let found = self.0.iter().find(|allow| !is_fine && allow.admits(finding))?;
        Some(&found.reason)
    }
}

#[cfg(test)]
mod tests {
    use atlas_exports::audit::{Facts, ProjectFacts, Reading, Rules, Trouble, judge};

    use super::*;

    /// Backups of `Sandbox` in the project `Shop` are off.
    fn finding() -> Finding {
        let mut facts = Facts::new(ProjectFacts::new("p1").with_name("Shop"));
        facts.cluster = Reading::Whole(serde_json::from_str(r#"{"name":"Sandbox","backupEnabled":false}"#).unwrap());
        judge(&facts, &Rules::default(), chrono::DateTime::UNIX_EPOCH)
    }

    fn reason(allow: &[&str]) -> Option<String> {
        let allow: Vec<_> = allow.iter().map(|text| parse(text).unwrap()).collect();
        Allowed::new(&allow).reason(&finding()).map(str::to_owned)
    }

    #[test]
    fn a_reason_is_allowed_for_its_cluster_alone_and_no_other_reason_is() {
        for allow in [
            "Sandbox=backup_off",
            "Sandbox=BackupOff",
            "Sandbox=missing",
            "Shop/Sandbox=backup_off",
            "p1/Sandbox=backup_off",
            "Sandbox=a test, OPS-1",
        ] {
            assert!(reason(&[allow]).is_some(), "{allow}");
        }
        for other in ["sandbox=backup_off", "Bank/Sandbox=backup_off", "Sandbox=no_export", "Sandbox=stale", "x=y"] {
            assert_eq!(reason(&[other]), None, "{other}");
        }
        assert_eq!(reason(&["Sandbox=no_export", "Sandbox=backup_off"]).as_deref(), Some("backup_off"));
    }

    #[test]
    fn what_is_fine_or_of_a_project_is_not_allowed() {
        let mut facts = Facts::new(ProjectFacts::new("p1"));
        facts.cluster = Reading::Failed(Trouble::new("denied"));
        let finding = judge(&facts, &Rules::default(), chrono::DateTime::UNIX_EPOCH);
        assert_eq!(Allowed::new(&[parse("p1=clusters").unwrap()]).reason(&finding), None);
    }

    #[test]
    fn an_incomplete_option_is_refused() {
        for text in ["", "Sandbox", "=x", "Sandbox="] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(!parse("Sandbox=OPS-1").unwrap().names_reason());
    }
}
