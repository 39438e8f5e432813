//! What version 2 of the API alone has, and buckets of every cloud.

use atlas_exports::{ApiVersion, ErrorKind, ExportBucket, ExportBucketId, NewExportBucket};
use atlas_exports_testing::{FakeAtlas, Kind};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use super::cell::{Cell, Who, World};
use crate::common::{before_its_end, exports_of, job};

const ROLE: &str = "5f3c5a1e8e4b2a00dddddddd";

/// The settings of one version.
fn cells(version: ApiVersion) -> impl Iterator<Item = Cell> {
    [Who::ApiKey, Who::Account]
        .into_iter()
        .flat_map(move |who| [false, true].map(|envelope| Cell { version, who, envelope }))
}

fn bucket(world: &World) -> ExportBucketId {
    world.atlas.bucket_id().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_bucket_is_changed_on_version_2_by_everyone() {
    for cell in cells(ApiVersion::V2) {
        let world = cell.start().await;
        for private in [true, false] {
            let changed = world.buckets.update(&bucket(&world), private).await.unwrap();
            let ExportBucket::Aws(aws) = &changed else { panic!("{cell:?}: {changed:?}") };
            assert_eq!(aws.require_private_networking, Some(private), "{cell:?}");
            assert_eq!(world.atlas.buckets()[0]["requirePrivateNetworking"], json!(private), "{cell:?}");
            assert_eq!(world.buckets.get(changed.id()).await.unwrap(), changed, "{cell:?}");
        }
        let bodies: Vec<_> = world.atlas.requests().into_iter().filter(|sent| sent.method == "PATCH").collect();
        let body: Value = serde_json::from_slice(&bodies.last().unwrap().body).unwrap();
        assert_eq!(body, json!({"requirePrivateNetworking": false}), "{cell:?}");
        let missing = world.buckets.update(&ROLE.parse().unwrap(), true).await.unwrap_err();
        assert!(missing.is_not_found(), "{cell:?}: {missing}");
        world.check();
    }
}

#[tokio::test(start_paused = true)]
async fn what_version_1_lacks_is_refused_before_anything_is_sent() {
    for cell in cells(ApiVersion::V1) {
        let world = cell.start().await;
        let error = world.buckets.update(&bucket(&world), true).await.unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidInput, "{cell:?}: {error:?}");
        assert!(error.call().is_none() && error.to_string().contains("ApiVersion::V2"), "{cell:?}: {error}");
        assert_eq!(world.atlas.exchanges(), 0, "{cell:?}: neither a challenge nor a token was asked for");
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
    for cell in cells(ApiVersion::V2) {
        let world = cell.start().await;
        for document in clouds() {
            world.atlas.put_bucket(document);
        }
        let listed: Vec<_> = world.buckets.list().items().try_collect().await.unwrap();
        let providers: Vec<_> = listed.iter().map(ExportBucket::cloud_provider).collect();
        assert_eq!(providers, ["AWS", "AWS", "AZURE", "GCP", "MOON"], "{cell:?}");
        for (bucket, document) in listed[1..].iter().zip(clouds()) {
            assert_eq!(serde_json::to_value(bucket).unwrap(), document, "{cell:?}");
            assert_eq!(bucket.name(), document["bucketName"].as_str());
            assert_eq!(world.buckets.get(bucket.id()).await.unwrap(), *bucket, "{cell:?}");
        }
        assert!(matches!(&listed[4], ExportBucket::Unknown { document, .. } if document["crater"]["depth"] == 7.5));
        for bucket in &listed[1..] {
            world.buckets.delete(bucket.id()).await.unwrap();
        }
        assert_eq!(world.atlas.buckets().len(), 1, "{cell:?}");
        world.check();
    }
}

#[tokio::test(start_paused = true)]
async fn buckets_of_every_cloud_are_created_on_version_2() {
    for cell in cells(ApiVersion::V2) {
        let world = cell.start().await;
        for (new, provider) in [
            (NewExportBucket::aws("backups", ROLE), "AWS"),
            (NewExportBucket::azure("https://account.blob.core.windows.net/c", ROLE), "AZURE"),
            (NewExportBucket::gcp("backups", ROLE), "GCP"),
        ] {
            let made = world.buckets.create(new).await.unwrap();
            assert_eq!(made.cloud_provider(), provider, "{cell:?}");
            assert_eq!(world.buckets.get(made.id()).await.unwrap(), made, "{cell:?}");
        }
        world.check();
    }
}

#[tokio::test(start_paused = true)]
async fn version_1_shows_its_own_buckets_in_the_same_type() {
    for cell in cells(ApiVersion::V1) {
        let world = cell.start().await;
        for document in clouds() {
            world.atlas.put_bucket(document);
        }
        let listed: Vec<_> = world.buckets.list().items().try_collect().await.unwrap();
        assert!(listed.len() == 2 && listed.iter().all(|bucket| matches!(bucket, ExportBucket::Aws(_))), "{listed:?}");
        world.check();
    }
}

#[tokio::test(start_paused = true)]
async fn with_an_older_date_everything_works_but_what_that_date_lacks() {
    for cell in cells(ApiVersion::V2) {
        let world = cell.start_on(FakeAtlas::builder().clock(before_its_end())).await;
        for document in clouds() {
            world.atlas.put_bucket(document);
        }
        let client = world.builder().resource_version("2023-01-01").build().unwrap();
        let buckets = client.export_buckets(world.atlas.project_id().parse().unwrap());
        let listed: Vec<_> = buckets.list().items().try_collect().await.unwrap();
        assert_eq!(listed.len(), 2, "{cell:?}: that date knows AWS alone");
        buckets.get(listed[1].id()).await.unwrap();
        let error = buckets.update(listed[0].id(), true).await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), 406, "{cell:?}: {error}");
        assert!(error.to_string().contains("2023-01-01"), "{cell:?}: {error}");
        buckets.delete(listed[1].id()).await.unwrap();
        let told = client.deprecations();
        let told: Vec<_> = told.iter().map(|told| (told.operation.id, told.sunset.is_some())).collect();
        assert_eq!(told, [("getExportBucket", true), ("listExportBuckets", true)], "{cell:?}");

        // Its end comes on its day, and the error says so.
        world.atlas.sunset("2023-01-01");
        let error = exports_of(&client, &world.atlas).wait(&job(&world.atlas, Kind::InProgress)).await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), 410, "{cell:?}: {error}");
        assert!(error.to_string().contains("2023-01-01") && !error.is_retryable(), "{cell:?}: {error}");
    }
}
