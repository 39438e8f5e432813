//! What goes wrong is told apart, located, and never tells a secret.

use std::{sync::Arc, time::Duration};

use atlas_exports::{Client, Error, ErrorKind, Operation, SendFuture, Transport, http, reqwest};
use atlas_exports_testing::{FakeAtlas, FakeResponse, Fault, Kind};
use tokio::time::Instant;

use crate::common::{builder, client, everything, exports, exports_of, job};

async fn fails(atlas: &FakeAtlas, fault: Fault) -> Error {
    let exports = exports(atlas);
    atlas.fault(fault);
    let error = exports.get(&job(atlas, Kind::Successful)).await.unwrap_err();
    let everything = everything(&error);
    assert!(!everything.contains(atlas.private_key()), "{everything}");
    assert!(!everything.contains("Digest username"), "{everything}");
    error
}

#[tokio::test]
async fn any_status_with_any_body_keeps_its_status_and_an_excerpt() {
    let atlas = FakeAtlas::start().await;
    for (fault, status, excerpt) in [
        (Fault::html_502(), 502, "502"),
        (Fault::empty_503(), 503, "503"),
        (Fault::huge_error(), 500, "500"),
        (Fault::respond(FakeResponse::text(418, "text/plain", "short and stout")), 418, "short and stout"),
        (Fault::respond(FakeResponse::text(400, "application/json", "{\"detail\": \"cut")), 400, "cut"),
        (Fault::respond(FakeResponse::text(403, "application/json", "[]")), 403, "[]"),
        (Fault::api_error(409, "SOME_CONFLICT", "it is there already"), 409, "SOME_CONFLICT: it is there already"),
    ] {
        let error = fails(&atlas, fault).await;
        assert_eq!(error.status().unwrap().as_u16(), status, "{error}");
        assert_eq!(error.api().unwrap().error, Some(status.into()));
        let text = error.to_string();
        assert!(text.contains(excerpt) && text.len() < 1_000, "{text}");
        for place in [atlas.project_id(), atlas.cluster_name(), &atlas.job_id(Kind::Successful)] {
            assert!(text.contains(place), "{text}");
        }
    }
}

#[tokio::test]
async fn what_happens_on_the_way_is_told_apart() {
    let atlas = FakeAtlas::start().await;
    assert!(fails(&atlas, Fault::reset()).await.kind() == ErrorKind::Network);
    assert!(fails(&atlas, Fault::reset_midway()).await.kind() == ErrorKind::Network);
    assert!(fails(&atlas, Fault::truncated()).await.kind() == ErrorKind::Network);

    let error = fails(&atlas, Fault::redirect("https://elsewhere.example/login")).await;
    assert!(error.kind() == ErrorKind::Redirect, "{error:?}");
    assert!(error.to_string().contains("https://elsewhere.example/login"), "{error}");

    let closed = builder(&atlas).base_url("http://127.0.0.1:1").build().unwrap();
    let error = exports_of(&closed, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Connect && error.is_retryable(), "{error:?}");

    let https = atlas.base_url().replace("http:", "https:");
    let tls = builder(&atlas).base_url(https).build().unwrap();
    let error = exports_of(&tls, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Tls && !error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (atlas, elsewhere) = (FakeAtlas::start().await, FakeAtlas::start().await);
    fails(&atlas, Fault::redirect(elsewhere.base_url())).await;
    assert_eq!(elsewhere.exchanges(), 0);
}

#[tokio::test]
async fn an_answer_that_does_not_fit_names_the_member() {
    let atlas = FakeAtlas::start().await;
    let error = fails(&atlas, Fault::wrong_type("exportStatus")).await;
    assert_eq!(error.kind(), ErrorKind::Decode, "{error:?}");
    assert!(error.to_string().contains("`exportStatus`"), "{error}");
    assert!(fails(&atlas, Fault::bad_json()).await.kind() == ErrorKind::Decode);
}

#[tokio::test(start_paused = true)]
async fn the_whole_call_ends_in_time_whatever_stalls() {
    let atlas = FakeAtlas::start().await;
    let limit = Duration::from_millis(300);
    for fault in [
        Fault::slow_headers(Duration::from_secs(60)),
        Fault::slow_headers(Duration::from_secs(60)).before_auth(),
        Fault::stalled_body(Duration::from_secs(60)),
    ] {
        let exports = exports_of(&builder(&atlas).timeout(limit).build().unwrap(), &atlas);
        atlas.fault(fault);
        let started = Instant::now();
        let error = exports.get(&job(&atlas, Kind::Successful)).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Timeout, "{error:?}");
        assert!(error.to_string().contains("300ms"), "{error}");
        assert_eq!(started.elapsed().as_millis() / 10, limit.as_millis() / 10, "to a timer's precision");
        atlas.clear_faults();
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_whose_body_stalls_keeps_its_status() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        stream.write_all(b"HTTP/1.1 503 Busy\r\ncontent-length: 100\r\n\r\nbus").await.unwrap();
        std::future::pending::<()>().await;
    });
    let atlas = FakeAtlas::start().await;
    let client = builder(&atlas).base_url(format!("http://{address}")).build().unwrap();
    let error = exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 503, "{error}");
}

