//! Reads a response whole, and makes Atlas's error document of every error response, whatever its body is.

use std::time::Duration;

use atlas_exports_gen::types::ApiError;
use bytes::{Bytes, BytesMut};
use reqwest::{
    Response, ResponseBuilderExt, StatusCode, Url,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, LOCATION, TRANSFER_ENCODING},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};

use super::{envelope, json_text, retry_after};
use crate::{
    Error, ErrorKind,
    error::{decode_error, excerpt},
};

/// So much of an error body is read, in bytes. Atlas's own are far shorter.
const MAX_ERROR_BODY: usize = 64 * 1024;

/// So long is an error body waited for, since its status is known already.
const MAX_ERROR_WAIT: Duration = Duration::from_secs(2);

/// Header in which Atlas repeats its error code.
const ERROR_CODE: &str = "x-error-code";

/// What a response is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// JSON without an envelope.
    Plain,
    /// JSON in an envelope.
    Enveloped,
    /// Bytes that are left to whoever reads them.
    Stream,
}

/// A response without envelope: whole, but for a stream.
#[derive(Debug)]
pub(crate) struct RawResponse {
    url: Url,
    /// The status; the inner one where there was an envelope.
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Name of the member that held the result, where there was an envelope around it.
    pub(crate) envelope: Option<&'static str>,
    /// The body of a success that is left to whoever reads it.
    pub(crate) stream: Option<reqwest::Body>,
}

impl RawResponse {
    /// Reads a response: a success to its end unless it is a stream, an error as far as is worth it.
    ///
    /// # Errors
    ///
    /// When the body breaks off, and for redirects.
    pub(crate) async fn read(mut response: Response, form: Form) -> Result<Self, Error> {
        let status = response.status();
        if status.is_redirection() {
            return Err(redirect(status, response.headers()));
        }
        if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(Error::proxy_authentication_required());
        }
        let url = response.url().clone();
        let headers = std::mem::take(response.headers_mut());
        let enveloped = form == Form::Enveloped;
        let mut stream = None;
        let (status, body, envelope) = if status.is_success() && form == Form::Stream {
            stream = Some(reqwest::Body::from(response));
            (status, Bytes::new(), None)
        } else if status.is_success() {
            let body = json_text::clean_bytes(response.bytes().await.map_err(Error::network)?);
            if enveloped { envelope::unwrap(status, body) } else { (status, body, None) }
        } else {
            // Boxed, so that the future of a success is not as large.
            let body = json_text::clean_bytes(Box::pin(read_prefix(response)).await);
            // The status line of an error stays: only what is below it is unwrapped.
            (status, if enveloped { envelope::unwrap(status, body).1 } else { body }, None)
        };
        let body = match describe_compression(&headers, &body).filter(|_| stream.is_none()) {
            Some(compressed) if status.is_success() => {
                let error = Error::new(ErrorKind::Decode, format!("the response is {compressed}"));
                return Err(error.with_status(status));
            }
            Some(compressed) => format!("the response is {compressed}").into(),
            None => body,
        };
        tracing::trace!(status = status.as_u16(), body = excerpt(&body), "response");
        Ok(Self { url, status, headers, body, envelope, stream })
    }

    /// Returns the error of a response with an error status.
    pub(crate) fn error(&self) -> Error {
        let error = Error::response(self.status, error_document(self.status, &self.headers, &self.body));
        match retry_after::wait(&self.headers) {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        }
    }

    /// Decodes the body. A type without content, as operations without a result have, accepts any.
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if self.stream.is_some() {
            let text = "the response is a stream of bytes, which the method of the generated client returns";
            return Err(Error::new(ErrorKind::Decode, text).with_status(self.status));
        }
        if self.body.is_empty() || size_of::<T>() == 0 {
            return serde_json::from_slice(b"null").map_err(|_| self.missing_document());
        }
        serde_json::from_slice(&self.body).map_err(|error| decode_error(&self.body, error))
    }

    /// Returns the error of a success without the document that it should have. It is not of Atlas, as any other body is
    /// that is no document.
    pub(crate) fn missing_document(&self) -> Error {
        let text = format!("the response is {} without a document", self.status);
        Error::new(ErrorKind::Decode, text).with_status(self.status).with_retryable(true)
    }

    /// Returns it as a response of reqwest's, for the generated client, which accepts a success with this status alone.
    pub(crate) fn into_reqwest(self, success: StatusCode) -> Response {
        let Self { url, mut headers, body, stream, .. } = self;
        let body = stream.unwrap_or_else(|| {
            // They described the body as it came.
            headers.remove(CONTENT_LENGTH);
            headers.remove(TRANSFER_ENCODING);
            body.into()
        });
        // Of what a builder can refuse, it gets nothing.
        let mut response = http::Response::builder().url(url).body(body).unwrap_or_default();
        *response.status_mut() = success;
        *response.headers_mut() = headers;
        response.into()
    }
}

