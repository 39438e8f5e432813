//! What the fake promises, checked with clients that nobody here wrote.

use std::{process::Stdio, sync::Arc, time::Duration};

use atlas_exports_testing::{
    Algorithm, Balance, Challenge, Envelope, EnvelopedErrors, FakeAtlas, FakeResponse, Fault, Kind, NcPolicy, Reuse,
};
use diqwest::{DigestAuthSession, WithDigestAuth};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

fn client() -> Client {
    Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client")
}

/// A client without memory: a challenge for every request.
async fn get(atlas: &FakeAtlas, url: &str) -> Response {
    try_get(atlas, url).await.expect("an answer")
}

async fn try_get(atlas: &FakeAtlas, url: &str) -> Result<Response, diqwest::error::Error> {
    client().get(url).send_digest_auth((atlas.public_key(), atlas.private_key())).await
}

async fn document(atlas: &FakeAtlas, url: &str) -> Value {
    get(atlas, url).await.json().await.expect("JSON")
}

fn job_url(atlas: &FakeAtlas, kind: Kind) -> String {
    atlas.url(&format!("/backup/exports/{}", atlas.job_id(kind)))
}

#[tokio::test]
async fn every_seed_job_is_served_after_a_challenge() {
    let atlas = FakeAtlas::start().await;
    for job in atlas.jobs() {
        let served = document(&atlas, &atlas.url(&format!("/backup/exports/{}", job.id))).await;
        assert_eq!(served["id"], job.id);
        assert_eq!(served["state"], job.state);
    }
    assert_eq!(atlas.exchanges(), 2 * atlas.jobs().len());
    assert_eq!(atlas.challenges(), atlas.jobs().len());
}

#[tokio::test]
async fn the_challenge_has_the_form_of_the_live_service() {
    let atlas = FakeAtlas::start().await;
    let refused = client().get(job_url(&atlas, Kind::Tiny)).send().await.expect("an answer");
    assert_eq!(refused.status(), 401);
    let challenge = refused.headers()["www-authenticate"].to_str().expect("text").to_owned();
    let nonce = challenge.strip_prefix("Digest realm=\"MMS Public API\", domain=\"\", nonce=\"").expect("a nonce");
    let (nonce, rest) = nonce.split_at(32);
    assert!(nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte)), "{nonce}");
    assert_eq!(rest, "\", algorithm=MD5, qop=\"auth\", stale=false");
    assert!(refused.text().await.expect("text").starts_with("{\n  \"detail\" : "));
}

