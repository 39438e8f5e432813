//! Responses that are not quite those of the contract: other 2xx statuses, compressed bodies, those of a proxy.

use std::time::Duration;

use crate::common::{account, builder, client, everything, exports_of, http, job, open};
use atlas_exports::{
    Client, ErrorKind, Exports, NewExport,
    http::{Method, StatusCode},
    reqwest::Proxy,
};
use atlas_exports_testing::{FakeAtlas, FakeResponse, Fault, Kind};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const JOB: &str = "/groups/*/clusters/*/backup/exports/*";
const DOCUMENT: &str = r#"{"id":"5fb1a8c0e2c4d84c1e4f0a09","state":"Successful"}"#;

/// `DOCUMENT`, compressed by gzip.
const GZIP: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\xca\x4c\x51\xb2\x52\x32\x4d\x4b\x32\x4c\xb4\x48\x36\x48\x35\x4a\x36\x49\xb1\x30\x49\x36\x4c\x35\x49\x33\x48\x34\xb0\x54\xd2\x51\x2a\x2e\x49\x2c\x49\x05\x2a\x09\x2e\x4d\x4e\x4e\x2d\x2e\x4e\x2b\xcd\x51\xaa\x05\x00\xf1\x6d\xa4\x92\x36\x00\x00\x00";

fn json(status: u16, body: &str) -> FakeResponse {
    FakeResponse::text(status, "application/json", body.to_owned())
}

fn new(atlas: &FakeAtlas) -> NewExport {
    NewExport::new("60a7b2f1e2c4d84c1e4f0001".parse().unwrap(), atlas.bucket_id().parse().unwrap())
}

#[tokio::test]
async fn any_2xx_with_the_document_is_a_success() {
    let (atlas, exports) = open().await;
    let client = client(&atlas);
    let id = job(&atlas, Kind::Successful);
    for status in [200, 201, 202, 203, 206, 299] {
        atlas.respond_with("GET", JOB, move |_| json(status, DOCUMENT));
        assert!(exports.get(&id).await.unwrap().is_finished(), "{status}");
        let get = client.api().get_export_job().group_id(atlas.project_id()).cluster_name(atlas.cluster_name());
        assert!(get.export_id(&id).send().await.is_ok(), "{status}");
        atlas.fault(Fault::respond(json(status, DOCUMENT)).on_method("POST"));
        assert_eq!(exports.create(new(&atlas)).await.unwrap().id, id, "{status}");
        let path = format!("/groups/{}/clusters/Cluster0/backup/exports/{id}", atlas.project_id());
        let read: serde_json::Value = client.request(Method::GET, path).send().await.unwrap();
        assert_eq!(read["id"], id.to_string(), "{status}");
    }
}

#[tokio::test]
async fn any_2xx_is_a_success_of_an_operation_without_a_result() {
    let (atlas, _) = open().await;
    let client = client(&atlas);
    let buckets = client.export_buckets(atlas.project_id().parse().unwrap());
    let id = atlas.bucket_id().parse().unwrap();
    for (status, body) in [(200, ""), (200, "{}"), (202, ""), (204, ""), (200, "deleted"), (205, "")] {
        atlas.fault(Fault::respond(json(status, body)).on_method("DELETE").times(2));
        buckets.delete(&id).await.unwrap_or_else(|error| panic!("{status} {body}: {error}"));
        let delete = client.api().delete_export_bucket().group_id(atlas.project_id());
        delete.export_bucket_id(&id).send().await.unwrap_or_else(|error| panic!("{status} {body}: {error}"));
    }
}

#[tokio::test]
async fn a_2xx_without_the_document_is_no_success() {
    let (atlas, exports) = open().await;
    let client = client(&atlas);
    let id = job(&atlas, Kind::Successful);
    for status in [200, 202, 204] {
        atlas.respond_with("GET", JOB, move |_| FakeResponse::empty(status));
        let get = client.api().get_export_job().group_id(atlas.project_id()).cluster_name(atlas.cluster_name());
        let generated = get.export_id(&id).send().await.unwrap_err().into();
        for error in [exports.get(&id).await.unwrap_err(), generated] {
            assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Decode, true), "{error:?}");
            assert_eq!(error.status().unwrap().as_u16(), status);
            assert!(error.call().is_some() && error.to_string().contains("without a document"), "{error}");
        }
    }
}