/// Describes the compression of a body that cannot be read because of it.
pub(crate) fn describe_compression(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let named = headers.get(CONTENT_ENCODING).map(|encoding| excerpt(encoding.as_bytes()));
    let encoding = match named {
        Some(named) if named.is_empty() || named.eq_ignore_ascii_case("identity") => None,
        // Some name an encoding of text there, and some what they have undone.
        Some(named) => (!is_text(body)).then_some(named),
        None => body.starts_with(&[0x1F, 0x8B]).then(|| "gzip".to_owned()),
    };
    encoding.map(|encoding| format!("compressed by {encoding}, which was not requested"))
}

fn is_text(body: &[u8]) -> bool {
    let is_binary = |char: char| char.is_control() && !char.is_whitespace();
    std::str::from_utf8(body).is_ok_and(|text| !text.contains(is_binary))
}

fn redirect(status: StatusCode, headers: &HeaderMap) -> Error {
    let target = headers.get(LOCATION).map(|target| excerpt(target.as_bytes()));
    let message = match target {
        Some(target) => format!("the server returned {status} to {target}, which is not followed"),
        None => format!("the server returned {status} without a target"),
    };
    Error::new(ErrorKind::Redirect, message).with_status(status)
}

/// Reads as much of an error body as is worth it and comes in time; a body that breaks off or stalls is what came of it.
pub(crate) async fn read_prefix(mut response: Response) -> Bytes {
    let until = Instant::now() + MAX_ERROR_WAIT;
    let mut read = BytesMut::new();
    while read.len() < MAX_ERROR_BODY
        && let Ok(Ok(Some(chunk))) = timeout_at(until, response.chunk()).await
    {
        read.extend_from_slice(&chunk);
    }
    read.truncate(MAX_ERROR_BODY);
    read.freeze()
}

