//! Profiles of the Atlas CLI, as its file `config.toml` holds them.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

/// Name of the profile that the Atlas CLI creates first.
const DEFAULT: &str = "default";

const GOVERNMENT: &str = "https://cloud.mongodbgov.com";

/// Returns the path of the Atlas CLI's configuration file; `None` without a home directory.
pub(super) fn location(
    os: &str,
    variable: impl Fn(&str) -> Option<OsString>,
    home: Option<PathBuf>,
) -> Option<PathBuf> {
    let directory = match os {
        "windows" => variable("AppData").map(PathBuf::from),
        "macos" | "ios" => home.map(|home| home.join("Library").join("Application Support")),
        // The XDG Base Directory Specification wants relative paths to be ignored.
        _ => variable("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| home.map(|home| home.join(".config"))),
    };
    Some(directory?.join("atlascli").join("config.toml"))
}

/// All profiles of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Profiles {
    /// Properties outside of profiles, which override those inside.
    global: Properties,
    profiles: BTreeMap<String, Properties>,
}

/// String values by name; values of other types are not used here.
type Properties = BTreeMap<String, String>;

/// The settings of a profile that are used here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) name: String,
    pub(super) credentials: Found,
    pub(super) project: Option<String>,
    pub(super) base_url: Option<String>,
}

/// Credentials of a profile.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Found {
    ApiKey {
        public: String,
        private: String,
    },
    ServiceAccount {
        id: String,
        secret: String,
    },
    /// None that can be used, and why not.
    Nothing(&'static str),
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ApiKey { .. } => "ApiKey",
            Self::ServiceAccount { .. } => "ServiceAccount",
            Self::Nothing(why) => why,
        })
    }
}

impl Profiles {
    /// Parses the file. Names are case-insensitive, as they are for the Atlas CLI.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // The `Display` of the error shows the line, which may hold a key.
        let place = |error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            format!("line {}: {}", before.matches('\n').count() + 1, error.message())
        };
        let table: toml::Table = text.parse().map_err(place)?;
        let mut read = Self::default();
        for (name, value) in table {
            match value {
                toml::Value::Table(table) => {
                    read.profiles
                        .entry(name.to_lowercase())
                        .or_default()
                        .extend(table.into_iter().filter_map(property));
                }
                value => read.global.extend(property((name, value))),
            }
        }
        Ok(read)
    }

    /// Returns the profile that is used where none is named: the only one, or `default`.
    pub(super) fn default_name(&self) -> Option<String> {
        match self.profiles.keys().next() {
            Some(only) if self.profiles.len() == 1 => Some(only.clone()),
            _ => self.profiles.contains_key(DEFAULT).then(|| DEFAULT.to_owned()),
        }
    }

    /// Returns the names of all profiles.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// Returns the profile of this name; `Ok(None)` when there is none.
    pub(super) fn profile(&self, name: &str) -> Result<Option<Profile>, String> {
        let name = name.to_lowercase();
        let Some(own) = self.profiles.get(&name) else { return Ok(None) };
        let get = |property: &str| self.global.get(property).or_else(|| own.get(property)).cloned();
        let service = match get("service").as_deref() {
            None | Some("cloud") => None,
            Some("cloudgov") => Some(GOVERNMENT.to_owned()),
            Some(other) => return Err(format!("its service {other:?} is not Atlas")),
        };
        Ok(Some(Profile {
            credentials: credentials(get)?,
            project: get("project_id"),
            base_url: get("ops_manager_url").or_else(|| get("base_url")).or(service),
            name,
        }))
    }
}

/// Returns a string property; an empty one counts as missing.
fn property((name, value): (String, toml::Value)) -> Option<(String, String)> {
    match value {
        toml::Value::String(text) if !text.trim().is_empty() => Some((name.to_lowercase(), text.trim().to_owned())),
        _ => None,
    }
}

fn credentials(get: impl Fn(&str) -> Option<String>) -> Result<Found, String> {
    let key = pair(&get, "public_api_key", "private_api_key");
    let account = pair(&get, "client_id", "client_secret");
    let kind = get("auth_type");
    // With both pairs and no auth_type, the Atlas CLI uses the service account.
    let prefers_key = kind.as_deref() == Some("api_keys");
    match (key?, account?) {
        (Some((public, private)), account) if prefers_key || account.is_none() => Ok(Found::ApiKey { public, private }),
        (_, Some((id, secret))) => Ok(Found::ServiceAccount { id, secret }),
        _ if kind.as_deref() == Some("user_account") || get("access_token").is_some() => {
            Ok(Found::Nothing("it is a person's login; an API key or a service account is needed"))
        }
        _ if kind.is_some() => {
            Ok(Found::Nothing("its credentials are in the system's keychain, which is not read here"))
        }
        _ => Ok(Found::Nothing(
            "it has no credentials; the Atlas CLI may keep them in the system's keychain, which is not read here",
        )),
    }
}

