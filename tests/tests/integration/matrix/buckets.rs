//! Export buckets, and what is said to those who may not.

use atlas_exports::{Error, ExportBucket, ExportBucketId, NewExportBucket};
use atlas_exports_testing::{Fault, Kind, NewJob, Script};
use futures_util::TryStreamExt;
use serde_json::json;

use super::setting::{Fixture, Who, seconds};
use crate::common::job;

const ROLE: &str = "5f3c5a1e8e4b2a00dddddddd";
const NOWHERE: &str = "5f3c5a1e8e4b2a00eeeeeeee";

async fn listed(fixture: &Fixture) -> Vec<ExportBucket> {
    fixture.buckets.list().items().try_collect().await.unwrap()
}

pub(crate) async fn a_bucket_lives_from_creation_to_deletion(fixture: &Fixture) {
    let new = NewExportBucket::aws("backups", ROLE).require_private_networking(true);
    let made = fixture.buckets.create(new).await.unwrap();
    let ExportBucket::Aws(aws) = &made else { panic!("{made:?}") };
    assert_eq!((aws.bucket_name.as_deref(), aws.iam_role_id.as_deref()), (Some("backups"), Some(ROLE)));
    assert_eq!((aws.require_private_networking, made.cloud_provider()), (Some(true), "AWS"));
    assert_eq!(fixture.buckets.get(made.id()).await.unwrap(), made);
    assert_eq!(listed(fixture).await.last(), Some(&made));
    fixture.buckets.delete(made.id()).await.unwrap();
    assert!(fixture.buckets.get(made.id()).await.unwrap_err().is_not_found());
    assert_eq!(listed(fixture).await.len(), 1);

    let served = fixture.served();
    let told: Vec<_> = served.iter().map(|(method, _, status)| (method.as_str(), status.unwrap())).collect();
    let wanted = [("POST", 200), ("GET", 200), ("GET", 200), ("DELETE", 204), ("GET", 404), ("GET", 200)];
    assert_eq!(told, wanted, "and nothing else was asked");
}

pub(crate) async fn buckets_are_listed_over_pages(fixture: &Fixture) {
    for number in 0..20 {
        fixture.atlas.put_bucket(json!({
            "_id": format!("5f3c5a1e8e4b2a00aaaaaa{number:02x}"), "bucketName": format!("bucket-{number}"),
            "cloudProvider": "AWS", "iamRoleId": ROLE,
        }));
    }
    let pages: Vec<_> = fixture.buckets.list().page_size(8).pages().try_collect().await.unwrap();
    let told: Vec<_> = pages.iter().map(|page| (page.number, page.items.len(), page.total_count)).collect();
    assert_eq!(told, [(1, 8, Some(21)), (2, 8, Some(21)), (3, 5, Some(21))]);
    let ids: Vec<_> = pages.iter().flat_map(|page| &page.items).map(|bucket| bucket.id().to_string()).collect();
    let held: Vec<_> =
        fixture.atlas.buckets().iter().map(|bucket| bucket["_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, held);
}

pub(crate) async fn a_bucket_in_use_is_not_deleted(fixture: &Fixture) {
    let id: ExportBucketId = fixture.atlas.bucket_id().parse().unwrap();
    let script = Script::timed([("InProgress", 0), ("Successful", 90)]);
    let running = fixture.atlas.add_job(NewJob::new(script)).parse().unwrap();
    let error = fixture.buckets.delete(&id).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 400);
    assert_eq!(error.api().unwrap().error_code.as_deref(), Some("EXPORT_BUCKET_DELETE_FAILED_BUCKET_IN_USE"));
    assert!(format!("{error:?}").contains("wait for the jobs") && !error.is_retryable(), "{error}");
    assert_eq!((fixture.count("DELETE"), fixture.atlas.buckets().len()), (1, 1));

    // The hint is good advice: once all jobs have ended, it works.
    for kind in Kind::ALL {
        if ["InProgress", "Queued", "Hibernating"].contains(&kind.state()) {
            fixture.atlas.put_job(json!({"id": fixture.atlas.job_id(kind), "state": "Successful",
                "exportBucketId": fixture.atlas.bucket_id(), "finishedAt": "2026-08-10T03:43:51Z"}));
        }
    }
    fixture.exports.wait(&running).poll_interval(seconds(30)).await.unwrap();
    fixture.buckets.delete(&id).await.unwrap();
    assert!(fixture.atlas.buckets().is_empty());
}

pub(crate) async fn buckets_that_are_not_there_are_told(fixture: &Fixture) {
    let id: ExportBucketId = NOWHERE.parse().unwrap();
    // Of a job's id, people think that it is its bucket's.
    let of_job: ExportBucketId = fixture.atlas.job_id(Kind::Successful).parse().unwrap();
    for id in [&id, &of_job] {
        for error in [fixture.buckets.get(id).await.unwrap_err(), fixture.buckets.delete(id).await.unwrap_err()] {
            assert!(error.is_not_found(), "{error}");
            assert_eq!(error.api().unwrap().error_code.as_deref(), Some("EXPORT_BUCKET_NOT_FOUND"));
            assert!(
                error.to_string().contains(id.as_str()) && error.hint().unwrap().contains("check exportBucketId"),
                "{error}"
            );
        }
    }
    let elsewhere = fixture.client().export_buckets(NOWHERE.parse().unwrap());
    let error = elsewhere.list().items().try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(error.api().unwrap().error_code.as_deref(), Some("GROUP_NOT_FOUND"));
}

pub(crate) async fn a_refusal_names_the_role_and_the_credentials(fixture: &Fixture) {
    let id = job(&fixture.atlas, Kind::Successful);
    fixture.exports.get(&id).await.unwrap();
    let (kind, name) = match fixture.setting.who {
        Who::ApiKey => ("API key", fixture.atlas.public_key()),
        Who::Account => ("service account", fixture.atlas.client_id()),
    };
    let end = &name[name.len() - 4..];
    let told = |error: &Error, role: &str| {
        let text = format!("{error:?}");
        for told in [kind, &format!("ends in {end}"), role, "IP access list"] {
            assert!(text.contains(told), "{told} is missing: {text}");
        }
        for secret in [fixture.atlas.private_key(), fixture.atlas.client_secret(), &name[..name.len() - 4]] {
            assert!(!text.contains(secret), "{text}");
        }
    };
    fixture.atlas.fault(Fault::api_error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", "not from here").times(2));
    told(&fixture.exports.get(&id).await.unwrap_err(), "Project Backup Manager");
    told(&fixture.buckets.list().items().try_collect::<Vec<_>>().await.unwrap_err(), "Project Read Only");
    fixture.atlas.fault(Fault::api_error(403, "USER_UNAUTHORIZED", "no role"));
    told(&fixture.buckets.delete(&NOWHERE.parse().unwrap()).await.unwrap_err(), "Project Backup Manager");
    fixture.atlas.fault(Fault::api_error(401, "USER_UNAUTHORIZED", "no role").times(4));
    let error = fixture.exports.wait(&id).await.unwrap_err();
    assert!(error.is_unauthorized());
    told(&error, "Project Backup Manager");
}
