#![doc = include_str!("../README.md")]

mod api_version;
pub mod audit;
mod base_url;
mod builder;
mod call;
mod client;
mod credentials;
mod env;
mod error;
mod export_buckets;
mod exports;
mod http_date;
mod pages;
mod retry_after;
mod service_account;
mod span;
mod transport;

pub use atlas_exports_gen::{
    self as generated, BoxError, Failure, InvalidId, Operation, Progress, SendFuture, Transport, http,
    ids::{ExportBucketId, ExportId, ProjectId, SnapshotId},
    models::{ClusterName, ExportBucket, ExportState},
    reqwest,
    types::{self, ApiError, ExportJob, NewExport, NewExportBucket},
};

pub use futures_core::Stream;
pub use secrecy::SecretString;

pub use self::{
    api_version::ApiVersion,
    builder::ClientBuilder,
    client::Client,
    credentials::Secret,
    error::{CallContext, CredentialKind, Error, SharedSource},
    export_buckets::ExportBuckets,
    exports::{CreateAndWait, Exports, Wait, WaitMany},
    pages::{List, Page},
    transport::{Attempt, AuthFuture, Authenticator, Deprecation, RateLimit, Refusal, RetryPolicy},
};
