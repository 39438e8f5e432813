//! Tokens of service accounts: one for all, renewed in time, got anew when that helps, and never shown.

use std::{collections::HashSet, time::Duration};

use atlas_exports::{ApiVersion, Client, Error, ErrorKind, RetryPolicy};
use atlas_exports_testing::{FakeAtlas, FakeResponse, Fault, Kind};
use tokio::{task::JoinSet, time::Instant};

use crate::common::{account, builder, client, everything, exports_of, job, log::Log};

const TOKEN: &str = "/api/oauth/token";

async fn get(client: &Client, atlas: &FakeAtlas) -> Result<(), Error> {
    exports_of(client, atlas).get(&job(atlas, Kind::Successful)).await.map(|_| ())
}

fn token_requests(atlas: &FakeAtlas) -> usize {
    atlas.requests().iter().filter(|request| request.path == TOKEN).count()
}

/// What so many calls that start together end with.
async fn together(client: &Client, atlas: &FakeAtlas, calls: usize) -> Vec<Result<(), Error>> {
    let mut tasks = JoinSet::new();
    for _ in 0..calls {
        let exports = exports_of(client, atlas);
        let id = job(atlas, Kind::Successful);
        tasks.spawn(async move { exports.get(&id).await.map(|_| ()) });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_that_start_together_cause_one_token_request() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).build().unwrap();
    for ended in together(&client, &atlas, 1_000).await {
        ended.unwrap();
    }
    assert_eq!((token_requests(&atlas), atlas.exchanges()), (1, 1_001));
}

#[tokio::test]
async fn the_grant_is_what_atlas_wants_and_the_token_goes_with_every_call() {
    let atlas = FakeAtlas::builder().path_prefix("/gateway").start().await;
    let client = account(&atlas).build().unwrap();
    get(&client, &atlas).await.unwrap();
    get(&client, &atlas).await.unwrap();
    let requests = atlas.requests();
    let [grant, first, second] = requests.as_slice() else { panic!("{requests:#?}") };
    assert_eq!((grant.method.as_str(), grant.path.as_str()), ("POST", "/gateway/api/oauth/token"));
    assert_eq!(grant.body, "grant_type=client_credentials");
    assert_eq!(grant.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(grant.header("accept"), Some("application/json"));
    assert!(grant.header("authorization").unwrap().starts_with("Basic "));
    assert!(first.header("authorization").unwrap().starts_with("Bearer eyJ"));
    assert_eq!(first.header("authorization"), second.header("authorization"));
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_outlives_its_tokens_without_a_401() {
    let atlas = FakeAtlas::builder().token_lifetime(Duration::from_secs(60)).start().await;
    let client = account(&atlas).build().unwrap();
    for _ in 0..120 {
        get(&client, &atlas).await.unwrap();
        tokio::time::advance(Duration::from_secs(5)).await;
    }
    assert_eq!(atlas.response_count(401), 0);
    let tokens = atlas.issued_tokens();
    assert!((10..=13).contains(&tokens), "{tokens} tokens in 10 minutes");
}

#[tokio::test(start_paused = true)]
async fn a_token_near_its_end_is_renewed_once_and_nobody_waits_for_a_renewal_that_hangs() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).build().unwrap();
    get(&client, &atlas).await.unwrap();
    tokio::time::advance(Duration::from_secs(3_299)).await;
    get(&client, &atlas).await.unwrap();
    assert_eq!(token_requests(&atlas), 1);
    tokio::time::advance(Duration::from_secs(1)).await;
    atlas.fault(Fault::slow_headers(Duration::from_secs(1_000)).on("POST", TOKEN));
    let started = Instant::now();
    for ended in together(&client, &atlas, 50).await {
        ended.unwrap();
    }
    assert!(started.elapsed() <= Duration::from_secs(6), "{:?}", started.elapsed());
    assert_eq!(token_requests(&atlas), 2);
    tokio::time::advance(Duration::from_secs(30)).await;
    for ended in together(&client, &atlas, 50).await {
        ended.unwrap();
    }
    assert_eq!((token_requests(&atlas), atlas.response_count(401)), (3, 0));
}

