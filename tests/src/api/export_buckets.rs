//! The endpoints of export buckets.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use crate::api::bucket_bodies;
use crate::{
    Answer,
    api::{Outcome, answer, bodies::Body, call::Call, errors, json_body, not_found, pages::Page},
    data::store::{Bucket, Project},
    lock::lock,
    net::state::Shared,
};

pub(crate) async fn list(
    State(shared): State<Arc<Shared>>,
    Path(project): Path<String>,
    Extension(call): Extension<Call>,
) -> Answer {
    answer(with_project(&shared, &project, |held| {
        let page = Page::of(&call)?;
        // The older versions know of no cloud but AWS.
        let known: Vec<_> = held.buckets.iter().filter(|held| call.version.has_all_clouds() || is_aws(held)).collect();
        let results = page.cut(&known).iter().map(|bucket| shown(bucket, &call, &call.address)).collect();
        Ok(page.answer(&call, &call.address, results, known.len()))
    }))
}

pub(crate) async fn create(
    State(shared): State<Arc<Shared>>,
    Path(project): Path<String>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let id = lock(&shared.store).new_id(&shared.clock);
    answer(json_body(&headers, &body).and_then(|body| {
        with_project(&shared, &project, |held| {
            let mut members = bucket_bodies::read(body, call.version.has_all_clouds())?;
            members.insert("_id".into(), id.as_str().into());
            let bucket = Bucket { id, document: Value::Object(members), held: false };
            let document = shown(&bucket, &call, &call.address);
            held.buckets.push(bucket);
            Ok(Answer::json(200, document))
        })
    }))
}

pub(crate) async fn get(
    State(shared): State<Arc<Shared>>,
    Path((project, id)): Path<(String, String)>,
    Extension(call): Extension<Call>,
) -> Answer {
    answer(with_bucket(&shared, &project, &id, |bucket| Ok(Answer::json(200, shown(bucket, &call, call.list(&id))))))
}

pub(crate) async fn update(
    State(shared): State<Arc<Shared>>,
    Path((project, id)): Path<(String, String)>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    answer(json_body(&headers, &body).and_then(|body| {
        with_bucket(&shared, &project, &id, |bucket| {
            const FLAG: &str = "requirePrivateNetworking";
            let body = Body::parse(body, &[FLAG])?;
            let flag = body.required_flag(FLAG)?;
            if let Some(members) = bucket.document.as_object_mut() {
                members.insert(FLAG.into(), flag.into());
            }
            Ok(Answer::json(200, shown(bucket, &call, call.list(&id))))
        })
    }))
}

pub(crate) async fn delete(State(shared): State<Arc<Shared>>, Path((project, id)): Path<(String, String)>) -> Answer {
    answer(with_project(&shared, &project, |held| {
        if held.bucket(&id).is_none() {
            return Err(Box::new(errors::bucket_not_found(&id)));
        }
        if held.uses(&id, &shared.clock) {
            return Err(Box::new(errors::bucket_in_use(&id)));
        }
        held.buckets.retain(|bucket| bucket.id != id);
        Ok(Answer::empty(204))
    }))
}

fn with_project(shared: &Shared, project: &str, act: impl FnOnce(&mut Project) -> Outcome) -> Outcome {
    let mut store = lock(&shared.store);
    act(store.project(project).map_err(|missing| not_found(missing, project, ""))?)
}

fn with_bucket(shared: &Shared, project: &str, id: &str, act: impl FnOnce(&mut Bucket) -> Outcome) -> Outcome {
    with_project(shared, project, |held| match held.bucket(id) {
        Some(bucket) => act(bucket),
        None => Err(Box::new(errors::bucket_not_found(id))),
    })
}

fn is_aws(bucket: &Bucket) -> bool {
    bucket.document.get("cloudProvider").and_then(Value::as_str) == Some("AWS")
}

/// A bucket as this version of the API shows it. `list` is the address of the list that it is in.
fn shown(bucket: &Bucket, call: &Call, list: &str) -> Value {
    let mut document = bucket.document.clone();
    if let (true, Some(members)) = (call.version.is_v2(), document.as_object_mut()) {
        let links = json!([{"href": format!("{list}/{}", bucket.id), "rel": "self"}]);
        members.entry("links").or_insert(links);
    }
    document
}
