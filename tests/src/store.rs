//! What the service holds: projects, their clusters, and the clusters' jobs.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

/// All projects.
#[derive(Debug, Default)]
pub(crate) struct Store {
    projects: HashMap<String, Project>,
}

/// One project.
#[derive(Debug, Default)]
pub(crate) struct Project {
    clusters: HashMap<String, Cluster>,
}

/// One cluster's jobs, in the order of their creation.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    order: BTreeMap<u64, String>,
    jobs: HashMap<String, (u64, Value)>,
}

/// Why something cannot be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Project,
    Cluster,
}

impl Store {
    pub(crate) fn add_project(&mut self, project: &str) -> &mut Project {
        self.projects.entry(project.to_owned()).or_default()
    }

    pub(crate) fn cluster(
        &mut self,
        project: &str,
        cluster: &str,
    ) -> Result<&mut Cluster, Missing> {
        let project = self.projects.get_mut(project).ok_or(Missing::Project)?;
        project.clusters.get_mut(cluster).ok_or(Missing::Cluster)
    }
}

impl Project {
    pub(crate) fn add_cluster(&mut self, cluster: &str) -> &mut Cluster {
        self.clusters.entry(cluster.to_owned()).or_default()
    }
}

impl Cluster {
    /// Adds a job, or replaces the one of the same id where it stands.
    pub(crate) fn put(&mut self, id: &str, job: Value) {
        if let Some((_, place)) = self.jobs.get_mut(id) {
            *place = job;
            return;
        }
        let number = self.order.last_key_value().map_or(0, |(last, _)| last + 1);
        self.order.insert(number, id.to_owned());
        self.jobs.insert(id.to_owned(), (number, job));
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Value> {
        self.jobs.get(id).map(|(_, job)| job)
    }
}
