//! Authentication: Digest, service accounts, and secrets that are replaced.

mod challenges;
mod digest;
#[cfg(unix)]
mod lighttpd;
mod rotation;
mod service_account;
mod token_cache;
