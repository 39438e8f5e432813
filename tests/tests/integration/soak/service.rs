//! Atlas without sockets: jobs that move by time, in clusters that are reached through bad weather.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use atlas_exports::{Error, ErrorKind, Operation, SendFuture, Transport, http, reqwest};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::weather::{Trouble, Weather};

/// How a job goes, which only the service knows before its end.
#[derive(Debug, Clone)]
pub(crate) struct Fate {
    /// From its creation to the start of its work.
    pub(crate) queued: Duration,
    /// From its creation to its end.
    pub(crate) lasts: Duration,
    pub(crate) end: &'static str,
}

/// One job as the service has it.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) snapshot: String,
    /// Custom data of the request that created it.
    pub(crate) tag: Option<String>,
    pub(crate) born: Instant,
    /// Looks at it before then find nothing.
    shows: Instant,
    pub(crate) fate: Fate,
}

impl Job {
    pub(crate) fn ends(&self) -> Instant {
        self.born + self.fate.lasts
    }

    fn document(&self, service: &Service, now: Instant) -> Value {
        let age = now - self.born;
        let (state, share) = match age {
            age if age >= self.fate.lasts => (self.fate.end, 12),
            age if age >= self.fate.queued => ("InProgress", 5),
            _ => ("Queued", 0),
        };
        let mut document = json!({
            "id": self.id,
            "snapshotId": self.snapshot,
            "exportBucketId": BUCKET,
            "state": state,
            "createdAt": iso(service.date(self.born)),
            "exportStatus": {"exportedCollections": share, "totalCollections": 12},
            "customData": self.tag.iter().map(|tag| json!({"key": "tag", "value": tag})).collect::<Vec<_>>(),
        });
        if age >= self.fate.lasts {
            document["finishedAt"] = iso(service.date(self.ends())).into();
        }
        document
    }
}

pub(crate) const BUCKET: &str = "5fb1a7d2e2c4d84c1e4f0b0b";

/// All that is asked of the service, and when.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Polls and pages of each project.
    pub(crate) gets: BTreeMap<String, Vec<Instant>>,
    /// Polls of each job.
    pub(crate) polls: HashMap<String, Vec<Instant>>,
    /// When an answer to a poll first told that a job has ended, whole and in time.
    pub(crate) told: HashMap<String, Instant>,
    /// How often each tag was posted, and how many jobs that made.
    pub(crate) posts: BTreeMap<String, (usize, usize)>,
    pub(crate) troubles: usize,
}

#[derive(Debug, Default)]
struct State {
    /// Jobs of each cluster, the oldest first.
    clusters: BTreeMap<String, Vec<Job>>,
    /// Where each job is.
    places: HashMap<String, (String, usize)>,
    asked: Asked,
}

/// The service, which is its clients' transport as well.
#[derive(Debug)]
pub(crate) struct Service {
    state: Mutex<State>,
    weather: Weather,
    began: Instant,
    /// What its clock showed then, which is another time than this machine's.
    clock: DateTime<Utc>,
}

