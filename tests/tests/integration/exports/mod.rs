//! Export jobs: lists, waits and creation.

mod create_and_wait;
mod list;
mod wait;
mod wait_many;
