//! `buckets`: list, get, create and delete export buckets.

use atlas_exports::{ExportBucketId, NewExportBucket};
use clap::{Subcommand, ValueEnum};

use super::items::Items;
use crate::{
    exit::{Outcome, Problem},
    render::{bucket, listing::Listing},
    session::Session,
};

/// What `buckets create --fake` uses where nothing is given.
const FAKE_NAME: &str = "my-exports";
const FAKE_ROLE: &str = "668c5f0ed436263134491592";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the export buckets of a project
    #[command(after_help = "Example:\n  atlas-exports buckets list --project 5f3c5a1e8e4b2a0012345678")]
    List,
    /// Show one export bucket
    #[command(after_help = "Example:\n  atlas-exports buckets get 5fb1a7d2e2c4d84c1e4f0b01")]
    Get(Bucket),
    /// Register a bucket for exports
    #[command(
        after_help = "Example:\n  atlas-exports buckets create --name my-exports --role 668c5f0ed436263134491592"
    )]
    Create(CreateBucket),
    /// Remove a bucket from the project; its contents are kept
    #[command(after_help = "Example:\n  atlas-exports buckets delete 5fb1a7d2e2c4d84c1e4f0b01")]
    Delete(Bucket),
}

#[derive(Debug, clap::Args)]
struct Bucket {
    /// Id of the export bucket, 24 hexadecimal digits
    #[arg(value_name = "BUCKET")]
    bucket: Option<ExportBucketId>,
}

#[derive(Debug, clap::Args)]
struct CreateBucket {
    /// Name of the bucket; for AWS and GCP
    #[arg(long)]
    name: Option<String>,
    /// Id that Atlas gave the IAM role, service principal or service account which it writes with
    #[arg(long, value_name = "ID")]
    role: Option<String>,
    /// Cloud provider of the bucket; azure and gcp need --api v2
    #[arg(long, value_enum, default_value_t)]
    provider: Provider,
    /// URL of the storage account or container; for Azure
    #[arg(long, value_name = "URL")]
    service_url: Option<String>,
    /// Reach the bucket through private networking only; for AWS
    #[arg(long)]
    private_networking: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Provider {
    #[default]
    Aws,
    Azure,
    Gcp,
}

pub(crate) async fn run(session: &Session, args: Args) -> Result<Outcome, Problem> {
    let buckets = session.buckets()?;
    let wanted = |args: Bucket| session.or_fake(args.bucket, "no bucket given", |fake| fake.idle_bucket());
    match args.action {
        Action::List => {
            let mut all = Items::new(buckets.list().items(), &session.console);
            let mut listing = Listing::start(session, bucket::COLUMNS);
            while !session.console.is_closed()
                && let Some(next) = all.try_next().await?
            {
                listing.push(next.id().as_str(), &bucket::cells(&next), &next)?;
            }
            listing.end("there are no export buckets");
            return all.outcome();
        }
        Action::Get(args) => session.print_bucket(&buckets.get(&wanted(args)?).await?)?,
        Action::Create(args) => session.print_bucket(&buckets.create(new(session, args)?).await?)?,
        Action::Delete(args) => {
            let id = wanted(args)?;
            buckets.delete(&id).await?;
            session.console.note(&format!("export bucket {id} was removed from the project; its contents are kept"));
        }
    }
    Ok(Outcome::Done)
}

fn new(session: &Session, args: CreateBucket) -> Result<NewExportBucket, Problem> {
    let given = |value: Option<String>, missing: &'static str, of_fake: &str| {
        session.or_fake(value, missing, |_| Ok(of_fake.to_owned()))
    };
    let role = given(args.role, "no role given: use --role ID", FAKE_ROLE)?;
    let name = |name| given(name, "no name given: use --name NAME", FAKE_NAME);
    let bucket = match args.provider {
        Provider::Aws => NewExportBucket::aws(name(args.name)?, role),
        Provider::Gcp => NewExportBucket::gcp(name(args.name)?, role),
        Provider::Azure => {
            let url = args.service_url.ok_or_else(|| Problem::usage("no service URL given: use --service-url URL"))?;
            NewExportBucket::azure(url, role)
        }
    };
    Ok(if args.private_networking { bucket.require_private_networking(true) } else { bucket })
}
