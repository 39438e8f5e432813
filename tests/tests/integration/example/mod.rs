//! The example as people and scripts meet it: a process with arguments, an environment, output and an exit code.

mod buckets;
mod create;
mod credentials;
mod demo;
mod get;
mod list;
mod program;
mod watch;
#[cfg(unix)]
mod watch_live;
