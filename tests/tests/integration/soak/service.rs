//! A service without sockets: jobs that follow a lifecycle in time, behind a network that fails.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use atlas_exports::{BoxError, Error, ErrorKind, Operation, SendFuture, Transport, http, reqwest};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::randomness::{Failure, Randomness};

/// The lifecycle of a job.
#[derive(Debug, Clone)]
pub(crate) struct Lifecycle {
    /// From its creation until it is in progress.
    pub(crate) queued: Duration,
    /// From its creation to its end.
    pub(crate) duration: Duration,
    pub(crate) end: &'static str,
}

/// A job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) snapshot: String,
    /// The custom data of the request that created it.
    pub(crate) tag: Option<String>,
    pub(crate) created_at: Instant,
    /// Before that, no response contains it.
    visible_from: Instant,
    pub(crate) lifecycle: Lifecycle,
}

impl Job {
    pub(crate) fn ends_at(&self) -> Instant {
        self.created_at + self.lifecycle.duration
    }

    fn document(&self, service: &Service, now: Instant) -> Value {
        let age = now - self.created_at;
        let (state, share) = match age {
            age if age >= self.lifecycle.duration => (self.lifecycle.end, 12),
            age if age >= self.lifecycle.queued => ("InProgress", 5),
            _ => ("Queued", 0),
        };
        let mut document = json!({
            "id": self.id,
            "snapshotId": self.snapshot,
            "exportBucketId": BUCKET,
            "state": state,
            "createdAt": iso(service.date(self.created_at)),
            "exportStatus": {"exportedCollections": share, "totalCollections": 12},
            "customData": self.tag.iter().map(|tag| json!({"key": "tag", "value": tag})).collect::<Vec<_>>(),
        });
        if age >= self.lifecycle.duration {
            document["finishedAt"] = iso(service.date(self.ends_at())).into();
        }
        document
    }
}

pub(crate) const BUCKET: &str = "5fb1a7d2e2c4d84c1e4f0b0b";

/// The requests that the service received, and when.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// Requests for jobs and pages of each project.
    pub(crate) gets: BTreeMap<String, Vec<Instant>>,
    /// Requests for each job.
    pub(crate) polls: HashMap<String, Vec<Instant>>,
    /// When a complete response first showed that a job has ended.
    pub(crate) end_shown: HashMap<String, Instant>,
    /// How often each tag was posted, and how many jobs were created with it.
    pub(crate) posts: BTreeMap<String, (usize, usize)>,
    pub(crate) failures: usize,
}

#[derive(Debug, Default)]
struct State {
    /// The jobs of each cluster, oldest first.
    clusters: BTreeMap<String, Vec<Job>>,
    /// The cluster and index of each job.
    positions: HashMap<String, (String, usize)>,
    received: Received,
}

/// The service, which is the transport of its clients.
#[derive(Debug)]
pub(crate) struct Service {
    state: Mutex<State>,
    randomness: Randomness,
    started: Instant,
    /// The time of its clock at the start, which differs from that of this machine.
    clock: DateTime<Utc>,
}

