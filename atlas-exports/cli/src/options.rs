//! The command line: options of every command, and the texts of `--help`.

use std::path::PathBuf;

use atlas_exports::{ApiVersion, ClusterName, ProjectId};
use clap::{Parser, ValueEnum};

use crate::{commands::Command, exit::Problem};

/// Version and commit of the program.
pub(crate) const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (commit ", env!("ATLAS_EXPORTS_COMMIT"), ")");

/// Manages MongoDB Atlas snapshot export jobs and export buckets.
///
/// Without a command and without credentials it runs a demonstration against a fake Atlas inside this program.
#[derive(Debug, Parser)]
#[command(name = "atlas-exports", version = VERSION, after_help = AFTER_HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) shared: Shared,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const AFTER_HELP: &str = "\
Examples:
  atlas-exports list --project 5f3c5a1e8e4b2a0012345678 --cluster Cluster0 --since 24h
  atlas-exports watch --latest --timeout 2h --quiet
  atlas-exports audit --max-age 26h
  atlas-exports --fake watch

Settings come from, in this order: an option, --profile, the environment, the default
profile. -v shows which source gave which setting.

Environment:
  MONGODB_ATLAS_PUBLIC_API_KEY, MONGODB_ATLAS_PRIVATE_API_KEY
                             API key (also MONGODB_ATLAS_PUBLIC_KEY, MONGODB_ATLAS_PRIVATE_KEY), or
  MONGODB_ATLAS_CLIENT_ID, MONGODB_ATLAS_CLIENT_SECRET
                             service account; with _FILE appended, any of these names a file
  MONGODB_ATLAS_BASE_URL     instead of --base-url
  MONGODB_ATLAS_API_VERSION  instead of --api
  MONGODB_ATLAS_PROJECT_ID   instead of --project
  MONGODB_ATLAS_PROFILE      profile to use as the default one

Profiles are those of the Atlas CLI (config.toml). Keys that it keeps in a keychain are not read.

Exit codes:
  0    done; for a watched job: it was successful
  1    the request failed or was refused; for doctor: a check failed
  2    the command line or a setting is wrong; nothing was sent
  3    the watched job failed, was cancelled, or ended in an unknown state
  4    the time for watching is over; the job continues
  130  interrupted; the job continues (143: terminated)

audit has the exit codes of monitoring plugins instead: see atlas-exports audit --help.";

/// Options that stand before or after any command.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Shared {
    /// Project (group) id, 24 hexadecimal digits; repeatable for audit and export missing
    #[arg(long = "project", global = true, value_name = "ID")]
    pub(crate) projects: Vec<ProjectId>,
    /// Cluster name
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) cluster: Option<ClusterName>,
    /// Profile of the Atlas CLI to take credentials, project and service from
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Root of the service [default: https://cloud.mongodb.com]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// API version, v1 or v2 [default: v2 with a service account, else v1]
    #[arg(long, global = true, value_name = "VERSION")]
    pub(crate) api: Option<ApiVersion>,
    /// File that keeps a service account's access token between runs
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_cache: Option<PathBuf>,
    /// Ask Atlas for enveloped responses; the output is the same
    #[arg(long, global = true)]
    pub(crate) envelope: bool,
    /// Output format
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: OutputFormat,
    /// Print results and errors only; a watched job prints nothing unless it fails
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Trace requests on stderr, and the source of each setting
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Use a fake Atlas inside this program; no credentials needed
    #[arg(long, global = true)]
    pub(crate) fake: bool,
}

impl Shared {
    /// The project, where one is given.
    pub(crate) fn project(&self) -> Option<&ProjectId> {
        self.projects.first()
    }

    /// Refuses options that exclude each other. Clap does not notice when one stands before the command and one after.
    pub(crate) fn check(&self, command: Option<&Command>) -> Result<(), Problem> {
        let is_audit = matches!(command, Some(Command::Audit(_)));
        if !is_audit && matches!(self.format, OutputFormat::Prometheus | OutputFormat::Nagios) {
            return Err(Problem::usage("the formats prometheus and nagios are those of audit alone"));
        }
        if !is_audit && !matches!(command, Some(Command::Export(_))) && self.projects.len() > 1 {
            return Err(Problem::usage("--project can be given more than once for audit and export missing alone"));
        }
        for (one, other, both) in [
            ("--fake", "--base-url", self.fake && self.base_url.is_some()),
            ("--fake", "--profile", self.fake && self.profile.is_some()),
            ("--quiet", "--verbose", self.quiet && self.verbose),
        ] {
            if both {
                return Err(Problem::usage(format!("{one} and {other} exclude each other")));
            }
        }
        Ok(())
    }
}

/// How results are printed, of those formats that every command has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: nothing but results on stdout, and errors on stderr.
    Json,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    #[default]
    Text,
    /// Atlas's own documents, or one report, on stdout; stderr holds errors only
    Json,
    /// For the textfile collector of Prometheus' node exporter; audit only
    Prometheus,
    /// As monitoring plugins print it, in one line; audit only
    Nagios,
}

impl OutputFormat {
    /// Which of the formats of every command it is like.
    pub(crate) fn kind(self) -> Format {
        match self {
            Self::Text => Format::Text,
            Self::Json | Self::Prometheus | Self::Nagios => Format::Json,
        }
    }
}
