//! The core of the suite as production is reached: HTTPS, HTTP/2, GOAWAY, and a proxy in between.

use std::{collections::BTreeSet, time::Duration};

use atlas_exports::{
    Client, ClientBuilder, ErrorKind, NewExport, RetryPolicy,
    http::Version,
    reqwest::{self, Certificate, Proxy},
};
use atlas_exports_testing::{
    Algorithm, ConnectProxy, Envelope, EnvelopedErrors, FakeAtlas, FakeAtlasBuilder, FakeResponse, Fault, Kind,
};
use tokio::{task::JoinSet, time::Instant};

use crate::common::{everything, exports_of, job};

fn secure() -> FakeAtlasBuilder {
    FakeAtlas::builder().tls()
}

/// An HTTP client that knows the fake's authority beside those of the platform.
fn trusting(atlas: &FakeAtlas) -> reqwest::ClientBuilder {
    let authority = Certificate::from_pem(atlas.ca_pem().unwrap().as_bytes()).unwrap();
    reqwest::Client::builder().no_proxy().tls_certs_merge([authority])
}

fn builder(atlas: &FakeAtlas) -> ClientBuilder {
    crate::common::builder(atlas).http_client(trusting(atlas))
}

fn client(atlas: &FakeAtlas) -> Client {
    builder(atlas).build().unwrap()
}

/// Makes so many calls at once, and gives how many of them went well.
async fn together(client: &Client, atlas: &FakeAtlas, calls: usize) -> usize {
    let exports = exports_of(client, atlas);
    let mut tasks = JoinSet::new();
    for _ in 0..calls {
        let (exports, id) = (exports.clone(), job(atlas, Kind::Sharded));
        tasks.spawn(async move { exports.get(&id).await });
    }
    let ended = tasks.join_all().await;
    for error in ended.iter().filter_map(|ended| ended.as_ref().err()) {
        eprintln!("{}", everything(error));
    }
    ended.iter().filter(|ended| ended.is_ok()).count()
}

fn connections(atlas: &FakeAtlas) -> usize {
    atlas.requests().iter().map(|request| request.connection).collect::<BTreeSet<_>>().len()
}

fn assert_http2(atlas: &FakeAtlas) {
    for request in atlas.requests() {
        assert_eq!(request.version, Version::HTTP_2, "{request:?}");
    }
}

