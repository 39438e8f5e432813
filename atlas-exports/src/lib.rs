//! Typed access to MongoDB Atlas's cloud backup snapshot exports.

mod api_version;
mod base_url;
mod builder;
mod call;
mod client;
mod credentials;
mod env;
mod error;
mod exports;
mod http_date;
mod retry_after;
mod service_account;
mod transport;

pub use atlas_exports_gen::{
    self as generated, BoxError, Failure, InvalidId, Operation, Progress, SendFuture, Transport, http,
    ids::{ExportBucketId, ExportId, ProjectId, SnapshotId},
    models::{ClusterName, ExportState},
    reqwest,
    types::{self, ApiError, ExportJob},
};

pub use self::{
    api_version::ApiVersion,
    builder::ClientBuilder,
    client::Client,
    credentials::Secret,
    error::{CallContext, CredentialKind, Error, SharedSource},
    exports::Exports,
    transport::{Attempt, AuthFuture, Authenticator, Deprecation, RateLimit, Refusal, RetryPolicy},
};
