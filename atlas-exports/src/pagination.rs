//! Any list of the API as a stream of its items, read page by page as they are wanted.

mod page_parts;
#[cfg(test)]
mod tests;

use std::{fmt, marker::PhantomData};

use atlas_exports_gen::types::Link;
use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use reqwest::{Request, header::HeaderMap};
use serde::de::DeserializeOwned;

use self::page_parts::PageParts;
use crate::{
    CallContext, Error, ErrorKind,
    error::decode_error_at,
    pipeline::{Completed, Pipeline, Target},
};

/// Most items that Atlas puts on one page.
pub(crate) const MAX_PAGE_SIZE: u32 = 500;

/// So many items are on a page where Atlas is not asked for another number.
const DEFAULT_PAGE_SIZE: u32 = 100;

/// So many empty pages in a row, each with a link to the next one, are taken for a fault of the server.
const MAX_EMPTY_PAGES: u32 = 100;

/// So many pages of one list are taken for a fault of the server.
const MAX_PAGES: u32 = 1_000_000;

/// One page of a list.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<T> {
    /// The number of the page, counted from 1.
    pub number: u32,
    /// Its items, but for those that cannot be decoded. A page can be empty and not be the last.
    pub items: Vec<T>,
    /// An error for each item that cannot be decoded.
    pub errors: Vec<Error>,
    /// Atlas's estimate of the number of items on all pages, made for the first of them.
    pub total_count: Option<u64>,
}

/// Which page is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageRequest {
    pub(crate) number: u32,
    pub(crate) size: u32,
    /// Whether the server is to count all items, which costs it work.
    pub(crate) count: bool,
    /// The count of all items, where an earlier page told it.
    pub(crate) known_total: Option<u64>,
}

/// A page as it was received.
#[derive(Debug)]
pub(crate) struct RawPage<T> {
    pub(crate) items: Vec<Result<T, Error>>,
    /// Whether there may be another page.
    pub(crate) more: bool,
    pub(crate) total: Option<u64>,
    pub(crate) headers: HeaderMap,
    /// The text of all items.
    text: Bytes,
    call: CallContext,
}

/// A list that Atlas returns page by page.
///
/// Nothing is requested before a stream of it is polled, and a page only when everything on the one before is taken, so
/// that no more than one page is held and no request is made in vain. Pages are requested by number, until one says that
/// it is the last: it has no `next` link, and is not full or counts as many items as were seen. A full page that says
/// neither is followed by one more request. Atlas promises no order, and items that are created or deleted meanwhile may
/// be seen twice or not at all.
///
/// ```no_run
/// # async fn run(exports: atlas_exports::Exports) -> Result<(), atlas_exports::Error> {
/// use futures_util::TryStreamExt;
///
/// let mut jobs = exports.list().page_size(100).items();
/// while let Some(job) = jobs.try_next().await? {
///     println!("{} {:?}", job.id, job.state);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a list requests nothing until a stream of it is polled"]
pub struct List<T> {
    pipeline: Pipeline,
    /// What is requested, without paging; or why it cannot be.
    request: Result<(Target, Request), Error>,
    size: u32,
    item: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.request.as_ref().map(|(_, request)| request.url().path());
        f.debug_struct("List").field("path", &path).field("page_size", &self.size).finish_non_exhaustive()
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        let request = match &self.request {
            Ok((target, request)) => clone_request(request).map(|request| (target.clone(), request)),
            Err(error) => Err(error.clone()),
        };
        Self { pipeline: self.pipeline.clone(), request, size: self.size, item: PhantomData }
    }
}

/// A request of a list has no body that could not be cloned.
fn clone_request(request: &Request) -> Result<Request, Error> {
    request.try_clone().ok_or_else(|| Error::invalid_input("the body of the request cannot be sent twice"))
}

impl<T: DeserializeOwned> List<T> {
    pub(crate) fn new(pipeline: Pipeline, request: Result<(Target, Request), Error>) -> Self {
        Self { pipeline, request, size: MAX_PAGE_SIZE, item: PhantomData }
    }

    /// Sets the number of items on a page, from 1 to 500; 500 by default, which takes the fewest requests.
    ///
    /// Any other number makes the first item of the stream an [`ErrorKind::InvalidInput`], and nothing is sent.
    pub fn page_size(mut self, items: u32) -> Self {
        self.size = items;
        self
    }

