//! The pages of lists.

use serde_json::{Value, json};

use super::{call::Call, errors};
use crate::Answer;

/// Which pages have a count and a link to the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CountPolicy {
    /// `totalCount` stands in pages that are requested with a count; `next` in all pages but the last.
    OnRequest,
    /// Without a count, pages have `totalCount: 0` and no `next`, even when there are more.
    NextOnlyWithCount,
}

/// The part of a list that is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    number: usize,
    size: usize,
    count: bool,
}

impl Page {
    /// Parses `pageNum`, `itemsPerPage` and `includeCount`.
    pub(crate) fn parse(call: &Call) -> Result<Self, Box<Answer>> {
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
        Ok(Self { number: number("pageNum", 1, 1..=usize::MAX)?, size: number("itemsPerPage", 100, 1..=500)?, count })
    }

    /// The items of the page.
    pub(crate) fn slice<'a, T>(&self, list: &'a [T]) -> &'a [T] {
        let from = (self.number - 1).saturating_mul(self.size).min(list.len());
        let to = from.saturating_add(self.size).min(list.len());
        list.get(from..to).unwrap_or_default()
    }

    /// The document of the page.
    pub(crate) fn answer(&self, call: &Call, results: Vec<Value>, total: usize, counts: CountPolicy) -> Answer {
        let (count, has_next) = match (self.count, counts) {
            (true, _) => (Some(total), true),
            (false, CountPolicy::OnRequest) => (None, true),
            (false, CountPolicy::NextOnlyWithCount) => (Some(0), false),
        };
        let link = |rel: &str, number| json!({"href": self.href(call, number), "rel": rel});
        let mut links = vec![link("self", self.number)];
        if self.number > 1 {
            links.push(link("previous", self.number - 1));
        }
        if has_next && self.number.saturating_mul(self.size) < total {
            links.push(link("next", self.number + 1));
        }
        let mut document = json!({"links": links, "results": results});
        if let (Some(count), Some(members)) = (count, document.as_object_mut()) {
            members.insert("totalCount".into(), count.into());
        }
        Answer::json(200, document)
    }

    /// The URL of another page of the list.
    fn href(&self, call: &Call, number: usize) -> String {
        let own = ["pageNum", "itemsPerPage"];
        let others = call.parameters().filter(|(name, _)| !own.contains(name));
        let others: String = others.map(|(name, value)| format!("&{name}={value}")).collect();
        format!("{}?pageNum={number}&itemsPerPage={}{others}", call.url, self.size)
    }
}

fn invalid(name: &str) -> Answer {
    errors::api_error(400, "INVALID_QUERY_PARAMETER", &format!("Invalid query parameter {name} specified."), &[name])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str) -> Result<Page, u16> {
        Page::parse(&Call::with_query(query)).map_err(|answer| answer.status())
    }

    #[test]
    fn parameters_have_the_bounds_of_the_live_service() {
        assert_eq!(page(""), Ok(Page { number: 1, size: 100, count: true }));
        assert_eq!(
            page("pageNum=3&itemsPerPage=500&includeCount=false"),
            Ok(Page { number: 3, size: 500, count: false })
        );
        for wrong in ["pageNum=0", "pageNum=x", "itemsPerPage=0", "itemsPerPage=501", "includeCount=maybe"] {
            assert_eq!(page(wrong), Err(400), "{wrong}");
        }
    }

    #[test]
    fn pages_cover_a_list_without_overlap() {
        let list: Vec<_> = (0..7).collect();
        let items = |number| Page { number, size: 3, count: true }.slice(&list).to_vec();
        assert_eq!([items(1), items(2), items(3), items(4)], [vec![0, 1, 2], vec![3, 4, 5], vec![6], vec![]]);
        assert!(items(usize::MAX).is_empty());
    }
}
