//! What can be said on the command line.

use atlas_exports::{ClusterName, ExportId, ProjectId};
use clap::{Parser, Subcommand, ValueEnum};

/// Looks after MongoDB Atlas's cloud backup snapshot export jobs.
///
/// Without a command, and without an API key in the environment, it shows itself at work on a fake of Atlas.
#[derive(Debug, Parser)]
#[command(name = "export_job", version, after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) shared: Shared,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const AFTER_HELP: &str = "\
Environment:
  MONGODB_ATLAS_PUBLIC_API_KEY, MONGODB_ATLAS_PRIVATE_API_KEY
                            the API key (also MONGODB_ATLAS_PUBLIC_KEY, MONGODB_ATLAS_PRIVATE_KEY)
  MONGODB_ATLAS_BASE_URL    in place of --base-url
  MONGODB_ATLAS_PROJECT_ID  in place of --project

Exit codes:
  0  done
  1  Atlas could not be asked, or refused
  2  the command line or the environment is wrong; nothing was sent";

/// Options that stand before or after any command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Shared {
    /// Project (group) id, 24 hexadecimal digits
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) project: Option<ProjectId>,
    /// Name of the cluster
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) cluster: Option<ClusterName>,
    /// Root of the service [default: https://cloud.mongodb.com]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Ask Atlas for the envelope; it makes no difference to what is shown
    #[arg(long, global = true)]
    pub(crate) envelope: bool,
    /// How to show what Atlas answered
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Ask a fake of Atlas that runs inside this program; no API key is needed
    #[arg(long, global = true, conflicts_with = "base_url")]
    pub(crate) fake: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// Atlas's own document
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show one export job
    Get(Get),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Get {
    /// Id of the export job, 24 hexadecimal digits
    #[arg(value_name = "JOB", required_unless_present = "fake")]
    pub(crate) job: Option<ExportId>,
}
