//! The client on a server that nobody here wrote: Debian's lighttpd with mod_auth's Digest, on SHA-256 and on MD5.
//!
//! Every test is skipped, with a notice, where lighttpd is missing.

mod server;

use atlas_exports::{Client, ClientBuilder, ExportId, Exports};
use atlas_exports_testing::Algorithm;

use self::server::{CLUSTER, Exchange, JOB, Lighttpd, PRIVATE_KEY, PROJECT, PUBLIC_KEY};

fn exports(server: &Lighttpd, private_key: &str, set: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Exports {
    let builder = Client::builder()
        .base_url(server.base_url())
        .api_key(PUBLIC_KEY, private_key)
        .http_client(atlas_exports::reqwest::Client::builder().no_proxy());
    set(builder).build().unwrap().exports(PROJECT.parse().unwrap(), CLUSTER).unwrap()
}

fn job() -> ExportId {
    JOB.parse().unwrap()
}

fn exchange(status: u16, algorithm: impl Into<Option<Algorithm>>) -> Exchange {
    Exchange { status, algorithm: algorithm.into().map(|algorithm| algorithm.token().to_owned()) }
}

/// One cold call and two warm ones.
async fn cold_and_warm(algorithms: &[Algorithm], spoken: Algorithm) {
    let Some(server) = Lighttpd::start(algorithms) else { return };
    let exports = exports(&server, PRIVATE_KEY, |builder| builder);
    for _ in 0..3 {
        assert!(exports.get(&job()).await.unwrap().is_successful());
    }
    assert_eq!(
        server.exchanges(),
        [exchange(401, None), exchange(200, spoken), exchange(200, spoken), exchange(200, spoken)]
    );
}

#[tokio::test]
async fn on_md5_a_cold_call_takes_two_exchanges_and_a_warm_one_takes_one() {
    cold_and_warm(&[Algorithm::Md5], Algorithm::Md5).await;
}

#[tokio::test]
async fn on_sha_256_a_cold_call_takes_two_exchanges_and_a_warm_one_takes_one() {
    cold_and_warm(&[Algorithm::Sha256], Algorithm::Sha256).await;
}

#[tokio::test]
async fn where_both_are_offered_sha_256_stays_sha_256() {
    cold_and_warm(&[Algorithm::Sha256, Algorithm::Md5], Algorithm::Sha256).await;
}

#[tokio::test]
async fn the_query_is_part_of_what_is_signed() {
    let Some(server) = Lighttpd::start(&[Algorithm::Sha256]) else { return };
    let exports = exports(&server, PRIVATE_KEY, |builder| builder.envelope(true));
    // The file is not enveloped although that was asked for.
    assert!(exports.get(&job()).await.unwrap().is_successful());
    assert_eq!(server.exchanges(), [exchange(401, None), exchange(200, Algorithm::Sha256)]);
}

#[tokio::test]
async fn a_wrong_key_is_an_error_that_says_so_after_three_exchanges_at_the_most() {
    for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
        let Some(server) = Lighttpd::start(&[algorithm]) else { return };
        let error = exports(&server, "wrong", |builder| builder).get(&job()).await.unwrap_err();
        assert!(error.is_unauthorized() && !error.is_retryable(), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("check the API key")), "{error:?}");
        let exchanges = server.exchanges();
        assert!(exchanges.len() <= 3 && exchanges.iter().all(|exchange| exchange.status == 401), "{exchanges:?}");
    }
}

#[tokio::test]
async fn a_page_for_people_in_place_of_an_error_document_keeps_its_status() {
    let Some(server) = Lighttpd::start(&[Algorithm::Md5]) else { return };
    let missing = "5f3c5a1e8e4b2a00bbbbbbbb".parse().unwrap();
    let error = exports(&server, PRIVATE_KEY, |builder| builder).get(&missing).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    drop(server);
}
