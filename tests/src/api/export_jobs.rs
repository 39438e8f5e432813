//! The endpoints of export jobs.

use std::sync::{Arc, atomic::Ordering};

use axum::{
    Extension,
    extract::{Path, State},
};
use bytes::Bytes;
use http::{HeaderMap, Method};

use super::{
    Outcome,
    bodies::{Body, require_json},
    call::Call,
    endpoints::EndpointsBuilder,
    errors, merge, not_found,
    pages::Page,
    state::ApiState,
    versions::ONLY_FIRST,
};
use crate::{
    FakeResponse, NewJob,
    data::jobs::{CustomData, Job, JobContext},
    lock::lock,
};

const JOBS: &str = "/groups/{project}/clusters/{cluster}/backup/exports";
const JOB: &str = "/groups/{project}/clusters/{cluster}/backup/exports/{job}";

pub(super) fn add_endpoints(endpoints: EndpointsBuilder) -> EndpointsBuilder {
    endpoints.add(Method::GET, JOBS, ONLY_FIRST, list).add(Method::POST, JOBS, ONLY_FIRST, create).add(
        Method::GET,
        JOB,
        ONLY_FIRST,
        get,
    )
}

async fn get(
    State(api): State<Arc<ApiState>>,
    Path((project, cluster, id)): Path<(String, String, String)>,
    Extension(call): Extension<Call>,
) -> FakeResponse {
    let context = JobContext { clock: &api.clock, project: &project, cluster: &cluster, list: call.list(&id) };
    let mut store = lock(&api.store);
    let jobs = match store.cluster(&project, &cluster) {
        Ok(jobs) => jobs,
        Err(missing) => return *not_found(missing, &project, &cluster),
    };
    match jobs.get_mut(&id) {
        Some(job) => {
            job.poll(&api.clock);
            FakeResponse::json(200, job.document(&id, &context))
        }
        None => errors::resource_not_found(&call.path),
    }
}

async fn list(
    State(api): State<Arc<ApiState>>,
    Path((project, cluster)): Path<(String, String)>,
    Extension(call): Extension<Call>,
) -> FakeResponse {
    merge(try_list(&api, &project, &cluster, &call))
}

fn try_list(api: &ApiState, project: &str, cluster: &str, call: &Call) -> Outcome {
    let context = JobContext { clock: &api.clock, project, cluster, list: &call.url };
    let mut store = lock(&api.store);
    let jobs = store.cluster(project, cluster).map_err(|missing| not_found(missing, project, cluster))?.jobs();
    let page = Page::parse(call)?;
    let results = page.slice(jobs).iter().map(|(id, job)| job.document(id, &context)).collect();
    Ok(page.respond(call, results, jobs.len()))
}

async fn create(
    State(api): State<Arc<ApiState>>,
    Path((project, cluster)): Path<(String, String)>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    body: Bytes,
) -> FakeResponse {
    merge(require_json(&headers, &body).and_then(|body| try_create(&api, &project, &cluster, &call, body)))
}

fn try_create(api: &ApiState, project: &str, cluster: &str, call: &Call, body: &[u8]) -> Outcome {
    let clock = &api.clock;
    let mut store = lock(&api.store);
    store.cluster(project, cluster).map_err(|missing| not_found(missing, project, cluster))?;
    let body = Body::parse(body, &["snapshotId", "exportBucketId", "customData"])?;
    let (snapshot, bucket) = (body.id("snapshotId")?, body.id("exportBucketId")?);
    let mut new = NewJob::new(lock(&api.new_jobs).clone()).snapshot(snapshot).bucket(bucket);
    new.custom_data = body.pairs("customData")?.into_iter().map(|(key, value)| CustomData { key, value }).collect();
    let id = store.new_id(clock);
    let data = store.project(project).map_err(|missing| not_found(missing, project, cluster))?;
    if data.bucket(bucket).is_none() {
        return Err(Box::new(errors::bucket_not_found(bucket)));
    }
    let jobs = data.add_cluster(cluster);
    if api.refuse_duplicates.load(Ordering::Relaxed)
        && jobs.jobs().iter().any(|(_, job)| job.exports(snapshot, bucket, clock))
    {
        let detail = format!("Snapshot {snapshot} is being exported to bucket {bucket} already.");
        return Err(Box::new(errors::api_error(409, "EXPORT_ALREADY_IN_PROGRESS", &detail, &[snapshot, bucket])));
    }
    let job = Job::scripted(Arc::new(new), clock, true);
    let document = job.document(&id, &JobContext { clock, project, cluster, list: &call.url });
    jobs.put(&id, job);
    Ok(FakeResponse::json(200, document))
}