fn pair(get: impl Fn(&str) -> Option<String>, name: &str, secret: &str) -> Result<Option<(String, String)>, String> {
    match (get(name), get(secret)) {
        (Some(name), Some(secret)) => Ok(Some((name, secret))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(format!("it has {name}, but no {secret}")),
        (None, Some(_)) => Err(format!("it has {secret}, but no {name}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        version = 2
        telemetry_enabled = false
        skip_update_check = true

        [default]
          org_id = "5e429e7706822c6eac4d5970"
          project_id = "5f3c5a1e8e4b2a0012345678"
          service = "cloud"
          auth_type = "api_keys"
          public_api_key = "abcdefgh"
          private_api_key = "hush"
          output = "json"

        [Gov]
          service = "cloudgov"
          auth_type = "service_account"
          client_id = "mdb_sa_id_1"
          client_secret = "mdb_sa_sk_hush"

        [keychain]
          auth_type = "api_keys"
          service = "cloud"

        [person]
          auth_type = "user_account"
          access_token = "eyJ"

        [bare]
          project_id = "5f3c5a1e8e4b2a0012345678"

        [half]
          public_api_key = "abcdefgh"

        [onprem]
          service = "ops-manager"
          ops_manager_url = "https://ops.example.com"
    "#;

    fn profile(name: &str) -> Result<Option<Profile>, String> {
        Profiles::parse(FILE).unwrap().profile(name)
    }

    fn of(text: &str) -> Result<Profile, String> {
        Profiles::parse(text).unwrap().profile("p").map(Option::unwrap)
    }

    #[test]
    fn keys_service_accounts_projects_and_services_are_read_as_the_atlas_cli_stores_them() {
        let default = profile("default").unwrap().unwrap();
        assert_eq!(default.credentials, Found::ApiKey { public: "abcdefgh".to_owned(), private: "hush".to_owned() });
        assert_eq!((default.project.as_deref(), default.base_url), (Some("5f3c5a1e8e4b2a0012345678"), None));
        let gov = profile("GOV").unwrap().unwrap();
        let expected = Found::ServiceAccount { id: "mdb_sa_id_1".to_owned(), secret: "mdb_sa_sk_hush".to_owned() };
        assert_eq!((gov.credentials, gov.base_url.as_deref()), (expected, Some(GOVERNMENT)));
    }

    #[test]
    fn what_is_in_a_keychain_or_is_a_login_is_told_as_such() {
        for (name, word) in [("keychain", "keychain"), ("bare", "keychain"), ("person", "login")] {
            let Found::Nothing(why) = profile(name).unwrap().unwrap().credentials else { panic!("{name}") };
            assert!(why.contains(word), "{name}: {why}");
        }
    }

    #[test]
    fn half_a_pair_and_another_service_are_refused() {
        assert_eq!(profile("half"), Err("it has public_api_key, but no private_api_key".to_owned()));
        assert!(profile("onprem").unwrap_err().contains("ops-manager"));
        assert_eq!(profile("none"), Ok(None));
    }

    #[test]
    fn the_kind_of_credentials_decides_between_two_pairs() {
        let both = "public_api_key = 'a'\nprivate_api_key = 'b'\nclient_id = 'c'\nclient_secret = 'd'\n";
        let kind = |auth_type: &str| of(&format!("[p]\n{both}{auth_type}")).unwrap().credentials;
        assert!(matches!(kind("auth_type = 'api_keys'"), Found::ApiKey { .. }));
        assert!(matches!(kind("auth_type = 'service_account'"), Found::ServiceAccount { .. }));
        assert!(matches!(kind(""), Found::ServiceAccount { .. }));
    }

    #[test]
    fn an_address_goes_over_a_service_and_what_is_outside_of_profiles_over_both() {
        let url = |text: &str| of(text).unwrap().base_url.unwrap();
        assert_eq!(url("[p]\nservice = 'cloudgov'\nops_manager_url = 'https://a/'"), "https://a/");
        assert_eq!(url("ops_manager_url = 'https://b/'\n[p]\nops_manager_url = 'https://a/'"), "https://b/");
        assert_eq!(url("base_url = 'https://c/'\n[p]\nproject_id = ''"), "https://c/");
    }

    #[test]
    fn the_default_profile_is_the_only_one_or_the_one_called_default() {
        let name = |text: &str| Profiles::parse(text).unwrap().default_name();
        assert_eq!(name(""), None);
        assert_eq!(name("version = 2\n[Staging]\nproject_id = 'a'").as_deref(), Some("staging"));
        assert_eq!(name("[a]\n[default]").as_deref(), Some("default"));
        assert_eq!(name("[a]\n[b]"), None);
    }

    #[test]
    fn a_file_that_cannot_be_parsed_is_told_with_its_line_and_without_its_secrets() {
        let error = Profiles::parse("[p]\nprivate_api_key = \"hush\nproject_id = 1").unwrap_err();
        assert!(error.starts_with("line 2: ") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn the_file_is_where_the_atlas_cli_keeps_it() {
        let variables = |name: &str| match name {
            "XDG_CONFIG_HOME" => Some("/xdg".into()),
            "AppData" => Some("/roaming".into()),
            _ => None,
        };
        let at = |os, variable: &dyn Fn(&str) -> Option<OsString>, home: Option<&str>| {
            location(os, variable, home.map(PathBuf::from)).map(|path| path.to_str().unwrap().replace('\\', "/"))
        };
        let file = |directory: &str| Some(format!("{directory}/atlascli/config.toml"));
        assert_eq!(at("linux", &variables, Some("/home/me")), file("/xdg"));
        assert_eq!(at("linux", &|_| None, Some("/home/me")), file("/home/me/.config"));
        assert_eq!(at("freebsd", &|_| Some("relative".into()), Some("/home/me")), file("/home/me/.config"));
        assert_eq!(at("macos", &variables, Some("/Users/me")), file("/Users/me/Library/Application Support"));
        assert_eq!(at("windows", &variables, None), file("/roaming"));
        assert_eq!(at("linux", &|_| None, None), None);
    }

    #[test]
    fn secrets_do_not_show() {
        for name in ["default", "gov"] {
            let shown = format!("{:?}", profile(name));
            assert!(!shown.contains("hush") && !shown.contains("abcdefgh"), "{shown}");
        }
    }
}
