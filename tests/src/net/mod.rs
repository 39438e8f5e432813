//! The network: the listener, its connections, and the way of a request through the service.

pub(crate) mod delivery;
pub(crate) mod server;
pub(crate) mod service;
pub(crate) mod socket;
#[cfg(feature = "tls")]
pub(crate) mod tls;
