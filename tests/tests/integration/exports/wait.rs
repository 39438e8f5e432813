//! Waits for one job: what is requested, when, and how they end.

use std::time::Duration;

use atlas_exports::{Error, ErrorKind, ExportId, ExportState, Exports};
use atlas_exports_testing::{FakeAtlas, FakeResponse, Fault, Kind, NewJob, Script};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::json;
use tokio::time::Instant;

use crate::common::{job, open, times};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn moving(atlas: &FakeAtlas, states: &[&str]) -> ExportId {
    atlas.add_job(NewJob::new(Script::per_poll(states.iter().copied()))).parse().unwrap()
}

/// Waits for a job with a poll every ten seconds.
async fn poll(exports: &Exports, id: &ExportId) -> Result<atlas_exports::ExportJob, Error> {
    exports.wait(id).poll_interval(seconds(10)).await
}

#[tokio::test(start_paused = true)]
async fn a_job_that_has_ended_takes_one_request() {
    for kind in [Kind::ReplicaSet, Kind::Failed, Kind::Cancelled] {
        let (atlas, exports) = open().await;
        let ended = exports.wait(&job(&atlas, kind)).await;
        assert_eq!(atlas.exchanges(), 1);
        match (kind, ended) {
            (Kind::ReplicaSet, Ok(job)) => assert!(job.is_successful()),
            (Kind::Failed, Err(error)) if error.kind() == ErrorKind::ExportFailed => {
                assert!(error.job().unwrap().failure().is_some());
                assert!(error.to_string().contains("of cluster Cluster0 in project"), "{error}");
                assert!(error.hint().unwrap().contains("create a new job"), "{error:?}");
            }
            (Kind::Cancelled, Err(error)) if error.kind() == ErrorKind::ExportCancelled => {
                assert_eq!(error.job().unwrap().state, Some(ExportState::Cancelled));
            }
            (kind, ended) => panic!("{kind:?} ended with {ended:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_state_ends_the_wait_only_with_finished_at() {
    let (atlas, exports) = open().await;
    let id = atlas.add_job(NewJob::new(Script::per_poll(["Queued", "Baking", "Evaporated"]).finished()));
    let error = poll(&exports, &id.parse().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ExportEndedUnknown, "{error:?}");
    assert!(error.job().unwrap().finished_at.is_some());
    assert!(error.to_string().contains("unknown state Evaporated"), "{error}");
    assert_eq!(atlas.exchanges(), 3);
}

#[tokio::test(start_paused = true)]
async fn polls_keep_the_interval() {
    let (atlas, exports) = open().await;
    let id = moving(&atlas, &["Queued", "Queued", "InProgress", "Successful"]);
    poll(&exports, &id).await.unwrap();
    let gaps: Vec<_> = times(&atlas).windows(2).map(|two| two[1] - two[0]).collect();
    assert_eq!(gaps.len(), 3);
    assert!(gaps.iter().all(|gap| (seconds(10)..seconds(11)).contains(gap)), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn by_default_pauses_grow_from_5_s_to_60_s_with_jitter() {
    let pauses = async |seed| {
        let (atlas, exports) = open().await;
        let id = atlas.add_job(NewJob::new(Script::timed([("InProgress", 0), ("Successful", 900)])));
        exports.wait(&id.parse().unwrap()).jitter_seed(seed).await.unwrap();
        times(&atlas).windows(2).map(|two| (two[1] - two[0]).as_secs_f64()).collect::<Vec<_>>()
    };
    let (one, other) = (pauses(1).await, pauses(2).await);
    for pauses in [&one, &other] {
        assert!((5.0..7.0).contains(&pauses[0]), "{pauses:?}");
        assert!(pauses.iter().all(|pause| (5.0..61.0).contains(pause)), "{pauses:?}");
        assert!(*pauses.last().unwrap() > 45.0, "{pauses:?}");
        assert!(pauses.len() < 25, "{pauses:?}");
    }
    assert!(one.iter().zip(&other).any(|(one, other)| (one - other).abs() > 0.5));
}

#[tokio::test(start_paused = true)]
async fn retryable_failures_are_polled_again_and_each_poll_is_one_request() {
    let (atlas, _) = open().await;
    let client = crate::common::builder(&atlas).retry(atlas_exports::RetryPolicy::default()).build().unwrap();
    let exports = crate::common::exports_of(&client, &atlas);
    let id = moving(&atlas, &["InProgress", "Successful"]);
    let maintenance = FakeResponse::text(200, "text/html", "<html>down for maintenance</html>");
    let faults = [
        Fault::html_502(),
        Fault::empty_503(),
        Fault::status(500),
        Fault::status(408),
        Fault::reset(),
        Fault::reset_midway(),
        Fault::truncated(),
        Fault::bad_json(),
        Fault::slow_headers(seconds(50)),
        Fault::stalled_body(seconds(50)),
        Fault::respond(maintenance),
    ];
    let count = faults.len();
    for fault in faults {
        atlas.fault(fault);
    }
    assert!(poll(&exports, &id).await.unwrap().is_successful());
    assert!(atlas.exchanges() <= count + 2, "{} requests: retries and polls do not multiply", atlas.exchanges());
    assert!(times(&atlas).windows(2).all(|two| two[1] - two[0] >= seconds(10)));
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_the_pause() {
    let (atlas, exports) = open().await;
    let id = moving(&atlas, &["Successful"]);
    atlas.fault(Fault::rate_limited(90));
    poll(&exports, &id).await.unwrap();
    let times = times(&atlas);
    assert!((seconds(90)..seconds(100)).contains(&times[1]), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn failures_that_are_not_retryable_end_the_wait_at_once() {
    for fault in [
        Fault::api_error(401, "UNEXPECTED_ERROR", "wrong key"),
        Fault::api_error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", "no"),
        Fault::api_error(404, "RESOURCE_NOT_FOUND", "no such job"),
        Fault::redirect("https://login.example"),
        Fault::wrong_type("exportStatus"),
    ] {
        let (atlas, exports) = open().await;
        let id = moving(&atlas, &["InProgress"]);
        atlas.fault(fault.nth(3));
        let error = poll(&exports, &id).await.unwrap_err();
        assert_eq!(atlas.exchanges(), 3, "{error}");
        assert!(error.job().is_none() && error.call().unwrap().operation.unwrap().name == "get_export_job");
    }
}

#[tokio::test(start_paused = true)]
async fn consecutive_failures_are_tolerated_for_as_long_as_is_set() {
    let (atlas, exports) = open().await;
    let id = moving(&atlas, &["InProgress"]);
    atlas.fault(Fault::empty_503().always());
    let started = Instant::now();
    let error = exports.wait(&id).poll_interval(seconds(10)).error_tolerance(seconds(60)).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 503);
    assert!((seconds(60)..seconds(61)).contains(&started.elapsed()), "{:?}", started.elapsed());
    assert_eq!(atlas.exchanges(), 7);

    atlas.reset_requests();
    let error = exports.wait(&id).error_tolerance(Duration::ZERO).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), atlas.exchanges()), (503, 1));

    let started = Instant::now();
    exports.wait(&id).await.unwrap_err();
    assert!((seconds(600)..seconds(602)).contains(&started.elapsed()), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn failures_that_are_not_consecutive_do_not_add_up() {
    let (atlas, exports) = open().await;
    let id = atlas.add_job(NewJob::new(Script::timed([("InProgress", 0), ("Successful", 1800)])));
    for block in 0..30 {
        atlas.fault(Fault::empty_503().times(5).nth(block * 8 + 1));
    }
    exports.wait(&id.parse().unwrap()).poll_interval(seconds(10)).error_tolerance(seconds(90)).await.unwrap();
    let failed = atlas.requests().iter().filter(|request| request.status == Some(503)).count();
    assert!(failed > 100, "{failed} failed");
}

#[tokio::test(start_paused = true)]
async fn at_the_timeout_the_error_has_the_job_as_it_was_last_seen() {
    let (atlas, exports) = open().await;
    let id = moving(&atlas, &["InProgress"]);
    let started = Instant::now();
    let error = exports.wait(&id).poll_interval(seconds(10)).timeout(seconds(35)).await.unwrap_err();
    assert!(error.kind() == ErrorKind::WaitTimedOut && std::error::Error::source(&error).is_none(), "{error:?}");
    let (job, waited) = (error.job().unwrap(), error.call().unwrap().elapsed);
    assert_eq!(
        (job.state.clone(), started.elapsed().as_secs(), waited.as_secs()),
        (Some(ExportState::InProgress), 35, 35)
    );
    assert_eq!(atlas.exchanges(), 4);
    assert!(error.to_string().contains("still InProgress after 35"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_timeout_ends_a_poll_a_retry_after_and_the_poll_rate_limit() {
    let (atlas, exports) = open().await;
    let id = moving(&atlas, &["InProgress"]);
    for fault in [Fault::slow_headers(seconds(25)), Fault::stalled_body(seconds(25)), Fault::rate_limited(100_000)] {
        atlas.fault(fault);
        let started = Instant::now();
        let error = exports.wait(&id).timeout(seconds(20)).await.unwrap_err();
        assert!(error.kind() == ErrorKind::WaitTimedOut && error.job().is_none(), "{error:?}");
        assert_eq!(started.elapsed().as_secs(), 20);
        atlas.clear_faults();
    }
    let client = crate::common::builder(&atlas).poll_rate_limit(1).build().unwrap();
    let exports = crate::common::exports_of(&client, &atlas);
    let id = moving(&atlas, &["Successful"]);
    exports.wait(&id).await.unwrap();
    atlas.reset_requests();
    let started = Instant::now();
    let error = exports.wait(&id).timeout(seconds(20)).await.unwrap_err();
    assert!(error.kind() == ErrorKind::WaitTimedOut, "{error:?}");
    assert_eq!((started.elapsed().as_secs(), atlas.exchanges()), (20, 0));
}

#[tokio::test(start_paused = true)]
async fn without_timeout_a_wait_outlasts_a_day() {
    let (atlas, exports) = open().await;
    let id: ExportId =
        atlas.add_job(NewJob::new(Script::timed([("InProgress", 0), ("Successful", 200_000)]))).parse().unwrap();
    let started = Instant::now();
    let error = exports.wait(&id).poll_interval(seconds(1000)).await.unwrap_err();
    assert!(error.kind() == ErrorKind::WaitTimedOut, "{error:?}");
    assert_eq!(started.elapsed().as_secs(), 86_400);
    exports.wait(&id).poll_interval(seconds(1000)).no_timeout().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn updates_show_each_change_once_and_end_with_the_job() {
    let (atlas, exports) = open().await;
    let id = "5fb1a8c0e2c4d84c1e4f1111";
    let script = [("Queued", 0), ("Queued", 0), ("InProgress", 1), ("InProgress", 1), ("InProgress", 4), ("Failed", 4)];
    let polls = std::sync::atomic::AtomicUsize::new(0);
    atlas.respond_with("GET", "/groups/*/clusters/*/backup/exports/*", move |_| {
        let (state, exported) = script[polls.fetch_add(1, std::sync::atomic::Ordering::Relaxed)];
        let status = json!({"exportedCollections": exported, "totalCollections": 4});
        FakeResponse::json(200, json!({"id": id, "state": state, "exportStatus": status}))
    });
    let mut updates = exports.wait(&id.parse().unwrap()).poll_interval(seconds(10)).updates();
    let mut told = Vec::new();
    while let Some(job) = updates.try_next().await.unwrap() {
        told.push((job.state.clone().unwrap().to_string(), job.progress().unwrap().exported));
    }
    let expected = [("Queued", 0), ("InProgress", 1), ("InProgress", 4), ("Failed", 4)];
    assert_eq!(told, expected.map(|(state, exported)| (state.to_owned(), exported)));
    assert_eq!(atlas.exchanges(), 6);
    assert!(updates.next().await.is_none(), "the end stays");
    assert_eq!(atlas.exchanges(), 6);
}

#[tokio::test(start_paused = true)]
async fn updates_end_with_the_error_when_polls_fail_or_at_the_timeout() {
    let (atlas, exports) = open().await;
    let id = moving(&atlas, &["InProgress"]);
    let told: Vec<_> = exports.wait(&id).timeout(seconds(100)).updates().collect().await;
    let [Ok(_), Err(error)] = &told[..] else { panic!("{told:?}") };
    assert!(error.kind() == ErrorKind::WaitTimedOut && error.job().is_some(), "{error:?}");
    atlas.fault(Fault::status(403));
    let told: Vec<_> = exports.wait(&id).updates().collect().await;
    assert!(matches!(&told[..], [Err(error)] if error.is_forbidden()), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_the_first_poll_or_after_the_drop() {
    let (atlas, exports) = open().await;
    let id = moving(&atlas, &["InProgress"]);
    let wait = exports.wait(&id).poll_interval(seconds(1));
    let updates = wait.clone().updates();
    tokio::time::sleep(seconds(60)).await;
    assert_eq!(atlas.exchanges(), 0);
    drop(updates);
    assert!(tokio::time::timeout(seconds(5) + Duration::from_millis(500), wait).await.is_err());
    let asked = atlas.exchanges();
    assert_eq!(asked, 6);
    tokio::time::sleep(seconds(600)).await;
    assert_eq!(atlas.exchanges(), asked);
}

#[tokio::test(start_paused = true)]
async fn zero_is_refused_and_nothing_is_sent() {
    let (atlas, exports) = open().await;
    let wait = || exports.wait(&job(&atlas, Kind::Queued));
    for wait in [wait().poll_interval(Duration::ZERO), wait().timeout(Duration::ZERO)] {
        let error = wait.await.unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidInput, "{error:?}");
    }
    assert_eq!(atlas.exchanges(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_wait_can_be_spawned() {
    let (atlas, exports) = open().await;
    let wait = exports.wait(&job(&atlas, Kind::Successful));
    tokio::spawn(wait.into_future()).await.unwrap().unwrap();
    let updates = exports.wait(&job(&atlas, Kind::Successful)).updates();
    assert_eq!(tokio::spawn(updates.count()).await.unwrap(), 1);
}
