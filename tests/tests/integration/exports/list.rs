//! Lists: which pages are asked for, and when.

use atlas_exports::{ErrorKind, ExportJob};
use atlas_exports_testing::{FakeAtlas, FakeResponse, Fault, NewJob, Script};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::json;

use crate::common::{asked, open};

async fn with_jobs(count: usize) -> (FakeAtlas, atlas_exports::Exports, Vec<String>) {
    let (atlas, exports) = open().await;
    let mut ids: Vec<_> = atlas.jobs().iter().map(|job| job.id.clone()).collect();
    ids.extend(atlas.seed_jobs(count - ids.len(), NewJob::new(Script::staying("Queued"))));
    (atlas, exports, ids)
}

fn ids(jobs: &[ExportJob]) -> Vec<String> {
    jobs.iter().map(|job| job.id.to_string()).collect()
}

#[tokio::test]
async fn every_job_is_listed_with_the_fewest_requests() {
    for (jobs, pages) in [(999, 2), (1000, 3)] {
        let (atlas, exports, wanted) = with_jobs(jobs).await;
        let jobs: Vec<_> = exports.list().items().try_collect().await.unwrap();
        assert_eq!(ids(&jobs), wanted);
        let query = |page: u32| format!("GET exports?includeCount=false&itemsPerPage=500&pageNum={page}");
        let queries: Vec<_> = (1..=pages).map(query).collect();
        assert_eq!(asked(&atlas), queries, "a full page without a count and a link is followed by one more");
    }
}

#[tokio::test]
async fn a_page_is_asked_for_only_when_it_is_wanted() {
    let (atlas, exports, _) = with_jobs(25).await;
    let mut items = exports.list().page_size(10).items();
    assert_eq!(atlas.exchanges(), 0, "nothing is asked for before the first item is wanted");
    for (taken, pages) in [(10, 1), (1, 2), (9, 2), (5, 3)] {
        for _ in 0..taken {
            items.next().await.unwrap().unwrap();
        }
        assert_eq!(atlas.exchanges(), pages);
    }
    assert!(items.next().await.is_none() && items.next().await.is_none());
    assert_eq!(atlas.exchanges(), 3, "the end takes no request");
}

#[tokio::test]
async fn pages_tell_their_number_and_the_estimate_of_the_whole() {
    let (_atlas, exports, _) = with_jobs(25).await;
    let pages: Vec<_> = exports.list().page_size(10).pages().try_collect().await.unwrap();
    let told: Vec<_> = pages.iter().map(|page| (page.number, page.items.len(), page.total_count)).collect();
    assert_eq!(told, [(1, 10, Some(25)), (2, 10, Some(25)), (3, 5, Some(25))]);
}

/// Each page's results, and whether it has a next link, by page number.
fn scripted(atlas: &FakeAtlas, path: &str, page: impl Fn(u32) -> (serde_json::Value, bool) + Send + Sync + 'static) {
    atlas.respond_with("GET", path, move |request| {
        let number = request.query.split('&').find_map(|pair| pair.strip_prefix("pageNum=")).unwrap().parse().unwrap();
        let (results, more) = page(number);
        // Where the link leads must not matter.
        let links =
            if more { json!([{"rel": "next", "href": "http://internal.example/?pageNum=77"}]) } else { json!([]) };
        FakeResponse::json(200, json!({"links": links, "results": results}))
    });
}

const JOBS: &str = "/groups/*/clusters/*/backup/exports";
const BUCKETS: &str = "/groups/*/backup/exportBuckets";

#[tokio::test]
async fn an_empty_page_with_a_next_link_is_not_the_end() {
    let (atlas, exports) = open().await;
    scripted(&atlas, JOBS, |page| match page {
        1 | 2 => (json!([]), true),
        3 => (json!([{"id": "5fb1a8c0e2c4d84c1e4f0001"}]), true),
        _ => (json!(null), false),
    });
    let jobs: Vec<_> = exports.list().items().try_collect().await.unwrap();
    assert_eq!((jobs.len(), atlas.exchanges()), (1, 4));
}

