//! Settings from environment variables.

use std::ffi::OsString;

use crate::{
    ApiVersion, Error, Secret,
    auth::{EnvironmentCredentials, SecretSource},
};

/// A setting's variables: the names of their own that other tools gave it.
type Names = &'static [Variable];

/// A variable, and the one that holds the path of a file with its value.
#[derive(Debug, Clone, Copy)]
struct Variable {
    value: &'static str,
    file: &'static str,
}

macro_rules! variable {
    ($name:literal) => {
        Variable { value: $name, file: concat!($name, "_FILE") }
    };
}

const PUBLIC_KEY: Names = &[variable!("MONGODB_ATLAS_PUBLIC_API_KEY"), variable!("MONGODB_ATLAS_PUBLIC_KEY")];
const PRIVATE_KEY: Names = &[variable!("MONGODB_ATLAS_PRIVATE_API_KEY"), variable!("MONGODB_ATLAS_PRIVATE_KEY")];
const CLIENT_ID: Names = &[variable!("MONGODB_ATLAS_CLIENT_ID")];
const CLIENT_SECRET: Names = &[variable!("MONGODB_ATLAS_CLIENT_SECRET")];
const BASE_URL: &str = "MONGODB_ATLAS_BASE_URL";
const API_VERSION: &str = "MONGODB_ATLAS_API_VERSION";

/// What the environment says.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) credentials: EnvironmentCredentials,
    pub(crate) base_url: Option<String>,
    pub(crate) api_version: Option<ApiVersion>,
}

/// Reads the environment through `look_up`.
///
/// # Errors
///
/// For what cannot be read, but for credentials, which are replaced by those that are set explicitly.
pub(crate) fn read(look_up: impl Fn(&str) -> Option<OsString>) -> Result<Environment, Error> {
    let version = text(&look_up, API_VERSION)?.map(|version| {
        version.parse().map_err(|_| Error::configuration(API_VERSION, format!("{version:?} is neither v1 nor v2")))
    });
    Ok(Environment {
        credentials: credentials(&look_up).unwrap_or_else(EnvironmentCredentials::Unusable),
        base_url: text(&look_up, BASE_URL)?,
        api_version: version.transpose()?,
    })
}

fn credentials(look_up: &impl Fn(&str) -> Option<OsString>) -> Result<EnvironmentCredentials, Error> {
    let (public, private) = (first(look_up, PUBLIC_KEY)?, first(look_up, PRIVATE_KEY)?);
    let (id, secret) = (first(look_up, CLIENT_ID)?, first(look_up, CLIENT_SECRET)?);
    if let (Some((key, _)), Some((account, _))) =
        (public.as_ref().or(private.as_ref()), id.as_ref().or(secret.as_ref()))
    {
        return Err(Error::configuration(
            key,
            format!(
                "it is set, and so is {account}; an API key and a service account exclude each other, so unset the \
                 variables of one of them"
            ),
        ));
    }
    Ok(match (pair(public, private, PUBLIC_KEY, PRIVATE_KEY)?, pair(id, secret, CLIENT_ID, CLIENT_SECRET)?) {
        (Some(key), _) => EnvironmentCredentials::ApiKey(key),
        (None, Some(account)) => EnvironmentCredentials::ServiceAccount(account),
        (None, None) => EnvironmentCredentials::None,
    })
}

