//! One setting, a fake and a client in it, and what has to hold there whatever was done.

use std::time::Duration;

use atlas_exports::{ApiVersion, Client, ClientBuilder, ExportBuckets, Exports, RetryPolicy};
use atlas_exports_testing::{FakeAtlas, FakeAtlasBuilder, Recorded};

use crate::common;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    ApiKey,
    Account,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) version: ApiVersion,
    pub(crate) who: Who,
    pub(crate) envelope: bool,
}

pub(crate) struct Fixture {
    pub(crate) setting: Setting,
    pub(crate) atlas: FakeAtlas,
    pub(crate) exports: Exports,
    pub(crate) buckets: ExportBuckets,
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl Setting {
    pub(crate) async fn start(self) -> Fixture {
        self.start_on(FakeAtlas::builder()).await
    }

    pub(crate) async fn start_on(self, atlas: FakeAtlasBuilder) -> Fixture {
        let atlas = atlas.start().await;
        let client = self.builder(&atlas).build().unwrap();
        let exports = common::exports_of(&client, &atlas);
        let buckets = client.export_buckets(atlas.project_id().parse().unwrap());
        Fixture { setting: self, atlas, exports, buckets }
    }

    fn builder(self, atlas: &FakeAtlas) -> ClientBuilder {
        let builder = match self.who {
            Who::ApiKey => common::builder(atlas),
            Who::Account => common::account(atlas),
        };
        builder.api_version(self.version).envelope(self.envelope).retry(RetryPolicy::default())
    }
}

/// Whether a request is for the API, and not for a token.
fn is_call(request: &Recorded) -> bool {
    !request.path.starts_with("/api/oauth/")
}

impl Fixture {
    /// Settings of another client in the same setting.
    pub(crate) fn builder(&self) -> ClientBuilder {
        self.setting.builder(&self.atlas)
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    /// The requests that Atlas took the credentials of, the tokens' own aside: method, last part of the path, status.
    /// A status of `None` is an answer that was lost.
    pub(crate) fn served(&self) -> Vec<(String, String, Option<u16>)> {
        let served =
            self.atlas.requests().into_iter().filter(|request| is_call(request) && request.status != Some(401));
        served
            .map(|request| {
                let last = request.path.rsplit('/').next().unwrap_or_default().to_owned();
                (request.method, last, request.status)
            })
            .collect()
    }

    pub(crate) fn count(&self, method: &str) -> usize {
        self.served().iter().filter(|served| served.0 == method).count()
    }

    /// The date that version 2 wants for a request, by what the contract says of resource versions.
    fn date(request: &Recorded) -> &'static str {
        let buckets = request.path.contains("/exportBuckets");
        if buckets && request.method != "DELETE" { "2024-05-30" } else { "2023-01-01" }
    }

    /// What has to hold in this setting of every request that was sent.
    pub(crate) fn check(&self) {
        let requests = self.atlas.requests();
        let calls: Vec<_> = requests.iter().filter(|request| is_call(request)).collect();
        assert!(!calls.is_empty());
        let (base, media_type): (_, fn(&Recorded) -> String) = match self.setting.version {
            ApiVersion::V2 => {
                ("/api/atlas/v2/groups/", |call| format!("application/vnd.atlas.{}+json", Self::date(call)))
            }
            _ => ("/api/atlas/v1.0/groups/", |_| "application/json".to_owned()),
        };
        for call in &calls {
            let wanted = media_type(call);
            assert!(call.path.starts_with(base), "{call:?}");
            assert_eq!(call.header("accept"), Some(wanted.as_str()), "{call:?}");
            assert_eq!(call.header("content-type"), (!call.body.is_empty()).then_some(wanted.as_str()), "{call:?}");
            assert_eq!(call.query.contains("envelope=true"), self.setting.envelope, "{call:?}");
            let scheme = call.header("authorization").and_then(|value| value.split(' ').next());
            match self.setting.who {
                Who::ApiKey if call.status == Some(401) => assert!(matches!(scheme, None | Some("Digest")), "{call:?}"),
                Who::ApiKey => assert_eq!(scheme, Some("Digest"), "{call:?}"),
                Who::Account => assert_eq!(scheme, Some("Bearer"), "{call:?}"),
            }
        }
        let tokens = requests.len() - calls.len();
        assert_eq!(tokens > 0, self.setting.who == Who::Account, "{tokens} requests for tokens");
    }
}
