//! The endpoints of clusters and of flex clusters.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use http::Method;

use super::{
    Outcome,
    call::Call,
    endpoints::EndpointsBuilder,
    merge, not_found,
    pages::Page,
    state::ApiState,
    versions::{self, Version},
};
use crate::{FakeResponse, data::clusters::Shape, lock::lock};

pub(super) fn add_endpoints(endpoints: EndpointsBuilder) -> EndpointsBuilder {
    endpoints
        .add(Method::GET, "/groups/{project}/clusters", versions::CLUSTERS, list)
        .add(Method::GET, "/groups/{project}/clusters/{cluster}", versions::CLUSTERS, get)
        .add_to_v2(Method::GET, "/groups/{project}/flexClusters", versions::FLEX_CLUSTERS, list_flex)
}

impl Version {
    fn cluster_shape(&self) -> Shape {
        match self {
            Self::V1 => Shape::Legacy { v1: true },
            Self::V2(date) if date.as_str() < versions::ZONES => Shape::Legacy { v1: false },
            Self::V2(date) if date.as_str() < versions::SHARDS => Shape::Zones,
            Self::V2(_) => Shape::Shards,
        }
    }
}

async fn list(
    State(api): State<Arc<ApiState>>,
    Path(project): Path<String>,
    Extension(call): Extension<Call>,
) -> FakeResponse {
    merge(page(&api, &project, &call, false))
}

async fn list_flex(
    State(api): State<Arc<ApiState>>,
    Path(project): Path<String>,
    Extension(call): Extension<Call>,
) -> FakeResponse {
    merge(page(&api, &project, &call, true))
}

fn page(api: &ApiState, project: &str, call: &Call, flex: bool) -> Outcome {
    let mut store = lock(&api.store);
    let held = store.project(project).map_err(|missing| not_found(missing, project, ""))?;
    let page = Page::parse(call)?;
    let clusters: Vec<_> =
        held.clusters().into_iter().map(|held| &held.details).filter(|cluster| cluster.is_flex() == flex).collect();
    let shape = call.version.cluster_shape();
    let document = |cluster: &&crate::NewCluster| {
        if flex { cluster.flex_document(project) } else { cluster.document(project, shape) }
    };
    let results = page.slice(&clusters).iter().map(document).collect();
    Ok(page.respond(call, results, clusters.len()))
}

async fn get(
    State(api): State<Arc<ApiState>>,
    Path((project, cluster)): Path<(String, String)>,
    Extension(call): Extension<Call>,
) -> FakeResponse {
    let mut store = lock(&api.store);
    match store.cluster(&project, &cluster) {
        Ok(held) => FakeResponse::json(200, held.details.document(&project, call.version.cluster_shape())),
        Err(missing) => *not_found(missing, &project, &cluster),
    }
}
