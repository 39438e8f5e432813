//! Export jobs: got, listed, created and waited for.

use std::collections::HashMap;

use atlas_exports::{ErrorKind, ExportId, ExportJob, ExportState, NewExport};
use atlas_exports_testing::{FakeAtlas, Fault, Kind, NewJob, Script};
use futures_util::TryStreamExt;
use serde_json::json;
use tokio::time::Instant;

use super::cell::{Who, World, seconds};
use crate::common::job;

const SNAPSHOT: &str = "5fb1a7d2e2c4d84c1e4f0123";

fn new(world: &World) -> NewExport {
    NewExport::new(SNAPSHOT.parse().unwrap(), world.atlas.bucket_id().parse().unwrap())
}

fn add(world: &World, script: Script) -> ExportId {
    world.atlas.add_job(NewJob::new(script)).parse().unwrap()
}

fn ids(jobs: &[ExportJob]) -> Vec<&str> {
    jobs.iter().map(|job| job.id.as_str()).collect()
}

pub(crate) async fn every_kind_of_job_is_got(world: &World) {
    for kind in Kind::ALL {
        let got = world.exports.get(&job(&world.atlas, kind)).await.unwrap();
        let held = world.atlas.job(&world.atlas.job_id(kind)).unwrap();
        assert_eq!(got, serde_json::from_value(held.clone()).unwrap(), "{kind:?}");
        assert_eq!((json!(got.id), json!(got.state)), (held["id"].clone(), held["state"].clone()));
    }
    assert_eq!(world.count("GET"), Kind::ALL.len());
}

pub(crate) async fn jobs_are_listed_over_pages(world: &World) {
    let mut wanted: Vec<_> = world.atlas.jobs().iter().map(|job| job.id.clone()).collect();
    wanted.extend(world.atlas.seed_jobs(1_100, NewJob::new(Script::staying("Queued"))));
    let jobs: Vec<_> = world.exports.list().items().try_collect().await.unwrap();
    assert_eq!(ids(&jobs), wanted);
    assert_eq!(world.count("GET"), 3, "1110 jobs are three pages");
    assert!(world.atlas.requests().iter().all(|request| request.path.contains("oauth") || !request.query.is_empty()));

    let pages: Vec<_> = world.exports.list().page_size(500).pages().try_collect().await.unwrap();
    let told: Vec<_> = pages.iter().map(|page| (page.number, page.items.len(), page.total_count)).collect();
    assert_eq!(told, [(1, 500, Some(1_110)), (2, 500, Some(1_110)), (3, 110, Some(1_110))]);
}

pub(crate) async fn a_created_job_is_the_one_that_was_asked_for(world: &World) {
    let created = world.exports.create(new(world).custom_data("ticket", "OPS-1")).await.unwrap();
    assert_eq!(created.state, Some(ExportState::Queued));
    assert_eq!(created.snapshot_id.as_ref().unwrap().as_str(), SNAPSHOT);
    assert_eq!(created.export_bucket_id.as_ref().unwrap().as_str(), world.atlas.bucket_id());
    assert_eq!(json!(created.custom_data), json!([{"key": "ticket", "value": "OPS-1"}]));
    assert_eq!(world.exports.get(&created.id).await.unwrap(), created);
    let listed: Vec<_> = world.exports.list().items().try_collect().await.unwrap();
    assert_eq!(listed.last(), Some(&created));
    assert_eq!(world.atlas.created_jobs().len(), 1);
}

pub(crate) async fn a_job_is_followed_to_its_success(world: &World) {
    let states = ["Queued", "Queued", "InProgress", "Successful"];
    let id = add(world, Script::per_poll(states));
    let updates = world.exports.wait(&id).poll_interval(seconds(10)).updates();
    let seen: Vec<_> = updates.map_ok(|job| job.state.unwrap().to_string()).try_collect().await.unwrap();
    assert_eq!(seen, ["Queued", "InProgress", "Successful"], "what did not change is not told");
    assert_eq!(world.count("GET"), states.len());
    let job = world.exports.wait(&id).await.unwrap();
    assert!(job.is_successful() && job.finished_at.is_some() && job.prefix.is_some());
    assert_eq!(world.count("GET"), states.len() + 1, "a job that has ended is asked for once");
}

