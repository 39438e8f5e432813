//! Lists, page by page.

use serde_json::{Value, json};

use crate::{
    Answer,
    api::{call::Call, errors},
};

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    number: usize,
    size: usize,
    count: bool,
}

impl Page {
    /// Reads `pageNum`, `itemsPerPage` and `includeCount`.
    pub(crate) fn of(call: &Call) -> Result<Self, Box<Answer>> {
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

    /// Cuts this page out of a list.
    pub(crate) fn cut<'a, T>(&self, list: &'a [T]) -> &'a [T] {
        let from = (self.number - 1).saturating_mul(self.size).min(list.len());
        let to = from.saturating_add(self.size).min(list.len());
        list.get(from..to).unwrap_or_default()
    }

    /// The page's document. `address` is the list's, without a query.
    pub(crate) fn answer(&self, call: &Call, address: &str, results: Vec<Value>, total: usize) -> Answer {
        let link = |rel: &str, number| json!({"href": self.href(call, address, number), "rel": rel});
        let mut links = vec![link("self", self.number)];
        if self.number > 1 {
            links.push(link("previous", self.number - 1));
        }
        if self.number.saturating_mul(self.size) < total {
            links.push(link("next", self.number + 1));
        }
        let mut document = json!({"links": links, "results": results});
        if let (true, Some(members)) = (self.count, document.as_object_mut()) {
            members.insert("totalCount".into(), total.into());
        }
        Answer::json(200, document)
    }

    /// What was asked for, of another page.
    fn href(&self, call: &Call, address: &str, number: usize) -> String {
        let own = ["pageNum", "itemsPerPage"];
        let others = call.members().filter(|(name, _)| !own.contains(name));
        let others: String = others.map(|(name, value)| format!("&{name}={value}")).collect();
        format!("{address}?pageNum={number}&itemsPerPage={}{others}", self.size)
    }
}

fn invalid(name: &str) -> Answer {
    errors::api_error(400, "INVALID_QUERY_PARAMETER", &format!("Invalid query parameter {name} specified."), &[name])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str) -> Result<Page, u16> {
        Page::of(&Call::with_query(query)).map_err(|answer| answer.status())
    }

    #[test]
    fn bounds_are_those_of_the_live_service() {
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
        let cut = |number| Page { number, size: 3, count: true }.cut(&list).to_vec();
        assert_eq!([cut(1), cut(2), cut(3), cut(4)], [vec![0, 1, 2], vec![3, 4, 5], vec![6], vec![]]);
        assert!(cut(usize::MAX).is_empty());
    }
}