#[tokio::test]
async fn an_uncompressed_response_is_asked_for() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).build().unwrap();
    exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
    let client = crate::common::client(&atlas);
    exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
    let requests = atlas.requests();
    assert_eq!(requests.len(), 4);
    for request in requests {
        assert_eq!(request.header("accept-encoding"), Some("identity"), "{}", request.path);
    }
}

#[tokio::test]
async fn a_compressed_response_is_an_error_that_names_its_encoding() {
    let (atlas, exports) = open().await;
    let id = job(&atlas, Kind::Successful);
    for (encoding, named) in
        [(Some("gzip"), "gzip"), (Some("BR"), "BR"), (Some("deflate, zstd"), "deflate, zstd"), (None, "gzip")]
    {
        for status in [200, 502] {
            atlas.respond_with("GET", JOB, move |_| {
                let answer = FakeResponse::text(status, "application/json", GZIP);
                encoding.into_iter().fold(answer, |answer, encoding| answer.header("content-encoding", encoding))
            });
            let error = exports.get(&id).await.unwrap_err();
            assert!(error.to_string().contains(named) && error.to_string().contains("compressed"), "{error}");
            assert_eq!(error.status().unwrap().as_u16(), status);
            assert_eq!(error.is_retryable(), status == 502);
            assert!(!everything(&error).contains('\u{fffd}'), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_response_that_is_only_said_to_be_compressed_is_read() {
    let (atlas, exports) = open().await;
    for encoding in ["identity", "gzip", "utf-8", ""] {
        atlas.respond_with("GET", JOB, move |_| json(200, DOCUMENT).header("content-encoding", encoding));
        assert!(exports.get(&job(&atlas, Kind::Successful)).await.is_ok(), "{encoding}");
    }
}

#[tokio::test]
async fn a_compressed_token_response_is_an_error_that_names_its_encoding() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).build().unwrap();
    for status in [200, 400] {
        let answer = FakeResponse::text(status, "application/json", GZIP).header("content-encoding", "gzip");
        atlas.fault(Fault::respond(answer).on("POST", "/api/oauth/token"));
        let error = exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Token);
        assert!(error.to_string().contains("compressed") && error.to_string().contains("gzip"), "{error}");
    }
}

/// A proxy that asks everybody for credentials. It ends with the test.
async fn proxy() -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = socket.read(&mut request).await;
                let head = "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"p\"\r\n";
                let _ =
                    socket.write_all(format!("{head}content-length: 0\r\nconnection: close\r\n\r\n").as_bytes()).await;
            });
        }
    });
    Proxy::all(format!("http://{address}")).unwrap()
}

fn exports_through(builder: atlas_exports::ClientBuilder) -> Exports {
    let client: Client = builder.build().unwrap();
    client.exports("32b6e34b3d91647abb20e7b8".parse().unwrap(), "Cluster0").unwrap()
}

#[tokio::test]
async fn a_407_is_told_as_the_proxys() {
    let atlas = FakeAtlas::start().await;
    let through = async |url: &str| builder(&atlas).base_url(url).http_client(http().proxy(proxy().await));
    for exports in [
        exports_through(through("http://atlas.test").await.allow_insecure_http()),
        exports_through(through("https://atlas.test").await),
    ] {
        let error = exports.get(&job(&atlas, Kind::Successful)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.status()),
            (ErrorKind::Connect, Some(StatusCode::PROXY_AUTHENTICATION_REQUIRED))
        );
        assert!(error.to_string().contains("the proxy requires authentication"), "{error}");
        assert!(error.hint().unwrap().contains("proxy"), "{error:?}");
        assert!(!error.is_retryable() && !error.outcome_unknown() && !error.is_unauthorized());
        let started = std::time::Instant::now();
        let error = exports.wait(&job(&atlas, Kind::Successful)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(started.elapsed() < Duration::from_secs(60), "it is not waited out");
    }
}

#[tokio::test]
async fn a_407_for_a_token_is_told_as_the_proxys() {
    let atlas = FakeAtlas::start().await;
    let settings = account(&atlas).base_url("https://atlas.test").http_client(http().proxy(proxy().await));
    let error = exports_through(settings).get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Token);
    assert!(everything(&error).contains("the proxy requires authentication") && !error.is_retryable(), "{error:?}");
}
