//! `doctor`: what it finds out, what it says to do, and what it costs.

use std::{
    net::TcpListener,
    time::{Duration, SystemTime},
};

use atlas_exports_testing::{Balance, Envelope, FakeAtlas, FakeAtlasBuilder, FakeResponse, Reuse};
use serde_json::{Value, json};

use crate::program::{Ended, command, command_at, command_in, run};

const BUCKETS: &str = "/groups/{groupId}/backup/exportBuckets";
const JOBS: &str = "/groups/{groupId}/clusters/{clusterName}/backup/exports";

fn fake(builder: FakeAtlasBuilder) -> FakeAtlas {
    builder.start_blocking().unwrap()
}

fn healthy() -> FakeAtlas {
    fake(FakeAtlas::builder())
}

/// Its report as JSON, after what must hold of every report.
fn doctor(fake: &FakeAtlas, options: &[&str]) -> (Option<i32>, Value) {
    fake.reset_requests();
    let ended = run(command_in(fake), [&["doctor", "--format", "json"][..], options].concat());
    assert_eq!(ended.err, "", "{ended:?}");
    for secret in [fake.private_key(), fake.client_secret(), fake.project_id(), fake.bucket_id()] {
        assert!(!ended.out.contains(secret), "{secret} {ended:?}");
    }
    let report = ended.json();
    let requests = fake.requests();
    assert!(requests.len() <= 10, "{} requests: {requests:#?}", requests.len());
    assert!(requests.iter().all(|request| request.method == "GET" || request.path == "/api/oauth/token"));
    // The last one may have been abandoned before it reached the service.
    let told = usize::try_from(report["requests"].as_u64().unwrap()).unwrap();
    assert!((requests.len()..=10).contains(&told), "{} requests: {report:#}", requests.len());
    (ended.code, report)
}

/// The one check of this name: its status, its text and what to do.
fn check<'a>(report: &'a Value, name: &str) -> (&'a str, &'a str, &'a str) {
    let checks = report["checks"].as_array().unwrap();
    let mut named = checks.iter().filter(|check| check["name"] == name);
    let (Some(check), None) = (named.next(), named.next()) else { panic!("{name}: {report:#}") };
    let text = |member: &str| check[member].as_str().unwrap_or_default();
    (text("status"), text("text"), text("advice"))
}

fn names(report: &Value) -> Vec<&str> {
    report["checks"].as_array().unwrap().iter().filter_map(|check| check["name"].as_str()).collect()
}

#[test]
fn a_healthy_setup_is_ok_in_every_line() {
    let fake = healthy();
    let (code, report) = doctor(&fake, &[]);
    assert_eq!((code, &report["requests"]), (Some(0), &json!(fake.requests().len())), "{report:#}");
    for (name, text) in [
        ("address", "http://127.0.0.1:"),
        ("connection", "HTTP/1.1, without TLS"),
        ("clock", "within"),
        ("challenge", "Digest realm=\"MMS Public API\", domain=\"\", nonce=(32 characters), algorithm=MD5"),
        ("nonce", "accepted again on one connection, and on another"),
        ("API version", "v1.0"),
        ("envelope", "\"content\""),
        ("credentials", "accepted"),
        ("projects", "32b6…e7b8 is one of 1"),
        ("buckets", "Project Read Only"),
        ("jobs", "Project Backup Manager"),
    ] {
        let (status, found, _) = check(&report, name);
        assert!(status == "ok" && found.contains(text), "{name}: {report:#}");
    }
}

#[test]
fn a_service_account_is_examined_in_version_2() {
    let fake = healthy();
    let mut account = command();
    account
        .env("MONGODB_ATLAS_CLIENT_ID", fake.client_id())
        .env("MONGODB_ATLAS_CLIENT_SECRET", fake.client_secret())
        .env("MONGODB_ATLAS_BASE_URL", fake.base_url());
    let arguments = ["doctor", "--project", fake.project_id(), "--cluster", fake.cluster_name(), "--format", "json"];
    let ended = run(account, arguments);
    let report = ended.json();
    assert_eq!(ended.code, Some(0), "{report:#}");
    assert!(check(&report, "token").1.contains("responded"), "{report:#}");
    assert!(check(&report, "API version").1.starts_with("v2, resource versions 2023-01-01"), "{report:#}");
    assert!(!names(&report).contains(&"nonce") && fake.requests().len() <= 10, "{report:#}");
}

