//! `audit`: its formats, its exit codes and what it looks at.

mod clouds;
mod exit_codes;
mod formats;
mod markers;
mod reading;
mod s3;
pub(crate) mod world;
