//! What the endpoints share, and what tests do to it.

use std::sync::{Arc, Mutex, atomic::AtomicBool};

use serde_json::Value;

use super::ApiSettings;
use crate::{
    NewJob, Paging, Script,
    data::{
        clock::Clock,
        jobs::{Job, JobContext},
        store::Store,
    },
    lock::lock,
};

/// Everything that the endpoints share.
#[derive(Debug)]
pub(crate) struct ApiState {
    /// Scheme, host, port and prefix.
    pub(crate) root: String,
    /// The project and cluster of jobs that name none.
    pub(crate) project_id: String,
    pub(crate) cluster_name: String,
    pub(crate) clock: Arc<Clock>,
    pub(crate) store: Mutex<Store>,
    /// The script of jobs that clients create.
    pub(crate) new_jobs: Mutex<Script>,
    pub(crate) refuse_duplicates: AtomicBool,
    pub(crate) list_sharded_snapshots_apart: AtomicBool,
    pub(crate) paging: Mutex<Paging>,
    pub(crate) settings: ApiSettings,
}

impl ApiState {
    /// Adds a job that follows a script, and returns its id.
    pub(crate) fn add_job(&self, job: NewJob) -> String {
        let mut store = lock(&self.store);
        let id = job.id.clone().unwrap_or_else(|| store.new_id(&self.clock));
        let (project, cluster) = self.place(&job);
        let cluster = store.add_project(&project).add_cluster(&cluster);
        cluster.put(&id, Job::scripted(Arc::new(job), &self.clock, false));
        id
    }

    /// Adds many jobs like this one, and returns their ids.
    pub(crate) fn add_jobs(&self, count: usize, job: NewJob) -> Vec<String> {
        let mut store = lock(&self.store);
        let ids: Vec<_> = (0..count).map(|_| store.new_id(&self.clock)).collect();
        let (project, cluster) = self.place(&job);
        let cluster = store.add_project(&project).add_cluster(&cluster);
        // Shared, so that a hundred thousand jobs are cheap.
        let job = Arc::new(job);
        for id in &ids {
            cluster.put(id, Job::scripted(Arc::clone(&job), &self.clock, false));
        }
        ids
    }

    fn place(&self, job: &NewJob) -> (String, String) {
        let project = job.project.as_ref().unwrap_or(&self.project_id);
        (project.clone(), job.cluster.as_ref().unwrap_or(&self.cluster_name).clone())
    }

    /// Adds a job to a cluster, or replaces the one with the same `id`. The document is served as it is.
    pub(crate) fn put_job(&self, project_id: &str, cluster: &str, document: Value) {
        let id = document.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut store = lock(&self.store);
        store.add_project(project_id).add_cluster(cluster).put(&id, Job::Verbatim(document));
    }

    /// Sets the state of a job for good, and returns whether there is such a job.
    pub(crate) fn set_job_state(&self, id: &str, state: &str) -> bool {
        match lock(&self.store).job_mut(id) {
            Some(job) => {
                job.set_state(state, &self.clock);
                true
            }
            None => false,
        }
    }

    /// The documents of some jobs. This does not count as a poll.
    pub(crate) fn job_documents(&self, wanted: impl Fn(&str, &Job) -> bool) -> Vec<Value> {
        let store = lock(&self.store);
        let mut documents = Vec::new();
        for (project, cluster, data) in store.clusters() {
            let list = format!("{}/api/atlas/v1.0/groups/{project}/clusters/{cluster}/backup/exports", self.root);
            let context = JobContext { clock: &self.clock, project, cluster, list: &list };
            let wanted = data.jobs().iter().filter(|(id, job)| wanted(id, job));
            documents.extend(wanted.map(|(id, job)| job.document(id, &context)));
        }
        documents
    }

    /// Adds a bucket to a project, or replaces the one with the same `_id`.
    pub(crate) fn put_bucket(&self, project_id: &str, document: Value) {
        lock(&self.store).add_project(project_id).put_bucket(document);
    }
}