#[tokio::test]
async fn a_retry_after_is_told() {
    let atlas = FakeAtlas::start().await;
    let error = fails(&atlas, Fault::rate_limited(17)).await;
    assert!(error.is_rate_limited() && error.is_retryable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(17)));
    assert!(format!("{error:?}").contains("17 s"), "{error}");
}

#[tokio::test]
async fn a_path_prefix_and_a_trailing_slash_lead_to_the_api() {
    let atlas = FakeAtlas::builder().path_prefix("/gateway").start().await;
    let root = atlas.base_url().trim_end_matches("/gateway").to_owned();
    let client = builder(&atlas).base_url(format!("{root}/gateway/")).build().unwrap();
    exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
}

#[tokio::test]
async fn bad_input_is_refused_with_its_rule_before_anything_is_sent() {
    let atlas = FakeAtlas::start().await;
    let client = client(&atlas);
    let error = client.exports(atlas.project_id().parse().unwrap(), "no/such").unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidInput);
    assert!(error.to_string().contains("1 to 64 letters"), "{error}");
    let error = client.api().get_export_job().group_id("short").send().await.unwrap_err();
    assert!(Error::from(error).to_string().contains("group_id"));
    assert_eq!(atlas.exchanges(), 0);
}

#[tokio::test]
async fn what_is_sent_is_what_atlas_wants() {
    let atlas = FakeAtlas::start().await;
    let client = builder(&atlas).user_agent("nightly-check/2.1").build().unwrap();
    exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
    for request in atlas.requests() {
        assert_eq!(request.header("accept"), Some("application/json"));
        assert_eq!(request.header("api-version"), None);
        let agent = request.header("user-agent").unwrap();
        assert!(agent.starts_with("nightly-check/2.1 atlas-exports/"), "{agent}");
    }
}

#[test]
fn secrets_do_not_show_in_debug() {
    for builder in [
        Client::builder().api_key("public-half", "very-secret"),
        Client::builder().service_account("public-half", "very-secret"),
    ] {
        let before = format!("{builder:?}");
        let client = builder.build().unwrap();
        for shown in [before, format!("{client:?} {:?}", client.api())] {
            assert!(!shown.contains("very-secret") && !shown.contains("public-half"), "{shown}");
        }
    }
}

#[derive(Debug, Default)]
struct Replay {
    requests: std::sync::Mutex<Vec<(&'static str, String)>>,
}

impl Transport for Replay {
    fn send<'a>(&'a self, operation: &'static Operation, request: reqwest::Request) -> SendFuture<'a> {
        self.requests.lock().unwrap().push((operation.id, request.url().to_string()));
        Box::pin(async { Ok(http::Response::new(r#"{"status":200,"content":{"id":"x"}}"#).into()) })
    }
}

#[tokio::test]
async fn a_transport_replaces_the_network_and_needs_no_key() {
    let replay = Arc::new(Replay::default());
    let client = Client::builder().transport(replay.clone()).envelope(true).build().unwrap();
    let exports = client.exports("a".repeat(24).parse().unwrap(), "Cluster0").unwrap();
    let job = exports.get(&"b".repeat(24).parse().unwrap()).await.unwrap();
    assert_eq!(job.id.as_str(), "x");
    let requests = replay.requests.lock().unwrap();
    let [(operation, url)] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(*operation, "getExportJob");
    assert!(url.starts_with("https://cloud.mongodb.com/api/atlas/v1.0/groups/aaaa"), "{url}");
    assert!(url.ends_with("?envelope=true"), "{url}");
}
