//! The span of a call, with the fields of OpenTelemetry's conventions for HTTP clients and a few of Atlas's.

use reqwest::{Request, Response};
use tracing::{Span, field::Empty};

use crate::{Error, Operation, transport::Record};

pub(crate) fn begin(operation: &'static Operation, request: &Request) -> Span {
    // Nothing of this is evaluated when nobody listens.
    let parameter = |name| {
        let parameters = operation.parameters(request.url().path());
        parameters.into_iter().find_map(|(of, value)| (of == name).then_some(value))
    };
    tracing::info_span!(
        "atlas call",
        otel.kind = "client",
        http.request.method = request.method().as_str(),
        http.response.status_code = Empty,
        server.address = request.url().host_str(),
        server.port = request.url().port_or_known_default(),
        url.template = operation.path,
        error.type = Empty,
        atlas.operation = operation.name,
        atlas.project = parameter("groupId"),
        atlas.cluster = parameter("clusterName"),
        atlas.attempts = Empty,
        atlas.exchanges = Empty,
    )
}

pub(crate) fn end(span: &Span, record: &Record, ended: Result<&Response, &Error>) {
    if span.is_disabled() {
        return;
    }
    let served = matches!(ended, Ok(response) if response.status().is_success());
    span.record("atlas.attempts", record.attempts().len() + usize::from(served));
    span.record("atlas.exchanges", record.exchanges.count());
    match ended {
        Ok(response) => {
            span.record("http.response.status_code", response.status().as_u16());
            if !served {
                span.record("error.type", response.status().as_str());
            }
        }
        Err(error) => {
            if let Some(status) = error.status() {
                span.record("http.response.status_code", status.as_u16());
            }
            span.record("error.type", error.kind());
        }
    }
}
