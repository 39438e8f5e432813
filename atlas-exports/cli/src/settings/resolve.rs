//! The order of precedence, over what this machine has.

use std::{
    ffi::OsString,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use super::{
    Credentials, Setting, Settings, Source, environment,
    profile::{self, Found, Profile, Profiles},
};
use crate::options::Shared;

const NO_CREDENTIALS: &str = "no credentials: set MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY, or \
                              MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET, in the environment, name a \
                              profile of the Atlas CLI with --profile, or add --fake to try a fake Atlas";

/// Where settings are looked up.
pub(super) struct Machine<'a> {
    pub(super) variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// The file with the profiles.
    pub(super) profiles: Option<PathBuf>,
    pub(super) read: &'a dyn Fn(&Path) -> io::Result<String>,
}

/// A profile, and the source that its settings are from.
type Chosen = (Profile, Source);

/// Returns whether credentials are set, even incompletely.
pub(crate) fn has_credentials(shared: &Shared) -> bool {
    Machine::here(|machine| {
        shared.profile.is_some()
            || environment::credentials(machine.variable).is_some()
            || machine.settings(shared).is_ok()
    })
}

impl Machine<'_> {
    pub(super) fn here<T>(with: impl FnOnce(&Machine<'_>) -> T) -> T {
        let variable = |name: &str| std::env::var_os(name);
        let profiles = profile::location(std::env::consts::OS, variable, std::env::home_dir());
        with(&Machine { variable: &variable, profiles, read: &|path| fs::read_to_string(path) })
    }

    pub(super) fn settings(&self, shared: &Shared) -> Result<Settings, String> {
        let named = shared.profile.as_deref().map(|name| self.named(name)).transpose()?;
        let default = if named.is_some() { Ok(None) } else { self.default_profile() };
        let (default, ignored) = match default {
            Ok(default) => (default, None),
            Err(why) => (None, Some(why)),
        };
        let (credentials, warning) = self.credentials(named.as_ref(), default.as_ref(), ignored.as_deref())?;

        // In the order of precedence.
        let choose = |option: Option<Setting<String>>, of: fn(&Profile) -> Option<&String>, name: &str| {
            let from = |chosen: &Option<Chosen>| {
                let (profile, source) = chosen.as_ref()?;
                Some(Setting { value: of(profile)?.clone(), source: source.clone() })
            };
            option.or_else(|| from(&named)).or_else(|| self.variable(name)).or_else(|| from(&default))
        };
        let option = |value: Option<String>, name| value.map(|value| Setting { value, source: Source::Option(name) });
        let project = option(shared.project().map(ToString::to_string), "--project");
        let project = choose(project, |profile| profile.project.as_ref(), environment::PROJECT);
        let base_url = option(shared.base_url.clone(), "--base-url");
        let base_url = choose(base_url, |profile| profile.base_url.as_ref(), environment::BASE_URL);
        let api = match shared.api {
            Some(value) => Some(Setting { value, source: Source::Option("--api") }),
            None => self.variable(environment::API_VERSION).map(parsed).transpose()?,
        };
        let project = project.map(parsed).transpose()?;
        Ok(Settings { credentials, project, base_url, api, warning, ignored })
    }

    /// Returns credentials, all from one source, and a warning about a source that was passed over.
    fn credentials(
        &self,
        named: Option<&Chosen>,
        default: Option<&Chosen>,
        ignored: Option<&str>,
    ) -> Result<(Setting<Credentials>, Option<String>), String> {
        let of = |(profile, source): &Chosen| match given(&profile.credentials) {
            Ok(value) => Ok(Setting { value, source: source.clone() }),
            Err(why) => Err(format!("{source}: {why}")),
        };
        let environment = environment::credentials(self.variable)
            .map(|name| Setting { value: Credentials::OfEnvironment, source: Source::Environment(name) });
        let unusable = match named.map(of) {
            Some(Ok(setting)) => return Ok((setting, None)),
            Some(Err(why)) => Some(why),
            None => None,
        };
        if let Some(setting) = environment {
            let warning = unusable.map(|why| format!("{why}; the credentials of the environment are used"));
            return Ok((setting, warning));
        }
        let unusable = match default.map(of) {
            Some(Ok(setting)) => return Ok((setting, None)),
            Some(Err(why)) => Some(why),
            None => unusable.or_else(|| ignored.map(str::to_owned)),
        };
        Err(match unusable {
            Some(why) => format!("{NO_CREDENTIALS}\n  {why}"),
            None => NO_CREDENTIALS.to_owned(),
        })
    }

    fn variable(&self, name: &str) -> Option<Setting<String>> {
        let value = environment::variable(self.variable, name)?;
        Some(Setting { value, source: Source::Environment(name.to_owned()) })
    }

    /// Returns the profile of this name.
    fn named(&self, name: &str) -> Result<Chosen, String> {
        let path = self.profiles.as_deref().ok_or("there is no home directory to find profiles in")?;
        let missing = |why: String| format!("there is no profile {name:?}: {} {why}", path.display());
        let profiles = self.profiles_at(path)?.ok_or_else(|| missing("does not exist".to_owned()))?;
        let source = Source::Profile { name: name.to_lowercase(), path: path.to_owned(), is_default: false };
        match profiles.profile(name).map_err(|why| format!("{source}: {why}"))? {
            Some(profile) => Ok((profile, source)),
            None => Err(missing(format!("has {}", profiles.names().collect::<Vec<_>>().join(", ")))),
        }
    }

    /// Returns the profile that is used where none is named, if there is one.
    fn default_profile(&self) -> Result<Option<Chosen>, String> {
        let as_default = |(profile, source)| match source {
            Source::Profile { name, path, .. } => (profile, Source::Profile { name, path, is_default: true }),
            source => (profile, source),
        };
        if let Some(name) = environment::variable(self.variable, environment::PROFILE) {
            let chosen = self.named(&name).map_err(|why| format!("{}: {why}", environment::PROFILE))?;
            return Ok(Some(as_default(chosen)));
        }
        let Some(path) = self.profiles.as_deref() else { return Ok(None) };
        let Some(profiles) = self.profiles_at(path)? else { return Ok(None) };
        match profiles.default_name() {
            Some(name) => self.named(&name).map(as_default).map(Some),
            None => Ok(None),
        }
    }

    /// Returns the profiles of the file; `None` when it does not exist.
    fn profiles_at(&self, path: &Path) -> Result<Option<Profiles>, String> {
        match (self.read)(path) {
            Ok(text) => Profiles::parse(&text).map(Some).map_err(|why| format!("{}: {why}", path.display())),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
        }
    }
}

