#![doc = include_str!("../README.md")]

mod api;
mod auth;
mod data;
mod faults;
mod handle;
mod lock;
mod net;

pub use api::answer::Answer;
pub use api::envelope::{Envelope, EnvelopedErrors};
pub use api::rate_limit::RateLimit;
pub use api::record::Recorded;
pub use auth::challenge::Challenge;
pub use auth::digest::Algorithm;
pub use auth::nonces::{NcPolicy, Reuse};
pub use data::jobs::NewJob;
pub use data::script::Script;
pub use data::seed::{Kind, SeedJob};
pub use faults::fault::Fault;
pub use handle::FakeAtlas;
pub use handle::builder::FakeAtlasBuilder;
pub use handle::connect_proxy::ConnectProxy;
pub use handle::settings::Balance;
