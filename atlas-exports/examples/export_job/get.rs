//! `get`: shows one job.

use super::{
    args::Get,
    outcome::{Outcome, Problem},
    session::Session,
};

pub(crate) async fn run(session: &Session, get: Get) -> Result<Outcome, Problem> {
    let exports = session.exports()?;
    let id = match (get.job, &session.fake) {
        (Some(id), _) => id,
        (None, Some(fake)) => fake.job()?,
        (None, None) => return Err(Problem::usage("say which job")),
    };
    session.print_job(&exports.get(&id).await?)?;
    Ok(Outcome::Done)
}
