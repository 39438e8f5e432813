//! What can be said on the command line.

use std::time::Duration;

use atlas_exports::{ApiVersion, ClusterName, ExportBucketId, ExportId, ExportState, ProjectId, SnapshotId};
use clap::{Parser, Subcommand, ValueEnum};

/// Looks after MongoDB Atlas's cloud backup snapshot export jobs.
///
/// Without a command, and without credentials in the environment, it shows itself at work on a fake of Atlas.
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
                            an API key (also MONGODB_ATLAS_PUBLIC_KEY, MONGODB_ATLAS_PRIVATE_KEY), or else
  MONGODB_ATLAS_CLIENT_ID, MONGODB_ATLAS_CLIENT_SECRET
                            a service account; _FILE after any of these names reads a file instead
  MONGODB_ATLAS_BASE_URL    in place of --base-url
  MONGODB_ATLAS_PROJECT_ID  in place of --project

Exit codes:
  0    done; for a job that is watched: it was successful
  1    Atlas could not be asked, or refused
  2    the command line or the environment is wrong; nothing was sent
  3    the job that is watched failed, was cancelled, or ended in an unknown state
  4    the time for watching is over; the job goes on
  130  interrupted; the job goes on";

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
    /// Version of the API: v1 or v2
    #[arg(long, global = true, value_name = "VERSION", default_value_t)]
    pub(crate) api: ApiVersion,
    /// File that keeps the access token of a service account from one run to the next
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_cache: Option<std::path::PathBuf>,
    /// Ask Atlas for the envelope; it makes no difference to what is shown
    #[arg(long, global = true)]
    pub(crate) envelope: bool,
    /// How to show what Atlas answered
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Tell on stderr what is asked of Atlas
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Ask a fake of Atlas that runs inside this program; no credentials are needed
    #[arg(long, global = true, conflicts_with = "base_url")]
    pub(crate) fake: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// Atlas's own documents, and nothing else on stdout
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show one export job
    Get(Get),
    /// List the export jobs of a cluster
    List(List),
    /// Wait until an export job has ended
    Watch(Watch),
    /// Create an export job
    Create(Create),
    /// Look after the buckets that jobs export to
    #[command(subcommand)]
    Buckets(Buckets),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Get {
    /// Id of the export job, 24 hexadecimal digits
    #[arg(value_name = "JOB", required_unless_present = "fake")]
    pub(crate) job: Option<ExportId>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Only jobs in this state, such as InProgress or Failed; may be given several times
    #[arg(long, value_name = "STATE")]
    pub(crate) state: Vec<ExportState>,
    /// No more jobs than this
    #[arg(long, value_name = "NUMBER")]
    pub(crate) limit: Option<u32>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Watch {
    /// Id of the export job, 24 hexadecimal digits
    #[arg(value_name = "JOB", required_unless_present = "fake")]
    pub(crate) job: Option<ExportId>,
    #[command(flatten)]
    pub(crate) pace: Pace,
}

/// How often to ask, and how long.
#[derive(Debug, clap::Args)]
pub(crate) struct Pace {
    /// Time between two looks, such as 200ms, 2s or 1m [default: 5s, growing to 1m]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) interval: Option<Duration>,
    /// Longest time to watch, such as 90s or 1h [default: 24h]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// Id of the snapshot to export
    #[arg(long, value_name = "ID", required_unless_present = "fake")]
    pub(crate) snapshot: Option<SnapshotId>,
    /// Id of the bucket to export to
    #[arg(long, value_name = "ID", required_unless_present = "fake")]
    pub(crate) bucket: Option<ExportBucketId>,
    /// An entry for the file that Atlas writes at the end of the export; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = entry)]
    pub(crate) custom_data: Vec<(String, String)>,
    /// Watch the job until it has ended
    #[arg(long)]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) pace: Pace,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Buckets {
    /// List the buckets of a project
    List,
    /// Show one bucket
    Get(Bucket),
    /// Let Atlas export to a bucket
    Create(CreateBucket),
    /// Let Atlas no longer export to a bucket; what is in it stays
    Delete(Bucket),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Bucket {
    /// Id of the bucket, 24 hexadecimal digits
    #[arg(value_name = "BUCKET", required_unless_present = "fake")]
    pub(crate) bucket: Option<ExportBucketId>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CreateBucket {
    /// Name of the bucket; for AWS and GCP
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Id that Atlas gave the IAM role, service principal or service account which it writes with
    #[arg(long, value_name = "ID", required_unless_present = "fake")]
    pub(crate) role: Option<String>,
    /// Cloud provider of the bucket; azure and gcp with --api v2 alone
    #[arg(long, value_enum, default_value_t)]
    pub(crate) provider: Provider,
    /// Address of the storage account or container; for Azure
    #[arg(long, value_name = "URL")]
    pub(crate) service_url: Option<String>,
    /// Reach the bucket through private networking alone; for AWS
    #[arg(long)]
    pub(crate) private_networking: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Provider {
    #[default]
    Aws,
    Azure,
    Gcp,
}

fn entry(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("it must be a key, an equals sign and a value"),
    }
}
