//! Counts the HTTP exchanges of a call, and gives each a span.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU32, Ordering},
};

use reqwest::{Request, StatusCode};
use tracing::{Span, field::Empty};

/// Requests that went out for one call, challenges included.
#[derive(Debug)]
pub(crate) struct Exchanges {
    count: AtomicU32,
    call: Span,
    current: Mutex<Span>,
}

impl Exchanges {
    /// For a call with this span.
    pub(crate) fn new(call: Span) -> Self {
        Self { count: AtomicU32::new(0), call, current: Mutex::new(Span::none()) }
    }

    /// The first request of an attempt goes out.
    pub(crate) fn begin(&self, request: &Request) {
        let resent = self.count.fetch_add(1, Ordering::Relaxed);
        let span = tracing::debug_span!(
            parent: &self.call,
            "exchange",
            otel.kind = "client",
            http.request.method = request.method().as_str(),
            http.request.resend_count = resent,
            http.response.status_code = Empty,
            server.address = request.url().host_str(),
            server.port = request.url().port_or_known_default(),
            url.path = request.url().path(),
        );
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = span;
    }

    /// The last request was answered with a 401, and one more of its kind goes out.
    pub(crate) fn next(&self) {
        self.end(StatusCode::UNAUTHORIZED);
        let resent = self.count.fetch_add(1, Ordering::Relaxed);
        let span = tracing::debug_span!(
            parent: &self.call,
            "exchange",
            otel.kind = "client",
            http.request.resend_count = resent,
            http.response.status_code = Empty,
        );
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = span;
    }

    /// The last request was answered.
    pub(crate) fn end(&self, status: StatusCode) {
        let span = std::mem::replace(&mut *self.current.lock().unwrap_or_else(PoisonError::into_inner), Span::none());
        span.record("http.response.status_code", status.as_u16());
    }

    pub(crate) fn count(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }
}
