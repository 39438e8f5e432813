//! What a test puts into a running fake and takes out of it: jobs, projects and buckets.

use std::sync::{Arc, atomic::Ordering};

use serde_json::Value;

use crate::{
    FakeAtlas, NewJob, Script,
    data::{
        jobs::{Around, Job},
        seed,
        store::Bucket,
    },
    lock::lock,
};

/// Jobs, projects and buckets.
impl FakeAtlas {
    /// Adds a job to the default cluster, or replaces the one with the document's `id`. The document is served as it
    /// is, whatever it is.
    pub fn put_job(&self, document: Value) {
        let id = document.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut store = lock(&self.shared().store);
        store.add_project(self.project_id()).add_cluster(self.cluster_name()).put(&id, Job::Verbatim(document));
    }

    /// Adds a job that moves, and returns its id.
    pub fn add_job(&self, job: NewJob) -> String {
        let NewJob { id, place, recipe } = job;
        let (project, cluster) =
            place.unwrap_or_else(|| (self.project_id().to_owned(), self.cluster_name().to_owned()));
        let mut store = lock(&self.shared().store);
        let id = id.unwrap_or_else(|| store.new_id(&self.shared().clock));
        let job = Job::moving(Arc::new(recipe), &self.shared().clock, false);
        store.add_project(&project).add_cluster(&cluster).put(&id, job);
        id
    }

    /// Adds many jobs like this one, and returns their ids. They share what they have in common, so that a hundred
    /// thousand are cheap.
    pub fn seed_jobs(&self, count: usize, job: NewJob) -> Vec<String> {
        let NewJob { place, recipe, .. } = job;
        let (project, cluster) =
            place.unwrap_or_else(|| (self.project_id().to_owned(), self.cluster_name().to_owned()));
        let recipe = Arc::new(recipe);
        let clock = &self.shared().clock;
        let mut store = lock(&self.shared().store);
        let ids: Vec<_> = (0..count).map(|_| store.new_id(clock)).collect();
        let jobs = store.add_project(&project).add_cluster(&cluster);
        for id in &ids {
            jobs.put(id, Job::moving(Arc::clone(&recipe), clock, false));
        }
        ids
    }

    /// How jobs move that clients create from now on; see [`Script::default`].
    pub fn script_created_jobs(&self, script: Script) {
        *lock(&self.shared().created) = script;
    }

    /// Moves a job by hand. Its script is over; whether there is such a job is returned.
    pub fn set_job_state(&self, id: &str, state: &str) -> bool {
        match lock(&self.shared().store).job_mut(id) {
            Some(job) => {
                job.set_state(state, &self.shared().clock);
                true
            }
            None => false,
        }
    }

    /// A job's document as it is now. Looking here is no poll.
    #[must_use]
    pub fn job(&self, id: &str) -> Option<Value> {
        self.documents(|at, _| at == id).pop()
    }

    /// The documents of all jobs that clients created, as they are now.
    #[must_use]
    pub fn created_jobs(&self) -> Vec<Value> {
        self.documents(|_, job| job.is_created())
    }

    fn documents(&self, wanted: impl Fn(&str, &Job) -> bool) -> Vec<Value> {
        let store = lock(&self.shared().store);
        let mut documents = Vec::new();
        for (project, cluster, held) in store.clusters() {
            let list = format!("{}/api/atlas/v1.0/groups/{project}/clusters/{cluster}/backup/exports", self.base_url());
            let around = Around { clock: &self.shared().clock, project, cluster, list: &list };
            let wanted = held.jobs().iter().filter(|(id, job)| wanted(id, job));
            documents.extend(wanted.map(|(id, job)| job.document(id, &around)));
        }
        documents
    }

    /// Refuses a job with 409 while another one exports the same snapshot to the same bucket; off by default. The live
    /// service's `errorCode` for it is not known: `EXPORT_ALREADY_IN_PROGRESS` is the fake's own.
    pub fn refuse_duplicate_jobs(&self, refuse: bool) {
        self.shared().refuse_duplicates.store(refuse, Ordering::Relaxed);
    }

    /// Adds a project with clusters and without buckets, or clusters to a project.
    pub fn add_project(&self, project_id: &str, clusters: &[&str]) {
        let mut store = lock(&self.shared().store);
        let project = store.add_project(project_id);
        for cluster in clusters {
            project.add_cluster(cluster);
        }
    }

    /// Id of the bucket of the start, in the default project.
    #[must_use]
    pub fn bucket_id(&self) -> &str {
        seed::BUCKET
    }

    /// Adds a bucket to the default project, or replaces the one with the document's `_id`.
    pub fn put_bucket(&self, document: Value) {
        self.put_bucket_in(self.project_id(), document);
    }

    /// Adds a bucket to a project, or replaces the one with the document's `_id`.
    pub fn put_bucket_in(&self, project_id: &str, document: Value) {
        let id = document.get("_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut store = lock(&self.shared().store);
        let project = store.add_project(project_id);
        match project.bucket(&id) {
            Some(bucket) => bucket.document = document,
            None => project.buckets.push(Bucket { id, document, held: false }),
        }
    }

    /// Refuses to delete a bucket, as if something used it that the fake does not know. Without it a bucket is in use
    /// while a job that exports to it has not ended. Whether there is such a bucket is returned.
    pub fn hold_bucket(&self, bucket_id: &str, held: bool) -> bool {
        match lock(&self.shared().store).bucket_mut(bucket_id) {
            Some(bucket) => {
                bucket.held = held;
                true
            }
            None => false,
        }
    }

    /// The documents of the buckets that the default project knows.
    #[must_use]
    pub fn buckets(&self) -> Vec<Value> {
        let mut store = lock(&self.shared().store);
        let project = store.add_project(self.project_id());
        project.buckets.iter().map(|bucket| bucket.document.clone()).collect()
    }

    /// What the service's clock shows, as Atlas writes times.
    #[must_use]
    pub fn now(&self) -> String {
        crate::data::clock::iso(self.shared().clock.now())
    }
}
