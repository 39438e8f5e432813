//! The delivery of a response, and what a fault does to it.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::server::Connection;
use crate::{
    FakeResponse,
    api::{envelope::Presentation, response::Content},
    faults::{
        corrupt::corrupt,
        effect::Effect,
        interrupted_body::{InterruptedBody, Interruption},
    },
};

/// The connection ends without a response.
#[derive(Debug)]
pub(crate) struct ConnectionEnded;

impl std::fmt::Display for ConnectionEnded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the fake ended the connection")
    }
}

impl std::error::Error for ConnectionEnded {}

/// Delivers a response, with the effect of a fault.
pub(crate) async fn deliver(
    mut response: FakeResponse,
    effect: Option<Effect>,
    presentation: &Presentation,
    connection: &Connection,
) -> Result<Response<Body>, ConnectionEnded> {
    let Some(effect) = effect else {
        return Ok(Rendered::new(response, presentation).complete());
    };
    // Each effect is named, so that a new one does not compile until it does something.
    Ok(match effect {
        Effect::Response(replacement) => Rendered::new(*replacement, presentation).complete(),
        Effect::Reset => {
            connection.reset.reset();
            return Err(ConnectionEnded);
        }
        Effect::ResetMidway => {
            Rendered::new(response, presentation).interrupted(Interruption::Reset(connection.reset.clone()))
        }
        Effect::Truncate => Rendered::new(response, presentation).interrupted(Interruption::Cut),
        Effect::StallBody(delay) => Rendered::new(response, presentation).interrupted(Interruption::Stall(delay)),
        Effect::Goaway => {
            connection.retire.notify_one();
            Rendered::new(response, presentation).complete()
        }
        Effect::DelayHeaders(delay) => {
            tokio::time::sleep(delay).await;
            Rendered::new(response, presentation).complete()
        }
        Effect::ContentType(media_type) => {
            Rendered::new(response.header("content-type", &media_type), presentation).complete()
        }
        Effect::BadJson => {
            let mut rendered = Rendered::new(response, presentation);
            rendered.body.truncate(rendered.body.len() / 2);
            rendered.complete()
        }
        Effect::WrongType(member) => {
            if let Content::Json(document) = &mut response.body {
                corrupt(document, &member);
            }
            Rendered::new(response, presentation).complete()
        }
    })
}

/// A response as it is written.
struct Rendered {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Rendered {
    fn new(response: FakeResponse, presentation: &Presentation) -> Self {
        let FakeResponse { status, mut headers, body } = response;
        match body {
            Content::Raw(body) => Self { status, headers, body },
            Content::Json(document) => {
                let (wrapped_status, document) = presentation.wrap(status.as_u16(), document);
                headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
                Self {
                    status: StatusCode::from_u16(wrapped_status).unwrap_or(status),
                    headers,
                    body: presentation.text(&document).into(),
                }
            }
        }
    }

    fn complete(self) -> Response<Body> {
        let body = Body::from(self.body.clone());
        self.with_body(body)
    }

    fn interrupted(self, interruption: Interruption) -> Response<Body> {
        let body = Body::new(InterruptedBody::new(self.body.clone(), interruption));
        self.with_body(body)
    }

    fn with_body(self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}
