//! `get`: one export job.

use atlas_exports::ExportId;

use crate::{
    exit::{Outcome, Problem},
    session::Session,
};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  atlas-exports get --project 5f3c5a1e8e4b2a0012345678 --cluster Cluster0 5fb1a8c0e2c4d84c1e4f0a01"
)]
pub(crate) struct Args {
    /// Id of the export job, 24 hexadecimal digits
    #[arg(value_name = "JOB")]
    job: Option<ExportId>,
}

pub(crate) async fn run(session: &Session, args: Args) -> Result<Outcome, Problem> {
    let exports = session.exports()?;
    let id = session.or_fake(args.job, "no job given", |fake| fake.job())?;
    session.print_job(&exports.get(&id).await?)?;
    Ok(Outcome::Done)
}
