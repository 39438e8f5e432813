//! Keys and secrets that are replaced while the program runs, and other ways to authenticate.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use atlas_exports::{AuthFuture, Authenticator, BoxError, Client, Error, ErrorKind, Secret, Unauthorized, reqwest};
use atlas_exports_testing::{FakeAtlas, Fault, Kind};
use tokio::task::JoinSet;

use crate::common::{everything, exports_of, job, log::Log};

async fn get(client: &Client, atlas: &FakeAtlas) -> Result<(), Error> {
    exports_of(client, atlas).get(&job(atlas, Kind::Successful)).await.map(|_| ())
}

fn settings(atlas: &FakeAtlas) -> atlas_exports::ClientBuilder {
    let http = reqwest::Client::builder().no_proxy();
    Client::builder().base_url(atlas.base_url()).http_client(http).retry(atlas_exports::RetryPolicy::never())
}

/// A mounted secret.
struct Mounted {
    directory: tempfile::TempDir,
}

impl Mounted {
    fn new(name: &str, secret: &str) -> Self {
        let mounted = Self { directory: tempfile::tempdir().unwrap() };
        mounted.put(name, secret);
        mounted
    }

    fn put(&self, name: &str, secret: &str) {
        fs::write(self.path("name"), format!("{name}\n")).unwrap();
        fs::write(self.path("secret"), format!("{secret}\n")).unwrap();
    }

    fn path(&self, half: &str) -> PathBuf {
        self.directory.path().join(half)
    }

    fn file(&self, half: &str) -> Secret {
        Secret::file(self.path(half))
    }
}

#[tokio::test]
async fn an_api_key_is_replaced_without_a_restart_and_without_a_failed_call() {
    let atlas = FakeAtlas::start().await;
    let mounted = Mounted::new(atlas.public_key(), atlas.private_key());
    let client = settings(&atlas).api_key(mounted.file("name"), mounted.file("secret")).build().unwrap();
    get(&client, &atlas).await.unwrap();

    atlas.add_key("newkyabc", "2bd8f6de-8e1c-4b9e-9f0a-5a5a5a5a5a5a");
    atlas.revoke_key(atlas.public_key());
    mounted.put("newkyabc", "2bd8f6de-8e1c-4b9e-9f0a-5a5a5a5a5a5a");
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let (exports, id) = (exports_of(&client, &atlas), job(&atlas, Kind::Successful));
        calls.spawn(async move { exports.get(&id).await.map(|_| ()) });
    }
    for ended in calls.join_all().await {
        ended.unwrap();
    }
    atlas.reset_requests();
    get(&client, &atlas).await.unwrap();
    assert_eq!(atlas.exchanges(), 1);

    atlas.fault(Fault::api_error(403, "FORBIDDEN", "no"));
    let error = format!("{:?}", get(&client, &atlas).await.unwrap_err());
    assert!(error.contains("ends in yabc"), "the key that is in use is named: {error}");
}

#[tokio::test]
async fn a_wrong_key_in_files_costs_no_more_than_one_that_is_given() {
    let atlas = FakeAtlas::start().await;
    let mounted = Mounted::new(atlas.public_key(), "not the key");
    let client = settings(&atlas).api_key(mounted.file("name"), mounted.file("secret")).build().unwrap();
    let error = get(&client, &atlas).await.unwrap_err();
    assert!(error.is_unauthorized());
    assert!(atlas.exchanges() <= 3, "{}", atlas.exchanges());
    assert!(!everything(&error).contains("not the key"));
}