#[tokio::test]
async fn the_first_call_costs_two_exchanges_and_each_further_one_costs_one_on_one_connection() {
    for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
        let atlas = secure().algorithm(algorithm).start().await;
        let exports = exports_of(&client(&atlas), &atlas);
        for exchanges in [2, 3, 4, 5] {
            let got = exports.get(&job(&atlas, Kind::Sharded)).await.unwrap();
            assert_eq!(got.id.as_str(), atlas.job_id(Kind::Sharded));
            assert_eq!(atlas.exchanges(), exchanges, "{algorithm:?}");
        }
        assert_http2(&atlas);
        assert_eq!(connections(&atlas), 1);
        let last = atlas.requests().pop().unwrap();
        assert!(last.header("authorization").unwrap().contains(algorithm.token()), "{last:?}");
        assert!(last.header("user-agent").unwrap().starts_with("atlas-exports/"), "{last:?}");
        assert_eq!(last.header("api-version"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_calls_on_a_cold_client_one_fetches_the_challenge_and_all_share_its_connection() {
    for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
        let atlas = secure().algorithm(algorithm).start().await;
        assert_eq!(together(&client(&atlas), &atlas, 64).await, 64);
        assert_eq!((atlas.exchanges(), atlas.challenges()), (65, 1), "{algorithm:?}");
        assert_http2(&atlas);
        assert_eq!(connections(&atlas), 1);
    }
}

#[tokio::test]
async fn without_http2_the_same_calls_cost_the_same() {
    for atlas in [secure().without_http2().start().await, secure().start().await] {
        let http1 = builder(&atlas).http_client(trusting(&atlas).http1_only()).build().unwrap();
        let exports = exports_of(&http1, &atlas);
        for exchanges in [2, 3, 4] {
            exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
            assert_eq!(atlas.exchanges(), exchanges);
        }
        assert!(atlas.requests().iter().all(|request| request.version == Version::HTTP_11));
        assert_eq!(connections(&atlas), 1, "it is kept alive");
    }
}

#[tokio::test]
async fn an_envelope_is_undone_in_successes_and_errors() {
    for (envelope, errors) in [
        (Envelope::Content, EnvelopedErrors::Plain),
        (Envelope::Content, EnvelopedErrors::Inside),
        (Envelope::Envelope, EnvelopedErrors::Bare),
    ] {
        let atlas = secure().envelope(envelope).enveloped_errors(errors).start().await;
        let exports = exports_of(&builder(&atlas).envelope(true).build().unwrap(), &atlas);
        let got = exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
        assert!(got.is_successful(), "{envelope:?}");
        let error = exports.get(&"0".repeat(24).parse().unwrap()).await.unwrap_err();
        assert!(error.is_not_found(), "{errors:?}: {error:?}");
        assert_eq!(error.api().unwrap().error_code.as_deref(), Some("RESOURCE_NOT_FOUND"));
        assert_http2(&atlas);
    }
}

#[tokio::test]
async fn what_goes_wrong_is_told_apart_and_the_connection_can_be_used_afterwards() {
    let atlas = secure().start().await;
    let exports = exports_of(&client(&atlas), &atlas);
    let id = job(&atlas, Kind::Successful);
    for (fault, status) in [
        (Fault::html_502(), Some(502)),
        (Fault::empty_503(), Some(503)),
        (Fault::huge_error(), Some(500)),
        (Fault::api_error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", "not from there"), Some(403)),
        (Fault::respond(FakeResponse::text(418, "text/plain", "short and stout")), Some(418)),
        (Fault::rate_limited(17), Some(429)),
        (Fault::reset(), None),
        (Fault::reset_midway(), None),
        (Fault::truncated(), None),
    ] {
        atlas.fault(fault.clone());
        let error = exports.get(&id).await.unwrap_err();
        assert_eq!(error.status().map(|status| status.as_u16()), status, "{fault:?}: {error:?}");
        assert_eq!(error.kind() == ErrorKind::Network, status.is_none(), "{fault:?}: {error:?}");
        let everything = everything(&error);
        assert!(!everything.contains(atlas.private_key()) && !everything.contains("Digest username"), "{everything}");
        exports.get(&id).await.unwrap();
    }
    assert_http2(&atlas);
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_ridden_out() {
    for fault in [Fault::html_502(), Fault::empty_503(), Fault::reset(), Fault::reset_midway(), Fault::truncated()] {
        let atlas = secure().start().await;
        let exports = exports_of(&builder(&atlas).retry(RetryPolicy::default()).build().unwrap(), &atlas);
        atlas.fault(fault.times(3));
        exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
        assert_eq!(atlas.exchanges(), 5, "one challenge and four attempts");
        assert_http2(&atlas);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_stalls_ends_in_time_and_hinders_no_other_on_its_connection() {
    let atlas = secure().start().await;
    let client = builder(&atlas).timeout(Duration::from_millis(400)).build().unwrap();
    let exports = exports_of(&client, &atlas);
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    for fault in [Fault::slow_headers(Duration::from_secs(60)), Fault::stalled_body(Duration::from_secs(60))] {
        atlas.fault(fault.on("GET", &format!("/groups/*/clusters/*/backup/exports/{}", atlas.job_id(Kind::Queued))));
        let stalled = exports.clone();
        let id = job(&atlas, Kind::Queued);
        let (started, stalling) = (Instant::now(), tokio::spawn(async move { stalled.get(&id).await }));
        exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
        let error = stalling.await.unwrap().unwrap_err();
        assert!(error.kind() == ErrorKind::Timeout, "{error:?}");
        assert!(started.elapsed() < Duration::from_secs(3));
        exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    }
    assert_eq!(connections(&atlas), 1);
    assert_http2(&atlas);
}

#[tokio::test]
async fn an_authority_that_is_not_trusted_is_a_tls_error_without_a_second_attempt() {
    let (atlas, other) = (secure().start().await, secure().start().await);
    for http in [trusting(&other), reqwest::Client::builder().no_proxy()] {
        let client = crate::common::builder(&atlas).http_client(http).retry(RetryPolicy::default()).build().unwrap();
        let error = exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Tls, "{error:?}");
        assert!(!error.is_retryable());
        assert!(error.call().unwrap().attempts.len() <= 1, "{error:?}");
        assert!(everything(&error).contains("InvalidCertificate"), "{error:?}");
    }
    assert_eq!(atlas.exchanges(), 0, "nothing is sent to a stranger");
}

#[tokio::test]
async fn a_certificate_of_another_name_is_a_tls_error() {
    let atlas = secure().start().await;
    let proxy = ConnectProxy::towards(&atlas).await;
    let http = trusting(&atlas).proxy(Proxy::https(proxy.url()).unwrap());
    let client = crate::common::builder(&atlas).base_url("https://atlas.example").http_client(http).build().unwrap();
    let error = exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Tls, "{error:?}");
    assert_eq!((proxy.tunnels(), atlas.exchanges()), (vec!["atlas.example:443".to_owned()], 0));
}

#[tokio::test]
async fn plain_http_on_a_tls_port_is_no_answer_and_sends_no_key() {
    let atlas = secure().start().await;
    let plain = atlas.base_url().replace("https:", "http:");
    let client = builder(&atlas).base_url(plain).build().unwrap();
    let error = exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Network | ErrorKind::Connect), "{error:?}");
    assert_eq!(atlas.exchanges(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn goaway_in_the_middle_of_many_calls_loses_none() {
    let atlas = secure().start().await;
    let client = builder(&atlas).retry(RetryPolicy::default()).build().unwrap();
    together(&client, &atlas, 1).await;
    atlas.reset_requests();
    atlas.fault(Fault::slow_headers(Duration::from_millis(50)).times(40));
    atlas.fault(Fault::slow_headers(Duration::from_millis(2)).always());
    let waves = 8;
    let calls = {
        let (client, atlas) = (&client, &atlas);
        async move {
            let mut answered = 0;
            for _ in 0..waves {
                answered += together(client, atlas, 64).await;
            }
            answered
        }
    };
    let farewells = async {
        // Each comes when calls are under way, at another place of a wave.
        for after in [10, 90, 190, 290, 400] {
            while atlas.exchanges() < after {
                tokio::task::yield_now().await;
            }
            atlas.goaway();
        }
    };
    let (answered, ()) = tokio::join!(calls, farewells);
    assert_eq!(answered, waves * 64);
    // A request that a farewell overtakes may be answered in vain, and is made again.
    let in_vain = atlas.response_count(200) - answered;
    assert!(in_vain < 10, "{in_vain} answers in vain");
    assert_eq!(atlas.challenges(), 0, "no nonce count was used twice");
    assert!(connections(&atlas) > 3, "{} connections", connections(&atlas));
    assert_http2(&atlas);
}

#[tokio::test(flavor = "multi_thread")]
async fn goaway_before_each_second_answer_loses_no_call_and_no_challenge() {
    let atlas = secure().start().await;
    let exports = exports_of(&builder(&atlas).retry(RetryPolicy::default()).build().unwrap(), &atlas);
    atlas.fault(Fault::goaway().always().with_probability(0.5));
    for _ in 0..50 {
        exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    }
    // A request that a farewell overtakes may be answered in vain, and is made again.
    assert!((50..60).contains(&atlas.response_count(200)), "{} answers", atlas.response_count(200));
    assert_eq!(
        (atlas.exchanges(), atlas.challenges()),
        (atlas.response_count(200) + 1, 1),
        "no nonce count was used twice"
    );
    assert!(connections(&atlas) > 10, "{} connections", connections(&atlas));
}

#[tokio::test(flavor = "multi_thread")]
async fn goaway_before_each_second_answer_creates_no_job_twice() {
    let atlas = secure().start().await;
    let exports = exports_of(&builder(&atlas).retry(RetryPolicy::default()).build().unwrap(), &atlas);
    atlas.fault(Fault::goaway().always().with_probability(0.5));
    let new = NewExport::new("5fb1a7d2e2c4d84c1e4f0123".parse().unwrap(), atlas.bucket_id().parse().unwrap());
    let mut created = 0;
    for _ in 0..50 {
        created += usize::from(exports.create(new.clone()).await.is_ok());
    }
    let jobs = atlas.response_count(200);
    assert!((created..=50).contains(&jobs), "{jobs} jobs of which {created} are known");
    assert!(created > 40, "{created} jobs");
}

#[tokio::test]
async fn a_node_that_comes_back_is_found_again() {
    let atlas = secure().start().await;
    let exports = exports_of(&client(&atlas), &atlas);
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    atlas.stop().await;
    let error = exports.get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    atlas.restart().await.unwrap();
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connect_proxy_carries_all_of_it_in_one_tunnel() {
    let atlas = secure().start().await;
    let proxy = ConnectProxy::start().await;
    let http = trusting(&atlas).proxy(Proxy::https(proxy.url()).unwrap());
    let client = builder(&atlas).http_client(http).retry(RetryPolicy::default()).build().unwrap();
    assert_eq!(together(&client, &atlas, 64).await, 64);
    assert_eq!(atlas.exchanges(), 65);
    assert_eq!(proxy.tunnels(), [atlas.address().to_string()]);
    assert_http2(&atlas);

    atlas.goaway();
    // Calls that set out before the word arrives still go by the old tunnel.
    while proxy.tunnels().len() < 2 {
        assert_eq!(together(&client, &atlas, 8).await, 8);
        assert!(atlas.exchanges() < 1000, "the tunnel is not left");
    }
    assert_eq!(atlas.challenges(), 1, "the challenge outlives its tunnel");
}

#[tokio::test]
async fn the_default_address_is_reached_through_a_proxy() {
    let atlas = secure().start().await;
    let proxy = ConnectProxy::towards(&atlas).await;
    let http = || trusting(&atlas).proxy(Proxy::https(proxy.url()).unwrap());
    let settings = || Client::builder().api_key(atlas.public_key(), atlas.private_key()).retry(RetryPolicy::never());
    for client in [settings(), settings().government()] {
        let client = client.http_client(http()).build().unwrap();
        exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
    }
    assert_eq!(proxy.tunnels(), ["cloud.mongodb.com:443", "cloud.mongodbgov.com:443"]);
    assert_http2(&atlas);

    proxy.refuse(Some(407));
    let client = settings().http_client(http()).build().unwrap();
    let error = exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Connect, "{error:?}");
    assert!(everything(&error).contains("proxy"), "{error:?}");
    assert_eq!(atlas.exchanges(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_account_gets_one_token_for_64_calls_on_one_connection() {
    let atlas = secure().start().await;
    let client = crate::common::account(&atlas).http_client(trusting(&atlas)).build().unwrap();
    assert_eq!(together(&client, &atlas, 64).await, 64);
    assert_eq!(atlas.exchanges(), 65);
    let (tokens, calls): (Vec<_>, Vec<_>) =
        atlas.requests().into_iter().partition(|request| request.path == "/api/oauth/token");
    assert_eq!((tokens.len(), calls.len()), (1, 64));
    assert!(calls.iter().all(|call| call.header("authorization").unwrap().starts_with("Bearer ")));
    assert_http2(&atlas);
    assert_eq!(connections(&atlas), 1);
}
