//! Errors as the live service, its authentication and its load balancers write them.

use std::time::Duration;

use atlas_exports::{ApiVersion, Error, ErrorKind, RetryPolicy};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use super::{
    documents::JOB_RUN,
    tape::{Player, Take, VENDOR, VERSIONS, job, known},
};

/// What a get answers to this, in either version, with the envelope and without.
async fn every_way(take: &Take) -> Vec<Error> {
    let mut errors = Vec::new();
    for (version, _) in VERSIONS {
        for envelope in [false, true] {
            let player = Player::with([take.clone()], |client| client.api_version(version).envelope(envelope));
            errors.push(player.exports.get(&job()).await.unwrap_err());
        }
    }
    errors
}

/// Error documents whole: what came out of them is what went in.
const DOCUMENTS: [(u16, &str); 11] = [
    (
        404,
        r#"{"detail":"No cluster named exports-e2e exists in group 32b6e34b3d91647abb20e7b8.","error":404,"errorCode":"CLUSTER_NOT_FOUND","parameters":["exports-e2e","32b6e34b3d91647abb20e7b8"],"reason":"Not Found"}"#,
    ),
    (
        404,
        r#"{"detail":"Cannot find resource /api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/clusters/c/backup/exports/x.","error":404,"errorCode":"RESOURCE_NOT_FOUND","parameters":["/api/atlas/v2/x"],"reason":"Not Found"}"#,
    ),
    (
        404,
        r#"{"detail":"No group with that id.","error":404,"errorCode":"GROUP_NOT_FOUND","parameters":[],"reason":"Not Found"}"#,
    ),
    (
        429,
        r#"{"detail":"Too many requests.","error":429,"errorCode":"RATE_LIMITED_TOKEN_BUCKET","parameters":["api/atlas/v2/orgs",55,10,5,60],"reason":"Too Many Requests"}"#,
    ),
    (
        400,
        r#"{"badRequestDetail":{"fields":[{"description":"must be 3 to 63 characters","field":"bucketName"}]},"detail":"Validation failed.","error":400,"errorCode":"VALIDATION_ERROR","parameters":null,"reason":"Bad Request"}"#,
    ),
    (
        400,
        r#"{"detail":"The bucket is in use.","error":400,"errorCode":"EXPORT_BUCKET_DELETE_FAILED_BUCKET_IN_USE","parameters":[{"jobs":["a",{"b":null}]},[1,[2.5]],null,true,-7],"reason":"Bad Request"}"#,
    ),
    (
        403,
        r#"{"detail":"The address is not on the access list.","error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","parameters":["203.0.113.9"],"reason":"Forbidden"}"#,
    ),
    (
        405,
        r#"{"detail":"Writes are not allowed at the moment.","error":405,"errorCode":"WRITES_NOT_ALLOWED_DURING_APP_UPGRADES","parameters":[],"reason":"Method Not Allowed"}"#,
    ),
    (
        409,
        r#"{"detail":"Another job is under way.","error":409,"errorCode":"CONFLICT","parameters":[18446744073709551615],"reason":"Conflict"}"#,
    ),
    (
        410,
        r#"{"detail":"That version is gone.","error":410,"errorCode":"VERSION_GONE","parameters":["2023-01-01"],"reason":"Gone"}"#,
    ),
    (
        500,
        r#"{"detail":"Unexpected error.","error":500,"errorCode":"UNEXPECTED_ERROR","newTraceId":"abc","parameters":[],"reason":"Internal Server Error"}"#,
    ),
];

#[tokio::test]
async fn error_documents_come_whole_with_parameters_of_any_type() {
    for (status, document) in DOCUMENTS {
        let written: Value = serde_json::from_str(document).unwrap();
        for error in every_way(&Take::error(status, document)).await {
            assert_eq!(error.status().unwrap().as_u16(), status);
            let api = error.api().unwrap();
            assert_eq!(serde_json::to_value(api).unwrap(), known_error(&written), "{document}");
            for told in ["detail", "errorCode"] {
                assert!(error.to_string().contains(written[told].as_str().unwrap().trim_end_matches('.')), "{error}");
            }
            assert_eq!(error.is_retryable(), [405, 429, 500].contains(&status), "{error}");
        }
    }
}

#[tokio::test]
async fn parameters_that_are_no_list_do_not_hide_the_error() {
    for parameters in [json!({"limit": 55}), json!("orgs"), json!(7.5), json!(false)] {
        let mut document: Value = serde_json::from_str(DOCUMENTS[0].1).unwrap();
        document["parameters"] = parameters.clone();
        for error in every_way(&Take::new(404, "application/json", document.to_string())).await {
            let api = error.api().unwrap();
            assert_eq!((error.is_not_found(), api.error_code.as_deref()), (true, Some("CLUSTER_NOT_FOUND")));
            assert_eq!(api.parameters.as_deref(), Some(&[parameters.clone()][..]));
            assert!(format!("{error:?}").contains("check the cluster name"), "{error}");
        }
    }
}

/// Nothing is left out inside of `parameters`, where null is a value.
fn known_error(written: &Value) -> Value {
    let mut wanted = known(written, &["newTraceId"]);
    if written["parameters"].is_array() {
        wanted["parameters"] = written["parameters"].clone();
    }
    wanted
}

