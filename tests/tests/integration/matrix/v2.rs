//! What version 2 of the API alone has, and buckets of every cloud.

use atlas_exports::{ApiVersion, ErrorKind, ExportBucket, ExportBucketId, NewExportBucket};
use atlas_exports_testing::{FakeAtlas, Kind};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use super::setting::{Fixture, Setting, Who};
use crate::common::{before_its_end, exports_of, job};

const ROLE: &str = "5f3c5a1e8e4b2a00dddddddd";

/// The settings of one version.
fn settings(version: ApiVersion) -> impl Iterator<Item = Setting> {
    [Who::ApiKey, Who::Account]
        .into_iter()
        .flat_map(move |who| [false, true].map(|envelope| Setting { version, who, envelope }))
}

fn bucket(fixture: &Fixture) -> ExportBucketId {
    fixture.atlas.bucket_id().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_bucket_is_changed_on_version_2_by_everyone() {
    for setting in settings(ApiVersion::V2) {
        let fixture = setting.start().await;
        for private in [true, false] {
            let changed = fixture.buckets.update(&bucket(&fixture), private).await.unwrap();
            let ExportBucket::Aws(aws) = &changed else { panic!("{setting:?}: {changed:?}") };
            assert_eq!(aws.require_private_networking, Some(private), "{setting:?}");
            assert_eq!(fixture.atlas.buckets()[0]["requirePrivateNetworking"], json!(private), "{setting:?}");
            assert_eq!(fixture.buckets.get(changed.id()).await.unwrap(), changed, "{setting:?}");
        }
        let bodies: Vec<_> = fixture.atlas.requests().into_iter().filter(|sent| sent.method == "PATCH").collect();
        let body: Value = serde_json::from_slice(&bodies.last().unwrap().body).unwrap();
        assert_eq!(body, json!({"requirePrivateNetworking": false}), "{setting:?}");
        let missing = fixture.buckets.update(&ROLE.parse().unwrap(), true).await.unwrap_err();
        assert!(missing.is_not_found(), "{setting:?}: {missing}");
        fixture.check();
    }
}

#[tokio::test(start_paused = true)]
async fn what_version_1_lacks_is_refused_before_anything_is_sent() {
    for setting in settings(ApiVersion::V1) {
        let fixture = setting.start().await;
        let error = fixture.buckets.update(&bucket(&fixture), true).await.unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidInput, "{setting:?}: {error:?}");
        assert!(error.call().is_none() && error.to_string().contains("ApiVersion::V2"), "{setting:?}: {error}");
        assert_eq!(fixture.atlas.exchanges(), 0, "{setting:?}: neither a challenge nor a token was asked for");
    }
}

/// One bucket for each cloud, as version 2 shows them, and one of a cloud that nobody has heard of.
fn clouds() -> [Value; 4] {
    let id = |last: u8| format!("5f3c5a1e8e4b2a00cccccc{last:02x}");
    [
        json!({"_id": id(1), "bucketName": "s3", "cloudProvider": "AWS", "iamRoleId": ROLE, "region": "us-east-1",
            "requirePrivateNetworking": true, "links": [{"rel": "self", "href": "https://example.net/1"}]}),
        json!({"_id": id(2), "bucketName": "blob", "cloudProvider": "AZURE", "roleId": ROLE,
            "serviceUrl": "https://account.blob.core.windows.net/c", "tenantId": "4297fc77-1592-4de8-a6d5-a8c32401df87",
            "links": []}),
        json!({"_id": id(3), "bucketName": "gcs", "cloudProvider": "GCP", "roleId": ROLE, "links": []}),
        json!({"_id": id(4), "bucketName": "far", "cloudProvider": "MOON", "crater": {"depth": 7.5}, "links": []}),
    ]
}