    /// Returns the items of all pages, one by one.
    ///
    /// # Errors
    ///
    /// An item that cannot be decoded is an error of its own, after which the stream continues. It ends with every other
    /// error: [`ErrorKind::InvalidInput`] for a wrong page size or parameter, [`ErrorKind::Paging`] when the pages do not
    /// end, and what a call fails with.
    ///
    /// # Cancellation
    ///
    /// Dropping the stream abandons the request that is under way. Dropping the future of its next item loses nothing.
    pub fn items(self) -> impl Stream<Item = Result<T, Error>> + Send + Unpin + 'static
    where
        T: Send + 'static,
    {
        let cursor = self.cursor(false);
        let items = stream::unfold((cursor, Vec::new().into_iter()), async |(mut cursor, mut items)| {
            loop {
                if let Some(item) = items.next() {
                    return Some((item, (cursor, items)));
                }
                match cursor.next().await? {
                    Ok((_, page)) => items = page.items.into_iter(),
                    Err(error) => return Some((Err(error), (cursor, items))),
                }
            }
        });
        Box::pin(items.fuse())
    }

    /// Returns the pages, one by one, the first with a count of all items.
    ///
    /// # Errors
    ///
    /// As those of [`items`](Self::items), but for items that cannot be decoded, which are [errors](Page::errors) of
    /// their page.
    ///
    /// # Cancellation
    ///
    /// As that of [`items`](Self::items).
    pub fn pages(self) -> impl Stream<Item = Result<Page<T>, Error>> + Send + Unpin + 'static
    where
        T: Send + 'static,
    {
        let cursor = self.cursor(true);
        let pages = stream::unfold(cursor, async |mut cursor| {
            let page = cursor.next().await?.map(|(number, page)| {
                let total_count = cursor.total;
                let (mut items, mut errors) = (Vec::new(), Vec::new());
                for item in page.items {
                    match item {
                        Ok(item) => items.push(item),
                        Err(error) => errors.push(error),
                    }
                }
                Page { number, items, errors, total_count }
            });
            Some((page, cursor))
        });
        Box::pin(pages.fuse())
    }

    /// Returns the way through the pages, with a count of all items on the first if so wanted.
    fn cursor(self, count: bool) -> PageCursor<T> {
        let seen = LoopDetector::default();
        PageCursor { list: self, count, number: Some(1), total: None, is_thorough: false, items: 0, seen }
    }

    /// Returns the way through the pages for those who must not miss one: neither a full page, one as long as those of a
    /// server that ignores the size, nor one before the end of the count is taken for the last; and a page has `results`.
    pub(crate) fn thorough_cursor(self) -> PageCursor<T> {
        PageCursor { is_thorough: true, ..self.cursor(false) }
    }

    /// Requests one page.
    pub(crate) async fn page(&self, page: PageRequest) -> Result<RawPage<T>, Error> {
        let (target, request) = self.request.as_ref().map_err(Error::clone)?;
        let mut request = clone_request(request)?;
        set_page(&mut request, page);
        let completed = self.pipeline.execute(target, request).await?;
        self.decode(&completed, page)
    }

    fn decode(&self, completed: &Completed, page: PageRequest) -> Result<RawPage<T>, Error> {
        let PageRequest { number, size, known_total, .. } = page;
        let body = &completed.response.body;
        let call = || self.pipeline.context_of(completed);
        let decode_error = |path: &str, part: &[u8], error| decode_error_at(path, part, error).with_call(call());
        let parts = PageParts::read(body).map_err(|(path, part, error)| decode_error(path, part, error))?;
        let items = parts.items.iter().enumerate().map(|(index, item)| {
            let path = format!("results[{index}]");
            serde_json::from_slice(item).map_err(|error| decode_error(&path, item, error))
        });
        let items: Vec<_> = items.collect();

        // Where a link leads is not looked at: its host may be one that only Atlas can reach.
        let is_next = |link: &Link| link.rel.as_deref().is_some_and(|rel| rel.eq_ignore_ascii_case("next"));
        // A count of 0 beside items is none.
        let total = parts.total_count.and_then(|total| u64::try_from(total).ok());
        let total = total.filter(|total| *total > 0 || items.is_empty());
        let seen = u64::from(number.saturating_sub(1)) * u64::from(size) + items.len() as u64;
        let is_full = u64::from(size) <= items.len() as u64;
        let all_seen = total.or(known_total).is_some_and(|total| total > 0 && seen >= total);
        let more = parts.links.iter().any(is_next) || (is_full && !all_seen);
        let text = body.slice_ref(parts.results);
        Ok(RawPage { items, more, total, headers: completed.response.headers.clone(), text, call: call() })
    }
}