/// Returns Atlas's error document, filled up with what status, header and body say where the document does not.
fn error_document(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ApiError {
    let whole = serde_json::from_slice::<ApiError>(body).ok();
    let complete = |error: &ApiError| error.error_code.is_some() && (error.detail.is_some() || error.reason.is_some());
    if let Some(error) = whole.as_ref().filter(|error| complete(error)) {
        return error.clone();
    }
    let mut error = whole.or_else(|| parse_lenient(body)).unwrap_or_default();
    if error.detail.is_none() && error.reason.is_none() {
        error.detail = Some(excerpt(body)).filter(|text| !text.is_empty());
    }
    error.error.get_or_insert(status.as_u16().into());
    if error.reason.is_none() {
        error.reason = status.canonical_reason().map(Into::into);
    }
    if error.error_code.is_none() {
        error.error_code = headers.get(ERROR_CODE).map(|code| excerpt(code.as_bytes()));
    }
    error
}

/// Returns what an error document says in the members that have the types of the contract, when others have not.
pub(crate) fn parse_lenient(body: &[u8]) -> Option<ApiError> {
    let mut members: Map<String, Value> = serde_json::from_slice(body).ok()?;
    // One parameter by itself is a list of one.
    if let Some(parameters) = members.get_mut("parameters").filter(|value| !value.is_array() && !value.is_null()) {
        *parameters = Value::Array(vec![parameters.take()]);
    }
    members.retain(|name, value| {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        serde_json::from_value::<ApiError>(alone.into()).is_ok()
    });
    let error: ApiError = serde_json::from_value(members.into()).ok()?;
    (error.error_code.is_some() || error.detail.is_some() || error.reason.is_some()).then_some(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn error(status: u16, body: impl Into<reqwest::Body>, enveloped: bool) -> (u16, ApiError) {
        let response = http::Response::builder().status(status).body(body.into()).unwrap();
        let form = if enveloped { Form::Enveloped } else { Form::Plain };
        let error = RawResponse::read(response.into(), form).await.unwrap().error();
        (error.status().unwrap().as_u16(), error.api().unwrap().clone())
    }

    #[tokio::test]
    async fn the_error_document_of_atlas_is_kept_with_every_parameter() {
        let body = r#"{"detail":"d","error":404,"errorCode":"CLUSTER_NOT_FOUND","parameters":["a",55,null],"reason":"Not Found"}"#;
        let (status, error) = error(404, body, false).await;
        assert_eq!((status, error.error_code.as_deref()), (404, Some("CLUSTER_NOT_FOUND")));
        assert_eq!(error.parameters.unwrap().len(), 3);
    }

    #[tokio::test]
    async fn any_body_keeps_its_status_and_an_excerpt() {
        for (body, detail) in [
            (
                "<html><head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>",
                Some("502 Bad Gateway nginx"),
            ),
            ("", None),
            ("{\"detail\": \"cut he", Some("{\"detail\": \"cut he")),
            ("[1]", Some("[1]")),
            ("{\"error\":\"invalid\"}", Some("{\"error\":\"invalid\"}")),
            ("plain\u{1b}[31m  text", Some("plain [31m text")),
        ] {
            let (status, error) = error(502, body, false).await;
            assert_eq!((status, error.detail.as_deref()), (502, detail));
            assert_eq!((error.error, error.reason.as_deref()), (Some(502), Some("Bad Gateway")));
        }
    }

    #[tokio::test]
    async fn members_of_other_types_do_not_hide_the_rest() {
        for (parameters, kept) in [
            (r#"{"limit":55}"#, serde_json::json!([{"limit": 55}])),
            ("\"orgs\"", serde_json::json!(["orgs"])),
            ("7", serde_json::json!([7])),
            ("false", serde_json::json!([false])),
        ] {
            let body = format!(
                r#"{{"badRequestDetail":"none","detail":"d","error":"404","errorCode":"X","parameters":{parameters}}}"#
            );
            let (status, error) = error(404, body, false).await;
            assert_eq!((status, error.error_code.as_deref(), error.detail.as_deref()), (404, Some("X"), Some("d")));
            assert_eq!((error.error, error.reason.as_deref()), (Some(404), Some("Not Found")));
            assert_eq!(serde_json::to_value(error.parameters).unwrap(), kept);
        }
    }

    #[tokio::test]
    async fn a_large_error_body_is_cut() {
        let (status, error) = error(500, vec![b'x'; 10 << 20], false).await;
        assert_eq!(status, 500);
        assert_eq!(error.detail.unwrap().chars().count(), 301);
    }

    #[tokio::test]
    async fn an_error_document_of_up_to_64_kib_is_read_whole() {
        let document = |length: usize| format!("{{\"errorCode\":\"X\",\"detail\":\"{}\"}}", "x".repeat(length - 29));
        let code = async |length| error(500, document(length), false).await.1.error_code;
        assert_eq!(document(65_536).len(), 65_536);
        assert_eq!((code(65_536).await.as_deref(), code(65_537).await), (Some("X"), None));
    }

    #[tokio::test]
    async fn an_enveloped_error_is_unwrapped_on_an_error_status_too() {
        let body = r#"{"status":404,"content":{"error":404,"errorCode":"X","detail":"d"}}"#;
        let (status, error) = error(404, body, true).await;
        assert_eq!((status, error.error_code.as_deref()), (404, Some("X")));
    }
}