pub(crate) async fn jobs_that_do_not_succeed_are_told_apart(world: &World) {
    let exports = &world.exports;
    let failing = NewJob::new(Script::per_poll(["InProgress", "Failed"])).failing_with("ACCESS_DENIED", "no");
    let failed = exports.wait(&world.atlas.add_job(failing).parse().unwrap()).await.unwrap_err();
    assert!(failed.kind() == ErrorKind::ExportFailed, "{failed:?}");
    let reason = failed.job().unwrap().state_reason.as_ref().unwrap();
    assert_eq!(json!(reason), json!({"errorCode": "ACCESS_DENIED", "message": "no"}));

    let cancelled = exports.wait(&add(world, Script::per_poll(["Queued", "Cancelled"]))).await.unwrap_err();
    assert!(cancelled.kind() == ErrorKind::ExportCancelled, "{cancelled:?}");
    let ended = exports.wait(&add(world, Script::per_poll(["Queued", "Evaporated"]).finished())).await.unwrap_err();
    assert!(ended.kind() == ErrorKind::ExportEndedUnknown, "{ended:?}");

    let started = Instant::now();
    let slow = exports.wait(&add(world, Script::staying("InProgress"))).timeout(seconds(200)).await.unwrap_err();
    assert!(slow.kind() == ErrorKind::WaitTimedOut && slow.job().is_some(), "{slow:?}");
    assert_eq!(started.elapsed().as_secs(), 200);
}

pub(crate) async fn many_jobs_are_waited_for(world: &World) {
    let job = |state: &'static str, at| NewJob::new(Script::timed([("Queued", 0), ("InProgress", 20), (state, at)]));
    let parse = |ids: Vec<String>| ids.into_iter().map(|id| id.parse().unwrap()).collect::<Vec<ExportId>>();
    let good = parse(world.atlas.seed_jobs(600, job("Successful", 95)));
    let bad = parse(world.atlas.seed_jobs(20, job("Failed", 200)));
    let all = good.iter().chain(&bad);
    let ended = world.exports.wait_many(all).poll_interval(seconds(60)).await;
    let ends: HashMap<_, _> = ended.iter().map(|(id, end)| (id, end)).collect();
    assert_eq!((ended.len(), ends.len()), (620, 620), "each is told once");
    assert!(good.iter().all(|id| ends[id].as_ref().is_ok_and(|job| job.id == *id)));
    assert!(bad.iter().all(
        |id| matches!(ends[id], Err(error) if error.kind() == ErrorKind::ExportFailed && error.job().unwrap().id == *id)
    ));
    assert!(world.count("GET") <= 20, "{} requests", world.count("GET"));
}

pub(crate) async fn a_lost_answer_makes_no_second_job(world: &World) {
    for fault in [
        Fault::lost_response(),
        Fault::reset_midway(),
        Fault::html_502().after_processing(),
        Fault::status(504).after_processing(),
    ] {
        let (posts, jobs) = (world.count("POST"), world.atlas.created_jobs().len());
        world.atlas.fault(fault.clone().on_method("POST"));
        let job = world.exports.create_and_wait(new(world)).await.unwrap();
        assert!(job.is_successful());
        let created = world.atlas.created_jobs();
        assert_eq!((world.count("POST"), created.len()), (posts + 1, jobs + 1), "{fault:?}");
        assert!(created.iter().any(|created| created["id"] == json!(job.id)));
        assert_eq!(world.atlas.pending_faults(), 0, "{fault:?}");
        // The next one's time of creation shall differ from this one's.
        tokio::time::sleep(seconds(5)).await;
    }
}

