//! Questions that people ask of an export job.

use std::fmt;

use crate::{models::ExportState, types::ExportJob};

/// Progress of an export job.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Progress {
    /// Collections copied so far.
    pub exported: u64,
    /// Collections to copy in all. 0 when Atlas counts none, even at the end of a tiny job.
    pub total: u64,
}

impl Progress {
    /// Returns the part that is done, from 0.0 to 1.0; `None` when there is nothing to count.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a fraction for people needs no more than 52 bits")]
    pub fn fraction(&self) -> Option<f64> {
        (self.total > 0).then(|| (self.exported as f64 / self.total as f64).min(1.0))
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} collections", self.exported, self.total)
    }
}

/// Why an export job did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Failure<'a> {
    /// Stable code, where Atlas gives one.
    pub code: Option<&'a str>,
    /// Explanation for people, where Atlas gives one.
    pub message: Option<&'a str>,
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.message, self.code) {
            (Some(message), Some(code)) => write!(f, "{message} ({code})"),
            (Some(text), None) | (None, Some(text)) => f.write_str(text),
            (None, None) => f.write_str("no reason given"),
        }
    }
}

impl ExportJob {
    /// Returns whether the job has ended, successfully or not: in the states `Successful`, `Failed` and `Cancelled`, and in
    /// a state that is unknown or missing once the job has a `finishedAt`.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.state {
            Some(state) if state.is_known() => state.is_terminal(),
            _ => self.finished_at.is_some(),
        }
    }

    /// Returns whether the job was successful: Atlas says that the snapshot is in the bucket.
    #[must_use]
    pub fn is_successful(&self) -> bool {
        self.state == Some(ExportState::Successful)
    }

    /// Returns the progress of the job; `None` when Atlas does not count its collections, as on sharded clusters.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        let status = self.export_status.as_ref()?;
        let count = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
        let (exported, total) = (count(status.exported_collections), count(status.total_collections));
        if exported.is_none() && total.is_none() {
            return None;
        }
        Some(Progress { exported: exported.unwrap_or(0), total: total.unwrap_or(0) })
    }

    /// Returns why the job did not succeed: from `stateReason`, else from `errMsg`.
    ///
    /// A failed job always has a failure, if only one without a reason; a job that waits, runs or succeeded never has.
    #[must_use]
    pub fn failure(&self) -> Option<Failure<'_>> {
        let reason = self.state_reason.as_ref();
        let code = present(reason.and_then(|reason| reason.error_code.as_deref()));
        let message = present(reason.and_then(|reason| reason.message.as_deref()));
        let message = if code.is_none() && message.is_none() { present(self.err_msg.as_deref()) } else { message };
        let failed = match &self.state {
            Some(ExportState::Failed) => true,
            Some(ExportState::Queued | ExportState::InProgress | ExportState::Successful) => false,
            _ => code.is_some() || message.is_some(),
        };
        failed.then_some(Failure { code, message })
    }
}

fn present(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(mut document: serde_json::Value) -> ExportJob {
        document["id"] = json!("5f3c5a1e8e4b2a0012345678");
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn only_the_id_is_required_and_null_is_like_missing() {
        let nulls = job(json!({
            "components": null, "createdAt": null, "customData": null, "errMsg": null, "exportBucketId": null,
            "exportStatus": null, "finishedAt": null, "links": null, "prefix": null, "snapshotId": null,
            "state": null, "stateReason": null,
        }));
        assert_eq!(nulls, job(json!({})));
        assert_eq!(nulls.components, None);
        assert!(!nulls.is_finished() && !nulls.is_successful());
        assert_eq!((nulls.progress(), nulls.failure()), (None, None));
    }

    #[test]
    fn unknown_members_are_ignored_at_every_depth() {
        let known = job(json!({"exportStatus": {"exportedCollections": 1, "totalCollections": 2}}));
        let more = job(json!({"exportStatus": {"exportedCollections": 1, "totalCollections": 2, "x": 1}, "y": []}));
        assert_eq!(known, more);
    }

    #[test]
    fn an_unknown_state_ends_with_finished_at() {
        assert!(!job(json!({"state": "Paused"})).is_finished());
        assert!(job(json!({"state": "Paused", "finishedAt": "2026-08-10T03:28:25Z"})).is_finished());
        assert!(!job(json!({"state": "InProgress", "finishedAt": "2026-08-10T03:28:25Z"})).is_finished());
    }

    #[test]
    fn progress_has_a_fraction_only_when_there_is_something_to_count() {
        let half = job(json!({"exportStatus": {"exportedCollections": 3, "totalCollections": 6}}));
        assert_eq!(half.progress().unwrap().fraction(), Some(0.5));
        assert_eq!(half.progress().unwrap().to_string(), "3 of 6 collections");
        let tiny = job(json!({"exportStatus": {"exportedCollections": 0, "totalCollections": 0}}));
        assert_eq!(tiny.progress().unwrap().fraction(), None);
    }

    #[test]
    fn the_reason_of_a_failure_comes_from_state_reason_before_err_msg() {
        let new = job(json!({"state": "Failed", "stateReason": {"errorCode": "E", "message": "m"}, "errMsg": "old"}));
        assert_eq!(new.failure().unwrap().to_string(), "m (E)");
        let old = job(json!({"state": "Failed", "errMsg": "old", "stateReason": {}}));
        assert_eq!(old.failure().unwrap().to_string(), "old");
        let bare = job(json!({"state": "Failed"}));
        assert_eq!(bare.failure().unwrap().to_string(), "no reason given");
    }
}
