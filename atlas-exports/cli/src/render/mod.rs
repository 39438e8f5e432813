//! Jobs, buckets and progress as text for people.

mod block;
pub(crate) mod bucket;
pub(crate) mod job;
pub(crate) mod listing;
pub(crate) mod progress;
mod span;

/// Text without control characters, which a terminal would obey.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}
