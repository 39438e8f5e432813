//! FakeAtlas itself, checked with plain HTTP clients.

mod backups;
mod program;
mod service;
mod state;
mod tls;
mod v2;
