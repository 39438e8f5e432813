//! The settings, each from an option, `--profile`, the environment, or the default profile, in this order.

mod environment;
mod profile;
mod resolve;

use std::{fmt, path::PathBuf};

use atlas_exports::{ApiVersion, ProjectId};

use self::resolve::Machine;
pub(crate) use self::resolve::has_credentials;
use crate::{exit::Problem, options::Shared, render};

/// A value and its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
}

/// The source of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// An option of the command line.
    Option(&'static str),
    /// A profile, named or the default one.
    Profile { name: String, path: PathBuf, is_default: bool },
    /// An environment variable.
    Environment(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(name) => f.write_str(name),
            Self::Profile { name, path, is_default } => {
                write!(f, "{}profile {name:?} in {}", if *is_default { "default " } else { "" }, path.display())
            }
            Self::Environment(name) => f.write_str(name),
        }
    }
}

/// Credentials, both halves from the same source.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// Those that the client reads from the environment.
    OfEnvironment,
    ApiKey {
        public: String,
        private: String,
    },
    ServiceAccount {
        id: String,
        secret: String,
    },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OfEnvironment => "OfEnvironment",
            Self::ApiKey { .. } => "ApiKey",
            Self::ServiceAccount { .. } => "ServiceAccount",
        })
    }
}

/// The settings of a client, as far as they are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) credentials: Setting<Credentials>,
    pub(crate) project: Option<Setting<ProjectId>>,
    pub(crate) base_url: Option<Setting<String>>,
    pub(crate) api: Option<Setting<ApiVersion>>,
    /// A warning about a named profile whose credentials cannot be used.
    pub(crate) warning: Option<String>,
    /// Why the default profile cannot be used.
    pub(crate) ignored: Option<String>,
}

impl Settings {
    /// Resolves the settings of this command line on this machine.
    pub(crate) fn resolve(shared: &Shared) -> Result<Self, Problem> {
        Machine::here(|machine| machine.settings(shared)).map_err(Problem::Usage)
    }

    /// Returns a line for each setting, with its source and without secrets.
    pub(crate) fn explain(&self) -> Vec<String> {
        let kind = match &self.credentials.value {
            Credentials::OfEnvironment => "credentials",
            Credentials::ApiKey { .. } => "API key",
            Credentials::ServiceAccount { .. } => "service account",
        };
        let of = |name: &str, setting: Option<(String, &Source)>| match setting {
            Some((value, source)) => format!("{name} {value} from {source}"),
            None => format!("{name}: default"),
        };
        let project = self.project.as_ref().map(|setting| (setting.value.to_string(), &setting.source));
        let base_url = self.base_url.as_ref().map(|setting| (render::address(&setting.value), &setting.source));
        let api = self.api.as_ref().map(|setting| (setting.value.to_string(), &setting.source));
        let mut lines = vec![
            format!("{kind} from {}", self.credentials.source),
            of("base URL", base_url),
            of("API version", api),
            match project {
                None => "no project".to_owned(),
                project => of("project", project),
            },
        ];
        lines.extend(self.ignored.iter().map(|why| format!("no default profile: {why}")));
        lines
    }
}
