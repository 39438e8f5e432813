//! Where a new token did not help against a 401, because the token was not what was wrong.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::Operation;

/// For so long a 401 of the same operation in the same project costs no further token.
const REMEMBERED: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct Unhelpful(Mutex<HashMap<(&'static str, Option<String>), Instant>>);

impl Unhelpful {
    pub(super) fn note(&self, operation: &'static Operation, path: &str) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|_, noted| noted.elapsed() < REMEMBERED);
        places.insert(place(operation, path), Instant::now());
    }

    pub(super) fn is_noted(&self, operation: &'static Operation, path: &str) -> bool {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.get(&place(operation, path)).is_some_and(|noted| noted.elapsed() < REMEMBERED)
    }
}

/// Roles are given for a project.
fn place(operation: &'static Operation, path: &str) -> (&'static str, Option<String>) {
    let project = operation.parameters(path).into_iter().find(|(name, _)| *name == "groupId");
    (operation.name, project.map(|(_, project)| project.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_place_is_remembered_for_a_minute() {
        let operation = Operation::by_name("get_export_job").unwrap();
        let path = |project: &str, job: &str| format!("/api/groups/{project}/clusters/c/backup/exports/{job}");
        let unhelpful = Unhelpful::default();
        unhelpful.note(operation, &path("p", "1"));
        assert!(unhelpful.is_noted(operation, &path("p", "2")));
        assert!(!unhelpful.is_noted(operation, &path("q", "1")));
        assert!(
            !unhelpful.is_noted(Operation::by_name("list_export_jobs").unwrap(), "/groups/p/clusters/c/backup/exports")
        );
        tokio::time::advance(REMEMBERED).await;
        assert!(!unhelpful.is_noted(operation, &path("p", "1")));
    }
}
