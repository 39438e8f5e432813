//! The items of a list, without those that cannot be read.

use atlas_exports::{Error, Stream};
use futures_util::StreamExt;

use crate::{
    console::Console,
    exit::{Outcome, Problem},
};

/// A list that goes on behind an item that cannot be read, which is reported on stderr.
pub(crate) struct Items<'a, S> {
    stream: S,
    console: &'a Console,
    left_out: u32,
    /// The first error of an item that was left out.
    first: Option<Error>,
}

impl<'a, T, S: Stream<Item = Result<T, Error>> + Unpin> Items<'a, S> {
    pub(crate) fn new(stream: S, console: &'a Console) -> Self {
        Self { stream, console, left_out: 0, first: None }
    }

    /// Returns the next item that can be read. An error ends the list.
    pub(crate) async fn try_next(&mut self) -> Result<Option<T>, Error> {
        let mut pending: Option<Error> = None;
        loop {
            match (self.stream.next().await, pending.take()) {
                (Some(next), unreadable) => {
                    if let Some(unreadable) = unreadable {
                        self.console.warn(&unreadable.to_string());
                        self.left_out = self.left_out.saturating_add(1);
                        self.first.get_or_insert(unreadable);
                    }
                    match next {
                        Ok(item) => return Ok(Some(item)),
                        // Whether the list goes on shows when the next item is asked for.
                        Err(error) => pending = Some(error),
                    }
                }
                (None, Some(error)) => return Err(error),
                (None, None) => return Ok(None),
            }
        }
    }

    /// Returns how the command ends: with a failure where items were left out.
    pub(crate) fn outcome(&self) -> Result<Outcome, Problem> {
        let Some(first) = &self.first else { return Ok(Outcome::Done) };
        let items = if self.left_out == 1 { "item" } else { "items" };
        let message =
            format!("{} {items} could not be read, so the list is without them; the first: {first}", self.left_out);
        Err(Problem::Nothing(message))
    }
}
