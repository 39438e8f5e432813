//! The listener, its connections and the way of a request through the service.

pub(crate) mod pipeline;
pub(crate) mod server;
pub(crate) mod socket;
pub(crate) mod state;
#[cfg(feature = "tls")]
pub(crate) mod tls;
