//! Keeps Atlas's documents as they were received, with the members that no type has.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use atlas_exports::{Operation, SendFuture, Transport, http, reqwest};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A transport that sends through another client and keeps the bodies of its responses, which have no envelope any more.
#[derive(Debug)]
pub(crate) struct Recorder {
    inner: Arc<dyn Transport>,
    /// Documents by their id, until they are taken.
    seen: Mutex<HashMap<String, String>>,
}

/// A document, or a page of documents.
#[derive(Deserialize)]
struct Shape<'a> {
    /// Buckets write it with an underscore.
    #[serde(alias = "_id")]
    id: Option<String>,
    #[serde(borrow)]
    results: Option<Vec<&'a RawValue>>,
}

impl Recorder {
    pub(crate) fn new(inner: Arc<dyn Transport>) -> Self {
        Self { inner, seen: Mutex::default() }
    }

    /// Takes the last document with this id.
    pub(crate) fn take(&self, id: &str) -> Option<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    fn keep(&self, text: &str) {
        let Ok(shape) = serde_json::from_str::<Shape<'_>>(text) else { return };
        if let Some(id) = shape.id {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id, text.trim().to_owned());
        }
        for document in shape.results.into_iter().flatten() {
            self.keep(document.get());
        }
    }
}

impl Transport for Recorder {
    fn send<'a>(&'a self, operation: &'static Operation, request: reqwest::Request) -> SendFuture<'a> {
        Box::pin(async move {
            let response = self.inner.send(operation, request).await?;
            if !response.status().is_success() {
                return Ok(response);
            }
            let (status, headers) = (response.status(), response.headers().clone());
            let body = response.bytes().await?;
            self.keep(&String::from_utf8_lossy(&body));
            let mut again = http::Response::new(body);
            *again.status_mut() = status;
            *again.headers_mut() = headers;
            Ok(again.into())
        })
    }
}
