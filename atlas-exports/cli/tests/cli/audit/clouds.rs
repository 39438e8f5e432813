//! `--markers` in Azure and Google Cloud: which answers of a bucket say that an object is not there.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    process::Command,
};

use serde_json::{Value, json};

use super::{
    markers::complete,
    world::{BUCKET, BUCKET_NAME, Night, SHOP, prefix, shop, verdicts},
};
use crate::program::{Ended, command_at, run};

/// A server that answers each request in the same way, for as long as the tests run.
fn bucket(status: u16, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let request = decoded(&lines.next().unwrap_or_default());
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let is_marker = request.contains(&format!("/{BUCKET_NAME}/{}/.complete", prefix(SHOP, "Orders", 10)));
            let status = if is_marker { status } else { 400 };
            let length = body.len();
            // Who closes early has seen enough.
            let _ = write!(
                stream,
                "HTTP/1.1 {status} Status\r\nContent-Length: {length}\r\nConnection: close\r\nETag: \"1\"\r\n\
                 Last-Modified: Mon, 10 Aug 2026 03:31:00 GMT\r\n\r\n{body}"
            );
        }
    });
    format!("http://{address}")
}

/// Google Cloud's paths are encoded.
fn decoded(request: &str) -> String {
    [("%2F", "/"), ("%5F", "_"), ("%2D", "-"), ("%2E", ".")]
        .iter()
        .fold(request.to_owned(), |text, (code, char)| text.replace(code, char))
}

fn error(code: &str) -> String {
    format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{code}</Message></Error>")
}

/// Audits a cluster whose bucket is of another provider, with the credentials that are set.
fn audit(document: &Value, set: impl FnOnce(&mut Command)) -> Ended {
    let fake = shop(&[("Orders", Night::Exported)]);
    fake.put_bucket_in(SHOP, document.clone());
    let mut command = command_at(&fake);
    set(&mut command);
    run(command, ["audit", "--markers", "--api", "v2", "--format", "json"])
}

fn in_azure(url: &str) -> Ended {
    let document = json!({
        "_id": BUCKET, "bucketName": BUCKET_NAME, "cloudProvider": "AZURE", "roleId": "668c5f0ed436263134491592",
        "serviceUrl": "https://account.blob.core.windows.net",
    });
    audit(&document, |command| {
        command.env("AZURE_STORAGE_ENDPOINT", url).env("AZURE_ALLOW_HTTP", "true");
        command.env("AZURE_STORAGE_ACCOUNT_KEY", "bm90IGEgcmVhbCBrZXk=");
    })
}

fn in_google_cloud(url: &str) -> Ended {
    let document = json!({
        "_id": BUCKET, "bucketName": BUCKET_NAME, "cloudProvider": "GCP", "roleId": "668c5f0ed436263134491592",
    });
    let key = json!({
        "private_key": "", "private_key_id": "", "client_email": "", "disable_oauth": true, "gcs_base_url": url,
    });
    audit(&document, |command| {
        command.env("GOOGLE_SERVICE_ACCOUNT_KEY", key.to_string()).env("GOOGLE_ALLOW_HTTP", "true");
    })
}

#[test]
fn a_marker_is_there_or_not_or_its_bucket_is_not_there() {
    let marker = complete("Orders", 10).to_string();
    for (provider, no_object, no_bucket) in [
        (in_azure as fn(&str) -> Ended, "BlobNotFound", "ContainerNotFound"),
        (in_google_cloud, "NoSuchKey", "NoSuchBucket"),
    ] {
        for (status, body, verdict, reason) in [
            (200, marker.clone(), "proved", "export_successful"),
            (404, error(no_object), "missing", "marker_gone"),
            (404, error(no_bucket), "reported", "export_successful"),
            (403, error("AccessDenied"), "reported", "export_successful"),
        ] {
            let ended = provider(&bucket(status, body.clone()));
            let report = ended.json();
            assert_eq!(verdicts(&report), [("Orders", verdict, reason)], "{body} {report:#}");
            let is_noted = report["clusters"][0]["notes"].to_string().contains("the bucket proves nothing");
            assert_eq!(is_noted, verdict == "reported", "{body} {report:#}");
        }
    }
}

#[test]
fn a_shared_access_signature_is_not_shown() {
    let document = json!({
        "_id": BUCKET, "bucketName": BUCKET_NAME, "cloudProvider": "AZURE", "roleId": "668c5f0ed436263134491592",
        "serviceUrl": "https://account.blob.core.windows.net",
    });
    let url = bucket(403, error("AuthenticationFailed"));
    let ended = audit(&document, |command| {
        command.env("AZURE_STORAGE_ENDPOINT", url).env("AZURE_ALLOW_HTTP", "true");
        command.env("AZURE_STORAGE_SAS_KEY", "?sv=2026-01-01&sig=hushhush%3D");
    });
    assert!(ended.out.contains("AuthenticationFailed"), "{ended:?}");
    assert!(!format!("{}{}", ended.out, ended.err).contains("hush"), "{ended:?}");
}