#[tokio::test(start_paused = true)]
async fn buckets_of_every_cloud_come_whole_and_an_unknown_one_is_kept() {
    for setting in settings(ApiVersion::V2) {
        let fixture = setting.start().await;
        for document in clouds() {
            fixture.atlas.put_bucket(document);
        }
        let listed: Vec<_> = fixture.buckets.list().items().try_collect().await.unwrap();
        let providers: Vec<_> = listed.iter().map(ExportBucket::cloud_provider).collect();
        assert_eq!(providers, ["AWS", "AWS", "AZURE", "GCP", "MOON"], "{setting:?}");
        for (bucket, document) in listed[1..].iter().zip(clouds()) {
            assert_eq!(serde_json::to_value(bucket).unwrap(), document, "{setting:?}");
            assert_eq!(bucket.name(), document["bucketName"].as_str());
            assert_eq!(fixture.buckets.get(bucket.id()).await.unwrap(), *bucket, "{setting:?}");
        }
        assert!(matches!(&listed[4], ExportBucket::Unknown { document, .. } if document["crater"]["depth"] == 7.5));
        for bucket in &listed[1..] {
            fixture.buckets.delete(bucket.id()).await.unwrap();
        }
        assert_eq!(fixture.atlas.buckets().len(), 1, "{setting:?}");
        fixture.check();
    }
}

#[tokio::test(start_paused = true)]
async fn buckets_of_every_cloud_are_created_on_version_2() {
    for setting in settings(ApiVersion::V2) {
        let fixture = setting.start().await;
        for (new, provider) in [
            (NewExportBucket::aws("backups", ROLE), "AWS"),
            (NewExportBucket::azure("https://account.blob.core.windows.net/c", ROLE), "AZURE"),
            (NewExportBucket::gcp("backups", ROLE), "GCP"),
        ] {
            let made = fixture.buckets.create(new).await.unwrap();
            assert_eq!(made.cloud_provider(), provider, "{setting:?}");
            assert_eq!(fixture.buckets.get(made.id()).await.unwrap(), made, "{setting:?}");
        }
        fixture.check();
    }
}

#[tokio::test(start_paused = true)]
async fn version_1_shows_its_own_buckets_in_the_same_type() {
    for setting in settings(ApiVersion::V1) {
        let fixture = setting.start().await;
        for document in clouds() {
            fixture.atlas.put_bucket(document);
        }
        let listed: Vec<_> = fixture.buckets.list().items().try_collect().await.unwrap();
        assert!(listed.len() == 2 && listed.iter().all(|bucket| matches!(bucket, ExportBucket::Aws(_))), "{listed:?}");
        fixture.check();
    }
}

#[tokio::test(start_paused = true)]
async fn with_an_older_date_everything_works_but_what_that_date_lacks() {
    for setting in settings(ApiVersion::V2) {
        let fixture = setting.start_on(FakeAtlas::builder().clock(before_its_end())).await;
        for document in clouds() {
            fixture.atlas.put_bucket(document);
        }
        let client = fixture.builder().resource_version("2023-01-01").build().unwrap();
        let buckets = client.export_buckets(fixture.atlas.project_id().parse().unwrap());
        let listed: Vec<_> = buckets.list().items().try_collect().await.unwrap();
        assert_eq!(listed.len(), 2, "{setting:?}: that date knows AWS alone");
        buckets.get(listed[1].id()).await.unwrap();
        let error = buckets.update(listed[0].id(), true).await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), 406, "{setting:?}: {error}");
        assert!(error.to_string().contains("2023-01-01"), "{setting:?}: {error}");
        buckets.delete(listed[1].id()).await.unwrap();
        let told = client.deprecations();
        let told: Vec<_> = told.iter().map(|told| (told.operation.id, told.sunset.is_some())).collect();
        assert_eq!(told, [("getExportBucket", true), ("listExportBuckets", true)], "{setting:?}");

        // Its end comes on its day, and the error says so.
        fixture.atlas.sunset("2023-01-01");
        let error = exports_of(&client, &fixture.atlas).wait(&job(&fixture.atlas, Kind::InProgress)).await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), 410, "{setting:?}: {error}");
        assert!(error.to_string().contains("2023-01-01") && !error.is_retryable(), "{setting:?}: {error}");
    }
}
