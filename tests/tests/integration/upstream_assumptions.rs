//! What the client believes of diqwest, digest_auth and reqwest, each belief a test that an upgrade can break.
//!
//! A test that fails because a library got better is good news: what was built around the old behaviour can go.

use std::{error::Error as _, time::Duration};

use atlas_exports_testing::{Algorithm, FakeAtlas, Fault, Kind};
use diqwest::{DigestAuthSession, WithDigestAuth};

use crate::common::job;

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

async fn stock_costs(atlas: &FakeAtlas, calls: usize) -> Vec<usize> {
    let session = DigestAuthSession::new(atlas.public_key(), atlas.private_key());
    let url = atlas.url(&format!("/backup/exports/{}", job(atlas, Kind::Successful)));
    let mut costs = Vec::new();
    for _ in 0..calls {
        atlas.reset_requests();
        let answer = http().get(&url).send_digest_auth(&session).await.unwrap();
        assert_eq!(answer.status(), 200);
        costs.push(atlas.exchanges());
    }
    costs
}

#[tokio::test]
async fn diqwest_answers_a_challenge_again_on_md5() {
    assert_eq!(stock_costs(&FakeAtlas::start().await, 3).await, [2, 1, 1]);
}

#[tokio::test]
async fn diqwest_forgets_the_algorithm_of_its_session_which_is_why_ours_keeps_the_challenge() {
    let atlas = FakeAtlas::builder().algorithm(Algorithm::Sha256).start().await;
    assert_eq!(stock_costs(&atlas, 3).await, [2, 3, 3]);
}

#[tokio::test(start_paused = true)]
async fn diqwest_drops_the_challenge_of_a_refusal_which_is_why_ours_forgets_before_atlas_does() {
    let atlas = FakeAtlas::start().await;
    let session = DigestAuthSession::new(atlas.public_key(), atlas.private_key());
    let url = atlas.url(&format!("/backup/exports/{}", job(&atlas, Kind::Successful)));
    http().get(&url).send_digest_auth(&session).await.unwrap();
    tokio::time::advance(Duration::from_secs(61)).await;
    atlas.reset_requests();
    http().get(&url).send_digest_auth(&session).await.unwrap();
    assert_eq!(atlas.exchanges(), 3);
}

#[test]
fn digest_auth_counts_up_before_it_answers() {
    let mut prompt = digest_auth::parse(r#"Digest realm="r", nonce="n", qop="auth""#).unwrap();
    let context = digest_auth::AuthContext::new("u", "p", "/");
    assert_eq!(prompt.respond(&context).unwrap().nc, 1);
    assert_eq!(prompt.respond(&context).unwrap().nc, 2);
}

#[test]
fn digest_auth_accepts_what_is_no_digest_challenge_which_is_why_the_scheme_is_checked() {
    assert!(digest_auth::parse(r#"realm="r", nonce="n""#).is_ok());
}

#[tokio::test]
async fn reqwest_tells_connecting_timeouts_and_broken_bodies_apart() {
    let refused = http().get("http://127.0.0.1:1").send().await.unwrap_err();
    assert!(refused.is_connect() && !refused.is_timeout());

    let atlas = FakeAtlas::builder().without_authentication().start().await;
    let url = atlas.url(&format!("/backup/exports/{}", job(&atlas, Kind::Successful)));
    atlas.fault(Fault::truncated());
    let cut = http().get(&url).send().await.unwrap().bytes().await.unwrap_err();
    assert!(!cut.is_connect() && !cut.is_timeout() && cut.source().is_some());
}

#[tokio::test]
async fn reqwest_leaves_the_answer_of_a_redirect_alone_when_told_to() {
    let atlas = FakeAtlas::builder().without_authentication().start().await;
    atlas.fault(Fault::redirect("http://127.0.0.1:1/"));
    let url = atlas.url(&format!("/backup/exports/{}", job(&atlas, Kind::Successful)));
    assert_eq!(http().get(&url).send().await.unwrap().status(), 302);
}
