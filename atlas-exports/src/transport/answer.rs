//! Reads an answer whole and makes every error answer Atlas's error document, whatever its body was.

use std::time::Duration;

use atlas_exports_gen::types::ApiError;
use bytes::{Bytes, BytesMut};
use reqwest::{
    Response, ResponseBuilderExt, StatusCode, Url,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, TRANSFER_ENCODING},
};
use serde_json::{Map, Value};

use tokio::time::{Instant, timeout_at};

use super::{Failure, envelope};

/// So much of an error body is read, in bytes. Atlas's own are far shorter.
const MOST_OF_AN_ERROR: usize = 64 * 1024;

/// So long is an error body waited for, since its status is known already.
const LONGEST_FOR_AN_ERROR: Duration = Duration::from_secs(2);

/// So much of a body that is not Atlas's error document is kept, in characters.
const MOST_OF_AN_EXCERPT: usize = 300;

/// Header in which Atlas repeats its error code.
const ERROR_CODE: &str = "x-error-code";

/// Atlas's error code, beside the document that it stands in.
#[derive(Debug, Clone)]
pub(crate) struct ErrorCode(pub(crate) String);

impl ErrorCode {
    pub(crate) fn of(response: &Response) -> Option<&Self> {
        response.extensions().get()
    }
}

/// Gives the plain answer: whole, without envelope, and an error with Atlas's error document.
pub(crate) async fn plain(mut response: Response, enveloped: bool) -> Result<Response, Failure> {
    let status = response.status();
    if status.is_redirection() {
        let location = response.headers().get(LOCATION).map(|target| excerpt(target.as_bytes()));
        return Err(Failure::Redirect { status, location });
    }
    let url = response.url().clone();
    let headers = std::mem::take(response.headers_mut());
    let (status, body) = if status.is_success() {
        let body = response.bytes().await.map_err(Failure::network)?;
        if enveloped { envelope::unwrap(status, body) } else { (status, body) }
    } else {
        // Boxed, so that the future of a success is not as large.
        let body = Box::pin(beginning(response)).await;
        // The status line of an error stays: only what is below it is unwrapped.
        if enveloped { (status, envelope::unwrap(status, body).1) } else { (status, body) }
    };
    tracing::trace!(status = status.as_u16(), body = excerpt(&body), "answer");
    if status.is_success() {
        return Ok(rebuilt(url, status, headers, body, None));
    }
    let (body, code) = error_document(status, &headers, body);
    Ok(rebuilt(url, status, headers, body, code))
}

/// As much of an error body as is worth reading, and comes in time; a body that breaks off or stalls is what came of it.
pub(crate) async fn beginning(mut response: Response) -> Bytes {
    let until = Instant::now() + LONGEST_FOR_AN_ERROR;
    let mut read = BytesMut::new();
    while read.len() < MOST_OF_AN_ERROR
        && let Ok(Ok(Some(chunk))) = timeout_at(until, response.chunk()).await
    {
        read.extend_from_slice(&chunk);
    }
    read.truncate(MOST_OF_AN_ERROR);
    read.freeze()
}

fn error_document(status: StatusCode, headers: &HeaderMap, body: Bytes) -> (Bytes, Option<String>) {
    let told = serde_json::from_slice::<ApiError>(&body).ok();
    let whole =
        told.as_ref().is_some_and(|told| told.error_code.is_some() && (told.detail.is_some() || told.reason.is_some()));
    let mut error = told.or_else(|| piecemeal(&body)).unwrap_or_default();
    if whole {
        return (body, error.error_code);
    }
    if error.detail.is_none() && error.reason.is_none() {
        error.detail = Some(excerpt(&body)).filter(|text| !text.is_empty());
    }
    error.error.get_or_insert(status.as_u16().into());
    if error.reason.is_none() {
        error.reason = status.canonical_reason().map(Into::into);
    }
    if error.error_code.is_none() {
        error.error_code = headers.get(ERROR_CODE).map(|code| excerpt(code.as_bytes()));
    }
    let body = serde_json::to_vec(&error).map_or_else(|_| Bytes::from_static(b"{}"), Bytes::from);
    (body, error.error_code)
}

/// What an error document tells in the members that are of the types that the contract gives them, when others are not.
fn piecemeal(body: &[u8]) -> Option<ApiError> {
    let mut members: Map<String, Value> = serde_json::from_slice(body).ok()?;
    // One parameter by itself is a list of one.
    if let Some(parameters) = members.get_mut("parameters").filter(|told| !told.is_array() && !told.is_null()) {
        *parameters = Value::Array(vec![parameters.take()]);
    }
    members.retain(|name, value| {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        serde_json::from_value::<ApiError>(alone.into()).is_ok()
    });
    let error: ApiError = serde_json::from_value(members.into()).ok()?;
    (error.error_code.is_some() || error.detail.is_some() || error.reason.is_some()).then_some(error)
}

/// The beginning of a text, on one line, without markup.
pub(crate) fn excerpt(body: &[u8]) -> String {
    // Four bytes a character at the most, and as much again for markup.
    let head = body.get(..MOST_OF_AN_EXCERPT * 8).unwrap_or(body);
    let text = String::from_utf8_lossy(head);
    let mut plain = String::new();
    let mut in_tag = false;
    let markup = text.trim_start().starts_with('<');
    for char in text.chars() {
        match char {
            '<' if markup => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                plain.push(' ');
            }
            _ if in_tag => {}
            char if char.is_control() => plain.push(' '),
            char => plain.push(char),
        }
    }
    let words: Vec<_> = plain.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= MOST_OF_AN_EXCERPT {
        return line;
    }
    let cut: String = line.chars().take(MOST_OF_AN_EXCERPT).collect();
    format!("{cut}…")
}

fn rebuilt(url: Url, status: StatusCode, mut headers: HeaderMap, body: Bytes, code: Option<String>) -> Response {
    // They described the body as it came.
    headers.remove(CONTENT_LENGTH);
    headers.remove(TRANSFER_ENCODING);
    if !body.is_empty() && !status.is_success() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    // Of what a builder can refuse, it gets nothing.
    let mut response = http::Response::builder().url(url).body(body).unwrap_or_default();
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if let Some(code) = code {
        response.extensions_mut().insert(ErrorCode(code));
    }
    response.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn error(status: u16, body: impl Into<reqwest::Body>, enveloped: bool) -> (u16, ApiError) {
        let response = http::Response::builder().status(status).body(body.into()).unwrap();
        let plain = plain(response.into(), enveloped).await.unwrap();
        let status = plain.status().as_u16();
        (status, serde_json::from_slice(&plain.bytes().await.unwrap()).unwrap())
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
        assert_eq!(error.detail.unwrap().chars().count(), MOST_OF_AN_EXCERPT + 1);
    }

    #[tokio::test]
    async fn an_enveloped_error_is_unwrapped_on_an_error_status_too() {
        let body = r#"{"status":404,"content":{"error":404,"errorCode":"X","detail":"d"}}"#;
        let (status, error) = error(404, body, true).await;
        assert_eq!((status, error.error_code.as_deref()), (404, Some("X")));
    }
}
