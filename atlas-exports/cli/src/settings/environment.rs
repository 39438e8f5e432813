//! Environment variables.

use std::ffi::OsString;

const CREDENTIALS: [&str; 6] = [
    "MONGODB_ATLAS_PUBLIC_API_KEY",
    "MONGODB_ATLAS_PUBLIC_KEY",
    "MONGODB_ATLAS_PRIVATE_API_KEY",
    "MONGODB_ATLAS_PRIVATE_KEY",
    "MONGODB_ATLAS_CLIENT_ID",
    "MONGODB_ATLAS_CLIENT_SECRET",
];
pub(super) const BASE_URL: &str = "MONGODB_ATLAS_BASE_URL";
pub(super) const PROJECT: &str = "MONGODB_ATLAS_PROJECT_ID";
pub(super) const API_VERSION: &str = "MONGODB_ATLAS_API_VERSION";
pub(super) const PROFILE: &str = "MONGODB_ATLAS_PROFILE";

/// Returns the first variable of credentials that is set. Their values are read by the client.
pub(super) fn credentials(look_up: &dyn Fn(&str) -> Option<OsString>) -> Option<String> {
    let names = CREDENTIALS.iter().flat_map(|name| [(*name).to_owned(), format!("{name}_FILE")]);
    names.into_iter().find(|name| variable(look_up, name).is_some())
}

/// Returns the value of a variable; an empty one counts as not set.
pub(super) fn variable(look_up: &dyn Fn(&str) -> Option<OsString>, name: &str) -> Option<String> {
    let value = look_up(name)?.to_string_lossy().trim().to_owned();
    (!value.is_empty()).then_some(value)
}
