#![doc = include_str!("../README.md")]

mod answer;
mod atlas;
mod broken;
mod builder;
mod canned;
mod challenge;
mod clock;
mod digest;
mod envelope;
mod errors;
mod faults;
mod gate;
mod lock;
mod nonces;
mod pattern;
mod pipeline;
mod record;
mod routes;
mod seed;
mod server;
mod settings;
mod socket;
mod state;
mod store;

pub use answer::Answer;
pub use atlas::FakeAtlas;
pub use builder::FakeAtlasBuilder;
pub use challenge::Challenge;
pub use digest::Algorithm;
pub use envelope::{Envelope, EnvelopedErrors};
pub use faults::Fault;
pub use nonces::{NcPolicy, Reuse};
pub use record::Recorded;
pub use seed::{Kind, SeedJob};
pub use settings::Balance;