fn given(found: &Found) -> Result<Credentials, &'static str> {
    match found.clone() {
        Found::ApiKey { public, private } => Ok(Credentials::ApiKey { public, private }),
        Found::ServiceAccount { id, secret } => Ok(Credentials::ServiceAccount { id, secret }),
        Found::Nothing(why) => Err(why),
    }
}

fn parsed<T: std::str::FromStr<Err: fmt::Display>>(text: Setting<String>) -> Result<Setting<T>, String> {
    let Setting { value, source } = text;
    match value.parse() {
        Ok(value) => Ok(Setting { value, source }),
        Err(error) => Err(format!("{source}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "
        [default]
        public_api_key = 'of-default'
        private_api_key = 'hush'
        project_id = '5f3c5a1e8e4b2a00dddddddd'
        service = 'cloudgov'

        [other]
        client_id = 'of-other'
        client_secret = 'hush'
        project_id = '5f3c5a1e8e4b2a00eeeeeeee'
        service = 'cloud'

        [keychain]
        auth_type = 'api_keys'
        project_id = '5f3c5a1e8e4b2a00eeeeeeee'
    ";

    const KEYS: [(&str, &str); 2] = [("MONGODB_ATLAS_PUBLIC_KEY", "a"), ("MONGODB_ATLAS_PRIVATE_KEY", "b")];

    fn settings(
        file: Option<&str>,
        variables: &[(&str, &str)],
        options: impl FnOnce(&mut Shared),
    ) -> Result<Settings, String> {
        let mut shared = Shared::default();
        options(&mut shared);
        let variable = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        let read = |_: &Path| file.map(str::to_owned).ok_or_else(|| io::ErrorKind::NotFound.into());
        Machine { variable: &variable, profiles: Some("config.toml".into()), read: &read }.settings(&shared)
    }

    fn profile(name: &'static str) -> impl FnOnce(&mut Shared) {
        move |shared| shared.profile = Some(name.to_owned())
    }

    fn source<T>(setting: &Option<Setting<T>>) -> String {
        setting.as_ref().map_or_else(String::new, |setting| setting.source.to_string())
    }

    #[test]
    fn the_default_profile_gives_what_nothing_else_does() {
        let found = settings(Some(FILE), &[], |_| {}).unwrap();
        assert_eq!(found.credentials.source.to_string(), "default profile \"default\" in config.toml");
        assert!(matches!(&found.credentials.value, Credentials::ApiKey { public, .. } if public == "of-default"));
        assert_eq!(found.project.unwrap().value.as_str(), "5f3c5a1e8e4b2a00dddddddd");
        assert_eq!(found.base_url.unwrap().value, "https://cloud.mongodbgov.com");
    }

    #[test]
    fn the_environment_goes_over_the_default_profile() {
        let variables = [
            &KEYS[..],
            &[("MONGODB_ATLAS_PROJECT_ID", "5f3c5a1e8e4b2a0012345678"), ("MONGODB_ATLAS_BASE_URL", "https://a")],
        ]
        .concat();
        let found = settings(Some(FILE), &variables, |_| {}).unwrap();
        assert_eq!(found.credentials.value, Credentials::OfEnvironment);
        assert_eq!(found.credentials.source.to_string(), "MONGODB_ATLAS_PUBLIC_KEY");
        assert_eq!(
            (source(&found.project).as_str(), source(&found.base_url).as_str()),
            ("MONGODB_ATLAS_PROJECT_ID", "MONGODB_ATLAS_BASE_URL")
        );
    }

    #[test]
    fn a_named_profile_goes_over_the_environment_and_options_go_over_it() {
        let variables = [&KEYS[..], &[("MONGODB_ATLAS_PROJECT_ID", "5f3c5a1e8e4b2a0012345678")]].concat();
        let found = settings(Some(FILE), &variables, profile("Other")).unwrap();
        assert!(matches!(&found.credentials.value, Credentials::ServiceAccount { id, .. } if id == "of-other"));
        assert_eq!(source(&found.project), "profile \"other\" in config.toml");
        let found = settings(Some(FILE), &variables, |shared| {
            shared.profile = Some("default".to_owned());
            shared.projects = vec!["5f3c5a1e8e4b2a00ffffffff".parse().unwrap()];
            shared.base_url = Some("https://b".to_owned());
        });
        let found = found.unwrap();
        assert_eq!((source(&found.project).as_str(), source(&found.base_url).as_str()), ("--project", "--base-url"));
    }

    #[test]
    fn a_pair_never_comes_from_two_sources() {
        let found = settings(Some(FILE), &KEYS[..1], |_| {}).unwrap();
        // The client reports which half is missing.
        assert_eq!(found.credentials.value, Credentials::OfEnvironment);
        let half = "[default]\npublic_api_key = 'a'";
        assert!(settings(Some(half), &KEYS[1..], profile("default")).unwrap_err().contains("no private_api_key"));
    }

    #[test]
    fn a_keychain_is_told_and_the_environment_stands_in_for_it() {
        let error = settings(Some(FILE), &[], profile("keychain")).unwrap_err();
        assert!(error.contains("keychain") && error.contains("MONGODB_ATLAS_PUBLIC_API_KEY"), "{error}");
        let found = settings(Some(FILE), &KEYS, profile("keychain")).unwrap();
        assert_eq!(found.credentials.value, Credentials::OfEnvironment);
        assert!(found.warning.unwrap().contains("keychain"));
        assert_eq!(found.project.unwrap().value.as_str(), "5f3c5a1e8e4b2a00eeeeeeee");
    }

    #[test]
    fn a_missing_profile_is_told_with_those_that_are_there() {
        let error = settings(Some(FILE), &KEYS, profile("nonesuch")).unwrap_err();
        assert!(error.contains("nonesuch") && error.contains("default, keychain, other"), "{error}");
        let error = settings(None, &KEYS, profile("default")).unwrap_err();
        assert!(error.contains("config.toml does not exist"), "{error}");
    }

    #[test]
    fn the_environment_can_name_the_default_profile() {
        let other = ("MONGODB_ATLAS_PROFILE", "other");
        let found = settings(Some(FILE), &[other], |_| {}).unwrap();
        assert_eq!(found.credentials.source.to_string(), "default profile \"other\" in config.toml");
        let with_keys = [&KEYS[..], &[other]].concat();
        let found = settings(Some(FILE), &with_keys, |_| {}).unwrap();
        assert_eq!(found.credentials.value, Credentials::OfEnvironment);
    }

    #[test]
    fn a_broken_file_stops_nothing_that_does_not_need_it() {
        let found = settings(Some("[p"), &KEYS, |_| {}).unwrap();
        assert!(found.warning.is_none() && found.ignored.as_deref().is_some_and(|why| why.contains("line 1")));
        assert!(settings(Some("[p"), &[], |_| {}).unwrap_err().contains("config.toml: line 1"));
    }

    #[test]
    fn nothing_at_all_is_answered_with_all_that_can_be_set() {
        let error = settings(None, &[], |_| {}).unwrap_err();
        for word in ["MONGODB_ATLAS_PUBLIC_API_KEY", "MONGODB_ATLAS_CLIENT_SECRET", "--profile", "--fake"] {
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn values_that_cannot_be_read_are_told_with_their_source() {
        for (name, value) in [("MONGODB_ATLAS_PROJECT_ID", "1234"), ("MONGODB_ATLAS_API_VERSION", "2023-01-01")] {
            let variables = [&KEYS[..], &[(name, value)]].concat();
            let error = settings(None, &variables, |_| {}).unwrap_err();
            assert!(error.starts_with(name) && error.contains(value), "{error}");
        }
    }

    #[test]
    fn each_setting_is_explained_by_its_source_and_no_secret_shows() {
        let found = settings(Some(FILE), &[("MONGODB_ATLAS_API_VERSION", "v2")], profile("other")).unwrap();
        let text = found.explain().join("\n");
        for part in ["service account from profile \"other\"", "API version v2 from MONGODB_ATLAS_API_VERSION"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("hush") && !format!("{found:?}").contains("hush"), "{text}");
    }
}
