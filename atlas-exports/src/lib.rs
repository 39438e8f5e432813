//! Unofficial async client for MongoDB Atlas snapshot export jobs: copies of a cluster's cloud backup snapshots in an object
//! storage bucket.
//!
//! Create one [`Client`] and clone it; it gives access to the [`Exports`] of a cluster and the [`ExportBuckets`] of a
//! project, to an [`audit`] of whole projects, and to every other operation of the API.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let atlas = atlas_exports::Client::from_env()?;
//! let exports = atlas.exports("5f3c5a1e8e4b2a0012345678".parse()?, "Cluster0")?;
//!
//! let job = exports.get(&"5f3c5a1e8e4b2a00aaaaaaaa".parse()?).await?;
//! let job = exports.wait(&job.id).timeout(Duration::from_secs(2 * 60 * 60)).await?;
//! println!("the snapshot is at {:?}", job.prefix);
//! # Ok(())
//! # }
//! ```
//!
//! # Guides
//!
//! - [Authentication](guide::authentication), and where to get credentials
//! - [Errors](error)
//! - [Waiting](guide::waiting) for jobs
//! - [Timeouts and retries](guide::timeouts_and_retries)
//! - [Testing](guide::testing) with FakeAtlas
//! - [Tracing](guide::tracing) and metrics
//!
//! # Any operation
//!
//! | method | calls |
//! |---|---|
//! | [`Client::call`] | an operation of the contract, decoded |
//! | [`Client::list`] | an operation of the contract with pages, as a stream of its items |
//! | [`Client::api`] | the generated client itself |
//! | [`Client::request`] | what the contract does not have |
//!
//! All take the same way through authentication, versions, retries, envelope and errors.
//!
//! # Crates in the public API
//!
//! Types of [`reqwest`], [`http`], [`chrono`], [`secrecy`](SecretString) and progenitor-client are part of the public API, and
//! re-exported where users need them. The [`types`] of the contract implement [`schemars`](https://docs.rs/schemars)'s
//! `JsonSchema`.
//!
//! # Features
//!
//! | feature | brings |
//! |---|---|
//! | `rustls` (default) | TLS by rustls, with the certificates of the platform |
//! | `rustls-no-provider` | the same, with the crypto provider that the program installs |
//! | `native-tls` | TLS of the platform |

pub mod audit;
mod auth;
mod base_url;
mod builder;
mod client;
mod environment;
pub mod error;
mod export_buckets;
mod exports;
pub mod guide;
pub mod http;
mod known_jobs;
mod pagination;
mod pipeline;
mod request;

pub use atlas_exports_gen::{
    self as generated, BoxError, Failure, ListOperation, Operation, ParseIdError, Progress, SendFuture, Transport,
    chrono,
    ids::{ExportBucketId, ExportId, ProjectId, SnapshotId},
    models::{ClusterName, ExportBucket, ExportState},
    reqwest,
    types::{self, ApiError, ExportJob, NewExport, NewExportBucket},
};
pub use futures_core::Stream;
pub use secrecy::SecretString;

pub use self::{
    auth::{AuthFuture, Authenticator, Secret, Unauthorized},
    builder::ClientBuilder,
    client::Client,
    error::{Attempt, CallContext, CredentialKind, Error, ErrorKind},
    export_buckets::ExportBuckets,
    exports::{CreateAndWait, Exports, Wait, WaitMany},
    http::{
        deprecation::Deprecation,
        observer::{CallEvent, ExchangeEvent, ExchangeKind, Observer},
        rate_limit::RateLimit,
        retry::RetryPolicy,
        version::ApiVersion,
    },
    pagination::{List, Page},
    request::RequestBuilder,
};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