#[tokio::test]
async fn an_error_inside_the_envelope_comes_whole_whatever_it_rides_on() {
    for (status, document) in DOCUMENTS {
        let written: Value = serde_json::from_str(document).unwrap();
        for (outer, body) in [
            (200, json!({"status": status, "content": written})),
            (200, json!({"status": status, "envelope": written})),
            (status, json!({"status": status, "content": written})),
            (200, written.clone()),
        ] {
            let take = Take::new(outer, "application/json", body.to_string());
            let player = Player::with([take], |client| client.api_version(ApiVersion::V2).envelope(true));
            let error = player.exports.get(&job()).await.unwrap_err();
            assert_eq!(error.status().unwrap().as_u16(), status, "{body}");
            assert_eq!(serde_json::to_value(error.api().unwrap()).unwrap(), known_error(&written), "{body}");
        }
    }
}

/// The authentication's own, which is pretty-printed, calls itself unexpected, and has no `parameters`.
const UNAUTHORIZED: &str = "{\n  \"detail\" : \"You are not authorized for this resource.\",\n  \"error\" : 401,\n  \
                            \"errorCode\" : \"UNEXPECTED_ERROR\",\n  \"reason\" : \"Unauthorized\"\n}";

#[tokio::test]
async fn the_pretty_401_of_wrong_keys_is_told_with_what_to_check() {
    for error in every_way(&Take::error(401, UNAUTHORIZED)).await {
        assert!(error.is_unauthorized() && !error.is_retryable());
        let api = error.api().unwrap();
        assert_eq!((api.error, api.error_code.as_deref()), (Some(401), Some("UNEXPECTED_ERROR")));
        assert!(api.parameters.is_none());
        for told in ["You are not authorized for this resource", "Project Backup Manager", "IP access list"] {
            assert!(format!("{error:?}").contains(told), "{error}");
        }
    }
}

#[tokio::test]
async fn what_is_no_document_of_atlas_keeps_its_status_and_an_excerpt() {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
    for (take, status, detail) in [
        (Take::new(502, "text/html", page), 502, Some("502 Bad Gateway")),
        (Take::new(502, "application/json", page), 502, Some("502 Bad Gateway")),
        (Take::empty(503), 503, None),
        (Take::empty(503).header("Retry-After", "30"), 503, None),
        (Take::new(504, "text/plain", "upstream request timeout"), 504, Some("upstream request timeout")),
        (Take::new(400, "application/json", r#"{"error":"invalid_client"}"#), 400, Some("invalid_client")),
        (Take::new(404, VENDOR, ""), 404, None),
    ] {
        for error in every_way(&take).await {
            assert_eq!(error.status().unwrap().as_u16(), status, "{take:?}");
            let told = error.api().unwrap().detail.as_deref();
            match detail {
                Some(detail) => assert!(told.is_some_and(|told| told.contains(detail)), "{take:?}: {told:?}"),
                None => assert_eq!(told, None, "{take:?}"),
            }
            assert!(!error.to_string().contains('<') && !error.to_string().contains('\n'), "{error}");
            assert_eq!(error.is_retryable(), status >= 502, "{error}");
        }
    }
}

#[tokio::test]
async fn a_login_page_in_place_of_a_job_is_told() {
    let page = "<!doctype html><html><title>Sign in</title></html>";
    for error in every_way(&Take::new(200, "text/html;charset=utf-8", page)).await {
        assert!(error.kind() == ErrorKind::Decode, "{error:?}");
        assert!(error.to_string().contains("Sign in"), "{error}");
    }
}

#[tokio::test]
async fn the_version_that_was_asked_for_is_named_where_atlas_does_not_have_it() {
    let gone = DOCUMENTS.iter().find(|(status, _)| *status == 410).unwrap().1;
    let unknown = r#"{"detail":"No such version.","error":406,"errorCode":"INVALID_VERSION_DATE","parameters":["2023-01-02"],"reason":"Not Acceptable"}"#;
    for (status, document) in [(406, unknown), (410, gone)] {
        let player = Player::with([Take::error(status, document)], |client| {
            client.api_version(ApiVersion::V2).resource_version("2023-01-02")
        });
        let error = player.buckets.list().items().try_collect::<Vec<_>>().await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert!(format!("{error:?}").contains("2023-01-02") && !error.is_retryable(), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_gateway_says_in_between_does_not_end_a_call_or_a_wait() {
    let limited = DOCUMENTS.iter().find(|(status, _)| *status == 429).unwrap().1;
    let takes = || {
        vec![
            Take::new(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>"),
            Take::error(429, limited).header("Retry-After", "3").header("RateLimit-Remaining", "0"),
            Take::empty(503),
            Take::new(200, VENDOR, JOB_RUN[3]),
        ]
    };
    let v2 = |takes, policy| Player::with(takes, move |client| client.api_version(ApiVersion::V2).retry(policy));
    let player = v2(takes(), RetryPolicy::default());
    assert!(player.exports.get(&job()).await.unwrap().is_successful() && player.is_over());

    let player = v2(takes(), RetryPolicy::never());
    let started = tokio::time::Instant::now();
    let job = player.exports.wait(&job()).poll_interval(Duration::from_secs(10)).await.unwrap();
    assert!(job.is_successful() && player.is_over());
    assert!(started.elapsed() >= Duration::from_secs(30), "{:?}", started.elapsed());
}