/// Sets the parameters of paging, in place of those that the request may have.
fn set_page(request: &mut Request, PageRequest { number, size, count, .. }: PageRequest) {
    const PAGING: [&str; 3] = ["pageNum", "itemsPerPage", "includeCount"];
    let url = request.url_mut();
    let others = url.query_pairs().filter(|(name, _)| !PAGING.contains(&&**name));
    let others: Vec<_> = others.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    url.query_pairs_mut()
        .clear()
        .append_pair("includeCount", if count { "true" } else { "false" })
        .append_pair("itemsPerPage", &size.to_string())
        .append_pair("pageNum", &number.to_string())
        .extend_pairs(others);
}

/// The way through the pages of a list.
pub(crate) struct PageCursor<T> {
    list: List<T>,
    count: bool,
    /// `None` behind the last page, or behind an error.
    number: Option<u32>,
    total: Option<u64>,
    /// Whether no item may be missed, even where the server does not say that there are more.
    is_thorough: bool,
    items: u64,
    seen: LoopDetector,
}

impl<T: DeserializeOwned> PageCursor<T> {
    /// Returns whether there may be another page.
    pub(crate) fn has_next(&self) -> bool {
        self.number.is_some()
    }

    /// Returns the next page and its number.
    pub(crate) async fn next(&mut self) -> Option<Result<(u32, RawPage<T>), Error>> {
        let number = self.number.take()?;
        let size = self.list.size;
        if !(1..=MAX_PAGE_SIZE).contains(&size) {
            let problem = format!("page size must be between 1 and {MAX_PAGE_SIZE}, got {size}");
            return Some(Err(Error::invalid_input(problem)));
        }
        let request = PageRequest { number, size, count: self.count && number == 1, known_total: self.total };
        let page = match self.list.page(request).await {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        if let Err(problem) = self.seen.check(number, &page.text, page.items.is_empty()) {
            let message = format!("page {number} {problem}");
            return Some(Err(Error::new(ErrorKind::Paging, message).with_call(page.call)));
        }
        if self.is_thorough && page.text.is_empty() {
            let message = format!("page {number} has no `results`");
            return Some(Err(Error::new(ErrorKind::Paging, message).with_call(page.call)));
        }
        self.total = page.total.or(self.total);
        let length = page.items.len() as u64;
        self.items += length;
        let is_full = length >= u64::from(size) || length == u64::from(DEFAULT_PAGE_SIZE);
        let may_go_on = self.is_thorough && length > 0 && (is_full || self.is_short());
        self.number = number.checked_add(1).filter(|_| page.more || may_go_on);
        Some(Ok((number, page)))
    }

    /// Returns whether fewer items were read than the server counts.
    pub(crate) fn is_short(&self) -> bool {
        self.total.is_some_and(|total| total > self.items)
    }
}

/// Notices that the pages of a list do not end.
#[derive(Debug, Default)]
struct LoopDetector {
    /// The text of the first page that was not empty, which a list that begins again returns.
    first: Bytes,
    /// The text of the last page that was not empty.
    last: Bytes,
    empty: u32,
}

impl LoopDetector {
    fn check(&mut self, number: u32, text: &Bytes, is_empty: bool) -> Result<(), &'static str> {
        if number >= MAX_PAGES {
            return Err("is one of too many");
        }
        if is_empty {
            self.empty += 1;
            return if self.empty < MAX_EMPTY_PAGES { Ok(()) } else { Err("is one of too many empty ones in a row") };
        }
        self.empty = 0;
        if *text == self.last {
            return Err("repeats the one before");
        }
        if *text == self.first {
            return Err("repeats the first one");
        }
        if self.first.is_empty() {
            self.first = text.clone();
        }
        self.last = text.clone();
        Ok(())
    }
}
