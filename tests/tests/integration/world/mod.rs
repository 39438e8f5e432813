//! A simulated world: policies, nights, snapshots, exports, buckets and users who change them, with the truth about each
//! moment.

pub(crate) mod answers;
mod checks;
pub(crate) mod expected;
pub(crate) mod model;
pub(crate) mod policy;
pub(crate) mod scenarios;
pub(crate) mod served;
pub(crate) mod sim;
pub(crate) mod storage;
pub(crate) mod time;
pub(crate) mod truth;
pub(crate) mod view;
