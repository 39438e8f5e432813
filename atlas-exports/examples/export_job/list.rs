//! `list`: the jobs of a cluster.

use atlas_exports::ExportJob;
use futures_util::TryStreamExt;

use super::{
    args::List,
    listing::Listing,
    outcome::{Outcome, Problem},
    session::Session,
    show,
};

/// Most that Atlas gives on one page.
const PAGE: u32 = 500;

pub(crate) async fn run(session: &Session, list: List) -> Result<Outcome, Problem> {
    let limit = list.limit.unwrap_or(u32::MAX);
    // Where every job is wanted that comes, no more are asked for than are shown.
    let page = if list.state.is_empty() { limit.clamp(1, PAGE) } else { PAGE };
    let mut jobs = session.exports()?.list().page_size(page).items();
    let wanted =
        |job: &ExportJob| list.state.is_empty() || job.state.as_ref().is_some_and(|state| list.state.contains(state));

    let mut listing = Listing::start(session, show::jobs_head())?;
    let mut shown = 0;
    while shown < limit
        && let Some(job) = jobs.try_next().await?
    {
        if wanted(&job) {
            listing.push(session, job.id.as_str(), &show::job_row(&job), &job)?;
            shown += 1;
        }
    }
    listing.end("There are no such export jobs.")?;
    Ok(Outcome::Done)
}
