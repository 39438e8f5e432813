//! What the integration tests share.

pub(crate) mod log;

use atlas_exports::{ApiVersion, Client, ClientBuilder, ExportId, Exports, RetryPolicy};
use atlas_exports_testing::{FakeAtlas, Kind};

/// Without the system's proxies and certificates: loopback needs neither, and to read the latter takes long.
pub(crate) fn http() -> atlas_exports::reqwest::ClientBuilder {
    atlas_exports::reqwest::Client::builder().no_proxy().tls_certs_only([])
}

/// A day of 2026, for a fake's clock: from July 2027 on, as on the live service, the older version of buckets is gone.
pub(crate) fn before_its_end() -> std::time::SystemTime {
    std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_786_332_505)
}

/// Settings of a client that asks `atlas` once for each call.
pub(crate) fn builder(atlas: &FakeAtlas) -> ClientBuilder {
    Client::builder()
        .base_url(atlas.base_url())
        .api_key(atlas.public_key(), atlas.private_key())
        .http_client(http())
        .retry(RetryPolicy::never())
}

/// Settings of a client that asks `atlas` as a service account, in version 2 of the API.
pub(crate) fn account(atlas: &FakeAtlas) -> ClientBuilder {
    Client::builder()
        .base_url(atlas.base_url())
        .service_account(atlas.client_id(), atlas.client_secret())
        .api_version(ApiVersion::V2)
        .http_client(http())
        .retry(RetryPolicy::never())
}

pub(crate) fn client(atlas: &FakeAtlas) -> Client {
    builder(atlas).build().expect("a client")
}

pub(crate) fn exports_of(client: &Client, atlas: &FakeAtlas) -> Exports {
    client.exports(atlas.project_id().parse().expect("a project id"), atlas.cluster_name()).expect("a cluster name")
}

pub(crate) fn exports(atlas: &FakeAtlas) -> Exports {
    exports_of(&client(atlas), atlas)
}

pub(crate) fn job(atlas: &FakeAtlas, kind: Kind) -> ExportId {
    atlas.job_id(kind).parse().expect("an id")
}

/// A fake that asks nobody for credentials, so that its exchanges are the requests of the API, and a client's jobs there.
pub(crate) async fn open() -> (FakeAtlas, Exports) {
    let atlas = FakeAtlas::builder().without_authentication().start().await;
    let exports = exports(&atlas);
    (atlas, exports)
}

/// What was asked for, in short: method, the last part of the path, and the query.
pub(crate) fn asked(atlas: &FakeAtlas) -> Vec<String> {
    let of = |request: &atlas_exports_testing::Recorded| {
        let last = request.path.rsplit('/').next().unwrap_or_default().to_owned();
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        format!("{} {last}{query}", request.method)
    };
    atlas.requests().iter().map(of).collect()
}

/// When the requests came, counted from the first.
pub(crate) fn times(atlas: &FakeAtlas) -> Vec<std::time::Duration> {
    let requests = atlas.requests();
    let first = requests.first().map_or(std::time::Duration::ZERO, |request| request.at);
    requests.iter().map(|request| request.at - first).collect()
}

/// The text of an error with all its causes, and its `Debug`, as a log would have it.
pub(crate) fn everything(error: &dyn std::error::Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(" <- {error} {error:?}"));
        cause = error.source();
    }
    text
}

/// Whether the whole soak runs (`ATLAS_EXPORTS_SOAK=full`) and not a share of it.
pub(crate) fn soak_is_full() -> bool {
    std::env::var_os("ATLAS_EXPORTS_SOAK").is_some_and(|value| value == "full")
}
