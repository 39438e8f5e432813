//! FakeAtlas itself, checked with plain HTTP clients.

mod program;
mod service;
mod state;
mod tls;
mod v2;
