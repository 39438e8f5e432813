#![doc = include_str!("../README.md")]

mod api;
mod auth;
mod control;
mod data;
mod faults;
mod handle;
mod lock;
mod net;

pub use api::{
    envelope::{Envelope, EnvelopedErrors},
    pages::Paging,
    rate_limit::RateLimit,
    response::FakeResponse,
};
pub use auth::{
    challenge::Challenge,
    digest::Algorithm,
    nonces::{NcPolicy, Reuse},
};
pub use control::scenario::{Deprecation, Scenario, Versions};
pub use data::{
    backups::{NewSchedule, NewSnapshot},
    clusters::NewCluster,
    jobs::NewJob,
    recorded::Recorded,
    script::Script,
    seed::{Kind, SeedJob},
};
pub use faults::fault::Fault;
pub use handle::{FakeAtlas, builder::FakeAtlasBuilder, connect_proxy::ConnectProxy};
pub use net::service::Balance;
