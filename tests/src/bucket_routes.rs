//! The endpoints of export buckets.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::{
    Answer,
    bodies::{Body, invalid},
    call::Call,
    errors,
    lock::lock,
    pages::Page,
    routes::{Outcome, answer, json_body, not_found},
    state::Shared,
    store::Bucket,
};

pub(crate) async fn list(
    State(shared): State<Arc<Shared>>,
    Path(project): Path<String>,
    Extension(call): Extension<Call>,
) -> Answer {
    answer(page(&shared, &project, &call))
}

fn page(shared: &Shared, project: &str, call: &Call) -> Outcome {
    let mut store = lock(&shared.store);
    let buckets = &store.project(project).map_err(|missing| not_found(missing, project, ""))?.buckets;
    let page = Page::of(call)?;
    let results = page.cut(buckets).iter().map(|bucket| bucket.document.clone()).collect();
    Ok(page.answer(call, &call.address, results, buckets.len()))
}

pub(crate) async fn create(
    State(shared): State<Arc<Shared>>,
    Path(project): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    answer(json_body(&headers, &body).and_then(|body| add(&shared, &project, body)))
}

fn add(shared: &Shared, project: &str, body: &[u8]) -> Outcome {
    let mut store = lock(&shared.store);
    store.project(project).map_err(|missing| not_found(missing, project, ""))?;
    let document = aws(body)?;
    let id = store.new_id(&shared.clock);
    let held = store.project(project).map_err(|missing| not_found(missing, project, ""))?;
    let mut bucket = Bucket { id: id.clone(), document: Value::Object(document), held: false };
    if let Some(members) = bucket.document.as_object_mut() {
        members.insert("_id".into(), id.into());
    }
    let document = bucket.document.clone();
    held.buckets.push(bucket);
    Ok(Answer::json(200, document))
}

/// What v1.0 knows of: buckets of AWS.
fn aws(body: &[u8]) -> Result<Map<String, Value>, Box<Answer>> {
    let body = Body::parse(body, &["bucketName", "cloudProvider", "iamRoleId", "requirePrivateNetworking"])?;
    if body.required("cloudProvider")? != "AWS" {
        return invalid("cloudProvider", "must be AWS");
    }
    Ok(Map::from_iter([
        ("bucketName".into(), body.length("bucketName", 3..=63)?.into()),
        ("cloudProvider".into(), "AWS".into()),
        ("iamRoleId".into(), body.id("iamRoleId")?.into()),
        ("region".into(), "us-east-1".into()),
        ("requirePrivateNetworking".into(), json!(body.flag("requirePrivateNetworking")?.unwrap_or(false))),
    ]))
}

pub(crate) async fn get(State(shared): State<Arc<Shared>>, Path((project, id)): Path<(String, String)>) -> Answer {
    let mut store = lock(&shared.store);
    match store.project(&project) {
        Err(missing) => *not_found(missing, &project, ""),
        Ok(held) => match held.bucket(&id) {
            Some(bucket) => Answer::json(200, bucket.document.clone()),
            None => errors::bucket_not_found(&id),
        },
    }
}

pub(crate) async fn delete(State(shared): State<Arc<Shared>>, Path((project, id)): Path<(String, String)>) -> Answer {
    let mut store = lock(&shared.store);
    let held = match store.project(&project) {
        Err(missing) => return *not_found(missing, &project, ""),
        Ok(held) => held,
    };
    if held.bucket(&id).is_none() {
        return errors::bucket_not_found(&id);
    }
    if held.uses(&id, &shared.clock) {
        return errors::bucket_in_use(&id);
    }
    held.buckets.retain(|bucket| bucket.id != id);
    Answer::empty(204)
}
