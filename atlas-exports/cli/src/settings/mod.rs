//! Where each setting comes from: an option, `--profile`, the environment, or the default profile, in this order.

mod environment;
mod profile;
mod resolve;

use std::{fmt, path::PathBuf};

use atlas_exports::{ApiVersion, ProjectId};

use self::resolve::Machine;
pub(crate) use self::resolve::has_credentials;
use crate::{exit::Problem, options::Shared};

/// A value, and what gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
}

/// What gave a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// An option of the command line.
    Option(&'static str),
    /// A profile, which is the default one or was named.
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

/// What to authenticate with. A pair never comes from two sources.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// Whatever the client finds in the environment.
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

/// Everything that a client is made of, as far as it is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) credentials: Setting<Credentials>,
    pub(crate) project: Option<Setting<ProjectId>>,
    pub(crate) base_url: Option<Setting<String>>,
    pub(crate) api: Option<Setting<ApiVersion>>,
    /// What was left aside although it was asked for.
    pub(crate) warning: Option<String>,
    /// Why there is no default profile, where one was looked for.
    pub(crate) ignored: Option<String>,
}

impl Settings {
    /// The settings of this command line on this machine.
    pub(crate) fn resolve(shared: &Shared) -> Result<Self, Problem> {
        Machine::here(|machine| machine.settings(shared)).map_err(Problem::Usage)
    }

    /// A line for each setting, with its source and without secrets.
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
        let api = self.api.as_ref().map(|setting| (setting.value.to_string(), &setting.source));
        let mut lines = vec![
            format!("{kind} from {}", self.credentials.source),
            // The client shows an address without what may be secret in it.
            match &self.base_url {
                Some(setting) => format!("base URL from {}", setting.source),
                None => "base URL: default".to_owned(),
            },
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
