//! What the fake remembers of the requests that it got.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Version};

use crate::lock::lock;

/// One request, and what was answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recorded {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Path as sent, without the query.
    pub path: String,
    /// Query as sent, without the question mark; empty when there was none.
    pub query: String,
    /// All headers, `Authorization` included.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// HTTP version that the request came by.
    pub version: Version,
    /// Which connection brought it, counted from 0.
    pub connection: usize,
    /// Which node served it, counted from 0; see [`FakeAtlasBuilder::nodes`](crate::FakeAtlasBuilder::nodes).
    pub node: usize,
    /// Status of the answer; `None` when there was none, or not yet.
    pub status: Option<u16>,
    /// Why credentials were refused.
    pub refusal: Option<&'static str>,
    /// Tokio's time from the fake's start to the request.
    pub at: Duration,
}

impl Recorded {
    /// A header's value, when it is there once or more and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Path and query as they were sent.
    #[must_use]
    pub fn uri(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }
}

/// The last requests, and how many there were.
#[derive(Debug)]
pub(crate) struct Log {
    limit: usize,
    kept: Mutex<Kept>,
    exchanges: AtomicUsize,
}

#[derive(Debug, Default)]
struct Kept {
    /// Sequence number of the oldest that is kept.
    first: u64,
    requests: VecDeque<Recorded>,
    answered: BTreeMap<Option<u16>, usize>,
}

impl Log {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, kept: Mutex::default(), exchanges: AtomicUsize::new(0) }
    }

    /// Notes a request and returns its number, for [`Log::close`].
    pub(crate) fn open(&self, request: Recorded) -> u64 {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        let mut kept = lock(&self.kept);
        let number = kept.first + kept.requests.len() as u64;
        kept.requests.push_back(request);
        while kept.requests.len() > self.limit {
            kept.requests.pop_front();
            kept.first += 1;
        }
        number
    }

    pub(crate) fn close(&self, number: u64, status: Option<u16>, refusal: Option<&'static str>) {
        let mut kept = lock(&self.kept);
        *kept.answered.entry(status).or_default() += 1;
        let Some(index) = number.checked_sub(kept.first).and_then(|index| usize::try_from(index).ok()) else {
            return;
        };
        if let Some(request) = kept.requests.get_mut(index) {
            request.status = status;
            request.refusal = refusal;
        }
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        lock(&self.kept).requests.iter().cloned().collect()
    }

    pub(crate) fn exchanges(&self) -> usize {
        self.exchanges.load(Ordering::Relaxed)
    }

    /// How many requests were answered so, `None` standing for no answer.
    pub(crate) fn answered(&self, status: Option<u16>) -> usize {
        lock(&self.kept).answered.get(&status).copied().unwrap_or_default()
    }

    pub(crate) fn reset(&self) {
        let mut kept = lock(&self.kept);
        kept.first += kept.requests.len() as u64;
        kept.requests.clear();
        kept.answered.clear();
        self.exchanges.store(0, Ordering::Relaxed);
    }
}
