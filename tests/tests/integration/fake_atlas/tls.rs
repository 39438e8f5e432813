//! HTTPS, HTTP/2 and proxies, checked with a plain HTTP client.

use std::time::Duration;

use atlas_exports_testing::{ConnectProxy, FakeAtlas, Fault, Kind};
use diqwest::{DigestAuthSession, WithDigestAuth};
use reqwest::{Certificate, Client, ClientBuilder, Proxy, Version};

fn trusting(atlas: &FakeAtlas) -> ClientBuilder {
    let authority = Certificate::from_pem(atlas.ca_pem().expect("an authority").as_bytes()).expect("a certificate");
    Client::builder().no_proxy().tls_certs_only([authority])
}

fn job_url(atlas: &FakeAtlas) -> String {
    atlas.url(&format!("/backup/exports/{}", atlas.job_id(Kind::Sharded)))
}

#[tokio::test]
async fn http2_and_http11_are_spoken_as_the_client_likes() {
    let atlas = FakeAtlas::builder().tls().start().await;
    assert!(atlas.base_url().starts_with("https://127.0.0.1:"));
    let session = DigestAuthSession::new(atlas.public_key(), atlas.private_key());
    for (client, version) in
        [(trusting(&atlas).build(), Version::HTTP_2), (trusting(&atlas).http1_only().build(), Version::HTTP_11)]
    {
        let ask = client.expect("a client").get(job_url(&atlas));
        let answer = ask.send_digest_auth(&session).await.expect("an answer");
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
        assert_eq!(atlas.requests().last().expect("a request").version, version);
    }
    let old = FakeAtlas::builder().tls().without_http2().without_authentication().start().await;
    let answer = trusting(&old).build().expect("a client").get(job_url(&old)).send().await.expect("an answer");
    assert_eq!(answer.version(), Version::HTTP_11);
}

#[tokio::test]
async fn a_client_that_does_not_know_the_authority_refuses() {
    let atlas = FakeAtlas::builder().tls().start().await;
    let client = Client::builder().no_proxy().build().expect("a client");
    let error = client.get(job_url(&atlas)).send().await.expect_err("no trust");
    assert!(format!("{error:?}").contains("UnknownIssuer"), "{error:?}");
    assert_eq!(atlas.exchanges(), 0);
}

#[tokio::test]
async fn goaway_moves_a_client_to_a_new_connection_without_losing_an_answer() {
    for version in [Version::HTTP_2, Version::HTTP_11] {
        let atlas = FakeAtlas::builder().tls().without_authentication().start().await;
        let client = trusting(&atlas);
        let client = if version == Version::HTTP_11 { client.http1_only() } else { client };
        let client = client.build().expect("a client");
        let ask = async || client.get(job_url(&atlas)).send().await.expect("an answer").bytes().await.expect("a body");
        ask().await;
        ask().await;
        atlas.fault(Fault::slow_headers(Duration::from_millis(50)));
        tokio::join!(ask(), async {
            // The slow request is on its way before the word is given.
            while atlas.exchanges() < 3 {
                tokio::task::yield_now().await;
            }
            atlas.goaway();
        });
        ask().await;
        atlas.fault(Fault::goaway());
        ask().await;
        ask().await;
        let connections: Vec<_> = atlas.requests().iter().map(|request| request.connection).collect();
        assert_eq!(connections, [0, 0, 0, 1, 1, 2], "{version:?}");
        assert_eq!(atlas.response_count(200), 6);
    }
}

#[tokio::test]
async fn faults_reach_http2_too() {
    let atlas = FakeAtlas::builder().tls().without_authentication().start().await;
    let client = trusting(&atlas).build().expect("a client");
    for fault in [Fault::reset(), Fault::reset_midway(), Fault::truncated()] {
        atlas.fault(fault.clone());
        let broken = match client.get(job_url(&atlas)).send().await {
            Err(_) => true,
            Ok(answer) => answer.bytes().await.is_err(),
        };
        assert!(broken, "{fault:?}");
        let next = client.get(job_url(&atlas)).send().await.expect("an answer");
        assert_eq!((next.status().as_u16(), next.version()), (200, Version::HTTP_2));
    }
}

#[tokio::test]
async fn tunnels_are_counted_and_can_lead_elsewhere() {
    let atlas = FakeAtlas::builder().tls().without_authentication().start().await;
    let proxy = ConnectProxy::start().await;
    let through = |proxy: &ConnectProxy| trusting(&atlas).proxy(Proxy::https(proxy.url()).expect("a proxy")).build();
    let client = through(&proxy).expect("a client");
    for _ in 0..3 {
        let answer = client.get(job_url(&atlas)).send().await.expect("an answer");
        assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
    }
    assert_eq!(proxy.tunnels(), [atlas.address().to_string()]);

    let disguise = ConnectProxy::towards(&atlas).await;
    let url = job_url(&atlas).replace(atlas.base_url(), "https://cloud.mongodb.com");
    let client = through(&disguise).expect("a client");
    assert_eq!(client.get(&url).send().await.expect("an answer").status(), 200);
    assert_eq!(disguise.tunnels(), ["cloud.mongodb.com:443"]);

    disguise.refuse(Some(407));
    let client = through(&disguise).expect("a client");
    assert!(client.get(&url).send().await.expect_err("a refusal").is_connect());
    assert_eq!(atlas.exchanges(), 4);
}
