//! What one call did so far: its spans, exchanges and failed attempts, kept even when it is cut off.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use reqwest::{Method, Request, StatusCode};
use tokio::time::Instant;
use tracing::{Span, field::Empty};

use super::{RawResponse, retry};
use crate::{Attempt, Error, Operation};

/// The record of one call.
#[derive(Debug)]
pub(crate) struct CallTrace {
    started: Instant,
    span: Span,
    exchange: Mutex<Exchange>,
    exchanges: AtomicU32,
    attempts: Mutex<Vec<Attempt>>,
    outcome_unknown: AtomicBool,
}

/// The exchange that is under way, and what the next one of the same attempt has in common with it.
#[derive(Debug)]
struct Exchange {
    span: Span,
    method: Method,
    host: Option<String>,
    port: Option<u16>,
    path: String,
}

impl CallTrace {
    /// Starts a call with the fields of OpenTelemetry's conventions for HTTP clients and a few of Atlas's.
    pub(crate) fn start(operation: Option<&'static Operation>, request: &Request) -> Self {
        let parameter = |name| {
            let parameters = operation?.parameters(request.url().path());
            parameters.into_iter().find_map(|(of, value)| (of == name).then_some(value))
        };
        // Nothing of this is evaluated when nobody listens.
        Self::new(tracing::info_span!(
            "atlas call",
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = request.method().as_str(),
            http.response.status_code = Empty,
            server.address = request.url().host_str(),
            server.port = request.url().port_or_known_default(),
            url.template = operation.map(|operation| operation.path),
            error.type = Empty,
            atlas.operation = operation.map(|operation| operation.name),
            atlas.project = parameter("groupId"),
            atlas.cluster = parameter("clusterName"),
            atlas.attempts = Empty,
            atlas.exchanges = Empty,
        ))
    }

    /// Starts a call with this span.
    pub(crate) fn new(span: Span) -> Self {
        let idle = Exchange { span: Span::none(), method: Method::GET, host: None, port: None, path: String::new() };
        Self {
            started: Instant::now(),
            span,
            exchange: Mutex::new(idle),
            exchanges: AtomicU32::new(0),
            attempts: Mutex::default(),
            outcome_unknown: AtomicBool::default(),
        }
    }

    /// The span of the call.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Records that a request goes out.
    pub(crate) fn begin_exchange(&self, request: &Request) {
        let resend_count = self.exchanges.fetch_add(1, Ordering::Relaxed);
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let url = request.url();
        let mut exchange = self.exchange.lock().unwrap_or_else(PoisonError::into_inner);
        *exchange = Exchange {
            span: Span::none(),
            method: request.method().clone(),
            host: url.host_str().map(Into::into),
            port: url.port_or_known_default(),
            path: url.path().to_owned(),
        };
        exchange.open(&self.span, resend_count);
    }

    /// Records that a 401 was received, and that the same request goes out again.
    pub(crate) fn next_exchange(&self) {
        let resend_count = self.exchanges.fetch_add(1, Ordering::Relaxed);
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let mut exchange = self.exchange.lock().unwrap_or_else(PoisonError::into_inner);
        exchange.close(StatusCode::UNAUTHORIZED);
        exchange.open(&self.span, resend_count);
    }

    /// Records that a response was received.
    pub(crate) fn end_exchange(&self, status: StatusCode) {
        if tracing::enabled!(tracing::Level::DEBUG) {
            self.exchange.lock().unwrap_or_else(PoisonError::into_inner).close(status);
        }
    }

    /// Returns the number of exchanges.
    pub(crate) fn exchanges(&self) -> u32 {
        self.exchanges.load(Ordering::Relaxed)
    }

    /// Records an attempt that failed now, after its request was `sent` or not, and returns the number of them.
    pub(crate) fn record_attempt(&self, sent: bool, error: &Error) -> u32 {
        if sent && retry::may_have_acted(error) {
            self.mark_outcome_unknown();
        }
        let attempt = Attempt { after: self.elapsed(), kind: error.kind(), status: error.status() };
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.push(attempt);
        u32::try_from(attempts.len()).unwrap_or(u32::MAX)
    }

    /// Records that the server may have carried the call out, though no response says so.
    pub(crate) fn mark_outcome_unknown(&self) {
        self.outcome_unknown.store(true, Ordering::Relaxed);
    }

    pub(crate) fn outcome_unknown(&self) -> bool {
        self.outcome_unknown.load(Ordering::Relaxed)
    }

    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records how the call ended.
    pub(crate) fn end(&self, outcome: Result<&RawResponse, &Error>) {
        if self.span.is_disabled() {
            return;
        }
        let failed = self.attempts.lock().unwrap_or_else(PoisonError::into_inner).len();
        self.span.record("atlas.attempts", failed + usize::from(outcome.is_ok()));
        self.span.record("atlas.exchanges", self.exchanges());
        let status = match outcome {
            Ok(response) => Some(response.status),
            Err(error) => error.status(),
        };
        if let Some(status) = status {
            self.span.record("http.response.status_code", status.as_u16());
        }
        if let Err(error) = outcome {
            self.span.record("otel.status_code", "ERROR");
            match error.kind() {
                crate::ErrorKind::Api => {
                    self.span.record("error.type", status.map(|status| status.as_str().to_owned()))
                }
                kind => self.span.record("error.type", kind.as_str()),
            };
        }
    }
}

impl Exchange {
    fn open(&mut self, call: &Span, resend_count: u32) {
        self.span = tracing::debug_span!(
            parent: call,
            "exchange",
            otel.kind = "client",
            http.request.method = self.method.as_str(),
            http.request.resend_count = resend_count,
            http.response.status_code = Empty,
            server.address = self.host,
            server.port = self.port,
            url.path = self.path,
        );
    }

    fn close(&mut self, status: StatusCode) {
        let span = std::mem::replace(&mut self.span, Span::none());
        span.record("http.response.status_code", status.as_u16());
    }
}
