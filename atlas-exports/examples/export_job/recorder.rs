//! Keeps Atlas's documents as they came, with the members that no type has.

use std::sync::{Arc, Mutex, PoisonError};

use atlas_exports::{Operation, SendFuture, Transport, http, reqwest};

/// A transport that leads through another client and keeps the last good answer.
///
/// What comes back from that client is plain: authenticated, and without envelope.
#[derive(Debug)]
pub(crate) struct Recorder {
    inner: Arc<dyn Transport>,
    last: Mutex<Option<String>>,
}

impl Recorder {
    pub(crate) fn new(inner: Arc<dyn Transport>) -> Self {
        Self { inner, last: Mutex::default() }
    }

    /// The last document that Atlas answered.
    pub(crate) fn last(&self) -> Option<String> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(String::from_utf8_lossy(&body).into_owned());
            let mut again = http::Response::new(body);
            *again.status_mut() = status;
            *again.headers_mut() = headers;
            Ok(again.into())
        })
    }
}
