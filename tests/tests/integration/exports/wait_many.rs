//! Waiting for many jobs: few requests, and each job once.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use atlas_exports::{Error, ErrorKind, ExportId, ExportJob};
use atlas_exports_testing::{FakeAtlas, Fault, Kind, NewJob, Script};
use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::time::Instant;

use crate::common::{asked, job, open, times};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn ids(texts: &[String]) -> Vec<ExportId> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn timed(end: &str, after: u64) -> NewJob {
    NewJob::new(Script::timed([("InProgress", 0), (end, after)]))
}

/// Each id's end, with the assurance that it came once.
fn once(ended: Vec<(ExportId, Result<ExportJob, Error>)>) -> HashMap<ExportId, Result<ExportJob, Error>> {
    let count = ended.len();
    let ends: HashMap<_, _> = ended.into_iter().collect();
    assert_eq!(ends.len(), count, "an id came twice");
    ends
}

#[tokio::test(start_paused = true)]
async fn each_job_comes_once_with_its_own_end() {
    let (atlas, exports) = open().await;
    let good = atlas.seed_jobs(30, timed("Successful", 100));
    let bad = atlas.seed_jobs(30, timed("Failed", 200));
    let (good, bad) = (ids(&good), ids(&bad));
    let unknown: ExportId = "5f3c5a1e8e4b2a00ffffffff".parse().unwrap();
    let cancelled = job(&atlas, Kind::Cancelled);
    let all = good.iter().chain(&bad).chain(&good).chain([&unknown, &cancelled]);
    let ends = once(exports.wait_many(all).poll_interval(seconds(30)).collect().await);
    assert_eq!(ends.len(), 62);
    assert!(good.iter().all(|id| ends[id].as_ref().is_ok_and(|job| job.is_successful() && job.id == *id)));
    assert!(bad.iter().all(|id| matches!(&ends[id], Err(error) if error.kind() == ErrorKind::ExportFailed && error.job().unwrap().id == *id)));
    assert!(matches!(&ends[&cancelled], Err(error) if error.kind() == ErrorKind::ExportCancelled));
    assert!(ends[&unknown].as_ref().unwrap_err().is_not_found());
}

#[tokio::test(start_paused = true)]
async fn a_page_is_asked_for_instead_of_its_jobs() {
    let (atlas, exports) = open().await;
    let jobs = ids(&atlas.seed_jobs(300, timed("Successful", 95)));
    let ends = once(exports.wait_many(&jobs).poll_interval(seconds(30)).collect().await);
    assert_eq!(ends.len(), 300);
    let query = |count| format!("GET exports?includeCount={count}&itemsPerPage=500&pageNum=1");
    let (first, later) = (query(true), query(false));
    assert_eq!(asked(&atlas), [first, later.clone(), later.clone(), later.clone(), later]);
    assert!(times(&atlas).windows(2).all(|two| two[1] - two[0] >= seconds(30)));
}

#[tokio::test(start_paused = true)]
async fn a_single_job_is_asked_for_by_itself_and_one_left_over_too() {
    let (atlas, exports) = open().await;
    let one = ids(&[atlas.add_job(timed("Successful", 10)), atlas.add_job(timed("Successful", 100))]);
    once(exports.wait_many(&one).poll_interval(seconds(30)).collect().await);
    let asked = asked(&atlas);
    assert!(asked[0].contains("exports?"), "{asked:?}");
    assert!(asked[2..].iter().all(|request| *request == format!("GET {}", one[1])), "{asked:?}");
    atlas.reset_requests();
    once(exports.wait_many([&one[0]]).collect().await);
    assert_eq!(crate::common::asked(&atlas), [format!("GET {}", one[0])]);
}

#[tokio::test(start_paused = true)]
async fn thousands_of_jobs_take_a_request_for_each_page() {
    let (atlas, exports) = open().await;
    let jobs = ids(&atlas.seed_jobs(5000, timed("Successful", 300)));
    let ends = once(exports.wait_many(&jobs).poll_interval(seconds(120)).collect().await);
    assert_eq!(ends.len(), 5000);
    assert!(atlas.exchanges() <= 11 * 4, "{} requests", atlas.exchanges());
}