type Found = Option<(&'static str, Secret)>;

fn pair(name: Found, secret: Found, names: Names, secrets: Names) -> Result<Option<SecretSource>, Error> {
    match (name, secret) {
        (Some(name), Some(secret)) => Ok(Some(SecretSource { name, secret })),
        (None, None) => Ok(None),
        (Some((set, _)), None) => Err(missing(set, secrets)),
        (None, Some((set, _))) => Err(missing(set, names)),
    }
}

fn missing(set: &'static str, names: Names) -> Error {
    let all: Vec<_> = names.iter().flat_map(|name| [name.value, name.file]).collect();
    let name = all.first().copied().unwrap_or(set);
    let others = all.get(1..).unwrap_or_default().join(" or ");
    Error::configuration(name, format!("it is not set although {set} is; set it, or {others}"))
}

fn first(look_up: &impl Fn(&str) -> Option<OsString>, names: Names) -> Result<Found, Error> {
    for name in names {
        match (text(look_up, name.value)?, path(look_up, name.file)) {
            (Some(_), Some(_)) => {
                return Err(Error::configuration(
                    name.value,
                    format!("it is set, and so is {}; unset one of them", name.file),
                ));
            }
            (Some(value), None) => return Ok(Some((name.value, value.into()))),
            (None, Some(path)) => return Ok(Some((name.file, Secret::file(path)))),
            (None, None) => {}
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

/// A path need not be UTF-8.
fn path(look_up: &impl Fn(&str) -> Option<OsString>, name: &'static str) -> Option<OsString> {
    look_up(name).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Client, ClientBuilder};

    const ID: &str = "MONGODB_ATLAS_CLIENT_ID";
    const SECRET: &str = "MONGODB_ATLAS_CLIENT_SECRET";

    fn builder_of(variables: &[(&str, &str)]) -> ClientBuilder {
        ClientBuilder::from_lookup(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
            .unwrap()
    }

    fn build(variables: &[(&str, &str)]) -> Result<Client, Error> {
        builder_of(variables).build()
    }

    fn refused(variables: &[(&str, &str)]) -> String {
        build(variables).unwrap_err().to_string()
    }

    #[test]
    fn the_names_of_the_cli_and_of_terraform_both_work() {
        for (public, private) in [(0, 0), (1, 1), (0, 1)] {
            build(&[(PUBLIC_KEY[public].value, "public"), (PRIVATE_KEY[private].value, "private")]).unwrap();
        }
        build(&[(ID, "mdb_sa_id_1"), (SECRET, "mdb_sa_sk_1")]).unwrap();
    }

    #[test]
    fn what_is_missing_is_named_with_its_other_names() {
        let error = refused(&[(PUBLIC_KEY[0].value, "public"), (PRIVATE_KEY[0].value, "  ")]);
        for name in PRIVATE_KEY.iter().flat_map(|name| [name.value, name.file]) {
            assert!(error.contains(name), "{error}");
        }
        let error = refused(&[(SECRET, "s")]);
        assert!(
            error.contains(ID) && error.contains(SECRET) && error.contains("MONGODB_ATLAS_CLIENT_ID_FILE"),
            "{error}"
        );
    }

    #[test]
    fn nothing_at_all_is_answered_with_all_that_can_be_set() {
        let error = refused(&[]);
        assert!(error.contains(PUBLIC_KEY[0].value) && error.contains(SECRET), "{error}");
    }

    #[test]
    fn both_kinds_of_credentials_are_refused_by_their_names() {
        for variables in [
            &[(PUBLIC_KEY[1].value, "a"), (PRIVATE_KEY[1].value, "b"), (ID, "c"), (SECRET, "d")][..],
            &[(PUBLIC_KEY[1].value, "a"), (ID, "c")],
        ] {
            let error = refused(variables);
            assert!(error.contains(PUBLIC_KEY[1].value) && error.contains(ID), "{error}");
            assert!(error.contains("exclude each other"), "{error}");
        }
    }

    #[test]
    fn credentials_by_hand_go_over_those_of_the_environment() {
        for variables in [&[][..], &[(PUBLIC_KEY[0].value, "a"), (ID, "c")], &[(ID, "c"), (SECRET, "d")]] {
            builder_of(variables).api_key("public", "private").build().unwrap();
            builder_of(variables).service_account("id", "secret").build().unwrap();
        }
    }

    #[test]
    fn every_key_and_secret_can_be_in_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "content\n").unwrap();
        let path = file.path().to_str().unwrap();
        build(&[(PUBLIC_KEY[0].file, path), (PRIVATE_KEY[1].file, path)]).unwrap();
        build(&[(ID, "mdb_sa_id_1"), ("MONGODB_ATLAS_CLIENT_SECRET_FILE", path)]).unwrap();
        let error = refused(&[(ID, "i"), ("MONGODB_ATLAS_CLIENT_SECRET_FILE", "/no/such/file")]);
        assert!(error.contains("MONGODB_ATLAS_CLIENT_SECRET_FILE") && error.contains("/no/such/file"), "{error}");
        let error = refused(&[(ID, "i"), (SECRET, "hush"), ("MONGODB_ATLAS_CLIENT_SECRET_FILE", path)]);
        assert!(error.contains("unset one of them") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn the_version_of_the_api_can_be_set() {
        let key = [(PUBLIC_KEY[0].value, "a"), (PRIVATE_KEY[0].value, "b")];
        let version = |text| build(&[key[0], key[1], (API_VERSION, text)]);
        assert!(version("v2").unwrap().base().ends_with("/v2"));
        assert!(version("1.0").unwrap().base().ends_with("/v1.0"));
        let read = read(|name| (name == API_VERSION).then(|| "v3".into()));
        assert_eq!(read.unwrap_err().setting(), Some(API_VERSION));
    }

    #[test]
    fn a_base_url_that_cannot_be_used_is_refused() {
        let variables = [(PUBLIC_KEY[0].value, "a"), (PRIVATE_KEY[0].value, "b"), (BASE_URL, "ftp://h")];
        assert_eq!(build(&variables).unwrap_err().setting(), Some("base_url"));
    }
}
