//! What one call did so far: its spans, exchanges and failed attempts, kept even when it is cut off.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use reqwest::{Method, Request, Response, StatusCode, Version, header::HeaderMap};
use tokio::time::Instant;
use tracing::{Span, field::Empty};

use super::{
    RawResponse,
    observer::{CallEvent, ExchangeEvent, ExchangeKind, Observer},
    retry,
};
use crate::{Attempt, Error, ErrorKind, Operation};

/// The record of one call.
#[derive(Debug)]
pub(crate) struct CallTrace {
    started: Instant,
    operation: Option<&'static Operation>,
    span: Span,
    observer: Option<Arc<dyn Observer>>,
    exchange: Mutex<Option<Exchange>>,
    exchanges: AtomicU32,
    attempts: Mutex<Vec<Attempt>>,
    outcome_unknown: AtomicBool,
}

/// The exchange that is under way.
#[derive(Debug)]
struct Exchange {
    kind: ExchangeKind,
    method: Method,
    host: String,
    port: Option<u16>,
    path: String,
    attempt: u32,
    resend_count: u32,
    started: Instant,
    span: Span,
}

/// The head of a response, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResponseHead<'a> {
    pub(crate) status: StatusCode,
    pub(crate) version: Option<Version>,
    pub(crate) headers: &'a HeaderMap,
}

impl<'a> From<&'a Response> for ResponseHead<'a> {
    fn from(response: &'a Response) -> Self {
        Self { status: response.status(), version: Some(response.version()), headers: response.headers() }
    }
}

impl CallTrace {
    /// Starts a call with the fields of OpenTelemetry's conventions for HTTP clients and a few of Atlas's.
    pub(crate) fn start(
        operation: Option<&'static Operation>,
        request: &Request,
        observer: Option<Arc<dyn Observer>>,
    ) -> Self {
        let parameter = |name| {
            let parameters = operation?.parameters(request.url().path());
            parameters.into_iter().find_map(|(of, value)| (of == name).then_some(value))
        };
        let name = || {
            let template = operation.map_or("", |operation| operation.path);
            format!("{} {template}", request.method()).trim_end().to_owned()
        };
        // Nothing of this is evaluated when nobody listens.
        let span = tracing::info_span!(
            "atlas call",
            otel.name = name(),
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
        );
        let mut trace = Self::new(span, observer);
        trace.operation = operation;
        trace
    }