#[tokio::test]
async fn a_token_that_ended_early_is_got_anew_once_and_the_calls_are_repeated_unchanged() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).build().unwrap();
    get(&client, &atlas).await.unwrap();
    atlas.expire_tokens();
    atlas.reset_requests();
    for ended in together(&client, &atlas, 100).await {
        ended.unwrap();
    }
    assert_eq!(token_requests(&atlas), 1);
    let calls: HashSet<_> = atlas
        .requests()
        .iter()
        .filter(|call| call.path != TOKEN)
        .map(|call| (call.method.clone(), call.uri()))
        .collect();
    assert_eq!(calls.len(), 1);
}

#[tokio::test]
async fn a_repeated_call_has_its_body_again() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).build().unwrap();
    get(&client, &atlas).await.unwrap();
    atlas.expire_tokens();
    let body = atlas_exports::types::NewExport::builder()
        .snapshot_id("6a793de7a6dab9a9e39fe6ca")
        .export_bucket_id(atlas.bucket_id());
    let create = client.api().create_export_job().group_id(atlas.project_id()).cluster_name(atlas.cluster_name());
    create.body(body).send().await.unwrap();
    let posts: Vec<_> = atlas.requests().into_iter().filter(|call| call.path.ends_with("/exports")).collect();
    let [refused, served] = posts.as_slice() else { panic!("{posts:#?}") };
    assert_eq!((refused.status, served.status), (Some(401), Some(200)));
    assert_eq!((&refused.body, refused.header("content-type")), (&served.body, served.header("content-type")));
    assert!(!served.body.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_401_that_no_token_helps_against_does_not_eat_tokens() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).build().unwrap();
    atlas.fault(Fault::api_error(401, "USER_UNAUTHORIZED", "no role").always());
    for _ in 0..20 {
        let error = get(&client, &atlas).await.unwrap_err();
        assert!(error.is_unauthorized(), "{error}");
        let end = &atlas.client_id()[atlas.client_id().len() - 4..];
        for told in [&format!("client id ends in {end}"), "Project Backup Manager", "IP access list"] {
            assert!(format!("{error:?}").contains(told), "{error}");
        }
    }
    assert_eq!(atlas.issued_tokens(), 2);

    atlas.clear_faults();
    get(&client, &atlas).await.unwrap();
    atlas.expire_tokens();
    get(&client, &atlas).await.expect("a token that was good is worth another");
}

#[tokio::test(start_paused = true)]
async fn where_tokens_are_never_taken_few_are_got() {
    let atlas = FakeAtlas::builder().tokens_on_v2_only().start().await;
    let client = account(&atlas).api_version(ApiVersion::V1).build().unwrap();
    for _ in 0..20 {
        let error = get(&client, &atlas).await.unwrap_err();
        assert!(format!("{error:?}").contains("version 1.0 of the API takes no token"), "{error}");
    }
    assert_eq!(atlas.issued_tokens(), 2);
}

#[tokio::test]
async fn a_wrong_secret_is_an_error_that_says_so_and_shows_nothing() {
    let atlas = FakeAtlas::start().await;
    let (log, _guard) = Log::start();
    let client = account(&atlas).retry(RetryPolicy::default());
    let client = client.service_account(atlas.client_id(), "mdb_sa_sk_wrong+secret/").build().unwrap();
    let ended = together(&client, &atlas, 50).await;
    for error in ended.into_iter().map(Result::unwrap_err) {
        let code = error.api().and_then(|api| api.error_code.as_deref());
        assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Token, 401));
        assert_eq!(code, Some("invalid_client"));
        assert!(error.is_unauthorized() && !error.is_retryable());
        let text = everything(&error);
        assert!(text.contains("check the client id and its secret") && text.contains("Client authentication failed"));
        assert!(atlas.client_id().ends_with(error.call().unwrap().credential.as_deref().unwrap()), "{text}");
        assert!(!text.contains("wrong+secret") && !text.contains("Basic"), "{text}");
    }
    assert_eq!(atlas.exchanges(), 1);
    assert!(log.lines("").iter().all(|line| !line.contains("wrong+secret") && !line.contains("wrong%2Bsecret")));
}

