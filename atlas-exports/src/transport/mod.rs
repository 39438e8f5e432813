//! The chain behind the generated client: what every request goes through, whatever its operation.

mod answer;
mod attempt;
mod digest;
mod envelope;
mod exchange;
mod failure;

pub(crate) use self::{
    answer::excerpt,
    attempt::{Chain, Link, Pace},
    digest::Digest,
    exchange::Exchanges,
    failure::{Failure, Source},
};