/// Nonces and tokens that live a minute, and a job that takes half an hour.
pub(crate) async fn a_wait_outlives_what_it_authenticates_with(world: &World) {
    let atlas = FakeAtlas::builder().nonce_lifetime(seconds(60)).token_lifetime(seconds(60));
    let short = world.cell.start_on(atlas).await;
    let id = add(&short, Script::timed([("Queued", 0), ("InProgress", 600), ("Successful", 1_800)]));
    let updates = short.exports.wait(&id).poll_interval(seconds(30)).updates();
    let seen: Vec<_> = updates.map_ok(|job| job.state.unwrap()).try_collect().await.unwrap();
    assert_eq!(seen.last(), Some(&ExportState::Successful));
    let polls = short.count("GET");
    assert!((58..=61).contains(&polls), "{polls} polls in half an hour");
    match short.cell.who {
        Who::Account => {
            assert_eq!(short.atlas.response_count(401), 0, "a token is renewed before its end");
            assert!((28..=61).contains(&short.atlas.issued_tokens()), "{} tokens", short.atlas.issued_tokens());
        }
        Who::ApiKey => {
            assert!((28..=61).contains(&short.atlas.response_count(401)), "{}", short.atlas.response_count(401))
        }
    }
    short.check();
    world.exports.get(&job(&world.atlas, Kind::Successful)).await.unwrap();
}

pub(crate) async fn what_may_pass_is_ridden_out_by_one_call(world: &World) {
    let id = job(&world.atlas, Kind::Successful);
    for fault in [Fault::empty_503(), Fault::html_502(), Fault::reset(), Fault::truncated(), Fault::status(408)] {
        let before = world.count("GET");
        world.atlas.fault(fault.clone().times(2));
        world.exports.get(&id).await.unwrap();
        assert_eq!(world.count("GET"), before + 3, "{fault:?}");
    }
    world.atlas.fault(Fault::empty_503().times(2));
    let listed: Vec<_> = world.exports.list().items().try_collect().await.unwrap();
    assert_eq!(listed.len(), Kind::ALL.len());

    let before = world.count("GET");
    world.atlas.fault(Fault::empty_503().always());
    let error = world.exports.get(&id).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.is_retryable()), (503, true));
    assert_eq!((error.call().unwrap().attempts.len(), world.count("GET")), (4, before + 4));
}

pub(crate) async fn the_wait_that_atlas_asks_for_is_obeyed(world: &World) {
    let started = Instant::now();
    world.atlas.fault(Fault::rate_limited(11).on_method("POST"));
    world.exports.create(new(world)).await.unwrap();
    assert!((seconds(11)..seconds(13)).contains(&started.elapsed()), "{:?}", started.elapsed());
    assert_eq!((world.count("POST"), world.atlas.created_jobs().len()), (2, 1), "nothing was done by the first");
}

pub(crate) async fn a_creation_is_not_repeated_after_a_503(world: &World) {
    world.atlas.fault(Fault::empty_503().after_processing().on_method("POST"));
    let error = world.exports.create(new(world)).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 503);
    assert_eq!((world.count("POST"), world.atlas.created_jobs().len()), (1, 1));
}

pub(crate) async fn jobs_that_are_not_there_are_told(world: &World) {
    let (project, cluster) = (world.atlas.project_id().to_owned(), world.atlas.cluster_name().to_owned());
    let nowhere = "5f3c5a1e8e4b2a00eeeeeeee";
    let client = world.client();
    let there = job(&world.atlas, Kind::Successful);
    for (project, cluster, id, code) in [
        (project.as_str(), cluster.as_str(), nowhere, None),
        (&project, "no-such-cluster", there.as_str(), Some("CLUSTER_NOT_FOUND")),
        (nowhere, &cluster, there.as_str(), Some("GROUP_NOT_FOUND")),
    ] {
        let exports = client.exports(project.parse().unwrap(), cluster).unwrap();
        let id: ExportId = id.parse().unwrap();
        for error in [exports.get(&id).await.unwrap_err(), exports.wait(&id).await.unwrap_err()] {
            assert!(error.is_not_found() && !error.is_retryable(), "{error}");
            let told = error.api().unwrap().error_code.clone();
            assert!(code.is_none() || told.as_deref() == code, "{told:?}");
            for named in [project, cluster, id.as_str()] {
                assert!(error.to_string().contains(named), "{error}");
            }
        }
    }
    assert_eq!(world.count("GET"), 6, "what is not there is asked for once by each");
}
