//! Creating a job and waiting for it: never two jobs, whatever happens to the response.

use std::time::Duration;

use atlas_exports::{ErrorKind, NewExport, RetryPolicy};
use atlas_exports_testing::{FakeAtlas, Fault, NewJob, Script};
use futures_util::TryStreamExt;
use serde_json::json;
use tokio::time::Instant;

use crate::common::{asked, open, times};

const SNAPSHOT: &str = "5fb1a7d2e2c4d84c1e4f0123";
const JOBS: &str = "/groups/*/clusters/*/backup/exports";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn new(atlas: &FakeAtlas) -> NewExport {
    NewExport::new(SNAPSHOT.parse().unwrap(), atlas.bucket_id().parse().unwrap())
}

fn posts(atlas: &FakeAtlas) -> usize {
    asked(atlas).iter().filter(|request| request.starts_with("POST")).count()
}

#[tokio::test(start_paused = true)]
async fn a_job_is_created_once_and_polled_after_the_interval() {
    let (atlas, exports) = open().await;
    let job = exports.create_and_wait(new(&atlas)).poll_interval(seconds(15)).await.unwrap();
    assert!(job.is_successful());
    assert_eq!(asked(&atlas), ["POST exports", &format!("GET {}", job.id)]);
    assert!(times(&atlas)[1] >= seconds(15), "the response to the creation counts as the first poll");
}

