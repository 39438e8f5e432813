//! Challenges in every form that RFC 7616 and RFC 9110 allow, answered on a server that checks the answers.

use crate::common::{exports, job};
use atlas_exports::NewExport;
use atlas_exports_testing::{Algorithm, Challenge, FakeAtlas, FakeAtlasBuilder, Kind, Reuse};

const SNAPSHOT: &str = "60a7b2f1e2c4d84c1e4f0001";

/// The `Authorization` headers of three calls, of which the first fetches the challenge.
async fn answers(settings: FakeAtlasBuilder, what: &str) -> Vec<String> {
    let atlas = settings.start().await;
    let exports = exports(&atlas);
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    let new = NewExport::new(SNAPSHOT.parse().unwrap(), atlas.bucket_id().parse().unwrap());
    exports.create(new).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(atlas.exchanges(), 4, "{what}: two for the first call and one for each further one");
    let signed = atlas.requests();
    let signed = signed.iter().filter_map(|request| request.headers.get("authorization"));
    signed.map(|value| String::from_utf8(value.as_bytes().to_vec()).unwrap()).collect()
}

fn digest(more: &str) -> String {
    format!("Digest realm=\"{{realm}}\", nonce=\"{{nonce}}\"{more}")
}

#[tokio::test]
async fn every_form_of_a_challenge_is_answered_on_the_cold_and_the_warm_path() {
    let other_case = "DIGEST Realm=\"{realm}\", NONCE=\"{nonce}\", QOP=\"auth\", Algorithm=md5, STALE=FALSE";
    for challenge in [
        other_case.to_owned(),
        digest(", qop=\"AUTH\""),
        digest(", qop=auth, algorithm=\"MD5\""),
        digest(", qop=Auth, algorithm=\"Md5-SESS\""),
        digest(", qop=\"auth-conf, auth\""),
        digest(", qop=\"auth-int,auth\""),
        digest(", qop=\"\""),
        digest(""),
        digest(", qop=auth, charset=utf-8, charset2=\"x\""),
        digest(", qop=auth, charset=latin1"),
        digest(", qop=auth, domain=\"/ https://other\", unknown, opaque=\"a \\\"quoted\\\" one\""),
        digest(",, , qop=auth, ,"),
        digest(" , qop\t=  \"auth\" , algorithm = MD5"),
        digest(", qop=\"auth-int\""),
        digest(", qop=auth-int, algorithm=MD5-sess, userhash=false"),
        format!("Negotiate, {}", digest(", qop=auth")),
        format!("Negotiate dG9rZW4=, Basic realm=\"b, Digest\", {}", digest(", qop=auth")),
        digest(", qop=auth, Bearer realm=\"b\", nonce=\"other\", algorithm=SHA-256"),
    ] {
        answers(FakeAtlas::builder().challenge(Challenge::template(&challenge)), &challenge).await;
    }
}

#[tokio::test]
async fn a_challenge_behind_other_headers_is_answered() {
    let others = ["Basic realm=\"b\"", "Negotiate", "Bearer realm=\"b\", nonce=\"other\", qop=\"auth-int\""];
    for at in 0..=others.len() {
        let mut headers: Vec<String> = others.map(Into::into).to_vec();
        headers.insert(at, digest(", qop=auth"));
        answers(FakeAtlas::builder().challenge(Challenge::templates(headers)), &format!("behind {at} others")).await;
    }
}

#[tokio::test]
async fn nothing_is_sent_that_the_server_did_not_offer() {
    let authorization = answers(FakeAtlas::builder().challenge(Challenge::template(digest(", qop=auth"))), "").await;
    assert!(authorization.iter().all(|value| !value.contains("algorithm")), "{authorization:?}");
    let authorization = answers(FakeAtlas::builder().challenge(Challenge::template(digest(""))), "").await;
    assert!(authorization.iter().all(|value| !value.contains("nc=") && !value.contains("qop")), "{authorization:?}");
}

#[tokio::test]
async fn of_several_challenges_the_strongest_that_can_be_answered_is_taken() {
    use Algorithm::{Md5, Sha256, Sha512_256};
    for (algorithms, strongest) in
        [(vec![Md5, Sha256], "SHA-256"), (vec![Sha256, Md5], "SHA-256"), (vec![Sha256, Sha512_256, Md5], "SHA-512-256")]
    {
        let one_header: Vec<_> =
            algorithms.iter().map(|it| digest(&format!(", qop=auth, algorithm={}", it.token()))).collect();
        for settings in
            [FakeAtlas::builder(), FakeAtlas::builder().challenge(Challenge::template(one_header.join(", ")))]
        {
            let authorization = answers(settings.algorithms(algorithms.clone()), strongest).await;
            let named = format!("algorithm={strongest}");
            assert!(authorization.iter().all(|value| value.ends_with(&named)), "{authorization:?}");
        }
    }
    let unknown = [digest(", qop=auth, algorithm=SHA-512"), digest(", qop=auth, algorithm=MD5")];
    answers(FakeAtlas::builder().challenge(Challenge::templates(unknown)), "an unknown algorithm first").await;
}

#[tokio::test]
async fn a_realm_outside_ascii_is_answered() {
    for realm in ["caf\u{e9} \u{1f600}", "a \\ \"quoted\" one"] {
        let quoted = realm.replace('\\', "\\\\").replace('"', "\\\"");
        let challenge = digest(", qop=auth").replace("{realm}", &quoted);
        answers(FakeAtlas::builder().realm(realm).challenge(Challenge::template(challenge)), realm).await;
    }
}

#[tokio::test]
async fn the_next_nonce_of_a_response_saves_an_exchange_where_none_is_taken_twice() {
    for stale in [false, true] {
        let settings = FakeAtlas::builder().reuse(Reuse::Refused { stale });
        let authorization = answers(settings.next_nonces(), "a nonce for each request").await;
        assert!(authorization.iter().all(|value| value.contains("nc=00000001")), "{authorization:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_nonce_of_a_response_is_as_young_as_the_response() {
    let atlas = FakeAtlas::builder().next_nonces().start().await;
    let exports = exports(&atlas);
    for exchanges in [2, 3, 4] {
        exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
        assert_eq!(atlas.exchanges(), exchanges);
        tokio::time::advance(std::time::Duration::from_secs(50)).await;
    }
}
