//! How to: authentication, waiting, auditing, timeouts and retries, testing, tracing. Errors have a [page of their own](crate::error).

#[doc = include_str!("authentication.md")]
pub mod authentication {}

#[doc = include_str!("waiting.md")]
pub mod waiting {}

#[doc = include_str!("auditing.md")]
pub mod auditing {}

#[doc = include_str!("timeouts_and_retries.md")]
pub mod timeouts_and_retries {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("tracing.md")]
pub mod tracing {}
