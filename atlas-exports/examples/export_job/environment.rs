//! What the environment tells, beside what the client reads there by itself.

use atlas_exports::ProjectId;

use super::outcome::Problem;

const CREDENTIALS: [&str; 6] = [
    "MONGODB_ATLAS_PUBLIC_API_KEY",
    "MONGODB_ATLAS_PUBLIC_KEY",
    "MONGODB_ATLAS_PRIVATE_API_KEY",
    "MONGODB_ATLAS_PRIVATE_KEY",
    "MONGODB_ATLAS_CLIENT_ID",
    "MONGODB_ATLAS_CLIENT_SECRET",
];
const BASE_URL: &str = "MONGODB_ATLAS_BASE_URL";
const PROJECT: &str = "MONGODB_ATLAS_PROJECT_ID";

/// Whether anything to authenticate with is there, be it half of it.
pub(crate) fn has_credentials() -> bool {
    CREDENTIALS.iter().any(|name| variable(name).is_some() || variable(&format!("{name}_FILE")).is_some())
}

/// Root of the service.
pub(crate) fn base_url() -> Option<String> {
    variable(BASE_URL)
}

/// The project.
pub(crate) fn project() -> Result<Option<ProjectId>, Problem> {
    variable(PROJECT)
        .map(|text| text.parse().map_err(|invalid| Problem::usage(format!("{PROJECT}: {invalid}"))))
        .transpose()
}

/// A variable that is set to nothing counts as not set.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    let value = value.to_string_lossy().trim().to_owned();
    (!value.is_empty()).then_some(value)
}
