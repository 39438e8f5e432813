//! Lists of scripted pages.

use std::sync::{Arc, Mutex};

use atlas_exports_gen::{Operation, SendFuture, Transport};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::Client;

/// Returns pages from a script; what is behind its end is an empty last page.
#[derive(Debug)]
struct Script {
    pages: Vec<Vec<u32>>,
    requests: Arc<Mutex<Vec<PageRequest>>>,
    /// Whether the last page, too, has a link to a next one, and the script begins again then.
    endless: bool,
    linked: bool,
}

impl Transport for Script {
    fn send<'a>(&'a self, _: &'static Operation, request: Request) -> SendFuture<'a> {
        let query = |name: &str| {
            let url = request.url().clone();
            url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
        };
        let asked = PageRequest {
            number: query("pageNum").parse().unwrap(),
            size: query("itemsPerPage").parse().unwrap(),
            count: query("includeCount") == "true",
            known_total: None,
        };
        self.requests.lock().unwrap().push(asked);
        let index = asked.number as usize - 1;
        let index = if self.endless { index % self.pages.len() } else { index };
        let more = self.linked && (self.endless || index + 1 < self.pages.len());
        let links = if more { json!([{"rel": "next", "href": "x"}]) } else { json!([]) };
        let results: Vec<_> = self.pages.get(index).into_iter().flatten().map(u32::to_string).collect();
        let mut page = json!({"results": results, "links": links});
        if asked.count {
            page["totalCount"] = 7.into();
        }
        Box::pin(async move { Ok(http::Response::new(page.to_string()).into()) })
    }
}

type Requests = Arc<Mutex<Vec<PageRequest>>>;

fn list_of(script: Script) -> (List<String>, Requests) {
    let requests = script.requests.clone();
    // Reading the machine's certificates takes longer than a whole list.
    let http = reqwest::Client::builder().tls_certs_only([]);
    let client = Client::builder().transport(Arc::new(script)).http_client(http).build().unwrap();
    (client.request(reqwest::Method::GET, "/things").list(), requests)
}

fn list(pages: &[Vec<u32>], endless: bool) -> (List<String>, Requests) {
    list_of(Script { pages: pages.to_vec(), requests: Requests::default(), endless, linked: true })
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
}

#[test]
fn a_page_is_requested_when_its_first_item_is_wanted() {
    let (list, requests) = list(&[vec![1, 2], vec![3], vec![4]], false);
    run(async {
        let mut items = list.items();
        assert_eq!(requests.lock().unwrap().len(), 0);
        for wanted in [(1, 1), (2, 1), (3, 2), (4, 3)] {
            let item = items.next().await.unwrap().unwrap();
            assert_eq!((item.parse().unwrap(), requests.lock().unwrap().len()), wanted);
        }
        assert!(items.next().await.is_none());
        assert_eq!(requests.lock().unwrap().len(), 3, "nothing is requested to find the end");
    });
}

#[test]
fn the_server_counts_for_pages_alone_and_once() {
    let (items, requests) = list(&[vec![1], vec![2]], false);
    run(items.items().count());
    assert!(requests.lock().unwrap().iter().all(|request| !request.count && request.size == 500));
    let (pages, requests) = list(&[vec![1], vec![2]], false);
    let pages: Vec<_> = run(pages.pages().collect());
    assert_eq!(requests.lock().unwrap().iter().map(|request| request.count).collect::<Vec<_>>(), [true, false]);
    assert_eq!(pages[0].as_ref().unwrap().total_count, Some(7));
}

#[test]
fn a_wrong_page_size_is_refused_before_any_request() {
    for size in [0, 501, u32::MAX] {
        let (list, requests) = list(&[vec![1]], false);
        let items: Vec<_> = run(list.page_size(size).items().collect());
        let [Err(error)] = &items[..] else { panic!("{items:?}") };
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("between 1 and 500"), "{error}");
        assert_eq!(requests.lock().unwrap().len(), 0);
    }
}

#[test]
fn a_full_page_without_link_and_count_is_not_taken_for_the_last() {
    for (pages, expected) in [(vec![vec![1, 2], vec![3, 4], vec![5]], 3), (vec![vec![1, 2], vec![3, 4]], 3)] {
        let script = Script { pages: pages.clone(), requests: Requests::default(), endless: false, linked: false };
        let (list, requests) = list_of(script);
        let items: Vec<_> = run(list.page_size(2).items().map(Result::unwrap).collect());
        assert_eq!(items.len(), pages.concat().len());
        assert_eq!(requests.lock().unwrap().len(), expected);
    }
}

