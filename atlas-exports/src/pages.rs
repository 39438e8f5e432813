//! Lists that come in pages, asked for one by one as they are wanted.

use std::{fmt, pin::Pin, sync::Arc};

use atlas_exports_gen::types::Link;
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use reqwest::header::HeaderMap;

use crate::{CallContext, Error, call::Answered};

/// Most results that Atlas puts into one page.
pub(crate) const LARGEST_PAGE: u32 = 500;

/// So many empty pages in a row, each with the promise of a next one, are taken for a fault of the server.
const MOST_EMPTY_PAGES: u32 = 100;

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// Which page it is, counted from 1.
    pub number: u32,
    /// What is on it. A page can be empty and not be the last.
    pub items: Vec<T>,
    /// Atlas's estimate of the number of items over all pages, made for the first of them.
    pub total_count: Option<u64>,
}

/// Which page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageAsk {
    pub(crate) number: u32,
    pub(crate) size: u32,
    /// Whether the server shall count all items, which costs it work.
    pub(crate) count: bool,
}

/// A page as it came.
#[derive(Debug)]
pub(crate) struct Fetched<T> {
    pub(crate) items: Vec<T>,
    /// Whether there is a next page.
    pub(crate) more: bool,
    pub(crate) total: Option<u64>,
    pub(crate) headers: HeaderMap,
    pub(crate) call: CallContext,
}

impl<T> Fetched<T> {
    /// Takes a page for what it holds: its items, its links and the number of items on all pages.
    pub(crate) fn new<P>(
        answered: Answered<P>,
        parts: impl FnOnce(P) -> (Option<Vec<T>>, Option<Vec<Link>>, Option<i64>),
    ) -> Self {
        let call = answered.context();
        let headers = answered.answer.headers().clone();
        let (items, links, total) = parts(answered.answer.into_inner());
        // Where the link leads is not looked at: its host may be one that only Atlas can reach.
        let is_next = |link: &Link| link.rel.as_deref().is_some_and(|rel| rel.eq_ignore_ascii_case("next"));
        Self {
            items: items.unwrap_or_default(),
            more: links.unwrap_or_default().iter().any(is_next),
            total: total.and_then(|total| u64::try_from(total).ok()),
            headers,
            call,
        }
    }
}

pub(crate) type FetchFuture<'a, T> = Pin<Box<dyn Future<Output = Result<Fetched<T>, Error>> + Send + 'a>>;

/// Where pages come from.
pub(crate) trait Source<T>: fmt::Debug + Send + Sync {
    fn fetch(&self, ask: PageAsk) -> FetchFuture<'_, T>;

    /// What tells an item from all others.
    fn key<'a>(&self, item: &'a T) -> &'a str;
}

/// A list that Atlas gives page by page.
///
/// Nothing is asked for before a stream of it is polled, and a page only when everything on the one before is taken, so
/// that no more than one page is held, no request is made in vain, and whoever stops reading stops asking. Pages are
/// asked for by number until one has no `next` link. Atlas promises no order, and items that are made or deleted
/// meanwhile may be met twice or not at all.
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
#[must_use = "a list asks for nothing until a stream of it is polled"]
pub struct List<T> {
    source: Arc<dyn Source<T>>,
    size: u32,
}

impl<T> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List").field("of", &self.source).field("page_size", &self.size).finish()
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        Self { source: self.source.clone(), size: self.size }
    }
}

impl<T: Send + 'static> List<T> {
    pub(crate) fn new(source: impl Source<T> + 'static) -> Self {
        Self { source: Arc::new(source), size: LARGEST_PAGE }
    }

    /// How many items a page has, from 1 to 500; by default 500, which takes the fewest requests.
    ///
    /// Any other number makes the stream's first item an [`Error::InvalidInput`], and nothing is sent.
    pub fn page_size(mut self, items: u32) -> Self {
        self.size = items;
        self
    }

    /// The items of all pages, one by one.
    ///
    /// # Errors
    ///
    /// The stream ends with its first error: [`Error::InvalidInput`] for a wrong page size, [`Error::Paging`] when a
    /// page repeats or a hundred are empty in a row, and what a call fails with, such as [`Error::Api`].
    ///
    /// # Cancellation
    ///
    /// Dropping the stream abandons the request that is on its way. Dropping the future of its next item loses nothing.
    pub fn items(self) -> impl Stream<Item = Result<T, Error>> + Send + Unpin + 'static {
        let walk = Walk::new(self, false);
        let items = stream::unfold((walk, Vec::new().into_iter()), async |(mut walk, mut items)| {
            loop {
                if let Some(item) = items.next() {
                    return Some((Ok(item), (walk, items)));
                }
                match walk.next().await? {
                    Ok(page) => items = page.items.into_iter(),
                    Err(error) => return Some((Err(error), (walk, items))),
                }
            }
        });
        Box::pin(items.fuse())
    }

    /// The pages, one by one.
    ///
    /// # Errors
    ///
    /// As those of [`items`](Self::items).
    ///
    /// # Cancellation
    ///
    /// As that of [`items`](Self::items).
    pub fn pages(self) -> impl Stream<Item = Result<Page<T>, Error>> + Send + Unpin + 'static {
        Walk::new(self, true).pages()
    }

    /// The pages, without a count.
    pub(crate) fn pages_uncounted(self) -> impl Stream<Item = Result<Page<T>, Error>> + Send + Unpin + 'static {
        Walk::new(self, false).pages()
    }
}

