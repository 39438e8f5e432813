//! Both versions of the API, and both kinds of credentials.

use std::fs;

use atlas_exports_testing::{FakeAtlas, Kind};

use crate::program::{Ended, command, fake, run, run_at};

/// Runs it with the fake's service account.
fn run_as_account<'a>(fake: &FakeAtlas, arguments: impl AsRef<[&'a str]>) -> Ended {
    let mut command = command();
    command
        .env("MONGODB_ATLAS_CLIENT_ID", fake.client_id())
        .env("MONGODB_ATLAS_CLIENT_SECRET", fake.client_secret())
        .env("MONGODB_ATLAS_BASE_URL", fake.base_url())
        .args(["--project", fake.project_id(), "--cluster", fake.cluster_name()]);
    run(command, arguments)
}

fn paths(fake: &FakeAtlas) -> Vec<String> {
    let paths = fake.requests().into_iter().map(|request| request.path);
    paths.filter(|path| path.starts_with("/api/atlas/")).collect()
}

#[test]
fn the_version_of_the_api_is_chosen_before_or_after_every_command() {
    let id = Kind::Tiny;
    let tiny = fake().job_id(id);
    for asked in [&["list"][..], &["get", &tiny], &["watch", &tiny], &["buckets", "list"]] {
        for (version, base) in [("v1", "/api/atlas/v1.0/"), ("v2", "/api/atlas/v2/")] {
            let fake = fake();
            let before = run_at(&fake, [&["--api", version][..], asked].concat());
            let after = run_at(&fake, [asked, &["--api", version]].concat());
            assert_eq!((before.code, after.code), (Some(0), Some(0)), "{asked:?} {before:?} {after:?}");
            assert!(paths(&fake).iter().all(|path| path.starts_with(base)), "{asked:?} {:?}", paths(&fake));
        }
    }
}

#[test]
fn an_unknown_version_is_usage() {
    let ended = run(command(), ["list", "--fake", "--api", "v3"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{ended:?}");
}

#[test]
fn a_service_account_from_the_environment_is_used_on_version_2() {
    let fake = fake();
    let ended = run_as_account(&fake, ["--api", "v2", "get", &fake.job_id(Kind::ReplicaSet)]);
    assert_eq!((ended.code, ended.line("State")), (Some(0), Some("Successful")), "{ended:?}");
    assert!(fake.requests().iter().any(|request| request.path == "/api/oauth/token"));
    let json = run_as_account(&fake, ["get", &fake.job_id(Kind::ReplicaSet), "--api", "v2", "--format", "json"]);
    assert_eq!(json.json()["state"], "Successful");
}

#[test]
fn a_token_is_kept_from_one_run_to_the_next_where_that_is_asked_for() {
    let fake = fake();
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("token");
    for _ in 0..3 {
        let cache = cache.to_str().unwrap();
        let ended = run_as_account(&fake, ["--api", "v2", "list", "--token-cache", cache]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    let tokens = fake.requests().iter().filter(|request| request.path == "/api/oauth/token").count();
    assert_eq!(tokens, 1);
    assert!(!fs::read_to_string(cache).unwrap().contains(fake.client_secret()));
}

#[test]
fn a_token_cache_that_cannot_be_used_is_a_warning_and_no_failure() {
    let fake = fake();
    let directory = tempfile::tempdir().unwrap();
    let list = ["--api", "v2", "list", "--token-cache", directory.path().to_str().unwrap()];
    let ended = run_as_account(&fake, list);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.err.starts_with("warning: the token cache"), "{ended:?}");
    for option in [&["--quiet"][..], &["--format", "json"]] {
        let ended = run_as_account(&fake, [&list[..], option].concat());
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    }
}

#[test]
fn keys_can_come_from_files() {
    let fake = fake();
    let directory = tempfile::tempdir().unwrap();
    let (public, private) = (directory.path().join("public"), directory.path().join("private"));
    fs::write(&public, format!("{}\n", fake.public_key())).unwrap();
    fs::write(&private, format!("{}\n", fake.private_key())).unwrap();
    let mut command = command();
    command
        .env("MONGODB_ATLAS_PUBLIC_KEY_FILE", public)
        .env("MONGODB_ATLAS_PRIVATE_KEY_FILE", private)
        .env("MONGODB_ATLAS_BASE_URL", fake.base_url())
        .env("MONGODB_ATLAS_PROJECT_ID", fake.project_id());
    let ended = run(command, ["list", "--cluster", fake.cluster_name()]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn both_kinds_of_credentials_at_once_are_usage_and_a_wrong_secret_is_a_failure_that_does_not_show_it() {
    let fake = fake();
    let mut both = command();
    both.env("MONGODB_ATLAS_CLIENT_ID", "id").env("MONGODB_ATLAS_CLIENT_SECRET", "secret");
    both.env("MONGODB_ATLAS_PUBLIC_KEY", "public").env("MONGODB_ATLAS_PRIVATE_KEY", "private");
    both.env("MONGODB_ATLAS_BASE_URL", fake.base_url());
    let ended = run(both, ["list", "--project", fake.project_id(), "--cluster", "Cluster0"]);
    assert_eq!((ended.code, fake.exchanges()), (Some(2), 0), "{ended:?}");
    assert!(ended.err.contains("MONGODB_ATLAS_CLIENT_ID"), "{ended:?}");

    let mut wrong = command();
    wrong.env("MONGODB_ATLAS_CLIENT_ID", fake.client_id()).env("MONGODB_ATLAS_CLIENT_SECRET", "wrong-secret");
    wrong.env("MONGODB_ATLAS_BASE_URL", fake.base_url());
    let ended = run(wrong, ["--api", "v2", "list", "--project", fake.project_id(), "--cluster", "Cluster0", "-v"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.err.contains("invalid_client") && !ended.err.contains("wrong-secret"), "{ended:?}");
}
