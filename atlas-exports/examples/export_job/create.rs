//! `create`: starts a job, and watches it where that is wanted.

use atlas_exports::NewExport;

use super::{
    args::Create,
    outcome::{Outcome, Problem},
    session::Session,
    watch::{follow, paced},
};

pub(crate) async fn run(session: &Session, create: Create) -> Result<Outcome, Problem> {
    let exports = session.exports()?;
    let new =
        create.custom_data.iter().fold(subject(session, &create)?, |new, (key, value)| new.custom_data(key, value));
    if create.watch {
        return follow(session, paced!(exports.create_and_wait(new), session, &create.pace).updates()).await;
    }
    session.print_job(&exports.create(new).await?)?;
    Ok(Outcome::Done)
}

/// The snapshot and the bucket; with the fake, its own.
fn subject(session: &Session, create: &Create) -> Result<NewExport, Problem> {
    let snapshot = match (&create.snapshot, &session.fake) {
        (Some(id), _) => id.clone(),
        (None, Some(fake)) => fake.snapshot()?,
        (None, None) => return Err(Problem::usage("say which snapshot: --snapshot ID")),
    };
    let bucket = match (&create.bucket, &session.fake) {
        (Some(id), _) => id.clone(),
        (None, Some(fake)) => fake.bucket()?,
        (None, None) => return Err(Problem::usage("say which bucket: --bucket ID")),
    };
    Ok(NewExport::new(snapshot, bucket))
}