#[test]
fn nonces_that_are_not_accepted_again_are_told() {
    for stale in [true, false] {
        let fake = fake(FakeAtlas::builder().reuse(Reuse::Refused { stale }));
        let (code, report) = doctor(&fake, &[]);
        assert_eq!((code, check(&report, "nonce").0), (Some(0), "warning"), "{report:#}");
        assert!(check(&report, "nonce").1.contains("not accepted again"), "{report:#}");
    }
}

#[test]
fn the_envelope_is_told_by_the_name_of_its_member() {
    for (envelope, text) in [(Envelope::Envelope, "\"envelope\""), (Envelope::Ignored, "not sent")] {
        let fake = fake(FakeAtlas::builder().envelope(envelope));
        let (_, report) = doctor(&fake, &[]);
        assert!(check(&report, "envelope").1.contains(text), "{report:#}");
    }
}

#[test]
fn a_wrong_key_is_a_failure_that_names_the_key() {
    let fake = healthy();
    let mut wrong = command_in(&fake);
    wrong.env("MONGODB_ATLAS_PRIVATE_API_KEY", "wrong-private-key");
    let ended = run(wrong, ["doctor"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let line = ended.out.lines().skip_while(|line| !line.starts_with("failure  credentials"));
    let [failure, advice] = line.take(2).collect::<Vec<_>>().try_into().unwrap();
    assert!(failure.contains("refused by every request: 401"), "{ended:?}");
    assert!(advice.contains("-> ") && advice.contains("API key that ends in"), "{ended:?}");
    assert!(fake.requests().len() <= 10 && !ended.out.contains("wrong-private-key"), "{ended:?}");
}

#[test]
fn a_wrong_secret_of_a_service_account_is_a_failure() {
    let fake = healthy();
    let mut wrong = command();
    wrong.env("MONGODB_ATLAS_CLIENT_ID", fake.client_id()).env("MONGODB_ATLAS_CLIENT_SECRET", "wrong-secret");
    wrong.env("MONGODB_ATLAS_BASE_URL", fake.base_url());
    let ended = run(wrong, ["doctor", "--format", "json"]);
    let report = ended.json();
    assert_eq!((ended.code, check(&report, "credentials").0), (Some(1), "failure"), "{report:#}");
    assert!(check(&report, "credentials").2.contains("client id and its secret"), "{report:#}");
}

#[test]
fn a_missing_role_is_a_failure_with_the_role() {
    let error = json!({"error": 403, "errorCode": "USER_UNAUTHORIZED", "reason": "Forbidden", "detail": "no"});
    for (path, name, role) in [(BUCKETS, "buckets", "Project Read Only"), (JOBS, "jobs", "Project Backup Manager")] {
        let fake = healthy();
        fake.respond("GET", path, 403, error.clone());
        let (code, report) = doctor(&fake, &[]);
        let (status, text, advice) = check(&report, name);
        assert_eq!((code, status), (Some(1), "failure"), "{report:#}");
        assert!(text.contains("USER_UNAUTHORIZED") && advice.contains(role), "{report:#}");
        assert_eq!(check(&report, "credentials").0, "ok", "{report:#}");
    }
}

#[test]
fn a_project_that_the_credentials_do_not_see_is_a_failure() {
    let fake = healthy();
    fake.respond("GET", "/groups", 200, json!({"results": [], "links": [], "totalCount": 0}));
    let (code, report) = doctor(&fake, &[]);
    assert_eq!((code, check(&report, "projects").0), (Some(1), "failure"), "{report:#}");
}

#[test]
fn without_a_project_or_a_cluster_it_says_what_to_add() {
    let fake = healthy();
    let run = |options: &[&str]| -> Value {
        run(command_at(&fake), [&["doctor", "--format", "json"][..], options].concat()).json()
    };
    let report = run(&[]);
    assert_eq!(check(&report, "projects"), ("warning", check(&report, "projects").1, "add --project ID"));
    assert_eq!(check(&report, "nonce").0, "ok", "{report:#}");
    let report = run(&["--project", fake.project_id()]);
    assert_eq!(check(&report, "jobs").2, "add --cluster NAME", "{report:#}");
}

#[test]
fn a_server_that_is_not_there_is_a_failure_of_the_connection() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut nowhere = command();
    nowhere.env("MONGODB_ATLAS_PUBLIC_KEY", "a").env("MONGODB_ATLAS_PRIVATE_KEY", "b");
    let ended = run(nowhere, ["doctor", "--format", "json", "--base-url", &format!("http://{closed}")]);
    let report = ended.json();
    assert_eq!((ended.code, check(&report, "connection").0), (Some(1), "failure"), "{report:#}");
    assert!(check(&report, "connection").2.contains("proxy settings") && report["requests"] == 1, "{report:#}");
}

#[test]
fn a_dead_proxy_is_named_without_its_password() {
    let mut proxied = command();
    proxied.env("MONGODB_ATLAS_PUBLIC_KEY", "a").env("MONGODB_ATLAS_PRIVATE_KEY", "b");
    proxied.env("HTTPS_PROXY", "http://me:hush@127.0.0.1:9");
    let ended = run(proxied, ["doctor"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.out.contains("HTTPS_PROXY is http://127.0.0.1:9") && !ended.out.contains("hush"), "{ended:?}");
    assert!(ended.out.contains("failure  connection"), "{ended:?}");
}

#[test]
fn a_login_page_in_the_way_is_no_acceptance_of_credentials() {
    let fake = FakeAtlas::builder().without_authentication().start_blocking().unwrap();
    fake.respond_with("GET", "/groups", |_| {
        FakeResponse::text(200, "text/html", "<html><title>Please log in</title></html>")
    });
    let (code, report) = doctor(&fake, &[]);
    assert_eq!((code, check(&report, "response").0), (Some(1), "failure"), "{report:#}");
    assert!(!names(&report).contains(&"credentials"), "{report:#}");
}

#[test]
fn a_clock_that_is_off_and_an_announced_end_are_warnings() {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_786_332_505);
    let fake = fake(FakeAtlas::builder().without_authentication().clock(start));
    let page = json!({"results": [], "links": [], "totalCount": 0});
    let dated = move |_: &_| {
        let answer = FakeResponse::json(200, page.clone()).header("Sunset", "Thu, 1 Jul 2027 00:00:00 GMT");
        answer.header("RateLimit-Remaining", "0")
    };
    fake.respond_with("GET", "/groups", dated.clone());
    fake.respond_with("GET", BUCKETS, dated.clone());
    fake.respond_with("GET", JOBS, dated);
    let (_, report) = doctor(&fake, &[]);
    assert!(check(&report, "clock").0 == "warning" && check(&report, "clock").1.contains("ahead of"), "{report:#}");
    assert_eq!(check(&report, "rate limit").0, "warning", "{report:#}");
    let sunsets = report["checks"].as_array().unwrap().iter().filter(|check| check["name"] == "sunset");
    assert!(sunsets.clone().count() == 3 && sunsets.clone().all(|check| check["status"] == "warning"), "{report:#}");
}

#[test]
fn wrong_settings_are_reported_with_exit_code_two() {
    let none = run(command(), ["doctor", "--format", "json"]);
    let report = none.json();
    assert_eq!((none.code, check(&report, "settings").0), (Some(2), "failure"), "{report:#}");
    assert!(check(&report, "settings").1.contains("no credentials"), "{report:#}");
}

#[test]
fn the_fake_passes_its_own_examination() {
    for api in ["v1", "v2"] {
        let ended: Ended = run(command(), ["--fake", "doctor", "--api", api]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(!ended.out.contains("warning") && !ended.out.contains("failure"), "{ended:?}");
    }
}

#[test]
fn a_service_that_calls_every_nonce_stale_costs_no_more_than_ten_requests() {
    // Each request meets another node, which knows no nonce of the others.
    for nodes in [2, 3, 30] {
        let fake = fake(FakeAtlas::builder().nodes(nodes, Balance::PerRequest));
        let (_, report) = doctor(&fake, &[]);
        let (status, text, _) = check(&report, "nonce");
        assert!(status == "warning" && text.contains("not accepted"), "{nodes}: {report:#}");
    }
}
