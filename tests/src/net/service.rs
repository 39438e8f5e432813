//! The way of a request through the service.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::body::Body;
use http::{Request, Response, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::watch;

use super::{
    delivery::{ConnectionEnded, deliver},
    server::Connection,
};
use crate::{
    FakeResponse, Fault, Recorded,
    api::Api,
    auth::{Auth, tokens},
    control::{self, Target},
    data::log::Log,
    faults::{FaultQueue, Stage, effect::Effect},
};

/// How connections and requests are distributed over the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Balance {
    /// Each connection is assigned to the next node.
    PerConnection,
    /// Each request is assigned to the next node.
    PerRequest,
}

/// The parts of one fake that serve requests.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) auth: Auth,
    pub(crate) api: Api,
    pub(crate) faults: FaultQueue,
    pub(crate) log: Log,
    /// Whether the control interface is served.
    pub(crate) control: bool,
    /// Changes when all connections are to accept no more requests.
    pub(crate) retire: watch::Sender<u64>,
    /// The path before that of the API.
    pub(crate) prefix: String,
    pub(crate) balance: Balance,
    pub(crate) next_node: AtomicUsize,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<super::tls::Identity>,
}

/// A response, and what a fault does to it.
struct Outcome {
    response: FakeResponse,
    effect: Option<Effect>,
    refusal: Option<&'static str>,
}

impl From<FakeResponse> for Outcome {
    fn from(response: FakeResponse) -> Self {
        Self { response, effect: None, refusal: None }
    }
}

impl Outcome {
    fn with(self, fault: Fault) -> Self {
        Self { effect: Some(fault.effect), ..self }
    }
}

impl Service {
    /// The node of the next connection or request.
    pub(crate) fn next_node(&self) -> usize {
        self.next_node.fetch_add(1, Ordering::Relaxed) % self.auth.settings.nodes.max(1)
    }

    /// Serves one request.
    pub(crate) async fn serve(
        &self,
        connection: Arc<Connection>,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, ConnectionEnded> {
        let request = self.record(&connection, request).await?;
        let control_path = request.path.strip_prefix(&self.prefix).and_then(|path| path.strip_prefix(control::BASE));
        if let Some(path) = control_path.filter(|_| self.control) {
            let target = Target { auth: &self.auth, api: &self.api, faults: &self.faults, log: &self.log };
            return deliver(target.respond(&request, path), None, &self.api.presentation(&request), &connection).await;
        }
        let number = self.log.open(request.clone());
        let Outcome { response, effect, refusal } = self.respond(&request).await;
        let delivered = deliver(response, effect, &self.api.presentation(&request), &connection).await;
        let delivered = delivered.map(|mut response| {
            response.headers_mut().insert(header::DATE, self.api.state.clock.http_date());
            response
        });
        self.log.close(number, delivered.as_ref().ok().map(|response| response.status().as_u16()), refusal);
        delivered
    }

    async fn record(&self, connection: &Connection, request: Request<Incoming>) -> Result<Recorded, ConnectionEnded> {
        let at = self.api.state.clock.elapsed();
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| ConnectionEnded)?.to_bytes();
        let node = match self.balance {
            Balance::PerConnection => connection.node,
            Balance::PerRequest => self.next_node(),
        };
        Ok(Recorded {
            method: head.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers,
            body,
            version: head.version,
            connection: connection.number,
            node,
            status: None,
            refusal: None,
            at,
        })
    }

    async fn respond(&self, request: &Recorded) -> Outcome {
        let Some(path) = request.path.strip_prefix(&self.prefix) else {
            return FakeResponse::text(404, "text/html", "<html><body>Not Found</body></html>").into();
        };
        if path.starts_with(tokens::ENDPOINTS) {
            return self.respond_to_token_request(request, path);
        }
        match self.faults.take_match(Stage::BeforeAuth, &request.method, path) {
            Some(fault) if fault.processes() => self.authenticate_and_respond(request, path, None).await.with(fault),
            Some(fault) => not_processed(fault),
            None => self.authenticate_and_respond(request, path, Some(Stage::Authenticated)).await,
        }
    }

    /// A request for a token that is not processed must not issue one.
    fn respond_to_token_request(&self, request: &Recorded, path: &str) -> Outcome {
        let response = || self.auth.respond_to_token_request(path, request).into();
        match self.faults.take_match(Stage::Token, &request.method, path) {
            Some(fault) if fault.processes() => Outcome::with(response(), fault),
            Some(fault) => not_processed(fault),
            None => response(),
        }
    }

    async fn authenticate_and_respond(&self, request: &Recorded, path: &str, stage: Option<Stage>) -> Outcome {
        if let Err(refusal) = self.auth.check(request, path) {
            return Outcome { refusal: refusal.reason, ..refusal.response.into() };
        }
        let mut outcome = match stage.and_then(|stage| self.faults.take_match(stage, &request.method, path)) {
            Some(fault) if fault.processes() => Outcome::from(self.api.respond(request, path).await).with(fault),
            Some(fault) => not_processed(fault),
            None => self.api.respond(request, path).await.into(),
        };
        if let Some(info) = self.auth.info(request) {
            outcome.response = outcome.response.header("authentication-info", &info);
        }
        outcome
    }
}

/// The outcome of a fault that does without the response of the service.
fn not_processed(fault: Fault) -> Outcome {
    Outcome::from(FakeResponse::empty(500)).with(fault)
}
