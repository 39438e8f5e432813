//! Export buckets.

use atlas_exports::{ErrorKind, ExportBucket, ExportBuckets, NewExportBucket, RetryPolicy};
use atlas_exports_testing::{FakeAtlas, Fault, NewJob, Script};
use futures_util::TryStreamExt;

use crate::common::{asked, open};

const ROLE: &str = "5f3c5a1e8e4b2a00dddddddd";
const NOWHERE: &str = "5f3c5a1e8e4b2a00eeeeeeee";

async fn buckets() -> (FakeAtlas, ExportBuckets) {
    let (atlas, _) = open().await;
    let buckets = of(&atlas, RetryPolicy::never());
    (atlas, buckets)
}

fn of(atlas: &FakeAtlas, policy: RetryPolicy) -> ExportBuckets {
    crate::common::builder(atlas).retry(policy).build().unwrap().export_buckets(atlas.project_id().parse().unwrap())
}

#[tokio::test]
async fn a_bucket_lives_from_creation_to_deletion() {
    let (atlas, buckets) = buckets().await;
    let made = buckets.create(NewExportBucket::aws("backups", ROLE).require_private_networking(true)).await.unwrap();
    let ExportBucket::Aws(aws) = &made else { panic!("{made:?}") };
    assert_eq!((aws.bucket_name.as_deref(), aws.require_private_networking), (Some("backups"), Some(true)));
    assert_eq!(buckets.get(made.id()).await.unwrap(), made);
    let all: Vec<_> = buckets.list().items().try_collect().await.unwrap();
    assert_eq!(all.iter().map(ExportBucket::id).collect::<Vec<_>>().last(), Some(&made.id()));
    buckets.delete(made.id()).await.unwrap();
    assert!(buckets.get(made.id()).await.unwrap_err().is_not_found());
    assert_eq!(atlas.exchanges(), 5);
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_before_anything_is_sent() {
    let (atlas, buckets) = buckets().await;
    for (new, rule) in [
        (NewExportBucket::aws("ab", ROLE), "3 to 63"),
        (NewExportBucket::aws("x".repeat(64), ROLE), "3 to 63"),
        (NewExportBucket::aws("backups", "role"), "24 hexadecimal digits"),
    ] {
        let error = buckets.create(new).await.unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains(rule), "{error}");
    }
    assert_eq!(atlas.exchanges(), 0);
}

#[tokio::test]
async fn deleting_a_bucket_in_use_tells_what_to_do() {
    let (atlas, buckets) = buckets().await;
    atlas.add_job(NewJob::new(Script::staying("InProgress")));
    let error = buckets.delete(&atlas.bucket_id().parse().unwrap()).await.unwrap_err();
    assert_eq!(error.api().unwrap().error_code.as_deref(), Some("EXPORT_BUCKET_DELETE_FAILED_BUCKET_IN_USE"));
    let text = format!("{error:?}");
    assert!(text.contains("wait for the jobs") && text.contains("delete it then"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_answer_was_lost_is_a_success() {
    let (atlas, _) = buckets().await;
    let buckets = of(&atlas, RetryPolicy::default());
    let made = buckets.create(NewExportBucket::aws("backups", ROLE)).await.unwrap();
    atlas.fault(Fault::lost_response());
    buckets.delete(made.id()).await.unwrap();
    assert_eq!(asked(&atlas).len(), 3);
    assert!(buckets.delete(&NOWHERE.parse().unwrap()).await.unwrap_err().is_not_found());
}

#[tokio::test(start_paused = true)]
async fn a_bucket_is_created_once_though_the_answer_is_lost() {
    let (atlas, _) = buckets().await;
    let buckets = of(&atlas, RetryPolicy::default());
    let before = atlas.buckets().len();
    atlas.fault(Fault::lost_response());
    buckets.create(NewExportBucket::aws("backups", ROLE)).await.unwrap_err();
    assert_eq!((atlas.buckets().len(), atlas.exchanges()), (before + 1, 1));
}

#[tokio::test]
async fn version_2_changes_buckets_and_version_1_refuses_to() {
    let (atlas, buckets) = buckets().await;
    let id = atlas.bucket_id().parse().unwrap();
    let error = buckets.update(&id, true).await.unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains("api_version"), "{error}");
    assert_eq!(atlas.exchanges(), 0);
    let client = crate::common::builder(&atlas).api_version(atlas_exports::ApiVersion::V2).build().unwrap();
    let buckets = client.export_buckets(atlas.project_id().parse().unwrap());
    let ExportBucket::Aws(bucket) = buckets.update(&id, true).await.unwrap() else { panic!("another provider") };
    assert_eq!(bucket.require_private_networking, Some(true));
}
