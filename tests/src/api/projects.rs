//! The endpoints of projects and events.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
};
use http::Method;
use serde_json::{Value, json};

use super::{
    Outcome, call::Call, endpoints::EndpointsBuilder, merge, not_found, pages::Page, state::ApiState,
    versions::ONLY_FIRST,
};
use crate::{
    FakeResponse,
    data::{
        backups::Event,
        seed,
        store::{Project, is_id},
    },
    lock::lock,
};

pub(super) fn add_endpoints(endpoints: EndpointsBuilder) -> EndpointsBuilder {
    endpoints.add(Method::GET, "/groups", ONLY_FIRST, list).add(Method::GET, "/groups/{project}", ONLY_FIRST, get).add(
        Method::GET,
        "/groups/{project}/events",
        ONLY_FIRST,
        events,
    )
}

async fn list(State(api): State<Arc<ApiState>>, Extension(call): Extension<Call>) -> FakeResponse {
    let store = lock(&api.store);
    merge(Page::parse(&call).map(|page| {
        let projects = store.projects();
        let results = page.slice(&projects).iter().map(|(id, project)| document(id, project)).collect();
        page.respond(&call, results, projects.len())
    }))
}

async fn get(State(api): State<Arc<ApiState>>, Path(id): Path<String>) -> FakeResponse {
    let mut store = lock(&api.store);
    match store.project(&id) {
        Ok(project) => FakeResponse::json(200, document(&id, project)),
        Err(missing) => *not_found(missing, &id, ""),
    }
}

fn document(id: &str, project: &Project) -> Value {
    let clusters = project.clusters().iter().filter(|cluster| !cluster.details.is_flex()).count();
    json!({
        "clusterCount": clusters,
        "created": if is_id(id) { created(id) } else { None },
        "id": id,
        "links": [],
        "name": project.name.as_deref().unwrap_or("Project 0"),
        "orgId": seed::ORGANISATION,
    })
}

/// The time that an id starts with.
fn created(id: &str) -> Option<String> {
    let seconds = i64::from_str_radix(id.get(..8)?, 16).ok()?;
    chrono::DateTime::from_timestamp(seconds, 0).map(crate::data::clock::iso)
}

async fn events(
    State(api): State<Arc<ApiState>>,
    Path(project): Path<String>,
    Extension(call): Extension<Call>,
) -> FakeResponse {
    merge(page_of_events(&api, &project, &call))
}

/// Newest first.
fn page_of_events(api: &ApiState, project: &str, call: &Call) -> Outcome {
    let mut store = lock(&api.store);
    let held = store.project(project).map_err(|missing| not_found(missing, project, ""))?;
    let page = Page::parse(call)?;
    let events: Vec<_> = held.events.iter().rev().filter(|event| is_wanted(event, call)).collect();
    let results = page.slice(&events).iter().map(|event| event.document(project)).collect();
    Ok(page.respond(call, results, events.len()))
}

fn is_wanted(event: &Event, call: &Call) -> bool {
    // A list is either a parameter for each value, or one with commas.
    let listed = |name: &str, text: Option<&str>| {
        let mut given =
            call.parameters().filter(|(key, _)| *key == name).flat_map(|(_, texts)| texts.split(',')).peekable();
        given.peek().is_none() || given.any(|wanted| Some(wanted) == text)
    };
    let seconds = |text: &str| chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp());
    let created = seconds(&event.created);
    let bound = |name: &str| call.query(name).and_then(seconds);
    listed("eventType", Some(&event.name))
        && listed("clusterNames", event.cluster.as_deref())
        && bound("minDate").is_none_or(|least| created >= Some(least))
        && bound("maxDate").is_none_or(|most| created.is_some_and(|created| created <= most))
}
