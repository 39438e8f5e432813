//! Until the folder is complete.
mod authorization;
mod header_syntax;
mod parameters;