#[tokio::test]
async fn a_session_pays_one_challenge_for_many_requests() {
    let atlas = FakeAtlas::start().await;
    let session = DigestAuthSession::new(atlas.public_key(), atlas.private_key());
    let client = client();
    for _ in 0..10 {
        let answer = client.get(job_url(&atlas, Kind::Sharded)).send_digest_auth(&session).await.expect("an answer");
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(atlas.exchanges(), 11);
    assert!(atlas.requests().iter().all(|request| request.connection == 0), "keep-alive");
}

#[tokio::test]
async fn a_replayed_request_is_refused_and_not_called_stale() {
    let atlas = FakeAtlas::start().await;
    get(&atlas, &job_url(&atlas, Kind::Tiny)).await;
    let authorization = atlas.requests()[1].header("authorization").expect("credentials").to_owned();
    let replay = client().get(job_url(&atlas, Kind::Tiny)).header("authorization", authorization);
    let refused = replay.send().await.expect("an answer");
    assert_eq!(refused.status(), 401);
    assert!(refused.headers()["www-authenticate"].to_str().expect("text").ends_with("stale=false"));
    assert_eq!(atlas.requests()[2].refusal, Some("nc was used before"));
}

#[tokio::test(start_paused = true)]
async fn nonces_expire_on_tokio_time_and_are_called_stale() {
    let atlas = FakeAtlas::start().await;
    let session = DigestAuthSession::new(atlas.public_key(), atlas.private_key());
    let client = client();
    let ask = async || client.get(job_url(&atlas, Kind::Tiny)).send_digest_auth(&session).await;
    assert_eq!(ask().await.expect("an answer").status(), 200);
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(ask().await.expect("an answer").status(), 200);
    assert_eq!(atlas.requests()[2].refusal, Some("the nonce has expired"));
}

#[tokio::test]
async fn a_restart_forgets_nonces() {
    let atlas = FakeAtlas::start().await;
    let session = DigestAuthSession::new(atlas.public_key(), atlas.private_key());
    let client = client();
    let ask = async || client.get(job_url(&atlas, Kind::Tiny)).send_digest_auth(&session).await;
    ask().await.expect("an answer");
    atlas.drop_nonces();
    assert_eq!(ask().await.expect("an answer").status(), 200);
    assert_eq!(atlas.requests()[2].refusal, Some("the nonce is not known here"));
}

#[tokio::test]
async fn nodes_do_not_share_nonces() {
    let atlas = FakeAtlas::builder().nodes(3, Balance::PerRequest).start().await;
    let answer = get(&atlas, &job_url(&atlas, Kind::Tiny)).await;
    assert_eq!(answer.status(), 401, "the challenge came from another node");
    let nodes: Vec<_> = atlas.requests().iter().map(|request| request.node).collect();
    assert_ne!(nodes[0], nodes[1]);
}

#[tokio::test]
async fn a_reused_nonce_can_be_refused() {
    for stale in [false, true] {
        let atlas = FakeAtlas::builder().reuse(Reuse::Refused { stale }).start().await;
        let session = DigestAuthSession::new(atlas.public_key(), atlas.private_key());
        let client = client();
        for _ in 0..2 {
            let ask = client.get(job_url(&atlas, Kind::Tiny));
            assert_eq!(ask.send_digest_auth(&session).await.expect("an answer").status(), 200);
        }
        assert_eq!(atlas.requests()[2].refusal, Some("the nonce was used before"));
    }
}

#[tokio::test]
async fn wrong_keys_are_refused_in_the_words_of_the_live_service() {
    let atlas = FakeAtlas::start().await;
    for (public, private) in [(atlas.public_key(), "wrong"), ("nobody", atlas.private_key())] {
        let ask = client().get(job_url(&atlas, Kind::Tiny));
        let refused = ask.send_digest_auth((public, private)).await.expect("an answer");
        assert_eq!(refused.status(), 401);
        let body: Value = refused.json().await.expect("JSON");
        assert_eq!(body["errorCode"], "UNEXPECTED_ERROR");
        assert!(body.get("parameters").is_none());
    }
    atlas.add_key("second", "key");
    let ask = client().get(job_url(&atlas, Kind::Tiny));
    assert_eq!(ask.send_digest_auth(("second", "key")).await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn algorithms_and_qop_are_settings() {
    for builder in [
        FakeAtlas::builder().algorithm(Algorithm::Sha256),
        FakeAtlas::builder().algorithms([Algorithm::Sha256, Algorithm::Md5]),
        FakeAtlas::builder().without_qop(),
        FakeAtlas::builder().nc_policy(NcPolicy::Window(100)),
        FakeAtlas::builder().path_prefix("/gateway/"),
    ] {
        let atlas = builder.start().await;
        assert_eq!(get(&atlas, &job_url(&atlas, Kind::Tiny)).await.status(), 200);
        assert_eq!(atlas.exchanges(), 2);
    }
}

#[tokio::test]
async fn challenges_can_be_of_any_form() {
    let challenges = [
        (Challenge::absent(), vec![]),
        (Challenge::basic(), vec!["Basic realm=\"MMS Public API\""]),
        (Challenge::templates(["a", "b"]), vec!["a", "b"]),
    ];
    for (challenge, expected) in challenges {
        let atlas = FakeAtlas::builder().challenge(challenge).start().await;
        let refused = client().get(job_url(&atlas, Kind::Tiny)).send().await.expect("an answer");
        assert_eq!(refused.status(), 401);
        assert!(refused.headers().get_all("www-authenticate").iter().eq(expected));
    }
    let open = FakeAtlas::builder().without_authentication().start().await;
    assert_eq!(client().get(job_url(&open, Kind::Tiny)).send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn what_is_missing_is_named_as_the_live_service_does() {
    let atlas = FakeAtlas::start().await;
    let root = format!("{}/api/atlas/v1.0", atlas.base_url());
    let project = atlas.project_id();
    let cases = [
        (
            format!("{root}/groups/{}/clusters/Cluster0/backup/exports/{}", "0".repeat(24), "1".repeat(24)),
            "GROUP_NOT_FOUND",
        ),
        (format!("{root}/groups/{project}/clusters/Nope/backup/exports/{}", "1".repeat(24)), "CLUSTER_NOT_FOUND"),
        (format!("{root}/groups/{project}/clusters/Cluster0/backup/exports/{}", "1".repeat(24)), "RESOURCE_NOT_FOUND"),
        (format!("{root}/nothing/here"), "RESOURCE_NOT_FOUND"),
    ];
    for (url, code) in cases {
        let answer = get(&atlas, &url).await;
        assert_eq!(answer.status(), 404);
        assert_eq!(answer.headers()["x-error-code"], code);
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!(
            (&body["error"], &body["errorCode"], &body["reason"]),
            (&json!(404), &json!(code), &json!("Not Found"))
        );
        assert!(body["parameters"].is_array());
    }
}

#[tokio::test]
async fn pretty_and_envelope_are_obeyed() {
    let atlas = FakeAtlas::start().await;
    let url = job_url(&atlas, Kind::Tiny);
    let plain = document(&atlas, &url).await;
    let text = get(&atlas, &format!("{url}?pretty=true")).await.text().await.expect("text");
    assert!(text.starts_with("{\n  \"createdAt\" : \""), "{text}");
    assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), plain);
    let enveloped = document(&atlas, &format!("{url}?envelope=true")).await;
    assert_eq!(enveloped, json!({"status": 200, "content": plain}));

    let atlas =
        FakeAtlas::builder().envelope(Envelope::Envelope).enveloped_errors(EnvelopedErrors::Inside).start().await;
    let enveloped = document(&atlas, &format!("{}?envelope=true", job_url(&atlas, Kind::Tiny))).await;
    assert_eq!(enveloped["envelope"]["state"], "Successful");
    let missing = get(&atlas, &format!("{}?envelope=true", atlas.url("/backup/exports/none"))).await;
    assert_eq!(missing.status(), 200);
    assert_eq!(missing.json::<Value>().await.expect("JSON")["status"], 404);
}

#[tokio::test]
async fn a_job_is_served_as_it_was_put_in() {
    let atlas = FakeAtlas::start().await;
    let job = json!({"id": "5fb1a8c0e2c4d84c1e4f0aff", "state": null, "new": [1, 2.5, {"x": "y"}]});
    atlas.put_job(job.clone());
    assert_eq!(document(&atlas, &atlas.url("/backup/exports/5fb1a8c0e2c4d84c1e4f0aff")).await, job);
}

#[tokio::test]
async fn any_endpoint_can_be_given_an_answer() {
    let atlas = FakeAtlas::start().await;
    atlas.respond("GET", "/groups/{groupId}/clusters/{clusterName}/backup/snapshots/{id}", 200, json!({"id": "a"}));
    atlas.respond_with("POST", "/api/atlas/v1.0/echo", |request| {
        FakeResponse::text(202, "text/plain", request.body.clone()).header("x-query", &request.query)
    });
    let url = atlas.url("/backup/snapshots/5fb1a8c0e2c4d84c1e4f0aff?envelope=true");
    assert_eq!(document(&atlas, &url).await, json!({"status": 200, "content": {"id": "a"}}));
    assert_eq!(atlas.exchanges(), 2, "it is behind digest too");
    let echo = client().post(format!("{}/api/atlas/v1.0/echo?a=b", atlas.base_url())).body("hello");
    let echoed = echo.send_digest_auth((atlas.public_key(), atlas.private_key())).await.expect("an answer");
    assert_eq!(echoed.status(), 202);
    assert_eq!(echoed.headers()["x-query"], "a=b");
    assert_eq!(echoed.text().await.expect("text"), "hello");
}

#[tokio::test]
async fn answers_can_be_replaced() {
    let atlas = FakeAtlas::start().await;
    let url = job_url(&atlas, Kind::Tiny);
    atlas.fault(Fault::html_502());
    atlas.fault(Fault::empty_503());
    atlas.fault(Fault::rate_limited(7));
    atlas.fault(Fault::redirect("https://example.org/"));
    atlas.fault(Fault::huge_error());
    let html = get(&atlas, &url).await;
    assert_eq!(
        (html.status(), html.headers()["content-type"].to_str().ok()),
        (StatusCode::BAD_GATEWAY, Some("text/html"))
    );
    let empty = get(&atlas, &url).await;
    assert_eq!((empty.status().as_u16(), empty.text().await.expect("text").len()), (503, 0));
    let limited = get(&atlas, &url).await;
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str().ok()), (429, Some("7")));
    let moved = get(&atlas, &url).await;
    assert_eq!(
        (moved.status().as_u16(), moved.headers()["location"].to_str().ok()),
        (302, Some("https://example.org/"))
    );
    assert!(get(&atlas, &url).await.bytes().await.expect("bytes").len() > 10_000_000);
    assert_eq!(get(&atlas, &url).await.status(), 200);
    assert_eq!(atlas.pending_faults(), 0);
}

#[tokio::test]
async fn answers_can_be_lost_and_broken() {
    let atlas = FakeAtlas::start().await;
    let url = job_url(&atlas, Kind::Sharded);
    atlas.fault(Fault::reset());
    assert!(try_get(&atlas, &url).await.is_err());
    assert_eq!(atlas.requests().last().expect("a request").status, None);
    for fault in [Fault::reset_midway(), Fault::truncated()] {
        atlas.fault(fault);
        let broken = get(&atlas, &url).await;
        assert_eq!(broken.status(), 200);
        assert!(broken.bytes().await.is_err());
    }
    atlas.fault(Fault::bad_json());
    let cut = get(&atlas, &url).await.text().await.expect("complete as far as HTTP can tell");
    assert!(serde_json::from_str::<Value>(&cut).is_err());
    atlas.fault(Fault::wrong_type("components.0.exportId"));
    assert!(document(&atlas, &url).await["components"][0]["exportId"].is_object());
    atlas.fault(Fault::content_type("text/plain"));
    assert_eq!(get(&atlas, &url).await.headers()["content-type"], "text/plain");
    assert_eq!(document(&atlas, &url).await["state"], "Successful");
}

#[tokio::test]
async fn a_reset_is_a_real_one() {
    let atlas = FakeAtlas::start().await;
    atlas.fault(Fault::reset().before_auth());
    let error = client().get(job_url(&atlas, Kind::Tiny)).send().await.expect_err("a reset");
    let mut text = String::new();
    let mut source: Option<&dyn std::error::Error> = Some(&error);
    while let Some(cause) = source {
        text.push_str(&format!("{cause}; "));
        source = cause.source();
    }
    assert!(text.contains("reset"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn answers_can_be_slow_on_tokio_time() {
    let atlas = FakeAtlas::start().await;
    let url = job_url(&atlas, Kind::Tiny);
    for fault in [Fault::slow_headers(Duration::from_secs(600)), Fault::stalled_body(Duration::from_secs(600))] {
        let began = tokio::time::Instant::now();
        atlas.fault(fault);
        let answer = get(&atlas, &url).await;
        answer.json::<Value>().await.expect("the whole document at last");
        assert!(began.elapsed() >= Duration::from_secs(600));
        assert!(began.elapsed() < Duration::from_secs(601));
    }
}

#[tokio::test]
async fn a_fault_before_authentication_hits_the_challenge() {
    let atlas = FakeAtlas::start().await;
    atlas.fault(Fault::html_502().before_auth());
    assert_eq!(get(&atlas, &job_url(&atlas, Kind::Tiny)).await.status(), 502);
    assert_eq!(atlas.exchanges(), 1);
}

#[tokio::test]
async fn dropping_it_closes_the_port() {
    let atlas = FakeAtlas::start().await;
    let url = job_url(&atlas, Kind::Tiny);
    assert_eq!(get(&atlas, &url).await.status(), 200);
    drop(atlas);
    let closed = async {
        // The task that listens ends at its next turn, not before drop returns.
        while !client().get(&url).send().await.is_err_and(|error| error.is_connect()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), closed).await.expect("nobody listens");
}

#[test]
fn it_serves_tests_that_are_not_async() {
    let atlas = FakeAtlas::builder().without_authentication().start_blocking().expect("it starts");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let answer = runtime.block_on(client().get(job_url(&atlas, Kind::Tiny)).send()).expect("an answer");
    assert_eq!(answer.status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_tasks_at_once_are_all_served() {
    const TASKS: usize = 64;
    const EACH: usize = 25;
    let atlas = Arc::new(FakeAtlas::builder().without_authentication().start().await);
    let client = client();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (client, url) = (client.clone(), job_url(&atlas, Kind::Tiny));
            tokio::spawn(async move {
                for _ in 0..EACH {
                    let answer = client.get(&url).send().await.expect("an answer");
                    assert_eq!(answer.status(), 200);
                    answer.bytes().await.expect("a body");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    assert_eq!(atlas.exchanges(), TASKS * EACH);
}

/// Runs curl, or says that there is none.
async fn curl(arguments: &[&str]) -> Option<String> {
    let run = tokio::process::Command::new("curl").args(arguments).stderr(Stdio::inherit()).output().await;
    let Ok(output) = run else {
        println!("skipped: there is no curl here");
        return None;
    };
    assert!(output.status.success(), "curl {arguments:?}: {}", output.status);
    Some(String::from_utf8(output.stdout).expect("text"))
}

#[tokio::test]
async fn curl_gets_jobs_by_each_algorithm() {
    for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
        let atlas = FakeAtlas::builder().algorithm(algorithm).start().await;
        let keys = format!("{}:{}", atlas.public_key(), atlas.private_key());
        let (tiny, sharded) = (job_url(&atlas, Kind::Tiny), job_url(&atlas, Kind::Sharded));
        let run = curl(&["-sSf", "--noproxy", "*", "--digest", "--user", &keys, &tiny, &sharded]).await;
        let Some(output) = run else { return };
        let documents: Vec<Value> =
            serde_json::Deserializer::from_str(&output).into_iter().collect::<Result<_, _>>().expect("JSON");
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[1]["id"], atlas.job_id(Kind::Sharded));
        let refused = atlas.challenges();
        assert_eq!(atlas.exchanges(), 2 + refused, "{algorithm:?}");
        assert!(refused <= 2, "{algorithm:?}");
    }
}
