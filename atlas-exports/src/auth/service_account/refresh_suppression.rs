//! Remembers where a new token did not help against a 401, because the token was not what was wrong.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{Operation, error::segment_after};

/// For so long a 401 of the same operation in the same project costs no further token.
const LIFE: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct RefreshSuppression(Mutex<HashMap<(&'static str, Option<String>), Instant>>);

impl RefreshSuppression {
    pub(super) fn record(&self, operation: Option<&'static Operation>, path: &str) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|_, noted| noted.elapsed() < LIFE);
        places.insert(place(operation, path), Instant::now());
    }

    pub(super) fn applies_to(&self, operation: Option<&'static Operation>, path: &str) -> bool {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.get(&place(operation, path)).is_some_and(|noted| noted.elapsed() < LIFE)
    }
}

/// Roles are given for a project.
fn place(operation: Option<&'static Operation>, path: &str) -> (&'static str, Option<String>) {
    let project = segment_after(path, "groups");
    (operation.map_or("", |operation| operation.name), project.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_401_that_a_new_token_did_not_help_is_remembered_for_a_minute() {
        let operation = Operation::by_name("get_export_job");
        let path = |project: &str, job: &str| format!("/api/groups/{project}/clusters/c/backup/exports/{job}");
        let suppression = RefreshSuppression::default();
        suppression.record(operation, &path("p", "1"));
        assert!(suppression.applies_to(operation, &path("p", "2")));
        assert!(!suppression.applies_to(operation, &path("q", "1")));
        assert!(!suppression.applies_to(Operation::by_name("list_export_jobs"), "/groups/p/clusters/c/backup/exports"));
        tokio::time::advance(LIFE).await;
        assert!(!suppression.applies_to(operation, &path("p", "1")));
    }
}
