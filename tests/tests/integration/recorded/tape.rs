//! A transport that plays answers, one for each request.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use atlas_exports::{
    ApiVersion, Client, ClientBuilder, ExportBuckets, ExportId, Exports, Operation, RetryPolicy, SendFuture, Transport,
    http, reqwest,
};
use serde_json::Value;

pub(crate) const PROJECT: &str = "32b6e34b3d91647abb20e7b8";
pub(crate) const CLUSTER: &str = "exports-e2e";
pub(crate) const JOB: &str = "6a793de9a6dab9a9e39fe712";

/// What version 2 calls its answers.
pub(crate) const VENDOR: &str = "application/vnd.atlas.2023-01-01+json;charset=utf-8";

/// One answer as it came.
#[derive(Clone, Debug)]
pub(crate) struct Take {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Take {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }.header("Content-Type", content_type)
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    /// An error document, which is plain JSON in either version, with its code in a header beside it.
    pub(crate) fn error(status: u16, body: &str) -> Self {
        let take = Self::new(status, "application/json", body);
        match serde_json::from_str::<Value>(body).unwrap()["errorCode"].as_str() {
            Some(code) => take.header("X-Error-Code", code),
            None => take,
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// The answers to come, and the requests that were.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    takes: Mutex<VecDeque<Take>>,
    asked: Mutex<Vec<String>>,
}

impl Transport for Tape {
    fn send<'a>(&'a self, operation: &'static Operation, request: reqwest::Request) -> SendFuture<'a> {
        self.asked.lock().unwrap().push(format!("{} {}", operation.id, request.url()));
        let take = self.takes.lock().unwrap().pop_front();
        Box::pin(async move {
            let take = take.ok_or("the tape is over")?;
            let answer = http::Response::builder().status(take.status);
            let answer = take.headers.into_iter().fold(answer, |answer, (name, value)| answer.header(name, value));
            Ok(answer.body(take.body)?.into())
        })
    }
}

/// A client that hears a tape.
pub(crate) struct Player {
    pub(crate) tape: Arc<Tape>,
    pub(crate) client: Client,
    pub(crate) exports: Exports,
    pub(crate) buckets: ExportBuckets,
}

impl Player {
    pub(crate) fn new(version: ApiVersion, takes: impl IntoIterator<Item = Take>) -> Self {
        Self::with(takes, |client| client.api_version(version))
    }

    pub(crate) fn with(
        takes: impl IntoIterator<Item = Take>,
        set: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Self {
        let tape = Arc::new(Tape { takes: Mutex::new(takes.into_iter().collect()), asked: Mutex::default() });
        // Nothing goes over the network, and to read the system's certificates takes long.
        let http = reqwest::Client::builder().tls_certs_only([]);
        let client = Client::builder().retry(RetryPolicy::never()).http_client(http);
        let client = set(client).transport(tape.clone()).build().unwrap();
        let exports = client.exports(PROJECT.parse().unwrap(), CLUSTER).unwrap();
        let buckets = client.export_buckets(PROJECT.parse().unwrap());
        Self { tape, client, exports, buckets }
    }

    /// The operation and address of each request.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.tape.asked.lock().unwrap().clone()
    }

    /// That every answer was asked for.
    pub(crate) fn is_over(&self) -> bool {
        self.tape.takes.lock().unwrap().is_empty()
    }
}

pub(crate) fn job() -> ExportId {
    JOB.parse().unwrap()
}

/// Either version with the media type of its answers.
pub(crate) const VERSIONS: [(ApiVersion, &str); 2] = [(ApiVersion::V1, "application/json"), (ApiVersion::V2, VENDOR)];

/// What is left of a document when what is null or unknown to the contract is taken out, at every depth.
pub(crate) fn known(document: &Value, unknown: &[&str]) -> Value {
    match document {
        Value::Object(members) => members
            .iter()
            .filter(|(name, value)| !value.is_null() && !unknown.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), known(value, unknown)))
            .collect(),
        Value::Array(items) => items.iter().map(|item| known(item, unknown)).collect(),
        other => other.clone(),
    }
}
