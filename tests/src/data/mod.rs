//! The data of the service, and its clock.

pub(crate) mod backups;
pub(crate) mod clock;
pub(crate) mod clusters;
pub(crate) mod jobs;
pub(crate) mod log;
pub(crate) mod recorded;
pub(crate) mod script;
pub(crate) mod seconds;
pub(crate) mod seed;
pub(crate) mod store;
