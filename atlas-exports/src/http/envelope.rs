//! Unwraps `envelope=true` on the bytes of a response, before anything decodes it.
//!
//! Atlas wraps a single result as `{"status": 200, "content": {...}}`; some of its pages call the second key `envelope`.
//! A list keeps its usual form and gains a `status`. An error may ride on HTTP 200 inside.

use bytes::Bytes;
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Name of the query parameter that asks for the envelope.
pub(crate) const PARAMETER: &str = "envelope";

/// Returns whether this request asks for the envelope, whoever added it.
pub(crate) fn is_requested(url: &Url) -> bool {
    url.query_pairs().any(|(name, value)| name == PARAMETER && value.eq_ignore_ascii_case("true"))
}

/// The members that distinguish an envelope from a plain document, none of them required.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, default)]
    status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
    #[serde(borrow, default)]
    envelope: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "errorCode")]
    error_code: Option<&'a RawValue>,
}

/// Returns the actual status and the plain body of the response to a request that asked for the envelope, and the name of
/// the member that held a single result.
///
/// A response without envelope is returned as it is.
pub(crate) fn unwrap(status: StatusCode, body: Bytes) -> (StatusCode, Bytes, Option<&'static str>) {
    let Ok(outer) = serde_json::from_slice::<Members<'_>>(&body) else { return (status, body, None) };
    let inner_status = outer.status.and_then(number);
    let member = if outer.content.is_some() { "content" } else { "envelope" };
    match (inner_status, outer.content.or(outer.envelope)) {
        (Some(inner_status), Some(content)) => {
            let content = body.slice_ref(content.get().as_bytes());
            let inner = serde_json::from_slice::<Members<'_>>(&content).ok().and_then(|inner| inner.error_status());
            let content = if inner_status == StatusCode::NO_CONTENT { Bytes::new() } else { content };
            (most_severe(inner_status, inner), content, Some(member))
        }
        // A list, or an error with a status beside it.
        (Some(inner_status), None) => (most_severe(inner_status, outer.error_status()), body, None),
        (None, _) => match outer.error_status() {
            Some(error) => (most_severe(status, Some(error)), body, None),
            None => (status, body, None),
        },
    }
}

impl Members<'_> {
    /// The status of Atlas's error document, when this is one.
    fn error_status(&self) -> Option<StatusCode> {
        self.error_code?;
        self.error.and_then(number).filter(|status| is_error(*status))
    }
}

fn most_severe(status: StatusCode, inner: Option<StatusCode>) -> StatusCode {
    if is_error(status) { status } else { inner.unwrap_or(status) }
}

fn is_error(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

fn number(value: &RawValue) -> Option<StatusCode> {
    let number: u16 = value.get().parse().ok()?;
    // 1xx and 3xx are no result of a call, so such a number is no status of an envelope.
    StatusCode::from_u16(number).ok().filter(|status| status.is_success() || is_error(*status))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unwrapped(status: u16, body: &str) -> (u16, String) {
        let (status, body, _) = unwrap(StatusCode::from_u16(status).unwrap(), Bytes::copy_from_slice(body.as_bytes()));
        (status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
    }

    #[test]
    fn both_keys_of_a_single_result_are_understood() {
        for key in ["content", "envelope"] {
            let body = format!(r#"{{ "status" : 200, "{key}": {{"id":"a", "n": 1.50}} }}"#);
            assert_eq!(unwrapped(200, &body), (200, r#"{"id":"a", "n": 1.50}"#.into()));
        }
    }

    #[test]
    fn a_list_is_taken_as_it_is() {
        let body = r#"{"status":200,"results":[],"totalCount":0}"#;
        assert_eq!(unwrapped(200, body), (200, body.into()));
    }

    #[test]
    fn an_error_inside_http_200_has_its_inner_status() {
        let error = r#"{"error":404,"errorCode":"CLUSTER_NOT_FOUND"}"#;
        assert_eq!(unwrapped(200, &format!(r#"{{"status":404,"content":{error}}}"#)), (404, error.into()));
        assert_eq!(unwrapped(200, &format!(r#"{{"status":200,"content":{error}}}"#)), (404, error.into()));
        assert_eq!(unwrapped(200, error), (404, error.into()));
        let beside = r#"{"status":404,"error":404,"errorCode":"CLUSTER_NOT_FOUND"}"#;
        assert_eq!(unwrapped(200, beside), (404, beside.into()));
    }

    #[test]
    fn an_answer_without_envelope_is_taken_as_it_is() {
        for body in [
            r#"{"id":"a","state":"Queued"}"#,
            "<html>",
            "",
            "[]",
            "null",
            r#"{"status":"x","content":{}}"#,
            r#"{"content":1}"#,
        ] {
            assert_eq!(unwrapped(200, body), (200, body.into()));
        }
    }

    #[test]
    fn an_empty_result_has_no_body() {
        assert_eq!(unwrapped(200, r#"{"status":204,"content":{}}"#), (204, String::new()));
        assert_eq!(unwrapped(200, r#"{"status":204,"content":null}"#).0, 204);
    }

    #[test]
    fn an_http_error_is_never_turned_into_a_success() {
        assert_eq!(unwrapped(502, r#"{"error":502,"errorCode":"X"}"#).0, 502);
    }

    #[test]
    fn what_decides_is_the_query_of_the_request() {
        let asked = |url: &str| is_requested(&url.parse().unwrap());
        assert!(asked("https://h/p?pretty=true&envelope=true"));
        assert!(!asked("https://h/p?envelope=false"));
        assert!(!asked("https://h/envelope=true"));
    }
}
