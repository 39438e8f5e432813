//! Waits for many export jobs of one cluster in one loop.

mod plan;
mod rounds;

use std::{
    collections::HashSet,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use futures_util::{StreamExt, stream};

use self::rounds::{Ended, Rounds};
use super::wait::options::{Options, wait_options};
use crate::{Error, ExportId, ExportJob, Exports};

/// A wait for the ends of many export jobs of one cluster, made by [`Exports::wait_many`]: the stream of each job as it
/// ends, with its id. An id that was given more than once comes once.
///
/// Its settings count until it is polled for the first time.
///
/// ```no_run
/// # async fn run(exports: atlas_exports::Exports, ids: Vec<atlas_exports::ExportId>) {
/// use futures_util::StreamExt;
///
/// let mut ended = exports.wait_many(&ids);
/// while let Some((id, job)) = ended.next().await {
///     match job {
///         Ok(job) => println!("{id} is at {:?}", job.prefix),
///         Err(error) => println!("{error}"),
///     }
/// }
/// # }
/// ```
///
/// # How it asks
///
/// All jobs share one loop, which asks for one thing after the other and takes turns in the project's request budget as
/// every wait does. Where a page of the list shows at least two of the jobs it is asked for instead of them, so that
/// thousands take a few requests a round; the others, and a single job, are asked for by themselves. Between two rounds
/// is the interval.
///
/// # Errors
///
/// Each job has an end of its own, the same as a [`Wait`](crate::Wait) for it would have had: a job that failed, or that
/// Atlas does not know, does not end the wait for the others. When the time is over, when the key is refused, or when
/// nothing could be asked for longer than is tolerated, all that are left come with that error.
///
/// # Cancellation
///
/// Nothing runs but what is polled. Dropping the future of the next item loses nothing; dropping the stream ends all work
/// at once, and the jobs go on.
#[must_use = "a wait does nothing until it is polled"]
pub struct WaitMany {
    exports: Exports,
    ids: HashSet<ExportId>,
    options: Options,
    under_way: Option<Pin<Box<dyn Stream<Item = Ended> + Send>>>,
}

impl fmt::Debug for WaitMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitMany")
            .field("exports", &self.exports)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl WaitMany {
    pub(super) fn new(exports: Exports, ids: HashSet<ExportId>) -> Self {
        Self { exports, ids, options: Options::default(), under_way: None }
    }

    wait_options!();

    fn start(&mut self) -> Pin<Box<dyn Stream<Item = Ended> + Send>> {
        let rounds = Rounds::start(self.exports.clone(), std::mem::take(&mut self.ids), &self.options);
        let ended = stream::unfold(rounds, async |mut rounds| {
            let ended = rounds.next().await?;
            Some((ended, rounds))
        });
        Box::pin(ended.fuse())
    }
}

impl Stream for WaitMany {
    type Item = (ExportId, Result<ExportJob, Error>);

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut under_way = match self.under_way.take() {
            Some(under_way) => under_way,
            None => self.start(),
        };
        let item = under_way.as_mut().poll_next(context);
        self.under_way = Some(under_way);
        item
    }
}
