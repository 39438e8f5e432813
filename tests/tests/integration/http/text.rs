//! Texts that are not clean JSON or UTF-8, in every body that is read: each hurts nobody but itself.

use std::time::Duration;

use crate::common::{account, client, exports_of, job, open};
use atlas_exports::{ErrorKind, ExportState};
use atlas_exports_testing::{FakeAtlas, FakeResponse, Kind};
use futures_util::{StreamExt, TryStreamExt};
use tokio::time::Instant;

const JOB: &str = "/groups/*/clusters/*/backup/exports/*";
const JOBS: &str = "/groups/*/clusters/*/backup/exports";

/// A text as it stands between the quotes of a body, and as it is to be read.
const TEXTS: &[(&[u8], &str)] = &[
    (br"cut \ud83d", "cut \u{fffd}"),
    (br"\ude00\ud83d", "\u{fffd}\u{fffd}"),
    (br"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
    (br"cut \ud8", "cut \u{fffd}"),
    (b"\xED\xA0\xBD\xED\xB8\x80", "\u{1f600}"),
    (b"caf\xE9", "caf\u{fffd}"),
    (b"cut \xF0\x9F\x98", "cut \u{fffd}"),
    (b"tab\tbreak\nnul\0", "tab\tbreak\nnul\0"),
    (br"C:\users", r"C:\users"),
];

/// A document in which `@` is replaced.
fn body(document: &str, text: &[u8]) -> Vec<u8> {
    let (before, after) = document.split_once('@').unwrap();
    [before.as_bytes(), text, after.as_bytes()].concat()
}

fn json(status: u16, body: impl Into<Vec<u8>>) -> FakeResponse {
    FakeResponse::text(status, "application/json", body.into())
}

fn respond(atlas: &FakeAtlas, path: &str, answer: FakeResponse) {
    atlas.respond_with("GET", path, move |_| answer.clone());
}

const FAILED: &str = r#"{"id":"5fb1a8c0e2c4d84c1e4f0a09","state":"Failed","errMsg":"@"}"#;

#[tokio::test(start_paused = true)]
async fn a_job_with_a_broken_text_is_read_and_its_wait_ends() {
    let (atlas, exports) = open().await;
    let id = job(&atlas, Kind::Successful);
    for (text, read) in TEXTS {
        for mark in [&b""[..], b"\xEF\xBB\xBF"] {
            respond(&atlas, JOB, json(200, [mark, &body(FAILED, text)].concat()));
            let job = exports.get(&id).await.unwrap_or_else(|error| panic!("{}: {error:?}", text.escape_ascii()));
            assert_eq!((job.err_msg.as_deref(), job.state), (Some(*read), Some(ExportState::Failed)));
            let started = Instant::now();
            let error = exports.wait(&id).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ExportFailed, "{error:?}");
            assert!(started.elapsed() < Duration::from_secs(60));
        }
    }
}

#[tokio::test]
async fn the_generated_client_reads_the_same() {
    let (atlas, _) = open().await;
    let client = client(&atlas);
    for (text, read) in TEXTS {
        respond(&atlas, JOB, json(200, body(FAILED, text)));
        let get = client.api().get_export_job();
        let get = get.group_id(atlas.project_id()).cluster_name(atlas.cluster_name());
        let job = get.export_id(job(&atlas, Kind::Successful)).send().await.unwrap();
        assert_eq!(job.err_msg.as_deref(), Some(*read));
    }
}

#[tokio::test]
async fn an_error_document_keeps_its_code_and_detail() {
    let (atlas, exports) = open().await;
    for (text, read) in TEXTS {
        let document = r#"{"error":404,"errorCode":"CLUSTER_NOT_FOUND","reason":"Not Found","detail":"@"}"#;
        respond(&atlas, JOB, json(404, body(document, text)));
        let error = exports.get(&job(&atlas, Kind::Successful)).await.unwrap_err();
        let api = error.api().unwrap();
        assert_eq!((api.error_code.as_deref(), api.detail.as_deref()), (Some("CLUSTER_NOT_FOUND"), Some(*read)));
    }
}

