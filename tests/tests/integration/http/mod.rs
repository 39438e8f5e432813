//! Requests and responses: errors, retries, versions, the envelope, TLS and tracing.

mod deprecation;
mod envelope;
mod errors;
mod generated;
mod goaway;
mod observer;
mod responses;
mod retry;
mod text;
mod tls;
mod tracing;
mod versions;
