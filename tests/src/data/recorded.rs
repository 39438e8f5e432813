//! The requests that the fake received.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Version};

/// One request, and how it was answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recorded {
    /// The method, such as `GET`.
    pub method: String,
    /// The path as sent, without the query.
    pub path: String,
    /// The query as sent, without the question mark; empty when there is none.
    pub query: String,
    /// The headers, including `Authorization`.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The HTTP version.
    pub version: Version,
    /// The number of the connection that it arrived on, from 0.
    pub connection: usize,
    /// The number of the node that served it, from 0; see [`FakeAtlasBuilder::nodes`](crate::FakeAtlasBuilder::nodes).
    pub node: usize,
    /// The status of the response; `None` without a response, or before it.
    pub status: Option<u16>,
    /// Why its credentials were refused, which a client is not told.
    pub refusal: Option<&'static str>,
    /// When it arrived, on tokio's clock since the start of the fake.
    pub at: Duration,
}

impl Recorded {
    /// Returns the value of a header; `None` when it is absent or not text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns path and query as sent.
    #[must_use]
    pub fn uri(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }
}