#[tokio::test]
async fn an_envelope_around_a_broken_text_is_undone() {
    let atlas = FakeAtlas::builder().without_authentication().start().await;
    let client = crate::common::builder(&atlas).envelope(true).build().unwrap();
    let exports = exports_of(&client, &atlas);
    for (text, read) in TEXTS {
        respond(&atlas, JOB, json(200, body(&format!(r#"{{"status":200,"content":{FAILED}}}"#), text)));
        let job = exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
        assert_eq!(job.err_msg.as_deref(), Some(*read));
    }
}

/// Three jobs, of which `@` is the second.
const PAGE: &str = r#"{"results":[{"id":"5fb1a8c0e2c4d84c1e4f0a01","state":"Successful"},@,{"id":"5fb1a8c0e2c4d84c1e4f0a03","state":"Successful"}],"totalCount":3,"links":[]}"#;

#[tokio::test]
async fn one_unreadable_job_of_a_page_costs_its_own_item() {
    let (atlas, exports) = open().await;
    for unreadable in [
        r#"{"state":"Successful"}"#,
        r#"{"id":"5fb1a8c0e2c4d84c1e4f0a02","state":5}"#,
        r#"{"id":"5fb1a8c0e2c4d84c1e4f0a02","exportStatus":{"totalCollections":1e999}}"#,
        r#"{"id":"5fb1a8c0e2c4d84c1e4f0a02","exportStatus":{"totalCollections":NaN}}"#,
        r#"{"id":"5fb1a8c0e2c4d84c1e4f0a02" "state":"Queued"}"#,
        "null",
        "[]",
    ] {
        respond(&atlas, JOBS, json(200, body(PAGE, unreadable.as_bytes())));
        let items: Vec<_> = exports.list().items().collect().await;
        let ids: Vec<_> = items.iter().map(|item| item.as_ref().map(|job| job.id.to_string())).collect();
        let [Ok(first), Err(error), Ok(third)] = &ids[..] else { panic!("{unreadable}: {items:?}") };
        assert!(first.ends_with("a01") && third.ends_with("a03"), "{unreadable}");
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains("results[1]") && !error.is_retryable(), "{error}");
        assert_eq!(error.call().unwrap().operation.unwrap().id, "listExportJobs");
    }
    // Within an envelope, which cannot be unwrapped then.
    let page = body(PAGE, br#"{"id":"5fb1a8c0e2c4d84c1e4f0a02","z":NaN}"#);
    let enveloped = [br#"{"status":200,"content":"#, &page[..], b"}"].concat();
    respond(&atlas, JOBS, json(200, enveloped));
    let items: Vec<_> = exports.list().items().collect().await;
    assert!(matches!(&items[..], [Ok(_), Err(_), Ok(_)]), "{items:?}");
    for (text, read) in TEXTS {
        respond(&atlas, JOBS, json(200, body(PAGE, &body(FAILED, text))));
        let jobs: Vec<_> = exports.list().items().try_collect().await.unwrap();
        assert_eq!(jobs[1].err_msg.as_deref(), Some(*read));
    }
}

#[tokio::test]
async fn a_page_of_the_generated_client_names_the_item_that_cannot_be_read() {
    let (atlas, _) = open().await;
    let client = client(&atlas);
    respond(&atlas, JOBS, json(200, body(PAGE, br#"{"id":"5fb1a8c0e2c4d84c1e4f0a02","state":5}"#)));
    let list = client.api().list_export_jobs();
    let sent = list.group_id(atlas.project_id()).cluster_name(atlas.cluster_name()).send().await;
    let error = atlas_exports::Error::from(sent.unwrap_err());
    assert!(error.to_string().contains("results[1].state"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn wait_many_fails_the_job_alone_that_cannot_be_read() {
    let (atlas, exports) = open().await;
    let ids = ["5fb1a8c0e2c4d84c1e4f0a01", "5fb1a8c0e2c4d84c1e4f0a02", "5fb1a8c0e2c4d84c1e4f0a03"];
    let unreadable = r#"{"id":"5fb1a8c0e2c4d84c1e4f0a02","state":"Failed","exportStatus":{"totalCollections":1e999}}"#;
    respond(&atlas, JOBS, json(200, body(PAGE, unreadable.as_bytes())));
    respond(&atlas, JOB, json(200, unreadable));
    let started = Instant::now();
    let ids: Vec<_> = ids.iter().map(|id| id.parse().unwrap()).collect();
    let ended: Vec<_> = exports.wait_many(&ids).await;
    assert_eq!(ended.len(), 3);
    for (id, result) in ended {
        match result {
            Ok(_) => assert_ne!(id, ids[1]),
            Err(error) => assert_eq!((id, error.kind()), (ids[1].clone(), ErrorKind::Decode), "{error}"),
        }
    }
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_document_that_stays_unreadable_is_an_error_at_once_with_its_place() {
    let (atlas, exports) = open().await;
    for (document, place) in [
        (
            r#"{"id":"5fb1a8c0e2c4d84c1e4f0a09","exportStatus":{"totalCollections":NaN}}"#,
            "exportStatus.totalCollections",
        ),
        (
            r#"{"id":"5fb1a8c0e2c4d84c1e4f0a09","exportStatus":{"totalCollections":1e999}}"#,
            "exportStatus.totalCollections",
        ),
        ("\u{feff} {\"id\" \"5fb1a8c0e2c4d84c1e4f0a09\"}", "line 1"),
        (r#"{"id":"5fb1a8c0e2c4d84c1e4f0a09","errMsg":"say "hi""}"#, "line 1"),
        ("[NaN]", "line 1"),
    ] {
        respond(&atlas, JOB, json(200, document));
        let started = Instant::now();
        let error = exports.wait(&job(&atlas, Kind::Successful)).await.unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Decode, false), "{document}");
        assert!(started.elapsed() < Duration::from_secs(60), "{document}");
        let text = crate::common::everything(&error);
        assert!(text.contains(place), "{place}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_whole_document_is_waited_out() {
    let (atlas, exports) = open().await;
    let id = job(&atlas, Kind::Successful);
    for document in
        ["", "<html>", "upstream connect error", r#"{"id":"5fb1a8c0e2c4d84c1e4f0a09","state":"Succ"#, "null", "\"OK\""]
    {
        respond(&atlas, JOB, json(200, document));
        let error = exports.get(&id).await.unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Decode, true), "{document}");
        let wait = exports.wait(&id).poll_interval(Duration::from_secs(5));
        let cleared = async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            atlas.clear_responses();
        };
        let (ended, ()) = tokio::join!(wait, cleared);
        assert!(ended.is_ok(), "{document}: {ended:?}");
    }
}

#[tokio::test]
async fn token_responses_are_read_alike() {
    for body in [
        &b"\xEF\xBB\xBF{\"access_token\":\"t\",\"expires_in\":3600,\"token_type\":\"Bearer\"}"[..],
        b"{\"access_token\":\"t\",\"expires_in\":\"3600\",\"scope\":\"caf\xE9 \\ud83d\"}",
    ] {
        let atlas = FakeAtlas::builder().without_authentication().start().await;
        let answer = json(200, body);
        atlas.fault(atlas_exports_testing::Fault::respond(answer).on("POST", "/api/oauth/token"));
        let client = account(&atlas).build().unwrap();
        exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
        let last = atlas.requests().pop().unwrap();
        assert_eq!(last.header("authorization"), Some("Bearer t"));
    }
}
