//! What `doctor` observes: the exchanges of its clients, and how its calls ended.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use atlas_exports::{
    CallEvent, Deprecation, Error, ErrorKind, ExchangeEvent, ExchangeKind, Observer, RateLimit,
    http::{HeaderName, StatusCode, header},
};
use chrono::{DateTime, Utc};
use tokio::sync::Notify;

/// One exchange, as the observer saw it.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) is_token: bool,
    pub(super) status: Option<StatusCode>,
    pub(super) error: Option<ErrorKind>,
    pub(super) duration: Duration,
    /// When it ended, by the clock of this machine.
    pub(super) at: DateTime<Utc>,
    /// HTTP version of the response.
    pub(super) version: Option<String>,
    pub(super) challenge: Option<String>,
    pub(super) date: Option<String>,
    pub(super) content_type: Option<String>,
}

/// Everything that the report is made of.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The root of the service, redacted.
    pub(super) base_url: String,
    /// Proxy variables that are set, with redacted values.
    pub(super) proxies: Vec<(String, String)>,
    pub(super) is_v2: bool,
    /// The exchanges of the client that keeps its connections, call by call.
    pub(super) kept: Vec<Vec<Seen>>,
    /// The exchanges of the client that makes a connection for each request, call by call.
    pub(super) fresh: Vec<Vec<Seen>>,
    /// Whether a call was given up because it would have taken too many requests.
    pub(super) is_limited: bool,
    /// The project to examine.
    pub(super) project: Option<String>,
    /// The ids of the first page of projects, and the number of all.
    pub(super) projects: Option<Result<(Vec<String>, u64), Error>>,
    pub(super) buckets: Option<Result<(), Error>>,
    pub(super) jobs: Option<Result<(), Error>>,
    /// The member of an enveloped response that held the result; `Some(None)` when there was no envelope.
    pub(super) envelope: Option<Option<&'static str>>,
    pub(super) deprecations: Vec<Deprecation>,
    pub(super) rate_limit: Option<RateLimit>,
}

impl Facts {
    /// Returns all exchanges.
    pub(super) fn exchanges(&self) -> impl Iterator<Item = &Seen> {
        self.kept.iter().chain(&self.fresh).flatten()
    }
}

/// Maximum number of requests, challenges and tokens included.
const LIMIT: usize = 10;

/// Number of requests that may have to be left for a call: with a nonce that is refused, with a new one, and one in
/// reserve.
const CALL: usize = 3;

/// Records the exchanges of clients, and limits their number.
#[derive(Debug, Default)]
pub(super) struct Watcher {
    watched: Mutex<Watched>,
    limit: Notify,
}

#[derive(Debug, Default)]
struct Watched {
    exchanges: Vec<Seen>,
    total: usize,
    envelope: Option<&'static str>,
}

impl Watcher {
    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a call, and returns its outcome and its exchanges. The outcome is `None` when it would take more requests
    /// than are left.
    pub(super) async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
    ) -> (Option<Result<T, Error>>, Vec<Seen>) {
        if self.watched().total + CALL > LIMIT {
            return (None, Vec::new());
        }
        // The block ends the call, and with it the exchange that is under way.
        let outcome = {
            tokio::select! {
                biased;
                outcome = call => Some(outcome),
                () = self.limit.notified() => None,
            }
        };
        (outcome, std::mem::take(&mut self.watched().exchanges))
    }

    /// Returns the member that held the result of the last call.
    pub(super) fn envelope(&self) -> Option<&'static str> {
        self.watched().envelope
    }
}

impl Observer for Watcher {
    fn exchange_ended(&self, exchange: &ExchangeEvent<'_>) {
        let header = |name: HeaderName| Some(exchange.headers?.get(name)?.to_str().ok()?.to_owned());
        let seen = Seen {
            is_token: exchange.kind == ExchangeKind::Token,
            status: exchange.status,
            error: exchange.error,
            duration: exchange.duration,
            at: SystemTime::now().into(),
            version: exchange.version.map(|version| format!("{version:?}")),
            challenge: header(header::WWW_AUTHENTICATE),
            date: header(header::DATE),
            content_type: header(header::CONTENT_TYPE),
        };
        let mut watched = self.watched();
        watched.exchanges.push(seen);
        watched.total += 1;
        if watched.total == LIMIT - 1 {
            // The call has begun its next exchange, the last one, before this is noticed.
            self.limit.notify_one();
        }
    }

    fn call_ended(&self, call: &CallEvent<'_>) {
        self.watched().envelope = call.envelope;
    }
}