#[test]
fn a_full_page_whose_count_is_reached_is_the_last() {
    let pages = vec![vec![1, 2, 3, 4, 5, 6, 7]];
    let (list, requests) = list_of(Script { pages, requests: Requests::default(), endless: false, linked: false });
    let pages: Vec<_> = run(list.page_size(7).pages().collect());
    assert_eq!((pages.len(), requests.lock().unwrap().len()), (1, 1));
}

#[test]
fn a_thorough_reading_ends_at_an_empty_page_whatever_the_server_counts() {
    // The script counts seven items, and has three.
    let pages = vec![vec![1, 2], vec![3]];
    let (list, requests) = list_of(Script { pages, requests: Requests::default(), endless: false, linked: false });
    let mut cursor = list.page_size(2).thorough_cursor();
    cursor.count = true;
    while cursor.has_next() {
        run(cursor.next()).unwrap().unwrap();
    }
    assert!(cursor.is_short());
    assert_eq!(requests.lock().unwrap().len(), 3);
}

proptest! {
    /// Items come in the order of the pages, each page is requested once and by number, and none behind the last,
    /// wherever the empty ones are.
    #[test]
    fn every_item_comes_once_and_every_page_is_requested_once(sizes in prop::collection::vec(0..5_usize, 1..60)) {
        let mut next = 0..;
        let pages: Vec<Vec<u32>> = sizes.iter().map(|size| next.by_ref().take(*size).collect()).collect();
        let (list, requests) = list(&pages, false);
        let items: Vec<_> = run(list.items().map(Result::unwrap).collect());
        prop_assert_eq!(items, pages.concat().iter().map(u32::to_string).collect::<Vec<_>>());
        let numbers: Vec<_> = requests.lock().unwrap().iter().map(|request| request.number as usize).collect();
        prop_assert_eq!(numbers, (1..=pages.len()).collect::<Vec<_>>());
    }

    /// A list that begins again for ever ends with an error, when its first page returns.
    #[test]
    fn a_circle_of_pages_is_an_error(length in 1..40_u32) {
        let pages: Vec<Vec<u32>> = (0..length).map(|page| vec![2 * page, 2 * page + 1]).collect();
        let (list, requests) = list(&pages, true);
        let pages: Vec<_> = run(list.pages().collect());
        prop_assert_eq!(pages.last().unwrap().as_ref().unwrap_err().kind(), ErrorKind::Paging);
        prop_assert!(pages.iter().rev().skip(1).all(Result::is_ok));
        prop_assert_eq!(requests.lock().unwrap().len(), length as usize + 1);
    }
}

#[test]
fn a_page_that_repeats_ends_the_list_at_once() {
    let (list, requests) = list(&[vec![1, 2], vec![1, 2], vec![3]], false);
    let items: Vec<_> = run(list.items().collect());
    let [Ok(_), Ok(_), Err(error)] = &items[..] else { panic!("{items:?}") };
    assert!(error.kind() == ErrorKind::Paging && error.to_string().contains("page 2 repeats"), "{error}");
    assert_eq!(requests.lock().unwrap().len(), 2);
}

#[test]
fn empty_pages_do_not_continue_for_ever() {
    let (list, requests) = list(&[vec![]], true);
    let items: Vec<_> = run(list.items().collect());
    let [Err(error)] = &items[..] else { panic!("{items:?}") };
    assert!(error.to_string().contains("page 100 is one of too many empty ones"), "{error}");
    assert_eq!(requests.lock().unwrap().len(), 100);
}

#[test]
fn an_item_that_cannot_be_decoded_costs_itself_alone() {
    #[derive(Debug)]
    struct Mixed;
    impl Transport for Mixed {
        fn send<'a>(&'a self, _: &'static Operation, _: Request) -> SendFuture<'a> {
            Box::pin(async { Ok(http::Response::new(r#"{"results":["a",{"x":1},"b"]}"#).into()) })
        }
    }
    let client = Client::builder().transport(Arc::new(Mixed)).build().unwrap();
    let list: List<String> = client.request(reqwest::Method::GET, "/groups/p/things").list();
    let items: Vec<_> = run(list.clone().items().collect());
    let [Ok(_), Err(error), Ok(_)] = &items[..] else { panic!("{items:?}") };
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("`results[1]`"), "{error}");
    assert_eq!(error.call().unwrap().project.as_deref(), Some("p"));
    let pages: Vec<_> = run(list.pages().collect());
    let page = pages[0].as_ref().unwrap();
    assert_eq!((page.items.len(), page.errors.len()), (2, 1));
}