/// The way through the pages.
struct Walk<T> {
    list: List<T>,
    count: bool,
    /// `None` behind the last page, or behind an error.
    number: Option<u32>,
    total: Option<u64>,
    trail: Trail,
}

impl<T: Send + 'static> Walk<T> {
    fn new(list: List<T>, count: bool) -> Self {
        Self { list, count, number: Some(1), total: None, trail: Trail::default() }
    }

    fn pages(self) -> impl Stream<Item = Result<Page<T>, Error>> + Send + Unpin + 'static {
        let pages = stream::unfold(self, async |mut walk| {
            let page = walk.next().await?;
            Some((page, walk))
        });
        Box::pin(pages.fuse())
    }

    async fn next(&mut self) -> Option<Result<Page<T>, Error>> {
        let number = self.number.take()?;
        let size = self.list.size;
        if !(1..=LARGEST_PAGE).contains(&size) {
            let problem = format!("{size} is no page size: it must be from 1 to {LARGEST_PAGE}");
            return Some(Err(Error::invalid_input(problem)));
        }
        let ask = PageAsk { number, size, count: self.count && number == 1 };
        let page = match self.list.source.fetch(ask).await {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        let keys = page.items.iter().map(|item| self.list.source.key(item).to_owned()).collect();
        if let Err(problem) = self.trail.follow(number, keys) {
            return Some(Err(Error::Paging { call: Box::new(page.call), page: number, problem }));
        }
        self.total = page.total.or(self.total);
        self.number = number.checked_add(1).filter(|_| page.more);
        Some(Ok(Page { number, items: page.items, total_count: self.total }))
    }
}

/// What is remembered of earlier pages to notice that they go in circles.
#[derive(Debug, Default)]
struct Trail {
    /// Keys of the last page that was not empty.
    last: Vec<String>,
    /// Keys of the page whose number was the last power of two (Brent's way to find a circle in constant memory).
    mark: Vec<String>,
    empty: u32,
}

impl Trail {
    fn follow(&mut self, number: u32, keys: Vec<String>) -> Result<(), &'static str> {
        if keys.is_empty() {
            self.empty += 1;
            return if self.empty < MOST_EMPTY_PAGES { Ok(()) } else { Err("is one of too many empty ones in a row") };
        }
        self.empty = 0;
        if keys == self.last {
            return Err("repeats the one before");
        }
        if keys == self.mark {
            return Err("repeats an earlier one");
        }
        if number.is_power_of_two() || self.mark.is_empty() {
            self.mark.clone_from(&keys);
        }
        self.last = keys;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;

    /// Answers pages from a script; what is behind its end is an empty last page.
    #[derive(Debug)]
    struct Script {
        pages: Vec<Vec<u32>>,
        asked: Arc<Mutex<Vec<PageAsk>>>,
        /// Whether the last page, too, says that there is a next one, and the script begins anew then.
        endless: bool,
    }

    impl Source<String> for Script {
        fn fetch(&self, ask: PageAsk) -> FetchFuture<'_, String> {
            Box::pin(async move {
                self.asked.lock().unwrap().push(ask);
                let index = ask.number as usize - 1;
                let index = if self.endless { index % self.pages.len() } else { index };
                Ok(Fetched {
                    items: self.pages.get(index).into_iter().flatten().map(u32::to_string).collect(),
                    more: self.endless || index + 1 < self.pages.len(),
                    total: ask.count.then_some(7),
                    headers: HeaderMap::new(),
                    call: CallContext::default(),
                })
            })
        }

