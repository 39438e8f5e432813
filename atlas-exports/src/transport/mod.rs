//! The chain behind the generated client: what every request goes through, whatever its operation.

mod answer;
mod attempt;
mod auth;
mod budget;
mod deprecation;
mod digest;
mod envelope;
mod exchange;
mod failure;
mod rate_limit;
mod retry;
mod unprocessed;
mod version;

pub(crate) use self::{
    answer::{beginning, excerpt},
    attempt::{Chain, Limits, Link, Pace},
    auth::{Authentication, Keys, Refused},
    budget::Budget,
    deprecation::Deprecations,
    digest::Digest,
    exchange::Exchanges,
    failure::{Failure, Source},
    retry::{Record, UPGRADING, may_pass},
    version::{Version, noted_on as version_noted_on},
};
pub use self::{
    auth::{AuthFuture, Authenticator, Refusal},
    deprecation::Deprecation,
    rate_limit::RateLimit,
    retry::{Attempt, RetryPolicy},
};
