//! The endpoints of export buckets.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Value, json};

use super::{
    Outcome,
    bodies::{Body, require_json},
    bucket_bodies,
    call::Call,
    endpoints::EndpointsBuilder,
    errors, merge, not_found,
    pages::Page,
    state::ApiState,
    versions::{EXPORT_BUCKETS, ONLY_ALL_PROVIDERS, ONLY_FIRST},
};
use crate::{
    FakeResponse,
    data::store::{Bucket, Project},
    lock::lock,
};

const BUCKETS: &str = "/groups/{project}/backup/exportBuckets";
const BUCKET: &str = "/groups/{project}/backup/exportBuckets/{bucket}";

pub(super) fn add_endpoints(endpoints: EndpointsBuilder) -> EndpointsBuilder {
    endpoints
        .add(Method::GET, BUCKETS, EXPORT_BUCKETS, list)
        .add(Method::POST, BUCKETS, EXPORT_BUCKETS, create)
        .add(Method::GET, BUCKET, EXPORT_BUCKETS, get)
        .add(Method::DELETE, BUCKET, ONLY_FIRST, delete)
        .add_to_v2(Method::PATCH, BUCKET, ONLY_ALL_PROVIDERS, update)
}

async fn list(
    State(api): State<Arc<ApiState>>,
    Path(project): Path<String>,
    Extension(call): Extension<Call>,
) -> FakeResponse {
    merge(with_project(&api, &project, |data| {
        let page = Page::parse(&call)?;
        let all_providers = call.version.has_all_providers();
        let buckets: Vec<_> = data.buckets.iter().filter(|bucket| all_providers || is_aws(bucket)).collect();
        let results = page.slice(&buckets).iter().map(|bucket| document(bucket, &call, &call.url)).collect();
        Ok(page.respond(&call, results, buckets.len()))
    }))
}

async fn create(
    State(api): State<Arc<ApiState>>,
    Path(project): Path<String>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    body: Bytes,
) -> FakeResponse {
    let id = lock(&api.store).new_id(&api.clock);
    merge(require_json(&headers, &body).and_then(|body| {
        with_project(&api, &project, |data| {
            let mut members = bucket_bodies::parse(body, call.version.has_all_providers())?;
            members.insert("_id".into(), id.as_str().into());
            let bucket = Bucket { id, document: Value::Object(members), in_use: false };
            let document = document(&bucket, &call, &call.url);
            data.buckets.push(bucket);
            Ok(FakeResponse::json(200, document))
        })
    }))
}

async fn get(
    State(api): State<Arc<ApiState>>,
    Path((project, id)): Path<(String, String)>,
    Extension(call): Extension<Call>,
) -> FakeResponse {
    merge(with_bucket(&api, &project, &id, |bucket| {
        Ok(FakeResponse::json(200, document(bucket, &call, call.list(&id))))
    }))
}

async fn update(
    State(api): State<Arc<ApiState>>,
    Path((project, id)): Path<(String, String)>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    body: Bytes,
) -> FakeResponse {
    merge(require_json(&headers, &body).and_then(|body| {
        with_bucket(&api, &project, &id, |bucket| {
            const FLAG: &str = "requirePrivateNetworking";
            let body = Body::parse(body, &[FLAG])?;
            let flag = body.required_flag(FLAG)?;
            if let Some(members) = bucket.document.as_object_mut() {
                members.insert(FLAG.into(), flag.into());
            }
            Ok(FakeResponse::json(200, document(bucket, &call, call.list(&id))))
        })
    }))
}

async fn delete(State(api): State<Arc<ApiState>>, Path((project, id)): Path<(String, String)>) -> FakeResponse {
    merge(with_project(&api, &project, |data| {
        if data.bucket(&id).is_none() {
            return Err(Box::new(errors::bucket_not_found(&id)));
        }
        if data.uses(&id, &api.clock) {
            return Err(Box::new(errors::bucket_in_use(&id)));
        }
        data.buckets.retain(|bucket| bucket.id != id);
        Ok(FakeResponse::empty(204))
    }))
}

fn with_project(api: &ApiState, project: &str, act: impl FnOnce(&mut Project) -> Outcome) -> Outcome {
    let mut store = lock(&api.store);
    act(store.project(project).map_err(|missing| not_found(missing, project, ""))?)
}

fn with_bucket(api: &ApiState, project: &str, id: &str, act: impl FnOnce(&mut Bucket) -> Outcome) -> Outcome {
    with_project(api, project, |data| match data.bucket(id) {
        Some(bucket) => act(bucket),
        None => Err(Box::new(errors::bucket_not_found(id))),
    })
}

fn is_aws(bucket: &Bucket) -> bool {
    bucket.document.get("cloudProvider").and_then(Value::as_str) == Some("AWS")
}

/// The document of a bucket in the version of the call. `list` is the URL of the list that it is in.
fn document(bucket: &Bucket, call: &Call, list: &str) -> Value {
    let mut document = bucket.document.clone();
    if let (true, Some(members)) = (call.version.is_v2(), document.as_object_mut()) {
        let links = json!([{"href": format!("{list}/{}", bucket.id), "rel": "self"}]);
        members.entry("links").or_insert(links);
    }
    document
}
