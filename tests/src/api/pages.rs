//! The pages of lists.

use serde_json::{Value, json};

use super::{call::Call, errors};
use crate::FakeResponse;

/// How lists are cut into pages.
///
/// ```
/// use atlas_exports_testing::Paging;
///
/// let paging = Paging::new().without_next().count(0);
/// # let _ = paging;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    next_only_with_count: bool,
    without_next: bool,
    /// A false `totalCount`; `Some(None)` stands for none at all.
    count: Option<Option<usize>>,
    repeated: usize,
    empty: Option<usize>,
}

impl Paging {
    /// Returns the default: full pages, `next` in all but the last, and `totalCount` when it is requested.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Responds to requests without a count with `totalCount: 0` and without a `next` link, even when there are more pages.
    #[must_use]
    pub fn next_only_with_count(mut self) -> Self {
        self.next_only_with_count = true;
        self
    }

    /// Leaves out all `next` links.
    #[must_use]
    pub fn without_next(mut self) -> Self {
        self.without_next = true;
        self
    }

    /// Sets `totalCount`, whatever the number of items is.
    #[must_use]
    pub fn count(mut self, count: usize) -> Self {
        self.count = Some(Some(count));
        self
    }

    /// Leaves out `totalCount`.
    #[must_use]
    pub fn without_count(mut self) -> Self {
        self.count = Some(None);
        self
    }

    /// Starts each page with the last items of the page before, as when a list grows at its start between two requests.
    #[must_use]
    pub fn repeating(mut self, items: usize) -> Self {
        self.repeated = items;
        self
    }

    /// Makes the page with this number an empty one with a `next` link. Its items are on the next page.
    #[must_use]
    pub fn empty_page(mut self, number: usize) -> Self {
        self.empty = Some(number);
        self
    }
}

/// The part of a list that is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    number: usize,
    size: usize,
    count: bool,
    paging: Paging,
}

impl Page {
    /// Parses `pageNum`, `itemsPerPage` and `includeCount`.
    pub(crate) fn parse(call: &Call) -> Result<Self, Box<FakeResponse>> {
        let number = |name, default, range: std::ops::RangeInclusive<usize>| match call.query(name) {
            None => Ok(default),
            Some(text) => {
                text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| Box::new(invalid(name)))
            }
        };
        let count = match call.query("includeCount") {
            None | Some("true") => true,
            Some("false") => false,
            Some(_) => return Err(Box::new(invalid("includeCount"))),
        };
        let (number, size) = (number("pageNum", 1, 1..=usize::MAX)?, number("itemsPerPage", 100, 1..=500)?);
        Ok(Self { number, size, count, paging: call.paging })
    }

    fn is_empty(&self) -> bool {
        self.paging.empty == Some(self.number)
    }

    /// The positions in the list where the page starts and ends.
    fn range(&self) -> (usize, usize) {
        let before = self.number - 1 - usize::from(self.paging.empty.is_some_and(|empty| empty < self.number));
        let step = self.size - self.paging.repeated.min(self.size - 1);
        let from = before.saturating_mul(step);
        (from, from.saturating_add(self.size))
    }

    /// The items of the page.
    pub(crate) fn slice<'a, T>(&self, list: &'a [T]) -> &'a [T] {
        let (from, to) = self.range();
        let (from, to) = (from.min(list.len()), to.min(list.len()));
        if self.is_empty() { &[] } else { list.get(from..to).unwrap_or_default() }
    }

    /// The document of the page.
    pub(crate) fn respond(&self, call: &Call, results: Vec<Value>, total: usize) -> FakeResponse {
        let (count, has_next) = match (self.count, self.paging.next_only_with_count) {
            (true, _) => (self.paging.count.unwrap_or(Some(total)), true),
            (false, false) => (None, true),
            (false, true) => (Some(0), false),
        };
        let has_next = has_next && !self.paging.without_next && (self.is_empty() || self.range().1 < total);
        let link = |rel: &str, number| json!({"href": self.href(call, number), "rel": rel});
        let mut links = vec![link("self", self.number)];
        if self.number > 1 {
            links.push(link("previous", self.number - 1));
        }
        if has_next {
            links.push(link("next", self.number + 1));
        }
        let mut document = json!({"links": links, "results": results});
        if let (Some(count), Some(members)) = (count, document.as_object_mut()) {
            members.insert("totalCount".into(), count.into());
        }
        FakeResponse::json(200, document)
    }

    /// The URL of another page of the list.
    fn href(&self, call: &Call, number: usize) -> String {
        let own = ["pageNum", "itemsPerPage"];
        let others = call.parameters().filter(|(name, _)| !own.contains(name));
        let others: String = others.map(|(name, value)| format!("&{name}={value}")).collect();
        format!("{}?pageNum={number}&itemsPerPage={}{others}", call.url, self.size)
    }
}

fn invalid(name: &str) -> FakeResponse {
    errors::api_error(400, "INVALID_QUERY_PARAMETER", &format!("Invalid query parameter {name} specified."), &[name])
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Paging =
        Paging { next_only_with_count: false, without_next: false, count: None, repeated: 0, empty: None };

    fn page(query: &str) -> Result<Page, u16> {
        Page::parse(&Call::with_query(query)).map_err(|response| response.status())
    }

    #[test]
    fn parameters_have_the_bounds_of_the_live_service() {
        assert_eq!(page(""), Ok(Page { number: 1, size: 100, count: true, paging: FULL }));
        assert_eq!(
            page("pageNum=3&itemsPerPage=500&includeCount=false"),
            Ok(Page { number: 3, size: 500, count: false, paging: FULL })
        );
        for wrong in ["pageNum=0", "pageNum=x", "itemsPerPage=0", "itemsPerPage=501", "includeCount=maybe"] {
            assert_eq!(page(wrong), Err(400), "{wrong}");
        }
    }

    #[test]
    fn pages_cover_a_list_without_overlap() {
        let list: Vec<_> = (0..7).collect();
        let items = |number| Page { number, size: 3, count: true, paging: FULL }.slice(&list).to_vec();
        assert_eq!([items(1), items(2), items(3), items(4)], [vec![0, 1, 2], vec![3, 4, 5], vec![6], vec![]]);
        assert!(items(usize::MAX).is_empty());
    }

    #[test]
    fn every_item_is_on_a_page_when_pages_repeat_items_or_are_empty() {
        let list: Vec<_> = (0..7).collect();
        for paging in
            [Paging::new().repeating(1), Paging::new().empty_page(2), Paging::new().repeating(9).empty_page(1)]
        {
            let mut seen = Vec::<i32>::new();
            for number in 1..20 {
                let page = Page { number, size: 3, count: true, paging };
                seen.extend(page.slice(&list));
                let response = page.respond(&Call::default(), Vec::new(), list.len());
                let crate::api::response::Content::Json(document) = response.body else { panic!("not JSON") };
                if !document["links"].to_string().contains("next") {
                    break;
                }
            }
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen, list, "{paging:?}");
        }
    }
}