#[tokio::test]
async fn neither_secret_nor_token_shows_anywhere() {
    let atlas = FakeAtlas::start().await;
    let (log, _guard) = Log::start();
    let builder = account(&atlas);
    let debug = format!("{builder:?}");
    let client = builder.build().unwrap();
    get(&client, &atlas).await.unwrap();
    atlas.fault(Fault::api_error(403, "FORBIDDEN", "no"));
    let error = get(&client, &atlas).await.unwrap_err();
    let token = atlas.requests()[1].header("authorization").unwrap().replace("Bearer ", "");
    for text in [debug, format!("{client:?} {:?}", client.api()), everything(&error), log.lines("").join("\n")] {
        assert!(!text.contains(&token) && !text.contains(atlas.client_secret()), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_the_token_endpoint_asks_for_is_obeyed_by_all() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).retry(RetryPolicy::default()).build().unwrap();
    atlas.fault(Fault::rate_limited(40).on("POST", TOKEN));
    let started = Instant::now();
    for ended in together(&client, &atlas, 200).await {
        ended.unwrap();
    }
    assert!(started.elapsed() >= Duration::from_secs(40) && started.elapsed() < Duration::from_secs(42));
    assert_eq!(token_requests(&atlas), 2);
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_calls_time_fails_at_once_for_all_who_come() {
    let atlas = FakeAtlas::builder().token_rate_limit(1).start().await;
    let client = account(&atlas).retry(RetryPolicy::default()).timeout(Duration::from_secs(20)).build().unwrap();
    get(&client, &atlas).await.unwrap();
    atlas.expire_tokens();
    let started = Instant::now();
    for _ in 0..5 {
        let error = get(&client, &atlas).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Token, "{error:?}");
        assert!(error.is_rate_limited() && error.is_retryable());
        assert!(error.retry_after().unwrap() > Duration::from_secs(50), "{error:?}");
        assert!(format!("{error:?}").contains("token cache"), "{error}");
    }
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(token_requests(&atlas), 2, "the endpoint is left alone meanwhile");
    tokio::time::advance(Duration::from_secs(61)).await;
    get(&client, &atlas).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_is_down_is_ridden_out_by_few_requests() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).retry(RetryPolicy::default()).build().unwrap();
    for fault in [Fault::html_502(), Fault::reset(), Fault::truncated()] {
        atlas.fault(fault.on("POST", TOKEN));
    }
    for ended in together(&client, &atlas, 1_000).await {
        ended.unwrap();
    }
    assert_eq!(token_requests(&atlas), 4);
}

#[tokio::test(start_paused = true)]
async fn a_token_endpoint_that_stays_down_ends_every_call_with_its_reason() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).retry(RetryPolicy::default()).build().unwrap();
    atlas.fault(Fault::html_502().on("POST", TOKEN).always());
    for error in together(&client, &atlas, 100).await.into_iter().map(Result::unwrap_err) {
        assert!(error.kind() == ErrorKind::Token && error.is_retryable(), "{error:?}");
        assert!(error.to_string().contains("502 Bad Gateway"), "{error}");
        assert_eq!(error.call().unwrap().attempts.len(), 4);
    }
    assert!(token_requests(&atlas) <= 8, "{}", token_requests(&atlas));
}

#[tokio::test]
async fn answers_that_hold_no_token_are_told() {
    let atlas = FakeAtlas::start().await;
    for (answer, told) in [
        (FakeResponse::text(200, "text/html", "<html>Sign in</html>"), "login page"),
        (FakeResponse::json(200, serde_json::json!({"error": "invalid_client"})), "invalid_client"),
        (FakeResponse::json(400, serde_json::json!({"error": "invalid_request", "error_description": "why"})), "why"),
        (FakeResponse::empty(302).header("location", "https://elsewhere.example/"), "https://elsewhere.example/"),
    ] {
        let client = account(&atlas).build().unwrap();
        atlas.fault(Fault::respond(answer).on("POST", TOKEN));
        let error = get(&client, &atlas).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Token && format!("{error:?}").contains(told), "{error}");
    }
    let closed = account(&atlas).base_url("http://127.0.0.1:1").build().unwrap();
    let error = get(&closed, &atlas).await.unwrap_err();
    assert!(error.is_retryable() && std::error::Error::source(&error).is_some(), "{error:?}");
    assert!(format!("{error:?}").contains("could not connect"), "{error:?}");
}

#[tokio::test]
async fn a_secret_that_the_server_repeats_is_not_repeated_to_people() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).build().unwrap();
    let echo = format!("no such secret: {}", atlas.client_secret());
    atlas.fault(Fault::respond(FakeResponse::text(400, "text/plain", echo)).on("POST", TOKEN));
    let error = everything(&get(&client, &atlas).await.unwrap_err());
    assert!(error.contains("no such secret: [REDACTED]") && !error.contains(atlas.client_secret()), "{error}");
}

