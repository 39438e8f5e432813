//! What Digest costs and withstands, counted in HTTP exchanges on the server's side.

use std::time::Duration;

use atlas_exports::ErrorKind;
use atlas_exports_testing::{Algorithm, Balance, Challenge, FakeAtlas, Fault, Kind, Reuse};
use tokio::{task::JoinSet, time::Instant};

use crate::common::{builder, client, everything, exports, exports_of, job};

#[tokio::test]
async fn the_first_call_costs_two_exchanges_and_each_further_one_costs_one() {
    for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
        let atlas = FakeAtlas::builder().algorithm(algorithm).start().await;
        let exports = exports(&atlas);
        for exchanges in [2, 3, 4, 5] {
            exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
            assert_eq!(atlas.exchanges(), exchanges, "{algorithm:?}");
        }
        let last = atlas.requests().pop().unwrap();
        let authorization = last.header("authorization").unwrap();
        assert!(authorization.contains(algorithm.token()), "{authorization}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_challenge_older_than_55_seconds_is_not_reused() {
    let atlas = FakeAtlas::start().await;
    let exports = exports(&atlas);
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    tokio::time::advance(Duration::from_secs(54)).await;
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    assert_eq!(atlas.exchanges(), 3, "a younger one is");
    tokio::time::advance(Duration::from_secs(2)).await;
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    assert_eq!(atlas.exchanges(), 5, "two for the call, not three");
}

async fn together(atlas: &FakeAtlas, kind: Kind, calls: usize) -> usize {
    let exports = exports(atlas);
    let mut tasks = JoinSet::new();
    for _ in 0..calls {
        let (exports, id) = (exports.clone(), job(atlas, kind));
        tasks.spawn(async move { exports.get(&id).await });
    }
    tasks.join_all().await.into_iter().filter(Result::is_ok).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_calls_on_a_cold_client_one_fetches_the_challenge() {
    let atlas = FakeAtlas::start().await;
    assert_eq!(together(&atlas, Kind::Successful, 64).await, 64);
    assert_eq!(atlas.exchanges(), 65);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_that_fetches_shares_the_challenge_even_when_its_own_answer_is_an_error() {
    let atlas = FakeAtlas::start().await;
    atlas.fault(Fault::api_error(404, "RESOURCE_NOT_FOUND", "no").always());
    assert_eq!(together(&atlas, Kind::Successful, 64).await, 0);
    assert_eq!(atlas.exchanges(), 65);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_no_authentication_is_not_serialised() {
    let atlas = FakeAtlas::builder().without_authentication().start().await;
    let exports = exports(&atlas);
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    assert_eq!(atlas.exchanges(), 1);

    atlas.fault(Fault::slow_headers(Duration::from_secs(3)).always());
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..32 {
        let (exports, id) = (exports.clone(), job(&atlas, Kind::Successful));
        tasks.spawn(async move { exports.get(&id).await.unwrap() });
    }
    tasks.join_all().await;
    assert_eq!(atlas.exchanges(), 33);
    assert_eq!(started.elapsed().as_secs(), 3, "no request waits for another");
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_costs_those_who_wait_one_failure_together() {
    // A listener that never answers: connections are made, requests go nowhere.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let atlas = FakeAtlas::start().await;
    let limit = Duration::from_secs(5);
    let client =
        builder(&atlas).base_url(format!("http://{}", silent.local_addr().unwrap())).timeout(limit).build().unwrap();
    let exports = exports_of(&client, &atlas);
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let (exports, id) = (exports.clone(), job(&atlas, Kind::Successful));
        tasks.spawn(async move { exports.get(&id).await.unwrap_err() });
    }
    for error in tasks.join_all().await {
        assert!(error.kind() == ErrorKind::Timeout, "{error}");
    }
    assert_eq!(started.elapsed().as_secs(), 5, "no call waits for the failure of another");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_connection_fails_the_one_that_fetched_and_none_that_waited() {
    let atlas = FakeAtlas::start().await;
    atlas.fault(Fault::reset());
    assert_eq!(together(&atlas, Kind::Successful, 64).await, 63);
    assert_eq!(atlas.exchanges(), 65);
}

#[tokio::test]
async fn a_fresh_nonce_that_comes_back_stale_is_followed_up() {
    let atlas = FakeAtlas::builder().nonce_lifetime(Duration::ZERO).start().await;
    let exports = exports(&atlas);
    let _ = exports.get(&job(&atlas, Kind::Successful)).await;
    assert!(atlas.exchanges() > 2, "{}", atlas.exchanges());
}

#[tokio::test]
async fn a_call_that_is_dropped_while_it_fetches_hands_its_turn_on() {
    let atlas = FakeAtlas::start().await;
    let exports = exports(&atlas);
    atlas.fault(Fault::slow_headers(Duration::from_secs(30)).before_auth());
    let (first, id) = (exports.clone(), job(&atlas, Kind::Successful));
    let fetching = tokio::spawn(async move { first.get(&id).await });
    while atlas.exchanges() == 0 {
        tokio::task::yield_now().await;
    }
    let (second, id) = (exports.clone(), job(&atlas, Kind::Successful));
    let waiting = tokio::spawn(async move { second.get(&id).await });
    tokio::task::yield_now().await;
    fetching.abort();
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_nonce_that_the_server_dropped_early_ends_in_success_within_two_exchanges() {
    let atlas = FakeAtlas::start().await;
    let exports = exports(&atlas);
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    atlas.drop_nonces();
    atlas.reset_requests();
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    assert_eq!(atlas.exchanges(), 2, "the challenge that comes with the refusal is answered");
    atlas.reset_requests();
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    assert_eq!(atlas.exchanges(), 1, "the new one is shared");
}

#[tokio::test(start_paused = true)]
async fn reuse_is_given_up_after_three_refusals_in_a_row_and_tried_again_later() {
    for stale in [false, true] {
        let atlas = FakeAtlas::builder().reuse(Reuse::Refused { stale }).start().await;
        let exports = exports(&atlas);
        let mut reused = Vec::new();
        for _ in 0..7 {
            atlas.reset_requests();
            exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
            assert_eq!(atlas.exchanges(), 2, "stale={stale}");
            reused.push(atlas.requests()[0].header("authorization").is_some());
        }
        assert_eq!(reused, [false, true, true, true, false, false, false], "stale={stale}");

        atlas.set_reuse(Reuse::Accepted);
        tokio::time::advance(Duration::from_secs(601)).await;
        exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
        atlas.reset_requests();
        exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
        assert_eq!(atlas.exchanges(), 1);
    }
}

#[tokio::test]
async fn wrong_keys_cost_at_most_three_exchanges_and_the_error_says_what_a_401_may_mean() {
    let atlas = FakeAtlas::start().await;
    let client = builder(&atlas).api_key(atlas.public_key(), "0000-not-the-secret").build().unwrap();
    let exports = exports_of(&client, &atlas);
    for _ in 0..2 {
        atlas.reset_requests();
        let error = exports.get(&job(&atlas, Kind::Successful)).await.unwrap_err();
        assert!(atlas.exchanges() <= 3);
        assert!(error.is_unauthorized() && !error.is_retryable());
        let text = format!("{error:?}");
        for part in ["401", "API key", "Project Backup Manager", "IP access list", "keyx"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let everything = everything(&error);
        assert!(!everything.contains("0000-not-the-secret") && !everything.contains("Digest "), "{everything}");
    }
}

#[tokio::test]
async fn a_key_that_is_revoked_costs_at_most_three_exchanges() {
    let atlas = FakeAtlas::start().await;
    let exports = exports(&atlas);
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    atlas.revoke_key(atlas.public_key());
    atlas.reset_requests();
    assert!(exports.get(&job(&atlas, Kind::Successful)).await.unwrap_err().is_unauthorized());
    assert!(atlas.exchanges() <= 3);
}

#[tokio::test]
async fn a_challenge_that_cannot_be_answered_is_named_and_no_key_is_sent() {
    for (challenge, named) in [
        (Challenge::absent(), "no challenge"),
        (Challenge::basic(), "`Basic`"),
        (Challenge::malformed(), "no nonce"),
        (Challenge::template("Negotiate"), "`Negotiate`"),
        (Challenge::template("Digest realm=\"r\", nonce=\"n\", algorithm=SHA-1"), "unsupported algorithm `SHA-1`"),
    ] {
        let atlas = FakeAtlas::builder().challenge(challenge).start().await;
        let error = exports(&atlas).get(&job(&atlas, Kind::Successful)).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Challenge && error.is_unauthorized(), "{error:?}");
        assert!(error.to_string().contains(named), "{named}: {error}");
        for request in atlas.requests() {
            assert_eq!(request.header("authorization"), None);
        }
    }
}

#[tokio::test]
async fn the_signed_path_has_the_query_as_it_was_sent() {
    let atlas = FakeAtlas::start().await;
    let client = client(&atlas);
    client
        .api()
        .get_export_job()
        .group_id(atlas.project_id())
        .cluster_name(atlas.cluster_name())
        .export_id(job(&atlas, Kind::Successful))
        .pretty(true)
        .envelope(true)
        .send()
        .await
        .unwrap();
    let last = atlas.requests().pop().unwrap();
    assert_eq!(last.query, "envelope=true&pretty=true");
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_share_no_nonces_are_survived() {
    let atlas = FakeAtlas::builder().nodes(3, Balance::PerConnection).start().await;
    let exports = exports(&atlas);
    let mut tasks = JoinSet::new();
    for _ in 0..32 {
        let (exports, id) = (exports.clone(), job(&atlas, Kind::Successful));
        tasks.spawn(async move {
            for _ in 0..30 {
                exports.get(&id).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    assert!(atlas.exchanges() < 4 * 32 * 30, "{}", atlas.exchanges());
}
