//! What is tried again, how often, and what the last error tells.

use std::time::Duration;

use atlas_exports::{ErrorKind, RetryPolicy};
use atlas_exports_testing::{FakeAtlas, Fault, Kind};
use tokio::time::Instant;

use crate::common::{builder, exports_of, job};

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_ridden_out() {
    for fault in [Fault::html_502(), Fault::empty_503(), Fault::status(504), Fault::reset(), Fault::truncated()] {
        let atlas = FakeAtlas::start().await;
        let exports = exports_of(&builder(&atlas).retry(RetryPolicy::default()).build().unwrap(), &atlas);
        atlas.fault(fault.times(3));
        exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
        assert_eq!(atlas.exchanges(), 5, "one challenge and four attempts");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_error_tells_how_many_attempts_there_were_and_what_each_met() {
    let atlas = FakeAtlas::start().await;
    let exports = exports_of(&builder(&atlas).retry(RetryPolicy::default()).build().unwrap(), &atlas);
    atlas.fault(Fault::html_502());
    atlas.fault(Fault::reset());
    atlas.fault(Fault::empty_503().always());
    let error = exports.get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 503);
    assert_eq!(error.call().unwrap().attempts.len(), 4);
    let text = format!("{error:?}");
    assert!(text.contains("4 attempts in"), "{text}");
    assert!(text.contains("502 Bad Gateway after") && text.contains("network after"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_atlas_asks_for_is_obeyed() {
    let atlas = FakeAtlas::start().await;
    let exports = exports_of(&builder(&atlas).retry(RetryPolicy::default()).build().unwrap(), &atlas);
    atlas.fault(Fault::rate_limited(9));
    let started = Instant::now();
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(9), "{:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_secs(11), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_policy_ends_the_call_at_once() {
    let atlas = FakeAtlas::start().await;
    let exports = exports_of(&builder(&atlas).retry(RetryPolicy::default()).build().unwrap(), &atlas);
    atlas.fault(Fault::rate_limited(100_000));
    let started = Instant::now();
    let error = exports.get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(100_000)));
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_stalled_attempt_is_cut_off_and_made_again() {
    let atlas = FakeAtlas::start().await;
    for fault in [Fault::stalled_body(Duration::from_secs(60)), Fault::slow_headers(Duration::from_secs(60))] {
        let policy = RetryPolicy::default();
        let client = builder(&atlas).retry(policy).attempt_timeout(Duration::from_millis(200)).build().unwrap();
        atlas.fault(fault);
        exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
    }
}

#[tokio::test]
async fn what_will_not_pass_is_asked_once() {
    let atlas = FakeAtlas::start().await;
    let exports = exports_of(&builder(&atlas).retry(RetryPolicy::default()).build().unwrap(), &atlas);
    atlas.fault(Fault::api_error(404, "RESOURCE_NOT_FOUND", "no such job"));
    let error = exports.get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(atlas.exchanges(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_call_ends_in_time_with_all_its_attempts() {
    let atlas = FakeAtlas::start().await;
    let limit = Duration::from_millis(700);
    let policy = RetryPolicy::default().max_attempts(100);
    let exports = exports_of(&builder(&atlas).retry(policy).timeout(limit).build().unwrap(), &atlas);
    atlas.fault(Fault::empty_503().always());
    let started = Instant::now();
    let error = exports.get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Api | ErrorKind::Timeout), "{error:?}");
    assert!(started.elapsed() <= limit + Duration::from_millis(10), "{:?}", started.elapsed());
}
