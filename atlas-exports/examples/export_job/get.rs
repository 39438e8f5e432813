//! `get`: shows one job.

use std::io::{self, Write};

use atlas_exports::{ExportId, ExportJob};
use atlas_exports_testing::Kind;

use super::{
    args::{Format, Get},
    outcome::{Outcome, Problem},
    session::Session,
    show,
};

pub(crate) async fn run(session: &Session, get: &Get) -> Result<Outcome, Problem> {
    let exports = session.exports()?;
    let job = exports.get(&wanted(session, get)?).await?;
    print(session, &job)?;
    Ok(Outcome::Done)
}

/// Prints the job that was asked for last.
fn print(session: &Session, job: &ExportJob) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match (session.format, session.recorder.last()) {
        (Format::Json, Some(document)) => writeln!(out, "{}", document.trim()),
        _ => write!(out, "{}", show::job(job, std::time::SystemTime::now().into())),
    }
}

fn wanted(session: &Session, get: &Get) -> Result<ExportId, Problem> {
    if let Some(id) = &get.job {
        return Ok(id.clone());
    }
    let of_fake = session.fake.as_ref().and_then(|fake| fake.job_id(Kind::ReplicaSet).parse().ok());
    of_fake.ok_or_else(|| Problem::usage("say which job"))
}