    /// Starts a call with this span.
    pub(crate) fn new(span: Span, observer: Option<Arc<dyn Observer>>) -> Self {
        Self {
            started: Instant::now(),
            operation: None,
            span,
            observer,
            exchange: Mutex::default(),
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
    pub(crate) fn begin_exchange(&self, kind: ExchangeKind, request: &Request) {
        let resend_count = self.exchanges.fetch_add(1, Ordering::Relaxed);
        if !self.is_observed() {
            return;
        }
        let url = request.url();
        let failed = self.attempts.lock().unwrap_or_else(PoisonError::into_inner).len();
        let mut exchange = Exchange {
            kind,
            method: request.method().clone(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default(),
            path: url.path().to_owned(),
            attempt: u32::try_from(failed).unwrap_or(u32::MAX).saturating_add(1),
            resend_count,
            started: Instant::now(),
            span: Span::none(),
        };
        exchange.open(&self.span);
        let before = self.exchange.lock().unwrap_or_else(PoisonError::into_inner).replace(exchange);
        self.close(before, None, None);
    }

    /// Records that a response was received.
    pub(crate) fn end_exchange(&self, response: ResponseHead<'_>) {
        if self.is_observed() {
            let exchange = self.exchange.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.close(exchange, Some(response), None);
        }
    }

    /// Records that a 401 was received, and that the same request goes out again.
    pub(crate) fn next_exchange(&self, unauthorized: ResponseHead<'_>) {
        let resend_count = self.exchanges.fetch_add(1, Ordering::Relaxed);
        let Some(before) = self.exchange.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let (method, host, path) = (before.method.clone(), before.host.clone(), before.path.clone());
        let mut next =
            Exchange { method, host, path, resend_count, started: Instant::now(), span: Span::none(), ..before };
        self.close(Some(before), Some(unauthorized), None);
        next.open(&self.span);
        *self.exchange.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
    }

    /// Records that no response was received, if one was waited for.
    pub(crate) fn fail_exchange(&self, error: &Error) {
        let exchange = self.exchange.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.close(exchange, None, Some(error.kind()));
    }

    fn is_observed(&self) -> bool {
        self.observer.is_some() || tracing::enabled!(tracing::Level::DEBUG)
    }

    fn close(&self, exchange: Option<Exchange>, response: Option<ResponseHead<'_>>, error: Option<ErrorKind>) {
        let Some(exchange) = exchange else { return };
        exchange.record(response.map(|response| response.status), error);
        if let Some(observer) = &self.observer {
            observer.exchange_ended(&ExchangeEvent {
                kind: exchange.kind,
                operation: self.operation.map(|operation| operation.name),
                method: &exchange.method,
                server: &exchange.host,
                port: exchange.port,
                path: &exchange.path,
                attempt: exchange.attempt,
                resend_count: exchange.resend_count,
                status: response.map(|response| response.status),
                error,
                version: response.and_then(|response| response.version),
                headers: response.map(|response| response.headers),
                duration: exchange.started.elapsed(),
            });
        }
    }

    /// Returns the number of exchanges.
    pub(crate) fn exchanges(&self) -> u32 {
        self.exchanges.load(Ordering::Relaxed)
    }

    /// Records an attempt that failed now, after its request was `sent` or not, and returns the number of them.
    pub(crate) fn record_attempt(&self, sent: bool, error: &Error) -> u32 {
        if sent && retry::may_have_succeeded(error) {
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
    pub(crate) fn end(&self, request_method: &Method, outcome: Result<&RawResponse, &Error>) {
        let failed = self.attempts.lock().unwrap_or_else(PoisonError::into_inner).len();
        let attempts = u32::try_from(failed + usize::from(outcome.is_ok())).unwrap_or(u32::MAX);
        let status = match outcome {
            Ok(response) => Some(response.status),
            Err(error) => error.status(),
        };
        if let Some(observer) = &self.observer {
            observer.call_ended(&CallEvent {
                operation: self.operation.map(|operation| operation.name),
                template: self.operation.map(|operation| operation.path),
                method: request_method,
                status,
                error: outcome.err(),
                attempts,
                exchanges: self.exchanges(),
                duration: self.elapsed(),
                envelope: outcome.ok().and_then(|response| response.envelope),
            });
        }
        if self.span.is_disabled() {
            return;
        }
        self.span.record("atlas.attempts", attempts);
        self.span.record("atlas.exchanges", self.exchanges());
        if let Some(status) = status {
            self.span.record("http.response.status_code", status.as_u16());
        }
        if let Err(error) = outcome {
            self.span.record("otel.status_code", "ERROR");
            match error.kind() {
                ErrorKind::Api => self.span.record("error.type", status.map(|status| status.as_str().to_owned())),
                kind => self.span.record("error.type", kind.as_str()),
            };
        }
    }
}

impl Drop for CallTrace {
    fn drop(&mut self) {
        let exchange = self.exchange.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        self.close(exchange, None, None);
    }
}

impl Exchange {
    fn open(&mut self, call: &Span) {
        self.span = tracing::debug_span!(
            parent: call,
            "exchange",
            otel.name = self.method.as_str(),
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = self.method.as_str(),
            http.request.resend_count = self.resend_count,
            http.response.status_code = Empty,
            server.address = self.host,
            server.port = self.port,
            url.path = self.path,
            error.type = Empty,
        );
    }

    fn record(&self, status: Option<StatusCode>, error: Option<ErrorKind>) {
        if let Some(status) = status {
            self.span.record("http.response.status_code", status.as_u16());
        }
        let failure = match (status, error) {
            (Some(status), _) if status.is_client_error() || status.is_server_error() => status.as_str().to_owned(),
            (None, Some(error)) => error.as_str().to_owned(),
            _ => return,
        };
        self.span.record("otel.status_code", "ERROR");
        self.span.record("error.type", failure);
    }
}
