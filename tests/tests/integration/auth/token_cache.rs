//! Programs that share a token through a file.

use std::{fs, path::Path, process::Stdio, time::Duration};

use atlas_exports::{Client, Error};
use atlas_exports_testing::{FakeAtlas, Fault, Kind};

use crate::common::{account, exports_of, job, log::Log};

const TOKEN: &str = "/api/oauth/token";

async fn get(client: &Client, atlas: &FakeAtlas) -> Result<(), Error> {
    exports_of(client, atlas).get(&job(atlas, Kind::Successful)).await.map(|_| ())
}

/// A program of its own, as far as tokens go.
fn program(atlas: &FakeAtlas, cache: &Path) -> Client {
    account(atlas).token_cache(cache).build().unwrap()
}

fn token_requests(atlas: &FakeAtlas) -> usize {
    atlas.requests().iter().filter(|request| request.path == TOKEN).count()
}

#[tokio::test]
async fn a_program_takes_the_token_of_the_one_before_it() {
    let atlas = FakeAtlas::start().await;
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("atlas/token.json");
    for _ in 0..5 {
        get(&program(&atlas, &cache), &atlas).await.unwrap();
    }
    assert_eq!((token_requests(&atlas), atlas.exchanges()), (1, 6));
    let content = fs::read_to_string(&cache).unwrap();
    assert!(content.contains(atlas.client_id()) && !content.contains(atlas.client_secret()), "{content}");
}

#[cfg(unix)]
#[tokio::test]
async fn files_belong_to_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let atlas = FakeAtlas::start().await;
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("token.json");
    get(&program(&atlas, &cache), &atlas).await.unwrap();
    for entry in fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
    }

    fs::set_permissions(&cache, fs::Permissions::from_mode(0o640)).unwrap();
    let (log, _guard) = Log::start();
    get(&program(&atlas, &cache), &atlas).await.unwrap();
    assert_eq!(token_requests(&atlas), 2, "a token that others could read is not used");
    assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(log.lines("WARN").len(), 1, "{:?}", log.lines("WARN"));
}

#[tokio::test]
async fn a_token_that_ended_early_is_replaced_in_the_file_by_one_program() {
    let atlas = FakeAtlas::start().await;
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("token.json");
    let programs: Vec<_> = (0..5).map(|_| program(&atlas, &cache)).collect();
    for program in &programs {
        get(program, &atlas).await.unwrap();
    }
    atlas.expire_tokens();
    for program in &programs {
        get(program, &atlas).await.unwrap();
    }
    assert_eq!(token_requests(&atlas), 2);
}

#[tokio::test]
async fn what_is_no_token_of_this_account_is_ignored() {
    let atlas = FakeAtlas::start().await;
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("token.json");
    get(&program(&atlas, &cache), &atlas).await.unwrap();
    let good = fs::read_to_string(&cache).unwrap();
    let spoilt = [
        String::new(),
        "not a cache".to_owned(),
        good[..good.len() / 2].to_owned(),
        good.replace(atlas.client_id(), "mdb_sa_id_another"),
        good.replace(atlas.base_url(), "https://cloud.mongodb.com"),
        good.replace("\"life\":3600", "\"life\":0"),
    ];
    for (index, content) in spoilt.iter().enumerate() {
        assert_ne!(content, &good);
        fs::write(&cache, content).unwrap();
        get(&program(&atlas, &cache), &atlas).await.unwrap();
        assert_eq!(token_requests(&atlas), index + 2, "{content}");
    }
    assert_eq!(atlas.response_count(401), 0);
}

#[tokio::test]
async fn a_place_that_cannot_be_used_costs_a_warning_and_nothing_else() {
    let atlas = FakeAtlas::start().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    for cache in [&file.path().join("token.json"), directory.path()] {
        let (log, _guard) = Log::start();
        let program = program(&atlas, cache);
        for _ in 0..3 {
            get(&program, &atlas).await.unwrap();
        }
        assert_eq!(log.lines("WARN").len(), 1, "{:?}", log.lines("WARN"));
    }
    assert_eq!(token_requests(&atlas), 2);
}

