//! The way of one request through the service.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::Notify;
use tower_service::Service as _;

use crate::auth;
use crate::{
    Answer, Balance, Fault, Recorded,
    api::{
        answer::Content,
        call::{self, Call},
        envelope::Presentation,
        versions::Version,
    },
    faults::{
        self, Stage,
        broken::{Break, Broken},
        fault::Effect,
    },
    net::{
        socket::Fate,
        state::{Service, Shared},
    },
};

/// One client's connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) number: usize,
    pub(crate) node: usize,
    pub(crate) fate: Fate,
    /// Told when the connection shall take no more requests.
    pub(crate) retire: Notify,
}

/// No answer is given and the connection ends.
#[derive(Debug)]
pub(crate) struct Hangup;

impl std::fmt::Display for Hangup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the fake hung up as it was told to")
    }
}

impl std::error::Error for Hangup {}

/// What is to be sent, and what is to go wrong with it.
struct Outcome {
    answer: Answer,
    effect: Option<Effect>,
    refusal: Option<&'static str>,
}

/// Serves one request.
pub(crate) async fn serve(
    service: Arc<Service>,
    connection: Arc<Connection>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Hangup> {
    let shared = &service.shared;
    let request = read(shared, &connection, request).await?;
    let number = shared.log.open(request.clone());
    let outcome = decide(&service, &request).await;
    let refusal = outcome.refusal;
    let response = send(shared, &connection, &request, outcome).await;
    shared.log.close(number, response.as_ref().ok().map(|response| response.status().as_u16()), refusal);
    response
}

async fn read(shared: &Shared, connection: &Connection, request: Request<Incoming>) -> Result<Recorded, Hangup> {
    let at = shared.clock.elapsed();
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Hangup)?.to_bytes();
    let node = match shared.settings.balance {
        Balance::PerConnection => connection.node,
        Balance::PerRequest => shared.next_node(),
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

async fn decide(service: &Service, request: &Recorded) -> Outcome {
    let shared = &service.shared;
    let Some(path) = request.path.strip_prefix(&shared.settings.prefix) else {
        return plain(Answer::text(404, "text/html", "<html><body>Not Found</body></html>"));
    };
    let strike = |stage| shared.faults.strike(stage, &request.method, path);
    if path.starts_with("/api/oauth/") {
        let fault = strike(Stage::Token);
        // What is not to be carried out must not give out a token either.
        let acts = fault.as_ref().is_none_or(Fault::needs_answer);
        let answer = if acts { shared.tokens.answer(path, request) } else { None };
        let outcome = plain(answer.unwrap_or_else(|| Answer::empty(500)));
        return match fault {
            Some(fault) => apply(fault, outcome),
            None => outcome,
        };
    }
    if let Some(fault) = strike(Stage::BeforeAuth) {
        let outcome = if fault.needs_answer() {
            authenticated(service, request, path, None).await
        } else {
            plain(Answer::empty(500))
        };
        return apply(fault, outcome);
    }
    authenticated(service, request, path, Some(&strike)).await
}

type Strike<'a> = &'a (dyn Fn(Stage) -> Option<Fault> + Send + Sync);

async fn authenticated(service: &Service, request: &Recorded, path: &str, strike: Option<Strike<'_>>) -> Outcome {
    if let Err(refusal) = auth::check(&service.shared, request, path) {
        return Outcome { answer: refusal.answer, effect: None, refusal: refusal.why };
    }
    match strike.and_then(|strike| strike(Stage::Authenticated)) {
        None => plain(act(service, request, path).await),
        Some(fault) if fault.needs_answer() => apply(fault, plain(act(service, request, path).await)),
        Some(fault) => apply(fault, plain(Answer::empty(500))),
    }
}

fn plain(answer: Answer) -> Outcome {
    Outcome { answer, effect: None, refusal: None }
}

fn apply(fault: Fault, outcome: Outcome) -> Outcome {
    match fault.effect {
        Effect::Answer(answer) => Outcome { answer: *answer, ..outcome },
        effect => Outcome { effect: Some(effect), ..outcome },
    }
}

/// Carries the request out, if the project's rate and the version that is asked for allow it.
async fn act(service: &Service, request: &Recorded, path: &str) -> Answer {
    let Some(told) = service.shared.limiter.take(path) else {
        return versioned(service, request, path).await;
    };
    let code = if path.starts_with("/api/atlas/v2/") { "RATE_LIMITED_TOKEN_BUCKET" } else { "RATE_LIMITED" };
    match told.refusal(code) {
        Some(refusal) => told.sign(refusal),
        None => told.sign(versioned(service, request, path).await),
    }
}

async fn versioned(service: &Service, request: &Recorded, path: &str) -> Answer {
    let Shared { endings, clock, .. } = &*service.shared;
    match endings.serve(&request.method, path, &request.headers, clock) {
        Ok(served) => served.sign(dispatch(service, request, path, served.version.clone()).await),
        Err(refusal) => *refusal,
    }
}

async fn dispatch(service: &Service, request: &Recorded, path: &str, version: Version) -> Answer {
    if let Some(answer) = service.shared.canned.answer(path, request) {
        return answer;
    }
    let inner = Request::builder().method(request.method.as_str()).uri(path).body(Body::from(request.body.clone()));
    let Ok(mut inner) = inner else {
        return Answer::empty(400);
    };
    inner.headers_mut().clone_from(&request.headers);
    inner.extensions_mut().insert(Call::new(&service.shared.root, path, &request.query, version));
    match service.routes.clone().call(inner).await {
        Ok(response) => Answer::from_route(response),
        Err(never) => match never {},
    }
}

/// Writes the answer out, broken as it was told.
async fn send(
    shared: &Shared,
    connection: &Connection,
    request: &Recorded,
    Outcome { mut answer, effect, .. }: Outcome,
) -> Result<Response<Body>, Hangup> {
    match &effect {
        Some(Effect::Reset) => {
            connection.fate.reset();
            return Err(Hangup);
        }
        Some(Effect::DelayHeaders(delay)) => tokio::time::sleep(*delay).await,
        Some(Effect::Goaway) => connection.retire.notify_one(),
        Some(Effect::WrongType(member)) => {
            if let Content::Json(document) = &mut answer.body {
                faults::spoil(document, member);
            }
        }
        Some(Effect::ContentType(media_type)) => answer = answer.header("content-type", media_type),
        _ => {}
    }
    let Answer { mut status, mut headers, body } = answer;
    let mut bytes = match body {
        Content::Raw(bytes) => bytes,
        Content::Json(document) => {
            let presentation = presentation(shared, request);
            let (told, document) = presentation.wrap(status.as_u16(), document);
            status = StatusCode::from_u16(told).unwrap_or(status);
            headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
            Bytes::from(presentation.text(&document))
        }
    };
    if matches!(effect, Some(Effect::BadJson)) {
        bytes.truncate(bytes.len() / 2);
    }
    let body = match effect {
        Some(Effect::Truncate) => Body::new(Broken::new(bytes, Break::Cut)),
        Some(Effect::ResetMidway) => Body::new(Broken::new(bytes, Break::Reset(connection.fate.clone()))),
        Some(Effect::StallBody(delay)) => Body::new(Broken::new(bytes, Break::Stall(delay))),
        _ => Body::from(bytes),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.headers_mut().insert(header::DATE, shared.clock.http_date());
    Ok(response)
}

fn presentation(shared: &Shared, request: &Recorded) -> Presentation {
    let query = call::members(&request.query);
    let asked = |name| query.iter().any(|(key, value)| key == name && value == "true");
    Presentation {
        pretty: asked("pretty"),
        asked: asked("envelope"),
        envelope: shared.settings.envelope,
        errors: shared.settings.enveloped_errors,
    }
}
