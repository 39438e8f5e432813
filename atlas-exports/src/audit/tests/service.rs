//! A service of one project or more, behind a transport instead of a network.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use atlas_exports_gen::{Operation, SendFuture, Transport};
use reqwest::Request;
use serde_json::{Value, json};

use super::fixture::Fixture;
use crate::{ApiVersion, Client};

pub(super) const PROJECT: &str = "5f3c5a1e8e4b2a0012345678";

/// What the service has, by path, and what it was asked.
#[derive(Debug, Default)]
pub(super) struct Service {
    /// Lists and documents by their path; a list is cut into pages.
    pub(super) documents: HashMap<String, Value>,
    /// Statuses by path, or by path and page such as `/groups#2`.
    pub(super) refusals: HashMap<String, (u16, &'static str)>,
    /// Whether lists have links and counts.
    pub(super) is_bare: bool,
    /// So many items are counted at the most, where some are.
    pub(super) most_counted: Option<usize>,
    pub(super) date: Option<&'static str>,
    pub(super) delay: Duration,
    pub(super) under_way: AtomicUsize,
    pub(super) most_at_once: AtomicUsize,
    pub(super) asked: Mutex<Vec<String>>,
}

/// The path of something of a cluster.
pub(super) fn of_cluster(cluster: &str, what: &str) -> String {
    format!("/groups/{PROJECT}/clusters/{cluster}/backup/{what}")
}

impl Service {
    pub(super) fn new() -> Self {
        let mut service = Self { date: Some("Mon, 10 Aug 2026 20:00:00 GMT"), ..Self::default() };
        service.put("/groups", json!([{"id": PROJECT, "name": "Shop"}]));
        service.put(&format!("/groups/{PROJECT}/clusters"), json!([]));
        service
    }

    pub(super) fn with(fixtures: &[(&str, Fixture)]) -> Self {
        let mut service = Self::new();
        for (name, fixture) in fixtures {
            service.add(PROJECT, name, fixture);
        }
        service
    }

    /// Adds a cluster of which all is as a fixture has it.
    pub(super) fn add(&mut self, project: &str, name: &str, fixture: &Fixture) {
        let mut cluster = fixture.cluster.clone();
        cluster["name"] = json!(name);
        let clusters = self.documents.entry(format!("/groups/{project}/clusters")).or_insert(json!([]));
        clusters.as_array_mut().unwrap().push(cluster);
        let buckets: Vec<_> = fixture.buckets.iter().map(|id| json!({"_id": id, "cloudProvider": "AWS"})).collect();
        self.put(&format!("/groups/{project}/backup/exportBuckets"), json!(buckets));
        let backup = format!("/groups/{project}/clusters/{name}/backup");
        self.put(&format!("{backup}/schedule"), fixture.schedule.clone());
        self.put(&format!("{backup}/exports"), json!(fixture.jobs));
        self.put(&format!("{backup}/snapshots"), json!(fixture.snapshots));
        let changes = fixture.changes.iter();
        let events = changes.map(|at| json!({"eventTypeName": "CPS_SNAPSHOT_SCHEDULE_UPDATED_AUDIT", "created": at}));
        self.put(&format!("/groups/{project}/events"), json!(events.collect::<Vec<_>>()));
    }

    pub(super) fn put(&mut self, path: &str, document: Value) {
        self.documents.insert(path.to_owned(), document);
    }

    pub(super) fn refuse(&mut self, path: &str, status: u16, code: &'static str) {
        self.refusals.insert(path.to_owned(), (status, code));
    }

    /// A client of the service, without the rate of waits.
    pub(super) fn client(self, version: ApiVersion) -> (Client, Arc<Self>) {
        let service = Arc::new(self);
        let builder = Client::builder().transport(service.clone()).api_version(version).no_poll_rate_limit();
        (builder.build().unwrap(), service)
    }

    /// The paths that were asked for since the last time, in order, without the project's.
    pub(super) fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.into_iter().map(|path| path.replace(&format!("/groups/{PROJECT}"), "")).collect()
    }

    fn respond(&self, request: &Request) -> (u16, Value) {
        let (_, path) = request.url().path().split_once("/api/atlas/").unwrap();
        let path = path.trim_start_matches("v1.0").trim_start_matches("v2");
        let query: HashMap<_, _> = request.url().query_pairs().into_owned().collect();
        let number = |name: &str, default: usize| query.get(name).map_or(default, |text| text.parse().unwrap());
        let (page, size) = (number("pageNum", 1), number("itemsPerPage", 100));
        self.asked.lock().unwrap().push(if page == 1 { path.to_owned() } else { format!("{path}#{page}") });
        let refusal = self.refusals.get(path).or_else(|| self.refusals.get(&format!("{path}#{page}")));
        if let Some((status, code)) = refusal {
            return (*status, json!({"error": status, "errorCode": code, "detail": "refused"}));
        }
        match self.documents.get(path) {
            None => (404, json!({"error": 404, "errorCode": "RESOURCE_NOT_FOUND"})),
            Some(Value::Array(items)) => {
                let results: Vec<_> = items.iter().skip((page - 1) * size).take(size).collect();
                let is_last = page * size >= items.len();
                let links = if self.is_bare || is_last { json!([]) } else { json!([{"rel": "next", "href": "x"}]) };
                let count = if self.is_bare { 0 } else { items.len() };
                let count = self.most_counted.map_or(count, |most| items.len().min(most));
                (200, json!({"results": results, "links": links, "totalCount": count}))
            }
            Some(document) => (200, document.clone()),
        }
    }
}

impl Transport for Service {
    fn send<'a>(&'a self, _: &'static Operation, request: Request) -> SendFuture<'a> {
        Box::pin(async move {
            let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_at_once.fetch_max(under_way, Ordering::SeqCst);
            tokio::time::sleep(self.delay).await;
            let (status, document) = self.respond(&request);
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            let mut response = http::Response::builder().status(status).header("content-type", "application/json");
            if let Some(date) = self.date {
                response = response.header("date", date);
            }
            Ok(response.body(document.to_string()).unwrap().into())
        })
    }
}
