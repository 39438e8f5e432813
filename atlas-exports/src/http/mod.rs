//! Types of the `http` crate that the API of this crate uses.
//!
//! The private part of this module is what every request and response goes through, whatever it authenticates with.

mod backoff;
mod date;
pub(crate) mod deprecation;
mod envelope;
mod json_text;
pub(crate) mod observer;
pub(crate) mod rate_limit;
mod rate_limiter;
mod response;
pub(crate) mod retry;
mod retry_after;
mod trace;
mod unprocessed;
pub(crate) mod version;

pub use atlas_exports_gen::http::{
    Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version, header,
};

pub(crate) use self::{
    backoff::{Backoff, spread},
    deprecation::Deprecations,
    envelope::{PARAMETER as ENVELOPE, is_requested as is_envelope_requested},
    json_text::{clean, split},
    rate_limit::RateLimits,
    rate_limiter::RateLimiter,
    response::{Form, RawResponse, describe_compression, parse_lenient, read_prefix},
    retry::{RetryDecision, decide},
    retry_after::{date_of, wait as retry_after},
    trace::{CallTrace, ResponseHead},
    unprocessed::{MAX_RESENDS, Unprocessed},
    version::{RequestVersion, ResourceVersion},
};