#[tokio::test]
async fn a_revoked_token_leaves_the_file() {
    let atlas = FakeAtlas::start().await;
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("token.json");
    get(&program(&atlas, &cache), &atlas).await.unwrap();
    program(&atlas, &cache).revoke_token().await.unwrap();
    assert_eq!(atlas.live_tokens(), 0);
    assert!(!cache.exists());
}

#[tokio::test]
async fn the_wait_that_one_program_is_told_holds_for_the_others() {
    let atlas = FakeAtlas::start().await;
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("token.json");
    atlas.fault(Fault::rate_limited(100).on("POST", TOKEN));
    for _ in 0..5 {
        let error = get(&program(&atlas, &cache), &atlas).await.unwrap_err();
        assert!(error.is_rate_limited() && error.retry_after().unwrap() > Duration::from_secs(90), "{error:?}");
    }
    assert_eq!(token_requests(&atlas), 1);
}

#[tokio::test(start_paused = true)]
async fn a_program_does_not_wait_for_a_lock_while_its_token_is_good() {
    let atlas = FakeAtlas::start().await;
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("token.json");
    let program = program(&atlas, &cache);
    get(&program, &atlas).await.unwrap();
    // Near its end, so that it is to be renewed.
    let issued = fs::read_to_string(&cache).unwrap();
    let start = issued.find("\"issued_at\":").unwrap() + "\"issued_at\":".len();
    let seconds: u64 = issued[start..start + 10].parse().unwrap();
    fs::write(&cache, issued.replace(&issued[start..start + 10], &(seconds - 3_400).to_string())).unwrap();

    let lock = fs::File::open(directory.path().join("token.json.lock")).unwrap();
    lock.lock().unwrap();
    let started = tokio::time::Instant::now();
    let other = self::program(&atlas, &cache);
    get(&other, &atlas).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(token_requests(&atlas), 1);

    drop(lock);
    let other = self::program(&atlas, &cache);
    get(&other, &atlas).await.unwrap();
    assert_eq!(token_requests(&atlas), 2);
}

const CHILD: &str = "ATLAS_EXPORTS_TEST_CHILD";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_that_start_together_make_one_token_request() {
    let atlas = FakeAtlas::start().await;
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("token.json");
    // Long enough for all of them to be there before the token is.
    atlas.fault(Fault::slow_headers(Duration::from_millis(1_500)).on("POST", TOKEN));
    let children: Vec<_> = (0..12)
        .map(|_| {
            tokio::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "auth::token_cache::a_process_of_the_test_above"])
                .env(CHILD, "yes")
                .env("MONGODB_ATLAS_BASE_URL", atlas.base_url())
                .env("MONGODB_ATLAS_CLIENT_ID", atlas.client_id())
                .env("MONGODB_ATLAS_CLIENT_SECRET", atlas.client_secret())
                .env("TEST_CACHE", &cache)
                .env("TEST_PLACE", format!("{} {}", atlas.project_id(), job(&atlas, Kind::Successful)))
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!((token_requests(&atlas), atlas.exchanges()), (1, 13));
}

#[tokio::test]
async fn a_process_of_the_test_above() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let client = atlas_exports::ClientBuilder::from_env().unwrap();
    let client = client.token_cache(std::env::var_os("TEST_CACHE").unwrap());
    let client = client.http_client(atlas_exports::reqwest::Client::builder().no_proxy()).build().unwrap();
    let place = std::env::var("TEST_PLACE").unwrap();
    let (project, job) = place.split_once(' ').unwrap();
    client.exports(project.parse().unwrap(), "Cluster0").unwrap().get(&job.parse().unwrap()).await.unwrap();
}