#[tokio::test(start_paused = true)]
async fn jobs_are_told_as_they_end_and_not_in_the_end() {
    let (atlas, exports) = open().await;
    let jobs = ids(&[atlas.add_job(timed("Successful", 10)), atlas.add_job(timed("Successful", 5000))]);
    let started = Instant::now();
    let mut ended = exports.wait_many(&jobs).poll_interval(seconds(30));
    assert_eq!(ended.next().await.unwrap().0, jobs[0]);
    assert!(started.elapsed() < seconds(60));
    assert_eq!(ended.next().await.unwrap().0, jobs[1]);
    assert!(ended.next().await.is_none() && ended.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_ridden_out() {
    let (atlas, exports) = open().await;
    let jobs = ids(&atlas.seed_jobs(40, timed("Successful", 95)));
    for (at, fault) in
        [Fault::html_502(), Fault::reset(), Fault::truncated(), Fault::rate_limited(90)].into_iter().enumerate()
    {
        atlas.fault(fault.nth(at as u64 + 1));
    }
    let ends = once(exports.wait_many(&jobs).poll_interval(seconds(30)).collect().await);
    assert!(ends.values().all(Result::is_ok));
    let times = times(&atlas);
    assert!(times.windows(2).all(|two| two[1] - two[0] >= seconds(30)), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn one_job_that_cannot_be_asked_for_does_not_hold_up_the_others() {
    let (atlas, exports) = open().await;
    let jobs = ids(&atlas.seed_jobs(3, timed("Successful", 95)));
    // Without the list there is nothing but single requests.
    atlas.fault(Fault::wrong_type("results").on("GET", "/groups/*/clusters/*/backup/exports").always());
    atlas.fault(Fault::status(500).on("GET", &format!("/groups/*/clusters/*/backup/exports/{}", jobs[1])).always());
    let started = Instant::now();
    let mut ended = exports.wait_many(&jobs).poll_interval(seconds(30)).error_tolerance(seconds(300));
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
async fn when_nothing_can_be_asked_all_end_with_that_error() {
    let (atlas, exports) = open().await;
    let jobs = ids(&atlas.seed_jobs(20, timed("Successful", 10_000)));
    let started = Instant::now();
    atlas.fault(Fault::empty_503().always());
    let ends = once(exports.wait_many(&jobs).poll_interval(seconds(30)).error_tolerance(seconds(300)).collect().await);
    assert_eq!(ends.len(), 20);
    assert!(ends.values().all(|end| end.as_ref().unwrap_err().status().unwrap().as_u16() == 503));
    assert_eq!((started.elapsed().as_secs(), atlas.exchanges()), (300, 11));
    atlas.clear_faults();
    atlas.reset_requests();
    atlas.fault(Fault::api_error(401, "UNEXPECTED_ERROR", "wrong key"));
    let ends = once(exports.wait_many(&jobs).collect().await);
    assert!(ends.values().all(|end| end.as_ref().unwrap_err().is_unauthorized()));
    assert_eq!((ends.len(), atlas.exchanges()), (20, 1));
}

#[tokio::test(start_paused = true)]
async fn when_the_time_is_over_each_job_comes_as_it_was_last_seen() {
    let (atlas, exports) = open().await;
    let jobs = ids(&atlas.seed_jobs(20, timed("Successful", 10_000)));
    let started = Instant::now();
    let ends = once(exports.wait_many(&jobs).timeout(seconds(600)).collect().await);
    assert_eq!((ends.len(), started.elapsed().as_secs()), (20, 600));
    for (id, end) in &ends {
        let error = end.as_ref().unwrap_err();
        assert!(error.kind() == ErrorKind::WaitTimedOut && error.job().unwrap().id == *id, "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_ids_are_no_requests_and_neither_is_a_wrong_interval() {
    let (atlas, exports) = open().await;
    assert!(exports.wait_many(Vec::<ExportId>::new()).next().await.is_none());
    let ends: Vec<_> = exports.wait_many([job(&atlas, Kind::Queued)]).poll_interval(Duration::ZERO).collect().await;
    assert!(matches!(&ends[..], [(_, Err(error))] if error.kind() == ErrorKind::InvalidInput), "{ends:?}");
    assert_eq!(atlas.exchanges(), 0);
}

/// Waits over several projects, each with the budget of its own: every minute holds as many requests as the budget and no
/// more, and all jobs are seen.
#[tokio::test(start_paused = true)]
async fn many_waits_share_the_budget_of_their_project_and_all_end() {
    const PROJECTS: usize = 5;
    const WAITS: usize = 120;
    const BUDGET: usize = 60;
    let atlas = FakeAtlas::builder().without_authentication().start().await;
    let client = crate::common::builder(&atlas).poll_rate_limit(BUDGET as u32).build().unwrap();
    let waits = FuturesUnordered::new();
    for project in 0..PROJECTS {
        let project = format!("{project:024x}");
        let exports = client.exports(project.parse().unwrap(), "Cluster0").unwrap();
        for id in atlas.seed_jobs(WAITS, timed("Successful", 400).in_cluster(&project, "Cluster0")) {
            waits.push(exports.wait(&id.parse().unwrap()).into_future());
        }
    }
    let ended: Vec<_> = waits.collect().await;
    assert_eq!(ended.iter().filter(|end| end.is_ok()).count(), PROJECTS * WAITS);
    for project in 0..PROJECTS {
        let project = format!("/{project:024x}/");
        let times: Vec<_> = atlas
            .requests()
            .iter()
            .filter(|request| request.path.contains(&project))
            .map(|request| request.at)
            .collect();
        for (index, start) in times.iter().enumerate() {
            let within = times[index..].iter().take_while(|at| **at < *start + seconds(60)).count();
            assert!(within <= BUDGET, "{within} requests in a minute");
        }
    }
    let seen: HashSet<_> = atlas.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(seen.len(), PROJECTS * WAITS, "nobody starves");
}
