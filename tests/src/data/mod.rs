//! The data of the service, and its clock.

pub(crate) mod clock;
pub(crate) mod jobs;
pub(crate) mod script;
pub(crate) mod seed;
pub(crate) mod store;
