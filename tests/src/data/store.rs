//! The data of the service: projects with their buckets, clusters and events, and what belongs to each cluster.

use std::collections::HashMap;

use serde_json::Value;

use crate::data::{
    backups::{Event, NewSchedule},
    clock::Clock,
    clusters::NewCluster,
    jobs::Job,
};

/// All projects.
#[derive(Debug, Default)]
pub(crate) struct Store {
    /// Whether a request for a project or cluster creates it.
    any_project: bool,
    projects: HashMap<String, Project>,
    /// The ids of the projects, in the order in which they were added.
    order: Vec<String>,
    ids: u64,
}

/// One project.
#[derive(Debug, Default)]
pub(crate) struct Project {
    pub(crate) name: Option<String>,
    clusters: HashMap<String, Cluster>,
    /// The names of the clusters, in the order in which they were added.
    order: Vec<String>,
    pub(crate) buckets: Vec<Bucket>,
    /// Oldest first.
    pub(crate) events: Vec<Event>,
}

/// A bucket of a project.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) id: String,
    pub(crate) document: Value,
    /// Refuses deletion even when no job needs it.
    pub(crate) in_use: bool,
}

/// One cluster, with its jobs in the order of their creation.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) details: NewCluster,
    pub(crate) schedule: Value,
    pub(crate) snapshots: Vec<Value>,
    jobs: Vec<(Box<str>, Job)>,
    positions: HashMap<Box<str>, usize>,
}

/// What was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Project,
    Cluster,
    /// The cluster is a flex cluster, which the endpoint does not serve.
    Flex,
}

impl Store {
    pub(crate) fn new(any_project: bool) -> Self {
        Self { any_project, ..Self::default() }
    }

    pub(crate) fn add_project(&mut self, project: &str) -> &mut Project {
        if !self.projects.contains_key(project) {
            self.order.push(project.to_owned());
        }
        self.projects.entry(project.to_owned()).or_default()
    }

    /// All projects, in the order in which they were added.
    pub(crate) fn projects(&self) -> Vec<(&str, &Project)> {
        self.order.iter().filter_map(|id| Some((id.as_str(), self.projects.get(id)?))).collect()
    }

    pub(crate) fn project(&mut self, project: &str) -> Result<&mut Project, Missing> {
        if self.any_project && is_id(project) {
            return Ok(self.add_project(project));
        }
        self.projects.get_mut(project).ok_or(Missing::Project)
    }

    pub(crate) fn cluster(&mut self, project: &str, cluster: &str) -> Result<&mut Cluster, Missing> {
        let any_project = self.any_project;
        let project = self.project(project)?;
        if any_project {
            return Ok(project.add_cluster(cluster));
        }
        let cluster = project.clusters.get_mut(cluster).ok_or(Missing::Cluster)?;
        if cluster.details.is_flex() { Err(Missing::Flex) } else { Ok(cluster) }
    }

    /// Returns a new id in the form of Atlas's: seconds, then a count.
    pub(crate) fn new_id(&mut self, clock: &Clock) -> String {
        self.ids += 1;
        format!("{:08x}{:016x}", clock.now().timestamp() & 0xffff_ffff, 0xfa4e_0000_0000_0000_u64 + self.ids)
    }

    /// Removes the jobs of all clusters.
    pub(crate) fn remove_jobs(&mut self) {
        for cluster in self.projects.values_mut().flat_map(|project| project.clusters.values_mut()) {
            cluster.jobs.clear();
            cluster.positions.clear();
        }
    }

    pub(crate) fn clusters(&self) -> impl Iterator<Item = (&str, &str, &Cluster)> {
        self.projects.iter().flat_map(|(project, data)| {
            data.clusters.iter().map(move |(name, cluster)| (project.as_str(), name.as_str(), cluster))
        })
    }

    pub(crate) fn bucket_mut(&mut self, id: &str) -> Option<&mut Bucket> {
        self.projects.values_mut().find_map(|project| project.bucket(id))
    }

    pub(crate) fn job_mut(&mut self, id: &str) -> Option<&mut Job> {
        self.projects
            .values_mut()
            .flat_map(|project| project.clusters.values_mut())
            .find_map(|cluster| cluster.get_mut(id))
    }
}

impl Project {
    pub(crate) fn add_cluster(&mut self, cluster: &str) -> &mut Cluster {
        if !self.clusters.contains_key(cluster) {
            self.order.push(cluster.to_owned());
        }
        let new = || Cluster {
            details: NewCluster::replica_set(cluster),
            schedule: NewSchedule::at(0, 0).document(),
            snapshots: Vec::new(),
            jobs: Vec::new(),
            positions: HashMap::new(),
        };
        self.clusters.entry(cluster.to_owned()).or_insert_with(new)
    }

    pub(crate) fn remove_cluster(&mut self, cluster: &str) {
        self.order.retain(|name| name != cluster);
        self.clusters.remove(cluster);
    }

    /// All clusters, in the order in which they were added.
    pub(crate) fn clusters(&self) -> Vec<&Cluster> {
        self.order.iter().filter_map(|name| self.clusters.get(name)).collect()
    }

    /// Adds a bucket, or replaces the one with the same `_id`.
    pub(crate) fn put_bucket(&mut self, document: Value) {
        let id = document.get("_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        match self.bucket(&id) {
            Some(bucket) => bucket.document = document,
            None => self.buckets.push(Bucket { id, document, in_use: false }),
        }
    }

    pub(crate) fn bucket(&mut self, id: &str) -> Option<&mut Bucket> {
        self.buckets.iter_mut().find(|bucket| bucket.id == id)
    }

    /// Whether a job still needs the bucket, or a test says that it is in use.
    pub(crate) fn uses(&self, bucket: &str, clock: &Clock) -> bool {
        self.buckets.iter().any(|known| known.id == bucket && known.in_use)
            || self.clusters.values().flat_map(|cluster| &cluster.jobs).any(|(_, job)| job.uses(bucket, clock))
    }
}

impl Cluster {
    /// Adds a job, or replaces the one with the same id in its position.
    pub(crate) fn put(&mut self, id: &str, job: Job) {
        match self.get_mut(id) {
            Some(existing) => *existing = job,
            None => {
                self.positions.insert(id.into(), self.jobs.len());
                self.jobs.push((id.into(), job));
            }
        }
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Job> {
        self.positions.get(id).and_then(|at| self.jobs.get_mut(*at)).map(|(_, job)| job)
    }

    pub(crate) fn jobs(&self) -> &[(Box<str>, Job)] {
        &self.jobs
    }
}

/// 24 hexadecimal digits.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