#[tokio::test]
async fn token_requests_count_among_the_exchanges_of_a_call() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).build().unwrap();
    let exchanges = async || {
        atlas.fault(Fault::status(404));
        get(&client, &atlas).await.unwrap_err().call().unwrap().exchanges
    };
    assert_eq!(exchanges().await, 2);
    assert_eq!(exchanges().await, 1);
    atlas.expire_tokens();
    assert_eq!(exchanges().await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_while_it_gets_the_token_leaves_that_to_the_next() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).build().unwrap();
    atlas.fault(Fault::slow_headers(Duration::from_secs(60)).on("POST", TOKEN));
    let hurried = tokio::time::timeout(Duration::from_millis(300), get(&client, &atlas));
    let (hurried, patient) = tokio::join!(hurried, async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        get(&client, &atlas).await
    });
    assert!(hurried.is_err());
    patient.unwrap();
    assert_eq!(token_requests(&atlas), 2);
}

#[tokio::test]
async fn a_token_can_be_revoked() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).build().unwrap();
    client.revoke_token().await.unwrap();
    assert_eq!(atlas.exchanges(), 0, "there is none yet");
    get(&client, &atlas).await.unwrap();
    client.revoke_token().await.unwrap();
    assert_eq!(atlas.live_tokens(), 0);
    get(&client, &atlas).await.unwrap();
    assert_eq!((atlas.issued_tokens(), atlas.response_count(401)), (2, 0));

    atlas.fault(Fault::html_502().on("POST", "/api/oauth/revoke"));
    let error = client.revoke_token().await.unwrap_err();
    assert!(error.to_string().starts_with("the access token could not be revoked"), "{error}");
    assert_eq!((error.status().unwrap().as_u16(), error.call().unwrap().exchanges), (502, 1));
    get(&client, &atlas).await.unwrap();
    assert_eq!(atlas.issued_tokens(), 2, "it stays in use");
}

#[tokio::test]
async fn without_a_service_account_there_is_nothing_to_revoke() {
    let atlas = FakeAtlas::start().await;
    let error = client(&atlas).revoke_token().await.unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidInput, "{error:?}");
}

#[test]
fn a_client_takes_one_kind_of_credentials() {
    let error = Client::builder().api_key("a", "b").service_account("c", "d").build().unwrap_err().to_string();
    assert!(error.contains("api_key, service_account and authenticator"), "{error}");
    let error = Client::builder().build().unwrap_err().to_string();
    assert!(error.contains("MONGODB_ATLAS_CLIENT_ID") && error.contains("MONGODB_ATLAS_PUBLIC_API_KEY"), "{error}");
    for (id, secret) in [("", "s"), ("i", " ")] {
        let error = Client::builder().service_account(id, secret).build().unwrap_err().to_string();
        assert!(error.contains("empty"), "{error}");
    }
}

#[test]
fn a_secret_never_travels_in_the_clear() {
    let open = Client::builder().base_url("http://10.0.0.1").allow_insecure_http();
    let error = open.service_account("id", "secret").build().unwrap_err().to_string();
    assert!(error.contains("http://10.0.0.1") && error.contains("https"), "{error}");
    let open = Client::builder().base_url("http://10.0.0.1").allow_insecure_http();
    open.api_key("public", "private").build().unwrap();
}

#[tokio::test]
async fn a_stranger_to_the_project_learns_the_key_the_role_and_the_access_list() {
    let atlas = FakeAtlas::start().await;
    for (client, end) in [(account(&atlas), atlas.client_id()), (builder(&atlas), atlas.public_key())] {
        let client = client.build().unwrap();
        for (status, code) in
            [(401, "USER_UNAUTHORIZED"), (403, "USER_UNAUTHORIZED"), (403, "IP_ADDRESS_NOT_ON_ACCESS_LIST")]
        {
            atlas.fault(Fault::api_error(status, code, "no").always());
            let error = get(&client, &atlas).await.unwrap_err();
            assert_eq!(error.api().unwrap().error_code.as_deref(), Some(code));
            let error = format!("{error:?}");
            atlas.clear_faults();
            for told in [&end[end.len() - 4..], "Project Backup Manager", "IP access list"] {
                assert!(error.contains(told), "{error}");
            }
        }
    }
}
