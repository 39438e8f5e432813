//! Waits for many jobs: few requests, and one result for each job.

use std::{collections::HashMap, time::Duration};

use atlas_exports::{Error, ErrorKind, ExportId, ExportJob};
use atlas_exports_testing::{FakeResponse, Fault, Kind, NewJob, Script};
use futures_util::StreamExt;
use serde_json::json;
use tokio::time::Instant;

use crate::common::{asked, job, open, times};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn ids(texts: &[String]) -> Vec<ExportId> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

const LIST: &str = "/groups/*/clusters/*/backup/exports";

fn timed(end: &str, after: u64) -> NewJob {
    NewJob::new(Script::timed([("InProgress", 0), (end, after)]))
}

/// Returns the results by id, after a check that each came once.
fn once(ended: Vec<(ExportId, Result<ExportJob, Error>)>) -> HashMap<ExportId, Result<ExportJob, Error>> {
    let count = ended.len();
    let ends: HashMap<_, _> = ended.into_iter().collect();
    assert_eq!(ends.len(), count, "an id has two results");
    ends
}

#[tokio::test(start_paused = true)]
async fn each_job_has_one_result_of_its_own() {
    let (atlas, exports) = open().await;
    let good = atlas.seed_jobs(30, timed("Successful", 100));
    let bad = atlas.seed_jobs(30, timed("Failed", 200));
    let (good, bad) = (ids(&good), ids(&bad));
    let unknown: ExportId = "5f3c5a1e8e4b2a00ffffffff".parse().unwrap();
    let cancelled = job(&atlas, Kind::Cancelled);
    let all = good.iter().chain(&bad).chain(&good).chain([&unknown, &cancelled]);
    let ends = once(exports.wait_many(all).poll_interval(seconds(30)).await);
    assert_eq!(ends.len(), 62);
    assert!(good.iter().all(|id| ends[id].as_ref().is_ok_and(|job| job.is_successful() && job.id == *id)));
    assert!(bad.iter().all(|id| matches!(&ends[id], Err(error) if error.kind() == ErrorKind::ExportFailed && error.job().unwrap().id == *id)));
    assert!(matches!(&ends[&cancelled], Err(error) if error.kind() == ErrorKind::ExportCancelled));
    assert!(ends[&unknown].as_ref().unwrap_err().is_not_found());
}

#[tokio::test(start_paused = true)]
async fn a_page_is_read_instead_of_its_jobs() {
    let (atlas, exports) = open().await;
    let jobs = ids(&atlas.seed_jobs(300, timed("Successful", 95)));
    let ends = once(exports.wait_many(&jobs).poll_interval(seconds(30)).await);
    assert_eq!(ends.len(), 300);
    let query = |count| format!("GET exports?includeCount={count}&itemsPerPage=500&pageNum=1");
    let (first, later) = (query(true), query(false));
    assert_eq!(asked(&atlas), [first, later.clone(), later.clone(), later.clone(), later]);
    assert!(times(&atlas).windows(2).all(|two| two[1] - two[0] >= seconds(30)));
}

#[tokio::test(start_paused = true)]
async fn a_single_job_is_polled_by_itself_and_so_is_the_last_one() {
    let (atlas, exports) = open().await;
    let one = ids(&[atlas.add_job(timed("Successful", 10)), atlas.add_job(timed("Successful", 100))]);
    once(exports.wait_many(&one).poll_interval(seconds(30)).await);
    let asked = asked(&atlas);
    assert!(asked[0].contains("exports?"), "{asked:?}");
    assert!(asked[2..].iter().all(|request| *request == format!("GET {}", one[1])), "{asked:?}");
    atlas.reset_requests();
    once(exports.wait_many([&one[0]]).await);
    assert_eq!(crate::common::asked(&atlas), [format!("GET {}", one[0])]);
}

#[tokio::test(start_paused = true)]
async fn thousands_of_jobs_take_a_request_for_each_page() {
    let (atlas, exports) = open().await;
    let jobs = ids(&atlas.seed_jobs(5000, timed("Successful", 300)));
    let ends = once(exports.wait_many(&jobs).poll_interval(seconds(120)).await);
    assert_eq!(ends.len(), 5000);
    assert!(atlas.exchanges() <= 11 * 4, "{} requests", atlas.exchanges());
}

