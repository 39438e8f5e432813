//! Settings from environment variables.

use std::ffi::OsString;

use crate::{ClientBuilder, Error};

const PUBLIC_KEY: [&str; 2] = ["MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_PUBLIC_KEY"];
const PRIVATE_KEY: [&str; 2] = ["MONGODB_ATLAS_PRIVATE_API_KEY", "MONGODB_ATLAS_PRIVATE_KEY"];
const BASE_URL: &str = "MONGODB_ATLAS_BASE_URL";

/// A builder with everything that the environment, read through `look_up`, tells.
pub(crate) fn builder(look_up: impl Fn(&str) -> Option<OsString>) -> Result<ClientBuilder, Error> {
    let public = first(&look_up, PUBLIC_KEY)?;
    let private = first(&look_up, PRIVATE_KEY)?;
    let builder = match (public, private) {
        (Some(public), Some(private)) => ClientBuilder::new().api_key(public, private),
        (None, _) => return Err(missing(PUBLIC_KEY)),
        (_, None) => return Err(missing(PRIVATE_KEY)),
    };
    Ok(match text(&look_up, BASE_URL)? {
        Some(url) => builder.base_url(url),
        None => builder,
    })
}

fn missing([name, other]: [&'static str; 2]) -> Error {
    Error::configuration(name, format!("it is not set, and neither is {other}: set one of them"))
}

fn first(look_up: &impl Fn(&str) -> Option<OsString>, names: [&'static str; 2]) -> Result<Option<String>, Error> {
    for name in names {
        if let Some(value) = text(look_up, name)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// A variable that is set to nothing counts as not set, as shells and container files make it easily.
fn text(look_up: &impl Fn(&str) -> Option<OsString>, name: &'static str) -> Result<Option<String>, Error> {
    let Some(value) = look_up(name) else { return Ok(None) };
    let value = value.into_string().map_err(|_| Error::configuration(name, "it is not UTF-8"))?;
    let value = value.trim();
    Ok((!value.is_empty()).then(|| value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(variables: &[(&str, &str)]) -> Result<ClientBuilder, Error> {
        builder(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_names_of_the_cli_and_of_terraform_both_work() {
        for (public, private) in
            [(PUBLIC_KEY[0], PRIVATE_KEY[0]), (PUBLIC_KEY[1], PRIVATE_KEY[1]), (PUBLIC_KEY[0], PRIVATE_KEY[1])]
        {
            build(&[(public, "public"), (private, "private")]).unwrap().build().unwrap();
        }
    }

    #[test]
    fn what_is_missing_is_named_with_its_other_name() {
        let error = build(&[(PUBLIC_KEY[0], "public"), (PRIVATE_KEY[0], "  ")]).unwrap_err().to_string();
        assert!(error.contains(PRIVATE_KEY[0]) && error.contains(PRIVATE_KEY[1]), "{error}");
    }

    #[test]
    fn a_base_url_that_cannot_be_used_is_refused() {
        let builder = build(&[(PUBLIC_KEY[0], "a"), (PRIVATE_KEY[0], "b"), (BASE_URL, "ftp://h")]).unwrap();
        assert!(matches!(builder.build(), Err(Error::Configuration { setting: "base_url", .. })));
    }
}
