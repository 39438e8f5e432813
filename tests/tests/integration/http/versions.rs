//! One client, one set of types and methods, either version of the API.

use atlas_exports::{ApiVersion, Client, ClientBuilder, Error, types};
use atlas_exports_testing::{FakeAtlas, FakeResponse, Fault, Kind, Recorded};
use serde_json::json;

use crate::common::{account, before_its_end, builder, exports_of, job};

const JOBS: &str = "application/vnd.atlas.2023-01-01+json";
const BUCKETS: &str = "application/vnd.atlas.2024-05-30+json";

type Settings = fn(&FakeAtlas) -> ClientBuilder;

/// Both ways to authenticate, with either version.
const EVERYONE: [(ApiVersion, Settings); 4] = [
    (ApiVersion::V1, |atlas| builder(atlas).api_version(ApiVersion::V1)),
    (ApiVersion::V2, |atlas| builder(atlas).api_version(ApiVersion::V2)),
    (ApiVersion::V1, |atlas| account(atlas).api_version(ApiVersion::V1)),
    (ApiVersion::V2, |atlas| account(atlas).api_version(ApiVersion::V2)),
];

fn calls(atlas: &FakeAtlas) -> Vec<Recorded> {
    atlas.requests().into_iter().filter(|request| !request.path.starts_with("/api/oauth/")).collect()
}

async fn list_buckets(client: &Client, atlas: &FakeAtlas) -> Result<types::ExportBucketPage, Error> {
    let listed = client.api().list_export_buckets().group_id(atlas.project_id()).send().await;
    Ok(listed?.into_inner())
}

#[tokio::test]
async fn every_version_with_all_credentials_and_the_envelope_gives_the_same_job() {
    let atlas = FakeAtlas::start().await;
    let mut jobs = Vec::new();
    for (_, settings) in EVERYONE {
        for envelope in [false, true] {
            let client = settings(&atlas).envelope(envelope).build().unwrap();
            jobs.push(exports_of(&client, &atlas).get(&job(&atlas, Kind::Sharded)).await.unwrap());
        }
    }
    assert_eq!(jobs.len(), 8);
    assert!(jobs.windows(2).all(|pair| pair[0] == pair[1]), "{jobs:#?}");
}

#[tokio::test]
async fn each_operation_asks_for_the_version_that_the_contract_gives_it() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).build().unwrap();
    let id = job(&atlas, Kind::Successful);
    exports_of(&client, &atlas).get(&id).await.unwrap();
    list_buckets(&client, &atlas).await.unwrap();
    let calls = calls(&atlas);
    let told: Vec<_> = calls.iter().map(|call| (call.path.as_str(), call.header("accept").unwrap())).collect();
    let root = format!("/api/atlas/v2/groups/{}", atlas.project_id());
    assert_eq!(
        told,
        [
            (format!("{root}/clusters/{}/backup/exports/{id}", atlas.cluster_name()).as_str(), JOBS),
            (format!("{root}/backup/exportBuckets").as_str(), BUCKETS),
        ]
    );
    assert!(calls.iter().all(|call| call.header("content-type").is_none() && call.header("api-version").is_none()));
}

#[tokio::test]
async fn a_body_is_sent_with_the_media_type_of_its_version() {
    let atlas = FakeAtlas::start().await;
    let bucket = atlas.bucket_id().to_owned();
    for (version, settings) in EVERYONE {
        let client = settings(&atlas).build().unwrap();
        let body =
            types::NewExport::builder().snapshot_id("6a793de7a6dab9a9e39fe6ca").export_bucket_id(bucket.as_str());
        let created = client
            .api()
            .create_export_job()
            .group_id(atlas.project_id())
            .cluster_name(atlas.cluster_name())
            .body(body)
            .send()
            .await;
        assert!(!created.unwrap().into_inner().is_finished());
        let last = calls(&atlas).pop().unwrap();
        let expected = if version == ApiVersion::V2 { JOBS } else { "application/json" };
        assert_eq!((last.header("content-type"), last.header("accept")), (Some(expected), Some(expected)));
    }
}