impl Service {
    pub(crate) fn new(randomness: Randomness) -> Self {
        let clock = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        Self { state: Mutex::default(), randomness, started: Instant::now(), clock }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn add(&self, project: &str, cluster: &str, lifecycle: Lifecycle) -> String {
        let created_at = Instant::now();
        self.lock().add(
            &format!("{project}/{cluster}"),
            Job { id: String::new(), snapshot: id(1, 0), tag: None, created_at, visible_from: created_at, lifecycle },
        )
    }

    pub(crate) fn job(&self, id: &str) -> Option<Job> {
        let state = self.lock();
        let (cluster, index) = state.positions.get(id)?;
        state.clusters.get(cluster)?.get(*index).cloned()
    }

    /// The job of a tag, if there is one.
    pub(crate) fn tagged(&self, tag: &str) -> Option<Job> {
        let state = self.lock();
        state.clusters.values().flatten().find(|job| job.tag.as_deref() == Some(tag)).cloned()
    }

    pub(crate) fn received(&self) -> Received {
        std::mem::take(&mut self.lock().received)
    }

    fn date(&self, at: Instant) -> DateTime<Utc> {
        self.clock + TimeDelta::from_std(at - self.started).unwrap()
    }

    /// Processes a request.
    fn process(&self, operation: &str, request: &reqwest::Request) -> (u16, Value) {
        let now = Instant::now();
        let path: Vec<_> = request.url().path_segments().unwrap().collect();
        let [.., project, "clusters", cluster, "backup", "exports"] = path[..] else {
            let id = path.last().unwrap();
            return match self.job(id).filter(|job| job.visible_from <= now) {
                Some(job) => (200, job.document(self, now)),
                None => (404, json!({"error": 404, "errorCode": "RESOURCE_NOT_FOUND", "reason": "Not Found"})),
            };
        };
        let cluster = format!("{project}/{cluster}");
        if operation == "create_export_job" {
            let body: Value = serde_json::from_slice(request.body().unwrap().as_bytes().unwrap()).unwrap();
            let tag = body["customData"][0]["value"].as_str().unwrap().to_owned();
            let (lifecycle, delay) = self.randomness.lifecycle_and_delay();
            let snapshot = body["snapshotId"].as_str().unwrap().to_owned();
            let job = Job {
                id: String::new(),
                snapshot,
                tag: Some(tag.clone()),
                created_at: now,
                visible_from: now + delay,
                lifecycle,
            };
            let document = |job: &Job| (200, job.document(self, now));
            let id = self.lock().add(&cluster, job);
            self.lock().received.posts.entry(tag).or_default().1 += 1;
            return document(&self.job(&id).unwrap());
        }
        let query: HashMap<_, _> = request.url().query_pairs().collect();
        let number = |name: &str, default| query.get(name).map_or(default, |value| value.parse::<usize>().unwrap());
        let (page, size) = (number("pageNum", 1), number("itemsPerPage", 100));
        let state = self.lock();
        let jobs = state.clusters.get(&cluster).map(Vec::as_slice).unwrap_or_default();
        // Newest first, so that new jobs move the others from page to page.
        let visible: Vec<_> = jobs.iter().rev().filter(|job| job.visible_from <= now).collect();
        let results: Vec<_> =
            visible.iter().skip((page - 1) * size).take(size).map(|job| job.document(self, now)).collect();
        let next = json!({"rel": "next", "href": "https://elsewhere.example/"});
        // Without a count, pages have neither a count nor a link to the next one.
        let counts = query.get("includeCount").is_none_or(|value| value == "true");
        let links = if counts && page * size < visible.len() { vec![next] } else { Vec::new() };
        let count = if counts { visible.len() } else { 0 };
        (200, json!({"results": results, "links": links, "totalCount": count}))
    }

    fn record(&self, operation: &str, request: &reqwest::Request) {
        let path: Vec<_> = request.url().path_segments().unwrap().collect();
        let project = path.iter().skip_while(|part| **part != "groups").nth(1).unwrap();
        let mut state = self.lock();
        if operation == "create_export_job" {
            let body: Value = serde_json::from_slice(request.body().unwrap().as_bytes().unwrap()).unwrap();
            let tag = body["customData"][0]["value"].as_str().unwrap().to_owned();
            state.received.posts.entry(tag).or_default().0 += 1;
            return;
        }
        state.received.gets.entry((*project).to_owned()).or_default().push(Instant::now());
        if operation == "get_export_job" {
            state.received.polls.entry((*path.last().unwrap()).to_owned()).or_default().push(Instant::now());
        }
    }

    fn response(&self, status: u16, body: impl Into<reqwest::Body>, headers: &[(&str, &str)]) -> reqwest::Response {
        let date = self.date(Instant::now()).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut response = http::Response::builder().status(status).header("date", date);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        response.body(body.into()).unwrap().into()
    }
}

impl State {
    fn add(&mut self, cluster: &str, job: Job) -> String {
        let id = id(2, self.positions.len());
        let jobs = self.clusters.entry(cluster.to_owned()).or_default();
        self.positions.insert(id.clone(), (cluster.to_owned(), jobs.len()));
        jobs.push(Job { id: id.clone(), ..job });
        id
    }
}

impl Transport for Service {
    fn send<'a>(&'a self, operation: &'static Operation, request: reqwest::Request) -> SendFuture<'a> {
        Box::pin(async move {
            self.record(operation.name, &request);
            let (failure, latency) = self.randomness.failure_and_latency();
            tokio::time::sleep(latency / 2).await;
            let Some(failure) = failure else {
                let (status, document) = self.process(operation.name, &request);
                tokio::time::sleep(latency / 2).await;
                if let (Some(id), true) = (document["id"].as_str(), document["finishedAt"].is_string()) {
                    self.lock().received.end_shown.entry(id.to_owned()).or_insert_with(Instant::now);
                }
                return Ok(self.response(status, document.to_string(), &[]));
            };
            self.lock().received.failures += 1;
            match failure {
                Failure::Status(status, body) => Ok(self.response(status, body, &[])),
                Failure::RateLimited(seconds) => {
                    Ok(self.response(429, "{\"error\": 429}", &[("retry-after", &seconds.to_string())]))
                }
                Failure::Reset => Err(reset()),
                Failure::LostResponse => {
                    self.process(operation.name, &request);
                    tokio::time::sleep(latency / 2).await;
                    Err(reset())
                }
                Failure::Truncated => {
                    let (status, document) = self.process(operation.name, &request);
                    let text = document.to_string();
                    Ok(self.response(status, text.get(..text.len() / 2).unwrap().to_owned(), &[]))
                }
                Failure::Stalled => {
                    self.process(operation.name, &request);
                    std::future::pending().await
                }
            }
        })
    }
}

/// An id in the form of Atlas's.
pub(crate) fn id(kind: usize, number: usize) -> String {
    format!("{kind:08x}{number:016x}")
}

fn reset() -> BoxError {
    Error::new(ErrorKind::Network, "the connection was reset").into()
}

fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
