//! The endpoints of backup schedules and snapshots.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use http::Method;
use serde_json::{Value, json};

use super::{
    Outcome,
    call::Call,
    endpoints::EndpointsBuilder,
    errors, merge, not_found,
    pages::Page,
    state::ApiState,
    versions::{ONLY_FIRST, SCHEDULES},
};
use crate::{
    FakeResponse,
    data::{
        backups::{is_sharded, with_members},
        store::Cluster,
    },
    lock::lock,
};

const SNAPSHOTS: &str = "/groups/{project}/clusters/{cluster}/backup/snapshots";

pub(super) fn add_endpoints(endpoints: EndpointsBuilder) -> EndpointsBuilder {
    endpoints
        .add(Method::GET, "/groups/{project}/clusters/{cluster}/backup/schedule", SCHEDULES, schedule)
        .add(Method::GET, SNAPSHOTS, ONLY_FIRST, snapshots)
        .add(Method::GET, &format!("{SNAPSHOTS}/shardedClusters"), ONLY_FIRST, sharded_snapshots)
        .add(Method::GET, &format!("{SNAPSHOTS}/{{snapshot}}"), ONLY_FIRST, snapshot)
}

fn with_cluster(api: &ApiState, project: &str, name: &str, act: impl FnOnce(&Cluster) -> Outcome) -> Outcome {
    let mut store = lock(&api.store);
    act(store.cluster(project, name).map_err(|missing| not_found(missing, project, name))?)
}

async fn schedule(State(api): State<Arc<ApiState>>, Path((project, cluster)): Path<(String, String)>) -> FakeResponse {
    merge(with_cluster(&api, &project, &cluster, |held| {
        let mut document = held.schedule.clone();
        if let Some(members) = document.as_object_mut() {
            members.entry("clusterName").or_insert_with(|| cluster.as_str().into());
        }
        Ok(FakeResponse::json(200, document))
    }))
}

async fn snapshots(
    State(api): State<Arc<ApiState>>,
    Path((project, cluster)): Path<(String, String)>,
    Extension(call): Extension<Call>,
) -> FakeResponse {
    merge(with_cluster(&api, &project, &cluster, |held| {
        let page = Page::parse(&call)?;
        let apart = api.list_sharded_snapshots_apart.load(std::sync::atomic::Ordering::Relaxed);
        let shown: Vec<_> = held.snapshots.iter().filter(|snapshot| !(apart && is_sharded(snapshot))).collect();
        let results = page.slice(&shown).iter().copied().cloned().collect();
        Ok(page.respond(&call, results, shown.len()))
    }))
}

/// This list has no pages.
async fn sharded_snapshots(
    State(api): State<Arc<ApiState>>,
    Path((project, cluster)): Path<(String, String)>,
) -> FakeResponse {
    merge(with_cluster(&api, &project, &cluster, |held| {
        let sharded = held.snapshots.iter().filter(|snapshot| is_sharded(snapshot));
        let results: Vec<_> = sharded.map(|snapshot| with_members(snapshot, held.details.replica_sets())).collect();
        Ok(FakeResponse::json(200, json!({"links": [], "totalCount": results.len(), "results": results})))
    }))
}

async fn snapshot(
    State(api): State<Arc<ApiState>>,
    Path((project, cluster, id)): Path<(String, String, String)>,
    Extension(call): Extension<Call>,
) -> FakeResponse {
    merge(with_cluster(&api, &project, &cluster, |held| {
        let found = held.snapshots.iter().find(|snapshot| snapshot.get("id").and_then(Value::as_str) == Some(&id));
        found
            .map(|found| FakeResponse::json(200, found.clone()))
            .ok_or_else(|| Box::new(errors::resource_not_found(&call.path)))
    }))
}