        fn key<'a>(&self, item: &'a String) -> &'a str {
            item
        }
    }

    fn list(pages: &[Vec<u32>], endless: bool) -> (List<String>, Arc<Mutex<Vec<PageAsk>>>) {
        let asked = Arc::new(Mutex::new(Vec::new()));
        (List::new(Script { pages: pages.to_vec(), asked: asked.clone(), endless }), asked)
    }

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
    }

    #[test]
    fn a_page_is_asked_for_when_its_first_item_is_wanted() {
        let (list, asked) = list(&[vec![1, 2], vec![3], vec![4]], false);
        run(async {
            let mut items = list.items();
            assert_eq!(asked.lock().unwrap().len(), 0);
            for wanted in [(1, 1), (2, 1), (3, 2), (4, 3)] {
                let item = items.next().await.unwrap().unwrap();
                assert_eq!((item.parse().unwrap(), asked.lock().unwrap().len()), wanted);
            }
            assert!(items.next().await.is_none());
            assert_eq!(asked.lock().unwrap().len(), 3, "nothing is asked for to find the end");
        });
    }

    #[test]
    fn the_server_counts_for_pages_alone_and_once() {
        let (items, asked) = list(&[vec![1], vec![2]], false);
        run(items.items().count());
        assert!(asked.lock().unwrap().iter().all(|ask| !ask.count && ask.size == 500));
        let (pages, asked) = list(&[vec![1], vec![2]], false);
        let pages: Vec<_> = run(pages.pages().collect());
        assert_eq!(asked.lock().unwrap().iter().map(|ask| ask.count).collect::<Vec<_>>(), [true, false]);
        assert!(pages.iter().all(|page| page.as_ref().unwrap().total_count == Some(7)));
    }

    #[test]
    fn a_wrong_page_size_is_told_before_anything_is_asked() {
        for size in [0, 501, u32::MAX] {
            let (list, asked) = list(&[vec![1]], false);
            let answers: Vec<_> = run(list.page_size(size).items().collect());
            let [Err(error @ Error::InvalidInput { .. })] = &answers[..] else { panic!("{answers:?}") };
            assert!(error.to_string().contains("from 1 to 500"), "{error}");
            assert_eq!(asked.lock().unwrap().len(), 0);
        }
    }

    proptest! {
        /// Items are given in the order of the pages, each page is asked for once and by number, and none behind the
        /// last, wherever the empty ones are.
        #[test]
        fn every_item_comes_once_and_every_page_is_asked_for_once(sizes in prop::collection::vec(0..5_usize, 1..60)) {
            let mut next = 0..;
            let pages: Vec<Vec<u32>> = sizes.iter().map(|size| next.by_ref().take(*size).collect()).collect();
            let (list, asked) = list(&pages, false);
            let items: Vec<_> = run(list.items().map(Result::unwrap).collect());
            prop_assert_eq!(items, pages.concat().iter().map(u32::to_string).collect::<Vec<_>>());
            let numbers: Vec<_> = asked.lock().unwrap().iter().map(|ask| ask.number as usize).collect();
            prop_assert_eq!(numbers, (1..=pages.len()).collect::<Vec<_>>());
        }

        /// A list of full pages that begins anew for ever ends with an error, within three rounds at the most.
        #[test]
        fn a_circle_of_pages_is_an_error(length in 1..40_u32, before in 0..10_usize) {
            let pages: Vec<Vec<u32>> = (0..length).map(|page| vec![2 * page, 2 * page + 1]).collect();
            let (list, asked) = list(&pages, true);
            let answers: Vec<_> = run(list.pages().skip(before.min(1)).collect());
            let ended = matches!(answers.last(), Some(Err(Error::Paging { .. })));
            prop_assert!(ended);
            prop_assert!(answers.iter().rev().skip(1).all(Result::is_ok));
            prop_assert!(asked.lock().unwrap().len() <= 4 * length as usize);
        }
    }

    #[test]
    fn a_page_that_repeats_ends_the_list_at_once() {
        let (list, asked) = list(&[vec![1, 2], vec![1, 2], vec![3]], false);
        let answers: Vec<_> = run(list.items().collect());
        assert!(matches!(&answers[2..], [Err(Error::Paging { page: 2, .. })]), "{answers:?}");
        assert_eq!(asked.lock().unwrap().len(), 2);
    }

    #[test]
    fn empty_pages_do_not_go_on_for_ever() {
        let (list, asked) = list(&[vec![]], true);
        let answers: Vec<_> = run(list.items().collect());
        assert!(matches!(&answers[..], [Err(Error::Paging { page: 100, .. })]), "{answers:?}");
        assert_eq!(asked.lock().unwrap().len(), 100);
    }
}