impl Service {
    pub(crate) fn new(weather: Weather) -> Self {
        let clock = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        Self { state: Mutex::default(), weather, began: Instant::now(), clock }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn add(&self, project: &str, cluster: &str, fate: Fate) -> String {
        let born = Instant::now();
        self.lock().add(
            &format!("{project}/{cluster}"),
            Job { id: String::new(), snapshot: id(1, 0), tag: None, born, shows: born, fate },
        )
    }

    pub(crate) fn job(&self, id: &str) -> Option<Job> {
        let state = self.lock();
        let (cluster, index) = state.places.get(id)?;
        state.clusters.get(cluster)?.get(*index).cloned()
    }

    /// The job of a tag, if there is one.
    pub(crate) fn tagged(&self, tag: &str) -> Option<Job> {
        let state = self.lock();
        state.clusters.values().flatten().find(|job| job.tag.as_deref() == Some(tag)).cloned()
    }

    pub(crate) fn asked(&self) -> Asked {
        std::mem::take(&mut self.lock().asked)
    }

    fn date(&self, at: Instant) -> DateTime<Utc> {
        self.clock + TimeDelta::from_std(at - self.began).unwrap()
    }

    /// Carries a request out.
    fn serve(&self, operation: &str, request: &reqwest::Request) -> (u16, Value) {
        let now = Instant::now();
        let path: Vec<_> = request.url().path_segments().unwrap().collect();
        let [.., project, "clusters", cluster, "backup", "exports"] = path[..] else {
            let id = path.last().unwrap();
            return match self.job(id).filter(|job| job.shows <= now) {
                Some(job) => (200, job.document(self, now)),
                None => (404, json!({"error": 404, "errorCode": "RESOURCE_NOT_FOUND", "reason": "Not Found"})),
            };
        };
        let cluster = format!("{project}/{cluster}");
        if operation == "create_export_job" {
            let body: Value = serde_json::from_slice(request.body().unwrap().as_bytes().unwrap()).unwrap();
            let tag = body["customData"][0]["value"].as_str().unwrap().to_owned();
            let (fate, delay) = self.weather.fate_and_delay();
            let snapshot = body["snapshotId"].as_str().unwrap().to_owned();
            let job = Job { id: String::new(), snapshot, tag: Some(tag.clone()), born: now, shows: now + delay, fate };
            let document = |job: &Job| (200, job.document(self, now));
            let id = self.lock().add(&cluster, job);
            self.lock().asked.posts.entry(tag).or_default().1 += 1;
            return document(&self.job(&id).unwrap());
        }
        let query: HashMap<_, _> = request.url().query_pairs().collect();
        let number = |name: &str, default| query.get(name).map_or(default, |value| value.parse::<usize>().unwrap());
        let (page, size) = (number("pageNum", 1), number("itemsPerPage", 100));
        let state = self.lock();
        let jobs = state.clusters.get(&cluster).map(Vec::as_slice).unwrap_or_default();
        // The newest first, so that new ones push the others from page to page.
        let shown: Vec<_> = jobs.iter().rev().filter(|job| job.shows <= now).collect();
        let results: Vec<_> =
            shown.iter().skip((page - 1) * size).take(size).map(|job| job.document(self, now)).collect();
        let next = json!({"rel": "next", "href": "https://elsewhere.example/"});
        let links = if page * size < shown.len() { vec![next] } else { Vec::new() };
        (200, json!({"results": results, "links": links, "totalCount": shown.len()}))
    }

    fn note(&self, operation: &str, request: &reqwest::Request) {
        let path: Vec<_> = request.url().path_segments().unwrap().collect();
        let project = path.iter().skip_while(|part| **part != "groups").nth(1).unwrap();
        let mut state = self.lock();
        if operation == "create_export_job" {
            let body: Value = serde_json::from_slice(request.body().unwrap().as_bytes().unwrap()).unwrap();
            let tag = body["customData"][0]["value"].as_str().unwrap().to_owned();
            state.asked.posts.entry(tag).or_default().0 += 1;
            return;
        }
        state.asked.gets.entry((*project).to_owned()).or_default().push(Instant::now());
        if operation == "get_export_job" {
            state.asked.polls.entry((*path.last().unwrap()).to_owned()).or_default().push(Instant::now());
        }
    }

    fn answer(&self, status: u16, body: impl Into<reqwest::Body>, headers: &[(&str, &str)]) -> reqwest::Response {
        let date = self.date(Instant::now()).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut answer = http::Response::builder().status(status).header("date", date);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        answer.body(body.into()).unwrap().into()
    }
}

impl State {
    fn add(&mut self, cluster: &str, job: Job) -> String {
        let id = id(2, self.places.len());
        let jobs = self.clusters.entry(cluster.to_owned()).or_default();
        self.places.insert(id.clone(), (cluster.to_owned(), jobs.len()));
        jobs.push(Job { id: id.clone(), ..job });
        id
    }
}

impl Transport for Service {
    fn send<'a>(&'a self, operation: &'static Operation, request: reqwest::Request) -> SendFuture<'a> {
        Box::pin(async move {
            self.note(operation.name, &request);
            let (trouble, latency) = self.weather.draw();
            tokio::time::sleep(latency / 2).await;
            let Some(trouble) = trouble else {
                let (status, document) = self.serve(operation.name, &request);
                tokio::time::sleep(latency / 2).await;
                if let (Some(id), true) = (document["id"].as_str(), document["finishedAt"].is_string()) {
                    self.lock().asked.told.entry(id.to_owned()).or_insert_with(Instant::now);
                }
                return Ok(self.answer(status, document.to_string(), &[]));
            };
            self.lock().asked.troubles += 1;
            match trouble {
                Trouble::Status(status, body) => Ok(self.answer(status, body, &[])),
                Trouble::RateLimited(seconds) => {
                    Ok(self.answer(429, "{\"error\": 429}", &[("retry-after", &seconds.to_string())]))
                }
                Trouble::Refused => Err(connection_reset()),
                Trouble::Lost => {
                    self.serve(operation.name, &request);
                    tokio::time::sleep(latency / 2).await;
                    Err(connection_reset())
                }
                Trouble::Cut => {
                    let (status, document) = self.serve(operation.name, &request);
                    let text = document.to_string();
                    Ok(self.answer(status, text.get(..text.len() / 2).unwrap().to_owned(), &[]))
                }
                Trouble::Stalled => {
                    self.serve(operation.name, &request);
                    std::future::pending().await
                }
            }
        })
    }
}

/// An error of this transport's own would not be retryable.
fn connection_reset() -> atlas_exports::BoxError {
    Error::new(ErrorKind::Network, "connection reset").into()
}

/// An id like Atlas's.
pub(crate) fn id(kind: usize, number: usize) -> String {
    format!("{kind:08x}{number:016x}")
}

fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