#[tokio::test]
async fn a_pinned_resource_version_is_asked_for_by_every_operation() {
    let atlas = FakeAtlas::builder().clock(before_its_end()).start().await;
    let client = account(&atlas).resource_version("2023-01-01").build().unwrap();
    exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
    list_buckets(&client, &atlas).await.unwrap();
    assert!(calls(&atlas).iter().all(|call| call.header("accept") == Some(JOBS)));
}

#[tokio::test]
async fn answers_of_any_date_and_parameters_are_taken() {
    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).build().unwrap();
    for media_type in [
        "application/vnd.atlas.2023-01-01+json;charset=utf-8",
        "application/vnd.atlas.2031-12-31+json; charset=UTF-8",
        "application/json",
    ] {
        atlas.fault(Fault::content_type(media_type));
        exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
    }
}

#[tokio::test]
async fn a_version_that_atlas_does_not_have_or_has_ended_is_named() {
    let atlas = FakeAtlas::start().await;
    for (date, status) in [("2023-01-02", 406), ("2023-01-01", 410)] {
        if status == 410 {
            atlas.sunset(date);
        }
        let client = account(&atlas).resource_version(date).build().unwrap();
        let error = exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert_eq!(error.call().unwrap().resource_version.as_deref(), Some(date));
        assert!(format!("{error:?}").contains(&format!("requested resource version {date}")), "{error}");
        assert!(!error.is_retryable());
        let error = client.api().list_export_jobs().group_id(atlas.project_id()).cluster_name("Cluster0").send().await;
        let hint = Error::from(error.unwrap_err()).hint().unwrap();
        assert!(hint.contains(&format!("requested resource version {date}")), "{hint}");
    }
}

#[tokio::test]
async fn what_version_2_alone_has_works_there_and_is_refused_unsent_elsewhere() {
    let atlas = FakeAtlas::start().await;
    let update = async |client: Client| {
        let body = types::ExportBucketUpdate::builder().require_private_networking(true);
        let update = client.api().update_export_bucket().group_id(atlas.project_id());
        let updated = update.export_bucket_id(atlas.bucket_id()).body(body).send().await;
        updated.map(|_| ()).map_err(Error::from)
    };
    for client in [builder(&atlas), account(&atlas)] {
        let error = update(client.api_version(ApiVersion::V1).build().unwrap()).await.unwrap_err().to_string();
        assert!(error.contains("update_export_bucket") && error.contains("ApiVersion::V2"), "{error}");
    }
    assert_eq!(atlas.exchanges(), 0, "not even a token was asked for");
    update(account(&atlas).build().unwrap()).await.unwrap();
}

#[tokio::test]
async fn settings_that_do_not_fit_are_refused() {
    for (client, setting) in [
        (Client::builder().resource_version("2023-01-01"), "version 1.0"),
        (Client::builder().api_version(ApiVersion::V2).resource_version("yesterday"), "\"yesterday\" is not a date"),
    ] {
        let error = client.api_key("a", "b").build().unwrap_err().to_string();
        assert!(error.starts_with("resource_version:") && error.contains(setting), "{error}");
    }
}

#[tokio::test]
async fn buckets_of_every_cloud_have_one_type() {
    let atlas = FakeAtlas::start().await;
    let id = "6a793de7a6dab9a9e39fe6ca";
    atlas.respond_with("GET", "/groups/*/backup/exportBuckets/*", move |_| {
        FakeResponse::json(200, json!({"_id": id, "bucketName": "b", "cloudProvider": "GCP", "roleId": id}))
    });
    for (_, settings) in EVERYONE {
        let client = settings(&atlas).build().unwrap();
        let bucket = client.api().get_export_bucket().group_id(atlas.project_id()).export_bucket_id(id).send().await;
        let bucket = bucket.unwrap().into_inner();
        assert_eq!((bucket.id().as_str(), bucket.cloud_provider()), (id, "GCP"));
    }
}

#[tokio::test]
async fn atlas_for_government_is_one_call() {
    let client = Client::builder().government().api_key("a", "b").build().unwrap();
    assert!(format!("{client:?}").contains("https://cloud.mongodbgov.com/api/atlas/v1.0"));
    let client = Client::builder().government().api_version(ApiVersion::V2).api_key("a", "b").build().unwrap();
    assert!(format!("{client:?}").contains("https://cloud.mongodbgov.com/api/atlas/v2"));
}
