//! `create`: starts an export job, and watches it on request.

use atlas_exports::{ExportBucketId, NewExport, SnapshotId};

use super::watch::{self, Follow, Pace};
use crate::{
    exit::{Outcome, Problem},
    session::Session,
};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  atlas-exports create --snapshot 5f3c5a1e8e4b2a00aaaaaaaa --bucket 5fb1a7d2e2c4d84c1e4f0b01 --watch"
)]
pub(crate) struct Args {
    /// Id of the snapshot to export
    #[arg(long, value_name = "ID")]
    snapshot: Option<SnapshotId>,
    /// Id of the export bucket
    #[arg(long, value_name = "ID")]
    bucket: Option<ExportBucketId>,
    /// Entry for the metadata file that Atlas writes at the end of the export; repeatable
    #[arg(long, value_name = "KEY=VALUE", value_parser = entry)]
    custom_data: Vec<(String, String)>,
    /// Watch the job until it has ended
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    pace: Pace,
}

pub(crate) async fn run(session: &Session, args: Args) -> Result<Outcome, Problem> {
    let exports = session.exports()?;
    let snapshot = session.or_fake(args.snapshot, "no snapshot given: use --snapshot ID", |fake| fake.snapshot())?;
    let bucket = session.or_fake(args.bucket, "no bucket given: use --bucket ID", |fake| fake.bucket())?;
    let new = NewExport::new(snapshot.clone(), bucket);
    let new = args.custom_data.iter().fold(new, |new, (key, value)| new.custom_data(key, value));
    if args.watch {
        let updates = watch::paced!(exports.create_and_wait(new), session, &args.pace).updates();
        return watch::follow(session, updates, Follow::Created { snapshot }).await;
    }
    session.print_job(&exports.create(new).await?)?;
    Ok(Outcome::Done)
}

fn entry(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected a key, an equals sign and a value"),
    }
}
