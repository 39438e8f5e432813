//! What the environment tells.

use atlas_exports::ProjectId;

use super::outcome::Problem;

const PUBLIC_KEY: [&str; 2] = ["MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PUBLIC_KEY"];
const PRIVATE_KEY: [&str; 2] = ["MONGODB_ATLAS_PRIVATE_API_KEY", "MONGODB_ATLAS_PRIVATE_KEY"];
const BASE_URL: &str = "MONGODB_ATLAS_BASE_URL";
const PROJECT: &str = "MONGODB_ATLAS_PROJECT_ID";

/// Whether anything to authenticate with is there, be it half of it.
pub(crate) fn has_credentials() -> bool {
    PUBLIC_KEY.iter().chain(&PRIVATE_KEY).any(|name| variable(name).is_some())
}

/// The API key.
pub(crate) fn api_key() -> Result<(String, String), Problem> {
    let first = |names: [&str; 2]| {
        names.into_iter().find_map(variable).ok_or_else(|| {
            let [name, other] = names;
            Problem::usage(format!(
                "no API key: set {name} (or {other}) in the environment, or add --fake to ask a fake of Atlas"
            ))
        })
    };
    Ok((first(PUBLIC_KEY)?, first(PRIVATE_KEY)?))
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
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}
