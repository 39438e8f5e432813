//! The endpoints of export jobs.

use std::sync::{Arc, atomic::Ordering};

use axum::{
    Extension,
    extract::{Path, State},
};
use bytes::Bytes;
use http::HeaderMap;

use crate::{
    Answer,
    api::{Outcome, answer, bodies::Body, call::Call, errors, json_body, not_found, pages::Page},
    data::jobs::{Around, Job, Recipe},
    lock::lock,
    net::state::Shared,
};

type Cluster = (String, String);

pub(crate) async fn get(
    State(shared): State<Arc<Shared>>,
    Path((project, cluster, id)): Path<(String, String, String)>,
    Extension(call): Extension<Call>,
) -> Answer {
    let around = Around { clock: &shared.clock, project: &project, cluster: &cluster, list: call.list(&id) };
    let mut store = lock(&shared.store);
    let jobs = match store.cluster(&project, &cluster) {
        Ok(jobs) => jobs,
        Err(missing) => return *not_found(missing, &project, &cluster),
    };
    match jobs.get_mut(&id) {
        Some(job) => {
            job.poll(&shared.clock);
            Answer::json(200, job.document(&id, &around))
        }
        None => errors::resource_not_found(&call.path),
    }
}

pub(crate) async fn list(
    State(shared): State<Arc<Shared>>,
    Path((project, cluster)): Path<Cluster>,
    Extension(call): Extension<Call>,
) -> Answer {
    answer(page(&shared, &project, &cluster, &call))
}

fn page(shared: &Shared, project: &str, cluster: &str, call: &Call) -> Outcome {
    let around = Around { clock: &shared.clock, project, cluster, list: &call.address };
    let mut store = lock(&shared.store);
    let jobs = store.cluster(project, cluster).map_err(|missing| not_found(missing, project, cluster))?.jobs();
    let page = Page::of(call)?;
    let results = page.cut(jobs).iter().map(|(id, job)| job.document(id, &around)).collect();
    Ok(page.answer(call, &call.address, results, jobs.len()))
}

pub(crate) async fn create(
    State(shared): State<Arc<Shared>>,
    Path((project, cluster)): Path<Cluster>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    answer(json_body(&headers, &body).and_then(|body| begin(&shared, &project, &cluster, &call, body)))
}

fn begin(shared: &Shared, project: &str, cluster: &str, call: &Call, body: &[u8]) -> Outcome {
    let clock = &shared.clock;
    let mut store = lock(&shared.store);
    store.cluster(project, cluster).map_err(|missing| not_found(missing, project, cluster))?;
    let body = Body::parse(body, &["snapshotId", "exportBucketId", "customData"])?;
    let (snapshot, bucket) = (body.id("snapshotId")?, body.id("exportBucketId")?);
    let mut recipe = Recipe::new(lock(&shared.created).clone(), snapshot, bucket);
    recipe.custom_data = body.pairs("customData")?;
    let id = store.new_id(clock);
    let held = store.project(project).map_err(|missing| not_found(missing, project, cluster))?;
    if held.bucket(bucket).is_none() {
        return Err(Box::new(errors::bucket_not_found(bucket)));
    }
    let jobs = held.add_cluster(cluster);
    if shared.refuse_duplicates.load(Ordering::Relaxed)
        && jobs.jobs().iter().any(|(_, job)| job.exports(snapshot, bucket, clock))
    {
        let detail = format!("Snapshot {snapshot} is being exported to bucket {bucket} already.");
        return Err(Box::new(errors::api_error(409, "EXPORT_ALREADY_IN_PROGRESS", &detail, &[snapshot, bucket])));
    }
    let job = Job::moving(Arc::new(recipe), clock, true);
    let document = job.document(&id, &Around { clock, project, cluster, list: &call.address });
    jobs.put(&id, job);
    Ok(Answer::json(200, document))
}
