//! A response before it is written: status, headers and body.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A response that the fake sends instead of its own.
///
/// JSON documents follow `pretty` and `envelope` as those of the fake do; any other body is sent as it is.
///
/// ```
/// use atlas_exports_testing::FakeResponse;
/// use serde_json::json;
///
/// let response = FakeResponse::json(200, json!({"id": "5fb1a8c0e2c4d84c1e4f0a01"})).header("x-request-id", "42");
/// assert_eq!(response.status(), 200);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "ResponseDocument", into = "ResponseDocument")]
pub struct FakeResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Content,
}

/// The body of a response.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Json(Value),
    Raw(Bytes),
}

impl FakeResponse {
    fn new(status: u16, body: Content) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, headers: HeaderMap::new(), body }
    }

    /// Creates a response with a JSON document.
    #[must_use]
    pub fn json(status: u16, document: Value) -> Self {
        Self::new(status, Content::Json(document))
    }

    /// Creates a response with a text of any media type, which is sent byte for byte.
    #[must_use]
    pub fn text(status: u16, content_type: &str, text: impl Into<Bytes>) -> Self {
        Self::new(status, Content::Raw(text.into())).header("content-type", content_type)
    }

    /// Creates a response without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self::new(status, Content::Raw(Bytes::new()))
    }

    /// Adds a header; `content-type` replaces the one that the body implies.
    ///
    /// A header with an invalid name or value is left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            if name == header::CONTENT_TYPE {
                self.headers.insert(name, value);
            } else {
                self.headers.append(name, value);
            }
        }
        self
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }
}

/// A response in JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResponseDocument {
    status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    json: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl TryFrom<ResponseDocument> for FakeResponse {
    type Error = String;

    fn try_from(document: ResponseDocument) -> Result<Self, Self::Error> {
        let ResponseDocument { status, headers, json, text } = document;
        let body = match (json, text) {
            (Some(json), None) => Content::Json(json),
            (None, text) => Content::Raw(text.unwrap_or_default().into()),
            (Some(_), Some(_)) => return Err("a response has either json or text".into()),
        };
        let mut response = Self {
            status: StatusCode::from_u16(status).map_err(|_| format!("{status} is not an HTTP status"))?,
            headers: HeaderMap::new(),
            body,
        };
        for (name, value) in headers {
            let invalid = || format!("{name}: {value} is not an HTTP header");
            let header = HeaderName::try_from(&name).map_err(|_| invalid())?;
            response.headers.append(header, HeaderValue::from_str(&value).map_err(|_| invalid())?);
        }
        Ok(response)
    }
}

impl From<FakeResponse> for ResponseDocument {
    fn from(response: FakeResponse) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = response.headers.keys().map(|name| {
            let values: Vec<_> = response.headers.get_all(name).iter().map(|value| text(value.as_bytes())).collect();
            (name.to_string(), values.join(", "))
        });
        let headers = headers.collect();
        let (json, text) = match response.body {
            Content::Json(document) => (Some(document), None),
            Content::Raw(bytes) => (None, Some(text(&bytes)).filter(|text| !text.is_empty())),
        };
        Self { status: response.status.as_u16(), headers, json, text }
    }
}

/// Lets handlers return an [`FakeResponse`]. It is passed on in the extensions, because `pretty` and `envelope` need the
/// document and not its text.
impl IntoResponse for FakeResponse {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        response.extensions_mut().insert(self);
        response
    }
}

impl FakeResponse {
    /// Takes the response out of the response of a handler.
    pub(crate) fn from_route(mut response: Response) -> Self {
        response.extensions_mut().remove().unwrap_or_else(|| Self::empty(response.status().as_u16()))
    }
}