#[tokio::test]
async fn a_file_that_vanishes_leaves_the_key_in_use() {
    let atlas = FakeAtlas::start().await;
    let mounted = Mounted::new(atlas.public_key(), atlas.private_key());
    let client = settings(&atlas).api_key(mounted.file("name"), mounted.file("secret")).build().unwrap();
    get(&client, &atlas).await.unwrap();
    let path = mounted.path("name");
    drop(mounted);
    let (log, _guard) = Log::start();
    atlas.fault(Fault::api_error(401, "UNEXPECTED_ERROR", "no").always());
    assert!(get(&client, &atlas).await.unwrap_err().is_unauthorized());
    atlas.clear_faults();
    let warnings = log.lines("WARN");
    assert!(warnings.len() == 1 && warnings[0].contains(path.to_str().unwrap()), "{warnings:#?}");
    get(&client, &atlas).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_secret_is_replaced_without_a_restart() {
    let atlas = FakeAtlas::start().await;
    let mounted = Mounted::new(atlas.client_id(), atlas.client_secret());
    let client = settings(&atlas).service_account(atlas.client_id(), mounted.file("secret")).build().unwrap();
    get(&client, &atlas).await.unwrap();
    atlas.set_client(atlas.client_id(), "mdb_sa_sk_new");
    atlas.expire_tokens();
    let error = get(&client, &atlas).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Token && error.is_unauthorized(), "{error:?}");

    mounted.put(atlas.client_id(), "mdb_sa_sk_new");
    tokio::time::advance(Duration::from_secs(1)).await;
    get(&client, &atlas).await.unwrap();
}

/// Fetches a token by itself, as a program with a vault would.
#[derive(Debug, Default)]
struct Vault {
    ticket: AtomicUsize,
    asked: AtomicUsize,
    refusals: AtomicUsize,
}

impl Authenticator for Vault {
    fn authenticate<'a>(&'a self, request: &'a mut reqwest::Request) -> AuthFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let ticket = format!("Bearer ticket-{}", self.ticket.load(Ordering::Relaxed));
            request.headers_mut().insert("authorization", ticket.parse()?);
            Ok(())
        })
    }

    fn on_unauthorized<'a>(&'a self, unauthorized: Unauthorized<'a>) -> AuthFuture<'a, bool> {
        Box::pin(async move {
            self.refusals.fetch_add(1, Ordering::Relaxed);
            let sent = unauthorized.request.get("authorization").and_then(|value| value.to_str().ok());
            self.ticket.fetch_add(1, Ordering::Relaxed);
            sent.is_some_and(|sent| sent.starts_with("Bearer ticket-"))
                && unauthorized.response.contains_key("www-authenticate")
        })
    }

    fn name(&self) -> Option<String> {
        Some("vault-0042".to_owned())
    }
}

#[tokio::test]
async fn another_way_to_authenticate_can_be_plugged_in() {
    let atlas = FakeAtlas::start().await;
    let vault = Arc::new(Vault::default());
    let client = settings(&atlas).authenticator(vault.clone()).build().unwrap();
    let error = get(&client, &atlas).await.unwrap_err();
    let sent: Vec<_> = atlas.requests().iter().map(|call| call.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(sent, ["Bearer ticket-0", "Bearer ticket-1"], "once more and not twice");
    assert_eq!((vault.asked.load(Ordering::Relaxed), vault.refusals.load(Ordering::Relaxed)), (2, 2));
    assert!(error.is_unauthorized() && format!("{error:?}").contains("ends in 0042"), "{error}");
    assert!(!everything(&error).contains("ticket-"));

    let open = FakeAtlas::builder().without_authentication().start().await;
    let client = settings(&open).authenticator(vault).build().unwrap();
    get(&client, &open).await.unwrap();
    assert_eq!(open.exchanges(), 1);
}

#[tokio::test]
async fn an_authenticator_that_fails_sends_nothing() {
    #[derive(Debug)]
    struct Closed;
    impl Authenticator for Closed {
        fn authenticate<'a>(&'a self, _: &'a mut reqwest::Request) -> AuthFuture<'a, Result<(), BoxError>> {
            Box::pin(async { Err("the vault is closed".into()) })
        }
    }
    let atlas = FakeAtlas::start().await;
    let client = settings(&atlas).authenticator(Arc::new(Closed)).build().unwrap();
    let error = get(&client, &atlas).await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Authenticator && format!("{error:?}").contains("the vault is closed"),
        "{error}"
    );
    assert_eq!(atlas.exchanges(), 0);
}