#[tokio::test(start_paused = true)]
async fn updates_begin_with_the_created_job() {
    let (atlas, exports) = open().await;
    let updates = exports.create_and_wait(new(&atlas)).poll_interval(seconds(5)).updates();
    let states: Vec<_> = updates.map_ok(|job| job.state.unwrap().to_string()).try_collect().await.unwrap();
    assert_eq!(states, ["Queued", "InProgress", "Successful"]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_response_creates_no_second_job() {
    for fault in [
        Fault::lost_response(),
        Fault::reset_midway(),
        Fault::truncated(),
        Fault::bad_json(),
        Fault::html_502().after_processing(),
        Fault::status(500).after_processing(),
        Fault::status(504).after_processing(),
        Fault::slow_headers(seconds(100)),
        Fault::stalled_body(seconds(100)),
    ] {
        let (atlas, _) = open().await;
        let client = crate::common::builder(&atlas).retry(RetryPolicy::default()).build().unwrap();
        let exports = crate::common::exports_of(&client, &atlas);
        atlas.fault(fault.clone().on_method("POST"));
        let job = exports.create_and_wait(new(&atlas)).await.unwrap();
        assert_eq!((posts(&atlas), atlas.created_jobs().len()), (1, 1), "{fault:?}");
        assert_eq!(atlas.created_jobs()[0]["id"], json!(job.id));
        let lists = asked(&atlas).iter().filter(|request| request.contains("exports?")).count();
        assert_eq!(lists, 1, "one search is enough: {:?}", asked(&atlas));
    }
}

#[tokio::test(start_paused = true)]
async fn an_older_job_of_the_same_snapshot_and_bucket_is_not_taken() {
    let (atlas, exports) = open().await;
    let older = exports.create(new(&atlas)).await.unwrap();
    let foreign = atlas.add_job(NewJob::new(Script::staying("Queued")).snapshot(SNAPSHOT));
    tokio::time::sleep(seconds(5)).await;
    atlas.fault(Fault::lost_response().on_method("POST"));
    let job = exports.create_and_wait(new(&atlas)).await.unwrap();
    assert!(job.id != older.id && job.id.as_str() != foreign);
    assert_eq!(atlas.created_jobs().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_job_with_other_custom_data_is_not_taken() {
    let (atlas, exports) = open().await;
    atlas.fault(Fault::lost_response().on_method("POST").times(2));
    let (one, other) = tokio::join!(
        exports.create_and_wait(new(&atlas).custom_data("who", "one")),
        exports.create_and_wait(new(&atlas).custom_data("who", "other")),
    );
    for (job, who) in [(one.unwrap(), "one"), (other.unwrap(), "other")] {
        assert_eq!(job.custom_data.unwrap()[0].value.as_deref(), Some(who));
    }
    // One that comes first in the list, and that nobody took.
    atlas.fault(Fault::lost_response().on_method("POST").times(2));
    let (_, job) = tokio::join!(
        exports.create(new(&atlas).custom_data("who", "a third")),
        exports.create_and_wait(new(&atlas).custom_data("who", "a fourth")),
    );
    assert_eq!(job.unwrap().custom_data.unwrap()[0].value.as_deref(), Some("a fourth"));
}

#[tokio::test(start_paused = true)]
async fn two_lost_responses_never_lead_to_the_same_job() {
    let (atlas, exports) = open().await;
    atlas.fault(Fault::lost_response().on_method("POST").times(2));
    let (one, other) = tokio::join!(exports.create_and_wait(new(&atlas)), exports.create_and_wait(new(&atlas)));
    assert_ne!(one.unwrap().id, other.unwrap().id);
    assert_eq!(atlas.created_jobs().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_clock_of_the_server_counts() {
    for wrong in [-86_400_i64, 86_400] {
        let day = Duration::from_secs(wrong.unsigned_abs());
        let now = std::time::SystemTime::now();
        let clock = if wrong < 0 { now - day } else { now + day };
        let atlas = FakeAtlas::builder().without_authentication().clock(clock).start().await;
        let exports = crate::common::exports(&atlas);
        let old = atlas.add_job(NewJob::new(Script::staying("Queued")).snapshot(SNAPSHOT));
        tokio::time::sleep(seconds(5)).await;
        atlas.fault(Fault::lost_response().on_method("POST"));
        let job = exports.create_and_wait(new(&atlas)).await.unwrap();
        assert_ne!(job.id.as_str(), old);
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_on_a_later_page_is_found() {
    let (atlas, exports) = open().await;
    atlas.seed_jobs(1200, NewJob::new(Script::staying("Queued")));
    atlas.fault(Fault::lost_response().on_method("POST"));
    exports.create_and_wait(new(&atlas)).await.unwrap();
    assert_eq!(atlas.created_jobs().len(), 1);
    let lists = asked(&atlas).iter().filter(|request| request.contains("exports?")).count();
    assert_eq!(lists, 3);
}

#[tokio::test(start_paused = true)]
async fn retryable_failures_of_the_search_are_polled_again() {
    let (atlas, exports) = open().await;
    atlas.fault(Fault::lost_response().on_method("POST"));
    atlas.fault(Fault::html_502().on("GET", JOBS).times(3));
    exports.create_and_wait(new(&atlas)).await.unwrap();
    assert_eq!((posts(&atlas), atlas.created_jobs().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn when_no_job_appears_the_outcome_is_unknown_and_nothing_is_sent_again() {
    let (atlas, exports) = open().await;
    atlas.fault(Fault::reset().on_method("POST"));
    let started = Instant::now();
    let error = exports.create_and_wait(new(&atlas)).await.unwrap_err();
    assert!(error.kind() == ErrorKind::CreateUnknown && error.outcome_unknown(), "{error:?}");
    assert!(error.to_string().ends_with("the response was lost, and no such job was found"), "{error}");
    assert!(error.hint().unwrap().contains("look through the list before creating it again"), "{error:?}");
    assert!((seconds(30)..seconds(40)).contains(&started.elapsed()), "{:?}", started.elapsed());
    assert_eq!((posts(&atlas), atlas.created_jobs().len()), (1, 0));
    assert!(atlas.exchanges() < 8);
}

#[tokio::test(start_paused = true)]
async fn when_the_list_is_refused_the_error_says_so() {
    let (atlas, exports) = open().await;
    atlas.fault(Fault::lost_response().on_method("POST"));
    atlas.fault(Fault::status(403).on("GET", JOBS));
    let error = exports.create_and_wait(new(&atlas)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CreateUnknown, "{error:?}");
    assert!(
        error.to_string().contains("the search for the job failed") && error.to_string().contains("403"),
        "{error}"
    );
    assert_eq!((posts(&atlas), atlas.exchanges()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_refused_creation_is_not_searched_for() {
    let (atlas, exports) = open().await;
    atlas.fault(Fault::api_error(409, "EXPORT_ALREADY_IN_PROGRESS", "no"));
    let error = exports.create_and_wait(new(&atlas)).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), atlas.exchanges()), (409, 1));
}

#[tokio::test(start_paused = true)]
async fn a_new_job_may_be_unknown_for_half_a_minute() {
    let (atlas, exports) = open().await;
    atlas.fault(Fault::api_error(404, "RESOURCE_NOT_FOUND", "not yet").on_method("GET").times(2));
    exports.create_and_wait(new(&atlas)).poll_interval(seconds(10)).await.unwrap();
    atlas.fault(Fault::api_error(404, "RESOURCE_NOT_FOUND", "not ever").on_method("GET").always());
    let started = Instant::now();
    let error = exports.create_and_wait(new(&atlas)).poll_interval(seconds(10)).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(started.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_new_job_may_be_unknown_to_other_waits_too() {
    let (atlas, exports) = open().await;
    let (one, other) = (exports.create(new(&atlas)).await.unwrap(), exports.create(new(&atlas)).await.unwrap());
    atlas.fault(Fault::api_error(404, "RESOURCE_NOT_FOUND", "not yet").on("GET", &format!("{JOBS}/*")).times(3));
    exports.wait(&one.id).poll_interval(seconds(10)).await.unwrap();
    let results = exports.wait_many([&other.id]).poll_interval(seconds(10)).await;
    assert!(results[0].1.is_ok(), "{results:?}");
}

#[tokio::test(start_paused = true)]
async fn the_timeout_includes_the_creation() {
    let (atlas, exports) = open().await;
    atlas.fault(Fault::slow_headers(seconds(25)).on_method("POST"));
    let started = Instant::now();
    let error = exports.create_and_wait(new(&atlas)).timeout(seconds(20)).await.unwrap_err();
    assert!(error.kind() == ErrorKind::CreateUnknown, "{error:?}");
    assert_eq!((started.elapsed().as_secs(), atlas.exchanges()), (20, 1));

    atlas.script_created_jobs(Script::staying("InProgress"));
    let error = exports.create_and_wait(new(&atlas)).timeout(seconds(20)).await.unwrap_err();
    assert!(error.kind() == ErrorKind::WaitTimedOut && error.job().is_some(), "{error:?}");
    assert_eq!(started.elapsed().as_secs(), 40);
}