#[tokio::test]
async fn a_page_that_repeats_is_an_error_for_jobs_and_for_buckets() {
    let (atlas, exports) = open().await;
    let same = |_| (json!([{"id": "5fb1a8c0e2c4d84c1e4f0001", "_id": "5fb1a8c0e2c4d84c1e4f0001"}]), true);
    scripted(&atlas, JOBS, same);
    scripted(&atlas, BUCKETS, same);
    let jobs: Vec<_> = exports.list().items().collect().await;
    assert!(matches!(&jobs[..], [Ok(_), Err(error)] if error.kind() == ErrorKind::Paging), "{jobs:?}");
    assert_eq!(atlas.exchanges(), 2);
    let error = jobs[1].as_ref().unwrap_err().to_string();
    assert!(error.contains("list export jobs of cluster Cluster0") && error.contains("page 2 repeats"), "{error}");
    let buckets = crate::common::client(&atlas).export_buckets(atlas.project_id().parse().unwrap());
    let buckets: Vec<_> = buckets.list().items().collect().await;
    assert!(matches!(&buckets[..], [Ok(_), Err(error)] if error.kind() == ErrorKind::Paging), "{buckets:?}");
}

#[tokio::test]
async fn a_wrong_page_size_is_refused_with_the_rule_and_nothing_is_sent() {
    let (atlas, exports) = open().await;
    for size in [0, 501] {
        let error = exports.list().page_size(size).items().next().await.unwrap().unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains("between 1 and 500"), "{error}");
        assert!(exports.list().page_size(size).pages().next().await.unwrap().is_err());
    }
    assert_eq!(atlas.exchanges(), 0);
}

#[tokio::test]
async fn an_error_ends_the_list_after_what_was_read() {
    let (atlas, exports, _) = with_jobs(20).await;
    atlas.fault(Fault::api_error(403, "FORBIDDEN", "no").nth(2));
    let jobs: Vec<_> = exports.list().page_size(10).items().collect().await;
    assert_eq!(jobs.iter().filter(|job| job.is_ok()).count(), 10);
    assert_eq!(jobs.len(), 11);
    assert_eq!(jobs[10].as_ref().unwrap_err().status().unwrap().as_u16(), 403);
}

#[tokio::test]
async fn a_list_pays_one_challenge_and_works_enveloped() {
    let atlas = FakeAtlas::start().await;
    atlas.seed_jobs(40, NewJob::new(Script::staying("Queued")));
    let client = crate::common::builder(&atlas).envelope(true).build().unwrap();
    let jobs: Vec<_> =
        crate::common::exports_of(&client, &atlas).list().page_size(10).items().try_collect::<Vec<_>>().await.unwrap();
    assert_eq!((jobs.len(), atlas.exchanges()), (50, 7), "one challenge, five pages, and one to find the end");
}

#[tokio::test]
async fn no_page_of_a_long_list_is_fetched_before_it_is_needed() {
    const PAGES: u32 = 20;
    fn is_ready_to_travel<T: Send + Unpin + 'static>(_: &T) {}
    let (atlas, exports) = open().await;
    scripted(&atlas, JOBS, |page| {
        let items = if page <= PAGES { 0..500 } else { 0..0 };
        let results: Vec<_> = items.map(|item| json!({"id": format!("{:024x}", page * 500 + item)})).collect();
        (json!(results), page < PAGES)
    });
    let mut items = exports.list().items();
    is_ready_to_travel(&items);
    let mut count = 0;
    while items.try_next().await.unwrap().is_some() {
        count += 1;
        assert!(atlas.exchanges() <= count / 500 + 1, "{count} items take no {} pages", atlas.exchanges());
    }
    assert_eq!(
        (count, atlas.exchanges()),
        (PAGES as usize * 500, PAGES as usize + 1),
        "a full page without a link is followed by one more"
    );
}
