//! The error documents of Atlas.

use serde_json::{Value, json};

use crate::FakeResponse;

/// An error document with its status and `X-Error-Code` header.
pub(crate) fn api_error(status: u16, code: &str, detail: &str, parameters: &[&str]) -> FakeResponse {
    FakeResponse::json(status, document(status, code, detail, parameters)).header("x-error-code", code)
}

fn document(status: u16, code: &str, detail: &str, parameters: &[&str]) -> Value {
    json!({
        "detail": detail,
        "error": status,
        "errorCode": code,
        "parameters": parameters,
        "reason": reason(status),
    })
}

/// An error document that names the field of the request that was refused.
pub(crate) fn field_error(code: &str, detail: &str, field: &str) -> FakeResponse {
    let mut document = document(400, code, detail, &[field]);
    if let Some(members) = document.as_object_mut() {
        members.insert("badRequestDetail".into(), json!({"fields": [{"description": detail, "field": field}]}));
    }
    FakeResponse::json(400, document).header("x-error-code", code)
}

/// The standard name of a status.
pub(crate) fn reason(status: u16) -> &'static str {
    http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Unknown")
}

pub(crate) fn group_not_found(project: &str) -> FakeResponse {
    api_error(404, "GROUP_NOT_FOUND", &format!("No group with ID {project} exists."), &[project])
}

pub(crate) fn cluster_not_found(project: &str, cluster: &str) -> FakeResponse {
    let detail = format!("No cluster named {cluster} exists in group {project}.");
    api_error(404, "CLUSTER_NOT_FOUND", &detail, &[cluster, project])
}

pub(crate) fn flex_cluster(cluster: &str) -> FakeResponse {
    let detail = format!("Cluster {cluster} is a flex cluster, which this endpoint does not serve.");
    api_error(400, "CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API", &detail, &[cluster])
}

pub(crate) fn bucket_not_found(bucket: &str) -> FakeResponse {
    let detail = format!("No export bucket with ID {bucket} exists.");
    api_error(404, "EXPORT_BUCKET_NOT_FOUND", &detail, &[bucket])
}

pub(crate) fn bucket_in_use(bucket: &str) -> FakeResponse {
    let detail = format!("Export bucket {bucket} is in use.");
    api_error(400, "EXPORT_BUCKET_DELETE_FAILED_BUCKET_IN_USE", &detail, &[bucket])
}

pub(crate) fn unsupported_media_type(given: &str) -> FakeResponse {
    api_error(415, "UNSUPPORTED_MEDIA_TYPE", &format!("Media type {given} is not supported."), &[given])
}

pub(crate) fn resource_not_found(path: &str) -> FakeResponse {
    api_error(404, "RESOURCE_NOT_FOUND", &format!("Cannot find resource {path}."), &[path])
}

pub(crate) fn method_not_allowed(method: &str, path: &str) -> FakeResponse {
    let detail = format!("{method} is not allowed on {path}.");
    api_error(405, "METHOD_NOT_ALLOWED", &detail, &[method, path])
}

/// The refusal of the authentication layer: always pretty-printed, without `parameters`.
pub(crate) fn unauthorized(code: Option<&str>) -> FakeResponse {
    let mut text =
        String::from("{\n  \"detail\" : \"You are not authorized for this resource.\",\n  \"error\" : 401,\n");
    if let Some(code) = code {
        text.push_str(&format!("  \"errorCode\" : \"{code}\",\n"));
    }
    text.push_str("  \"reason\" : \"Unauthorized\"\n}");
    let response = FakeResponse::text(401, "application/json", text);
    match code {
        Some(code) => response.header("x-error-code", code),
        None => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::response::Content;

    #[test]
    fn a_401_is_pretty_printed_without_parameters() {
        let response = unauthorized(Some("UNEXPECTED_ERROR"));
        let Content::Raw(text) = response.body else { panic!("not a raw body") };
        assert!(text.starts_with(b"{\n  \"detail\" : "));
        let document: Value = serde_json::from_slice(&text).expect("valid JSON");
        assert_eq!(document["errorCode"], "UNEXPECTED_ERROR");
        assert!(document.get("parameters").is_none());
    }

    #[test]
    fn an_error_has_its_code_in_a_header() {
        let response = cluster_not_found("32b6e34b3d91647abb20e7b8", "Nope");
        assert_eq!(response.headers["x-error-code"], "CLUSTER_NOT_FOUND");
        let Content::Json(document) = response.body else { panic!("not JSON") };
        assert_eq!(document["parameters"][0], "Nope");
        assert_eq!(document["reason"], "Not Found");
    }
}
