//! The chain behind the generated client: what every request goes through, whatever its operation.

mod answer;
mod attempt;
mod budget;
mod digest;
mod envelope;
mod exchange;
mod failure;
mod rate_limit;
mod retry;

pub(crate) use self::{
    answer::excerpt,
    attempt::{Chain, Limits, Link, Pace},
    budget::Budget,
    digest::Digest,
    exchange::Exchanges,
    failure::{Failure, Source},
    retry::Record,
};
pub use self::{
    rate_limit::RateLimit,
    retry::{Attempt, RetryPolicy},
};