#[tokio::test(start_paused = true)]
async fn results_come_as_the_jobs_end() {
    let (atlas, exports) = open().await;
    let jobs = ids(&[atlas.add_job(timed("Successful", 10)), atlas.add_job(timed("Successful", 5000))]);
    let started = Instant::now();
    let mut ended = exports.wait_many(&jobs).poll_interval(seconds(30)).results();
    assert_eq!(ended.next().await.unwrap().0, jobs[0]);
    assert!(started.elapsed() < seconds(60));
    assert_eq!(ended.next().await.unwrap().0, jobs[1]);
    assert!(ended.next().await.is_none() && ended.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn retryable_failures_are_polled_again() {
    let (atlas, exports) = open().await;
    let jobs = ids(&atlas.seed_jobs(40, timed("Successful", 95)));
    for (at, fault) in
        [Fault::html_502(), Fault::reset(), Fault::truncated(), Fault::rate_limited(90)].into_iter().enumerate()
    {
        atlas.fault(fault.nth(at as u64 + 1));
    }
    let ends = once(exports.wait_many(&jobs).poll_interval(seconds(30)).await);
    assert!(ends.values().all(Result::is_ok));
    let times = times(&atlas);
    assert!(times.windows(2).all(|two| two[1] - two[0] >= seconds(30)), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn one_job_that_always_fails_does_not_hold_up_the_others() {
    let (atlas, exports) = open().await;
    let jobs = ids(&atlas.seed_jobs(3, timed("Successful", 95)));
    // Without the list there is nothing but single requests.
    atlas.fault(Fault::wrong_type("results").on("GET", LIST).always());
    atlas.fault(Fault::status(500).on("GET", &format!("{LIST}/{}", jobs[1])).always());
    let started = Instant::now();
    let mut ended = exports.wait_many(&jobs).poll_interval(seconds(30)).error_tolerance(seconds(300)).results();
    for _ in 0..2 {
        let (id, end) = ended.next().await.unwrap();
        assert!(id != jobs[1] && end.is_ok());
    }
    assert!(started.elapsed() < seconds(200), "{:?}", started.elapsed());
    let (id, end) = ended.next().await.unwrap();
    assert_eq!((id, end.unwrap_err().status().unwrap().as_u16()), (jobs[1].clone(), 500));
    assert!((seconds(300)..seconds(340)).contains(&started.elapsed()), "{:?}", started.elapsed());
    assert!(ended.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_item_of_a_page_that_cannot_be_decoded_is_polled_by_itself_and_fails_alone() {
    let (atlas, exports) = open().await;
    let jobs: Vec<ExportId> = (1..=3).map(|number| format!("{number:024x}").parse().unwrap()).collect();
    let document = |number: u32| {
        let created: serde_json::Value = if number == 2 { json!(2) } else { json!("2026-11-24T15:00:00Z") };
        json!({"id": format!("{number:024x}"), "state": "Successful", "createdAt": created})
    };
    let documents = [1, 2, 3].map(document);
    atlas.respond_with("GET", LIST, move |_| FakeResponse::json(200, json!({"results": documents})));
    atlas.respond_with("GET", &format!("{LIST}/*"), move |_| FakeResponse::json(200, document(2)));
    let ends = once(exports.wait_many(&jobs).await);
    assert!(ends[&jobs[0]].is_ok() && ends[&jobs[2]].is_ok(), "{ends:?}");
    assert_eq!(ends[&jobs[1]].as_ref().unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(asked(&atlas)[1..], [format!("GET {}", jobs[1])]);
}

#[tokio::test(start_paused = true)]
async fn when_the_list_is_not_found_all_jobs_get_that_error() {
    let (atlas, exports) = open().await;
    let jobs = ids(&atlas.seed_jobs(3, timed("Successful", 95)));
    atlas.fault(Fault::api_error(404, "CLUSTER_NOT_FOUND", "no such cluster").on("GET", LIST));
    let ends = once(exports.wait_many(&jobs).await);
    assert!(ends.values().all(|end| end.as_ref().unwrap_err().is_not_found()), "{ends:?}");
    assert_eq!((ends.len(), atlas.exchanges()), (3, 1));
}

/// A job that fails each time is passed by at once; a second failure in a row, which may be the server's, makes the wait
/// pause, and so does whatever asks for it.
#[tokio::test(start_paused = true)]
async fn polls_one_by_one_pause_after_a_second_failure_or_when_the_server_asks_for_it() {
    for (faults, paused) in [
        (vec![Fault::status(500)], None),
        (vec![Fault::status(500), Fault::status(500)], Some(2)),
        (vec![Fault::rate_limited(0)], Some(1)),
        (vec![Fault::api_error(429, "RATE_LIMITED", "slow down")], Some(1)),
    ] {
        let (atlas, exports) = open().await;
        let jobs = ids(&atlas.seed_jobs(4, timed("Successful", 1)));
        atlas.fault(Fault::wrong_type("results").on("GET", LIST).always());
        for fault in faults.clone() {
            atlas.fault(fault.on("GET", &format!("{LIST}/*")));
        }
        tokio::time::sleep(seconds(2)).await;
        let mut results = exports.wait_many(&jobs).poll_interval(seconds(30)).results();
        while results.next().await.is_some() {}
        let gaps: Vec<_> = times(&atlas).windows(2).map(|two| two[1] - two[0] >= seconds(30)).collect();
        // The request of the list, four polls of jobs, and in the next round those that failed.
        let expected: Vec<_> = (0..4 + faults.len()).map(|gap| Some(gap) == paused || gap == 4).collect();
        assert_eq!(gaps, expected, "{faults:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn when_every_poll_fails_all_jobs_get_that_error() {
    let (atlas, exports) = open().await;
    let jobs = ids(&atlas.seed_jobs(20, timed("Successful", 10_000)));
    let started = Instant::now();
    atlas.fault(Fault::empty_503().always());
    let ends = once(exports.wait_many(&jobs).poll_interval(seconds(30)).error_tolerance(seconds(300)).await);
    assert_eq!(ends.len(), 20);
    assert!(ends.values().all(|end| end.as_ref().unwrap_err().status().unwrap().as_u16() == 503));
    assert_eq!((started.elapsed().as_secs(), atlas.exchanges()), (300, 11));
    atlas.clear_faults();
    atlas.reset_requests();
    atlas.fault(Fault::api_error(401, "UNEXPECTED_ERROR", "wrong key"));
    let ends = once(exports.wait_many(&jobs).await);
    assert!(ends.values().all(|end| end.as_ref().unwrap_err().is_unauthorized()));
    assert_eq!((ends.len(), atlas.exchanges()), (20, 1));
    // Also when the jobs are polled one by one, because the list cannot be read.
    atlas.clear_faults();
    for refusal in [Fault::api_error(401, "X", "wrong key"), Fault::api_error(403, "X", "no role")] {
        atlas.reset_requests();
        atlas.fault(Fault::wrong_type("results").on("GET", LIST));
        atlas.fault(refusal.on("GET", &format!("{LIST}/*")));
        let ends = once(exports.wait_many(&jobs).await);
        let is_refused = |error: &Error| error.is_unauthorized() || error.is_forbidden();
        assert!(ends.values().all(|end| is_refused(end.as_ref().unwrap_err())), "{ends:?}");
        assert_eq!((ends.len(), atlas.exchanges()), (20, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn at_the_timeout_each_job_is_returned_as_it_was_last_seen() {
    let (atlas, exports) = open().await;
    let jobs = ids(&atlas.seed_jobs(20, timed("Successful", 10_000)));
    let started = Instant::now();
    let ends = once(exports.wait_many(&jobs).timeout(seconds(600)).await);
    assert_eq!((ends.len(), started.elapsed().as_secs()), (20, 600));
    for (id, end) in &ends {
        let error = end.as_ref().unwrap_err();
        assert!(error.kind() == ErrorKind::WaitTimedOut && error.job().unwrap().id == *id, "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_without_ids_or_with_a_wrong_interval() {
    let (atlas, exports) = open().await;
    assert!(exports.wait_many(Vec::<ExportId>::new()).await.is_empty());
    let ends = exports.wait_many([job(&atlas, Kind::Queued)]).poll_interval(Duration::ZERO).await;
    assert!(matches!(&ends[..], [(_, Err(error))] if error.kind() == ErrorKind::InvalidInput), "{ends:?}");
    assert_eq!(atlas.exchanges(), 0);
}
