//! Typed client for MongoDB Atlas's cloud backup snapshot exports, generated at build time from an OpenAPI contract.
//!
//! This crate knows the operations and their types, and nothing of authentication, envelopes or retries: every request
//! goes through the one [`Transport`] that a [`Client`] is made with. Most programs want the `atlas-exports` crate, which
//! brings that transport and gives access to this client through `Client::api()`.
//!
//! [`types`] are marked `#[non_exhaustive]`; make one with its builder:
//!
//! ```
//! use atlas_exports_gen::{models::ExportState, types::ExportJob};
//!
//! let job: ExportJob = ExportJob::builder()
//!     .id("5f3c5a1e8e4b2a0012345678")
//!     .state(ExportState::Successful)
//!     .try_into()?;
//! assert!(job.is_successful());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use chrono;
pub use http;
pub use reqwest;

mod bounds;
mod generated;
mod job;
pub mod models;
mod new_export;
mod object_id;
mod operation;
mod transport;
mod union;
#[cfg(test)]
mod upstream_assumptions;

pub use generated::{ByteStream, Client, ClientInfo, Error, OPERATIONS, ResponseValue, builder, ids, types, unions};
pub use job::{Failure, Progress};
pub use object_id::ParseIdError;
pub use operation::{ListOperation, Operation};
pub use transport::{BoxError, SendFuture, SharedError, Transport, transport_error};
