#![doc = include_str!("../README.md")]

pub mod audit;
mod auth;
mod base_url;
mod builder;
mod client;
mod environment;
pub mod error;
mod export_buckets;
mod exports;
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
