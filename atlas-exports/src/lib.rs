//! Typed access to MongoDB Atlas's cloud backup snapshot exports.

mod base_url;
mod builder;
mod call;
mod client;
mod env;
mod error;
mod exports;
mod retry_after;
mod transport;

pub use atlas_exports_gen::{
    self as generated, BoxError, Failure, InvalidId, Operation, Progress, SendFuture, Transport, http,
    ids::{ExportBucketId, ExportId, ProjectId, SnapshotId},
    models::{ClusterName, ExportState},
    reqwest,
    types::{self, ApiError, ExportJob},
};

pub use self::{
    builder::ClientBuilder,
    client::Client,
    error::{CallContext, Error, SharedSource},
    exports::Exports,
    transport::{Attempt, RateLimit, RetryPolicy},
};
