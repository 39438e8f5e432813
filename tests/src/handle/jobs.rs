//! Projects, jobs and buckets.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use serde_json::Value;

use crate::{
    FakeAtlas, NewJob, Script,
    data::{
        jobs::{Job, JobContext, JobTemplate},
        seed,
        store::Bucket,
    },
    lock::lock,
};

/// Projects, jobs and buckets.
impl FakeAtlas {
    /// Adds a job to the default cluster, or replaces the one with the same `id`. The document is served as it is.
    pub fn put_job(&self, document: Value) {
        let id = document.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut store = lock(&self.api().store);
        store.add_project(self.project_id()).add_cluster(self.cluster_name()).put(&id, Job::Verbatim(document));
    }

    /// Adds a job that follows a script, and returns its id.
    pub fn add_job(&self, job: NewJob) -> String {
        let NewJob { id, cluster, template } = job;
        let (project, cluster) = self.cluster_or_default(cluster);
        let mut store = lock(&self.api().store);
        let id = id.unwrap_or_else(|| store.new_id(&self.api().clock));
        let job = Job::scripted(Arc::new(template), &self.api().clock, false);
        store.add_project(&project).add_cluster(&cluster).put(&id, job);
        id
    }

    /// Adds many jobs like this one, and returns their ids.
    pub fn seed_jobs(&self, count: usize, job: NewJob) -> Vec<String> {
        let NewJob { cluster, template, .. } = job;
        let (project, cluster) = self.cluster_or_default(cluster);
        // Shared, so that a hundred thousand jobs are cheap.
        let template: Arc<JobTemplate> = Arc::new(template);
        let clock = &self.api().clock;
        let mut store = lock(&self.api().store);
        let ids: Vec<_> = (0..count).map(|_| store.new_id(clock)).collect();
        let jobs = store.add_project(&project).add_cluster(&cluster);
        for id in &ids {
            jobs.put(id, Job::scripted(Arc::clone(&template), clock, false));
        }
        ids
    }

    /// Sets the script of jobs that clients create from now on; see [`Script::default`].
    pub fn script_created_jobs(&self, script: Script) {
        *lock(&self.api().new_jobs) = script;
    }

    /// Sets the state of a job for good, and returns whether there is such a job. Its script no longer applies.
    pub fn set_job_state(&self, id: &str, state: &str) -> bool {
        match lock(&self.api().store).job_mut(id) {
            Some(job) => {
                job.set_state(state, &self.api().clock);
                true
            }
            None => false,
        }
    }

    /// Returns the document of a job. This does not count as a poll.
    #[must_use]
    pub fn job(&self, id: &str) -> Option<Value> {
        self.documents(|job_id, _| job_id == id).pop()
    }

    /// Returns the documents of all jobs that clients created.
    #[must_use]
    pub fn created_jobs(&self) -> Vec<Value> {
        self.documents(|_, job| job.is_by_client())
    }

    fn cluster_or_default(&self, cluster: Option<(String, String)>) -> (String, String) {
        cluster.unwrap_or_else(|| (self.project_id().to_owned(), self.cluster_name().to_owned()))
    }

    fn documents(&self, wanted: impl Fn(&str, &Job) -> bool) -> Vec<Value> {
        let store = lock(&self.api().store);
        let mut documents = Vec::new();
        for (project, cluster, data) in store.clusters() {
            let list = format!("{}/api/atlas/v1.0/groups/{project}/clusters/{cluster}/backup/exports", self.base_url());
            let context = JobContext { clock: &self.api().clock, project, cluster, list: &list };
            let wanted = data.jobs().iter().filter(|(id, job)| wanted(id, job));
            documents.extend(wanted.map(|(id, job)| job.document(id, &context)));
        }
        documents
    }

    /// Refuses a job with 409 while another one exports the same snapshot to the same bucket; off by default. The error
    /// code of the live service is not known: `EXPORT_ALREADY_IN_PROGRESS` is that of the fake.
    pub fn refuse_duplicate_jobs(&self, refuse: bool) {
        self.api().refuse_duplicates.store(refuse, Ordering::Relaxed);
    }

    /// Adds a project with clusters, or clusters to a project.
    pub fn add_project(&self, project_id: &str, clusters: &[&str]) {
        let mut store = lock(&self.api().store);
        let project = store.add_project(project_id);
        for cluster in clusters {
            project.add_cluster(cluster);
        }
    }

    /// Returns the id of the initial bucket, in the default project.
    #[must_use]
    pub fn bucket_id(&self) -> &str {
        seed::BUCKET
    }

    /// Adds a bucket to the default project, or replaces the one with the same `_id`.
    pub fn put_bucket(&self, document: Value) {
        self.put_bucket_in(self.project_id(), document);
    }

    /// Adds a bucket to a project, or replaces the one with the same `_id`.
    pub fn put_bucket_in(&self, project_id: &str, document: Value) {
        let id = document.get("_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut store = lock(&self.api().store);
        let project = store.add_project(project_id);
        match project.bucket(&id) {
            Some(bucket) => bucket.document = document,
            None => project.buckets.push(Bucket { id, document, in_use: false }),
        }
    }

    /// Sets whether a bucket cannot be deleted because it is in use, and returns whether there is such a bucket. In any
    /// case it is in use until all jobs that export to it have ended.
    pub fn hold_bucket(&self, bucket_id: &str, held: bool) -> bool {
        match lock(&self.api().store).bucket_mut(bucket_id) {
            Some(bucket) => {
                bucket.in_use = held;
                true
            }
            None => false,
        }
    }

    /// Returns the documents of the buckets of the default project.
    #[must_use]
    pub fn buckets(&self) -> Vec<Value> {
        let mut store = lock(&self.api().store);
        let project = store.add_project(self.project_id());
        project.buckets.iter().map(|bucket| bucket.document.clone()).collect()
    }

    /// Advances the clock of the service: nonces and tokens expire, rate limits refill and jobs go on, as if this time
    /// had passed. Delays of faults still take as long as they take.
    pub fn advance(&self, by: Duration) {
        self.api().clock.advance(by);
    }

    /// Returns the time of the service, as Atlas writes it.
    #[must_use]
    pub fn now(&self) -> String {
        crate::data::clock::iso(self.api().clock.now())
    }
}
