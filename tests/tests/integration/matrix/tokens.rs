//! Tokens over long times, and between programs that share a file of them.

use std::path::Path;

use atlas_exports::{Client, ExportId, NewExport, RetryPolicy};
use atlas_exports_testing::{FakeAtlas, Fault, NewJob, Script};
use futures_util::{StreamExt, stream::FuturesUnordered};

use super::setting::seconds;
use crate::common::{account, exports_of};

const TOKEN: &str = "/api/oauth/token";

fn token_requests(atlas: &FakeAtlas) -> usize {
    atlas.requests().iter().filter(|request| request.path == TOKEN).count()
}

fn jobs(atlas: &FakeAtlas, count: usize, end: u64) -> Vec<ExportId> {
    let job = NewJob::new(Script::timed([("Queued", 0), ("InProgress", 30), ("Successful", end)]));
    atlas.seed_jobs(count, job).iter().map(|id| id.parse().unwrap()).collect()
}

/// Waits for all of them, each by a wait of its own, and says how many succeeded.
async fn wait(client: &Client, atlas: &FakeAtlas, ids: &[ExportId]) -> usize {
    let exports = exports_of(client, atlas);
    let waits: FuturesUnordered<_> =
        ids.iter().map(|id| exports.wait(id).poll_interval(seconds(20)).into_future()).collect();
    waits.filter(|end| std::future::ready(end.as_ref().is_ok_and(|job| job.is_successful()))).count().await
}

#[tokio::test(start_paused = true)]
async fn many_waits_renew_one_token_between_them() {
    let atlas = FakeAtlas::builder().token_lifetime(seconds(120)).start().await;
    let client = account(&atlas).no_poll_rate_limit().build().unwrap();
    let ids = jobs(&atlas, 20, 1_200);
    assert_eq!(wait(&client, &atlas, &ids).await, 20);
    assert_eq!(atlas.response_count(401), 0, "a token is renewed before its end");
    // A sixth of the life before the end, that is each 100 s.
    assert!((12..=14).contains(&token_requests(&atlas)), "{} in 20 minutes", token_requests(&atlas));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_atlas_ends_in_the_middle_of_a_wait_costs_one_401_and_one_token() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).build().unwrap();
    let ids = jobs(&atlas, 1, 600);
    let (done, ()) = tokio::join!(wait(&client, &atlas, &ids), async {
        tokio::time::sleep(seconds(300)).await;
        atlas.expire_tokens();
    });
    assert_eq!((done, atlas.response_count(401), token_requests(&atlas)), (1, 1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_wait_rides_out_a_token_endpoint_that_is_down_for_minutes() {
    let atlas = FakeAtlas::builder().token_lifetime(seconds(60)).start().await;
    let client = account(&atlas).retry(RetryPolicy::default()).build().unwrap();
    let ids = jobs(&atlas, 3, 900);
    let (done, ()) = tokio::join!(wait(&client, &atlas, &ids), async {
        tokio::time::sleep(seconds(200)).await;
        atlas.fault(Fault::html_502().on("POST", TOKEN).always());
        tokio::time::sleep(seconds(300)).await;
        atlas.clear_faults();
    });
    assert_eq!((done, atlas.pending_faults()), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn a_wait_obeys_a_token_endpoint_that_limits() {
    let atlas = FakeAtlas::builder().token_lifetime(seconds(30)).token_rate_limit(1).start().await;
    let client = account(&atlas).retry(RetryPolicy::default()).build().unwrap();
    let ids = jobs(&atlas, 4, 600);
    assert_eq!(wait(&client, &atlas, &ids).await, 4);
    let refused = atlas.requests().iter().filter(|sent| sent.path == TOKEN && sent.status == Some(429)).count();
    // A token of half a minute, of which there is one a minute: after each refusal the time that was told is waited.
    assert!(refused <= 12, "{refused} refusals in ten minutes");
    assert!(atlas.issued_tokens() >= 8, "{} tokens", atlas.issued_tokens());
}

/// A program of its own, as far as tokens go.
fn program(atlas: &FakeAtlas, cache: &Path) -> Client {
    account(atlas).token_cache(cache).build().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_that_start_together_share_one_token_for_all_that_they_do() {
    let atlas = FakeAtlas::start().await;
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("token.json");
    let programs: Vec<_> = (0..8).map(|_| program(&atlas, &cache)).collect();
    let id: ExportId = jobs(&atlas, 1, 0).remove(0);
    let asks: FuturesUnordered<_> = programs
        .iter()
        .map(|client| exports_of(client, &atlas))
        .map(async |exports| exports.wait(&id).await.map(|_| ()))
        .collect();
    let ends: Vec<_> = asks.collect().await;
    assert!(ends.len() == 8 && ends.iter().all(Result::is_ok), "{ends:?}");
    assert_eq!((token_requests(&atlas), atlas.issued_tokens()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn programs_that_share_a_file_renew_its_token_once_for_all() {
    let atlas = FakeAtlas::builder().token_lifetime(seconds(120)).start().await;
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("token.json");
    let programs: Vec<_> = (0..4).map(|_| program(&atlas, &cache)).collect();
    let ids = jobs(&atlas, 4, 600);
    let waits: FuturesUnordered<_> =
        programs.iter().zip(&ids).map(|(client, id)| wait(client, &atlas, std::slice::from_ref(id))).collect();
    assert_eq!(waits.collect::<Vec<_>>().await, [1; 4]);
    assert_eq!(atlas.response_count(401), 0);
    let tokens = token_requests(&atlas);
    assert!((5..=9).contains(&tokens), "{tokens} tokens for four programs in 10 minutes");
}

#[tokio::test(start_paused = true)]
async fn a_creation_whose_token_ended_and_whose_answer_was_lost_makes_one_job() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).retry(RetryPolicy::default()).build().unwrap();
    let exports = exports_of(&client, &atlas);
    exports.get(&jobs(&atlas, 1, 0)[0]).await.unwrap();
    let new = || NewExport::new("5fb1a7d2e2c4d84c1e4f0123".parse().unwrap(), atlas.bucket_id().parse().unwrap());
    atlas.expire_tokens();
    atlas.fault(Fault::lost_response().on_method("POST"));
    atlas.fault(Fault::html_502().on("POST", TOKEN).nth(2));
    let (job, ()) = tokio::join!(exports.create_and_wait(new()).into_future(), async {
        tokio::time::sleep(seconds(7)).await;
        atlas.expire_tokens();
    });
    let job = job.unwrap();
    let created = atlas.created_jobs();
    assert!(created.len() == 1 && created[0]["id"] == job.id.as_str() && job.is_successful(), "{created:?}");
    assert_eq!(atlas.pending_faults(), 0);
}
