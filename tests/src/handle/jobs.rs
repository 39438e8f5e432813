//! Projects, jobs and buckets.

use std::{sync::atomic::Ordering, time::Duration};

use serde_json::Value;

use crate::{FakeAtlas, NewJob, Script, data::seed, lock::lock};

/// Projects, jobs and buckets.
impl FakeAtlas {
    /// Adds a job to the default cluster, or replaces the one with the same `id`. The document is served as it is.
    pub fn put_job(&self, document: Value) {
        self.put_job_in(self.project_id(), self.cluster_name(), document);
    }

    /// Adds a job to a cluster, or replaces the one with the same `id`. The document is served as it is.
    pub fn put_job_in(&self, project_id: &str, cluster: &str, document: Value) {
        self.api().put_job(project_id, cluster, document);
    }

    /// Adds a job that follows a script, and returns its id.
    pub fn add_job(&self, job: NewJob) -> String {
        self.api().add_job(job)
    }

    /// Removes all jobs, the initial ones too.
    pub fn remove_jobs(&self) {
        lock(&self.api().store).remove_jobs();
    }

    /// Adds many jobs like this one, and returns their ids.
    pub fn seed_jobs(&self, count: usize, job: NewJob) -> Vec<String> {
        self.api().add_jobs(count, job)
    }

    /// Sets the script of jobs that clients create from now on; see [`Script::default`].
    pub fn script_created_jobs(&self, script: Script) {
        *lock(&self.api().new_jobs) = script;
    }

    /// Sets the state of a job for good, and returns whether there is such a job. Its script no longer applies.
    pub fn set_job_state(&self, id: &str, state: &str) -> bool {
        self.api().set_job_state(id, state)
    }

    /// Returns the document of a job. This does not count as a poll.
    #[must_use]
    pub fn job(&self, id: &str) -> Option<Value> {
        self.api().job_documents(|job_id, _| job_id == id).pop()
    }

    /// Returns the documents of all jobs that clients created.
    #[must_use]
    pub fn created_jobs(&self) -> Vec<Value> {
        self.api().job_documents(|_, job| job.is_by_client())
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
        self.api().put_bucket(project_id, document);
    }

    /// Sets whether a bucket cannot be deleted because it is in use, and returns whether there is such a bucket. In any
    /// case it is in use until all jobs that export to it have ended.
    pub fn set_bucket_in_use(&self, bucket_id: &str, held: bool) -> bool {
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
