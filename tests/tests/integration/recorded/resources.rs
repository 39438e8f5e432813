//! Jobs, buckets and pages of them.

use std::time::Duration;

use atlas_exports::{ApiVersion, ErrorKind, ExportBucket, ExportJob, ExportState, NewExport, NewExportBucket};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use super::{
    documents::{BUCKETS, JOB_RUN, OTHER_JOBS},
    tape::{CLUSTER, PROJECT, Player, Take, VENDOR, VERSIONS, job, known},
};

/// The same document inside the envelope.
fn enveloped(document: &str, key: &str) -> String {
    json!({"status": 200, key: parsed(document)}).to_string()
}

fn parsed(document: &str) -> Value {
    serde_json::from_str(document).unwrap()
}

/// That what came out is all of what went in, as far as the contract knows it.
fn assert_kept(job: &ExportJob, document: &str) {
    const NEW: [&str; 3] = ["newHint", "newBytes", "newMembers"];
    assert_eq!(serde_json::to_value(job).unwrap(), known(&parsed(document), &NEW));
}

#[tokio::test(start_paused = true)]
async fn a_job_is_followed_from_queued_to_successful() {
    for (version, media_type) in VERSIONS {
        let player = Player::new(version, JOB_RUN.map(|document| Take::new(200, media_type, document)));
        let wait = player.exports.wait(&job()).poll_interval(Duration::from_secs(10));
        let seen: Vec<_> = wait.updates().try_collect().await.unwrap();
        for (seen, document) in seen.iter().zip([JOB_RUN[0], JOB_RUN[2], JOB_RUN[3]]) {
            assert_kept(seen, document);
        }
        let last = seen.last().unwrap();
        assert!(seen.len() == 3 && last.is_successful() && player.is_over(), "{seen:#?}");
        assert_eq!(last.finished_at.unwrap().to_rfc3339(), "2026-08-10T03:43:51+00:00");
        assert_eq!(last.progress().unwrap().fraction(), None, "a tiny cluster is 0 of 0 to the end");
        assert!(last.prefix.as_deref().unwrap().starts_with("exported_snapshots/"), "no leading slash is added");
        let base = if version == ApiVersion::V2 { "v2" } else { "v1.0" };
        let address = format!(
            "getExportJob https://cloud.mongodb.com/api/atlas/{base}/groups/{PROJECT}/clusters/{CLUSTER}/backup/exports/{}",
            job()
        );
        assert_eq!(player.asked(), [&*address; 4]);
    }
}

#[tokio::test]
async fn every_kind_of_job_is_decoded_and_written_back() {
    for document in JOB_RUN.iter().chain(&OTHER_JOBS) {
        for (version, media_type) in VERSIONS {
            let player = Player::new(version, [Take::new(200, media_type, *document)]);
            assert_kept(&player.exports.get(&job()).await.unwrap(), document);
            for key in ["content", "envelope"] {
                let take = Take::new(200, media_type, enveloped(document, key));
                let player = Player::with([take], |client| client.api_version(version).envelope(true));
                assert_kept(&player.exports.get(&job()).await.unwrap(), document);
                assert!(player.asked()[0].ends_with("?envelope=true"));
            }
            // Asked for, and not given.
            let take = Take::new(200, media_type, *document);
            let player = Player::with([take], |client| client.api_version(version).envelope(true));
            assert_kept(&player.exports.get(&job()).await.unwrap(), document);
        }
    }
}

#[tokio::test]
async fn what_the_documents_say_is_what_people_are_told() {
    let get = async |document: &str| {
        Player::new(ApiVersion::V2, [Take::new(200, VENDOR, document)]).exports.get(&job()).await.unwrap()
    };
    let [old, sharded, failed, failed_before, unknown, nulls, bare] = OTHER_JOBS;
    let old = get(old).await;
    assert!(old.is_successful() && old.prefix.unwrap().contains("2021-03-25T1649+0000"));
    assert_eq!(json!(old.custom_data), json!([{"key": "exported by", "value": "myName"}]));
    let sharded = get(sharded).await;
    let parts = sharded.components.as_deref().unwrap();
    assert!(parts.len() == 2 && parts.iter().all(|part| part.export_id.as_ref() != Some(&sharded.id)));
    assert!(!sharded.is_finished() && sharded.progress().is_none());
    let failed = get(failed).await;
    assert_eq!(failed.custom_data.as_ref().unwrap().len(), 2, "a key may be there twice");
    assert!(failed.failure().unwrap().to_string().contains("does not allow writing"));
    assert_eq!(get(failed_before).await.failure().unwrap().message, Some("Access to the bucket was denied."));
    let unknown = get(unknown).await;
    assert!(matches!(&unknown.state, Some(ExportState::Unknown(state)) if state == "Hibernating"));
    assert!(!unknown.is_finished());
    for nothing in [get(nulls).await, get(bare).await] {
        assert!(nothing.state.is_none() && !nothing.is_finished() && nothing.failure().is_none());
    }
}

#[tokio::test]
async fn the_answer_to_a_creation_is_200_with_the_job() {
    for (version, media_type) in VERSIONS {
        let player = Player::new(version, [Take::new(200, media_type, JOB_RUN[0])]);
        let new = NewExport::new("6a793de7a6dab9a9e39fe6ca".parse().unwrap(), BUCKET.parse().unwrap());
        assert_kept(&player.exports.create(new).await.unwrap(), JOB_RUN[0]);
    }
}

const BUCKET: &str = "6a793dd8a6dab9a9e39fe655";

/// A page as Atlas wraps it. The links lead to a host that only Atlas can reach.
fn page(results: &[&str], links: &[&str], total: Option<u64>) -> String {
    let link = |rel: &&str| json!({"href": "http://10.0.0.1:8080/api/atlas/v2/elsewhere?pageNum=9", "rel": rel});
    let mut page = json!({
        "links": links.iter().map(link).collect::<Vec<_>>(),
        "results": results.iter().map(|document| parsed(document)).collect::<Vec<_>>(),
    });
    if let Some(total) = total {
        page["totalCount"] = json!(total);
    }
    page.to_string()
}

#[tokio::test]
async fn pages_of_jobs_are_read_to_their_end() {
    let other = |last: u8| JOB_RUN[3].replace("39fe712", &format!("39fe7{last:02x}"));
    let (second, third) = (other(0x20), other(0x21));
    for (version, media_type) in VERSIONS {
        for envelope in [false, true] {
            let takes = [
                page(&[JOB_RUN[3], &second], &["self", "next"], Some(3)),
                page(&[], &["previous", "self", "next"], None),
                page(&[&third], &["previous", "self"], Some(3)),
            ];
            let takes = takes.map(|page| {
                let mut page = parsed(&page);
                if envelope {
                    page["status"] = json!(200);
                }
                Take::new(200, media_type, page.to_string())
            });
            let player = Player::with(takes, |client| client.api_version(version).envelope(envelope));
            let jobs: Vec<_> = player.exports.list().page_size(2).items().try_collect().await.unwrap();
            assert!(jobs.len() == 3 && player.is_over(), "{jobs:#?}");
            for (job, document) in jobs.iter().zip([JOB_RUN[3], &second, &third]) {
                assert_kept(job, document);
            }
            for (asked, number) in player.asked().iter().zip(["pageNum=1", "pageNum=2", "pageNum=3"]) {
                assert!(asked.contains("//cloud.mongodb.com/") && asked.contains(number), "{asked}");
            }
        }
    }
}

#[tokio::test]
async fn a_project_without_jobs_is_an_empty_list() {
    for body in [r#"{"links":[],"results":[],"totalCount":0}"#, r#"{"results":[]}"#, r#"{"links":null,"results":null}"#]
    {
        let player = Player::new(ApiVersion::V2, [Take::new(200, VENDOR, body)]);
        assert!(player.exports.list().items().try_collect::<Vec<_>>().await.unwrap().is_empty(), "{body}");
        let player = Player::new(ApiVersion::V2, [Take::new(200, VENDOR, body)]);
        assert!(player.buckets.list().items().try_collect::<Vec<_>>().await.unwrap().is_empty(), "{body}");
    }
}

#[tokio::test]
async fn buckets_of_every_cloud_are_decoded_and_written_back() {
    for (version, media_type) in VERSIONS {
        let takes = [page(&BUCKETS[..2], &["self", "next"], Some(5)), page(&BUCKETS[2..], &["previous", "self"], None)];
        let player = Player::new(version, takes.map(|page| Take::new(200, media_type, page)));
        let buckets: Vec<_> = player.buckets.list().page_size(3).items().try_collect().await.unwrap();
        assert!(buckets.len() == BUCKETS.len() && player.is_over(), "{buckets:#?}");
        for (bucket, document) in buckets.iter().zip(BUCKETS) {
            assert_eq!(serde_json::to_value(bucket).unwrap(), parsed(document));
            for take in [document.to_owned(), enveloped(document, "content")] {
                let player = Player::with([Take::new(200, media_type, take)], |client| {
                    client.api_version(version).envelope(true)
                });
                assert_eq!(player.buckets.get(bucket.id()).await.unwrap(), *bucket);
            }
        }
        let told: Vec<_> = buckets.iter().map(|bucket| (bucket.cloud_provider(), bucket.name().unwrap())).collect();
        let names = ["exports-e2e-1786332495", "old", "container", "gcs-exports", "far"];
        assert_eq!(told, ["AWS", "AWS", "AZURE", "GCP", "MOON"].into_iter().zip(names).collect::<Vec<_>>());
        assert!(matches!(&buckets[4], ExportBucket::Unknown { .. }));
    }
}

#[tokio::test]
async fn a_bucket_is_created_changed_and_deleted() {
    let clouds = "application/vnd.atlas.2024-05-30+json;charset=utf-8";
    let changed = BUCKETS[0].replace("\"requirePrivateNetworking\":false", "\"requirePrivateNetworking\":true");
    let takes = [
        Take::new(200, clouds, BUCKETS[0]),
        Take::new(200, clouds, changed.as_str()),
        Take::empty(204),
        // Some gateways name a type where there is nothing.
        Take::new(204, VENDOR, ""),
    ];
    let player = Player::new(ApiVersion::V2, takes);
    let new = NewExportBucket::aws("exports-e2e-1786332495", "668c5f0ed436263134491592");
    let made = player.buckets.create(new).await.unwrap();
    assert_eq!(serde_json::to_value(&made).unwrap(), parsed(BUCKETS[0]));
    let changed_now = player.buckets.update(made.id(), true).await.unwrap();
    assert_eq!(serde_json::to_value(&changed_now).unwrap(), parsed(&changed));
    player.buckets.delete(made.id()).await.unwrap();
    player.buckets.delete(made.id()).await.unwrap();
}

/// What the envelope of nothing looks like is not known: whatever says 204 is taken, and an error inside is one.
#[tokio::test]
async fn a_deletion_inside_the_envelope_is_taken_in_every_form() {
    let id = BUCKET.parse().unwrap();
    let delete = async |take: Take| {
        let player = Player::with([take], |client| client.api_version(ApiVersion::V2).envelope(true));
        player.buckets.delete(&id).await
    };
    for body in [r#"{"status":204,"content":null}"#, r#"{"status":204,"content":{}}"#, r#"{"status":204}"#] {
        delete(Take::new(200, VENDOR, body)).await.expect(body);
    }
    delete(Take::empty(204)).await.unwrap();
    let refusal = r#"{"status":400,"content":{"detail":"It is in use.","error":400,"errorCode":"EXPORT_BUCKET_DELETE_FAILED_BUCKET_IN_USE","parameters":[],"reason":"Bad Request"}}"#;
    let error = delete(Take::new(200, VENDOR, refusal)).await.unwrap_err();
    assert!(format!("{error:?}").contains("wait for the jobs"), "{error}");
}

#[tokio::test]
async fn the_end_of_a_version_is_read_from_dates_with_one_digit_days() {
    let takes = (0..2).map(|_| {
        Take::new(200, VENDOR, page(&BUCKETS[..1], &["self"], Some(1)))
            .header("Deprecation", "Thu, 30 May 2024 00:00:00 GMT")
            .header("Sunset", "Thu, 1 Jul 2027 00:00:00 GMT")
            .header("RateLimit-Limit", "1200")
            .header("RateLimit-Remaining", "1187")
    });
    let player = Player::with(takes, |client| client.api_version(ApiVersion::V2).resource_version("2023-01-01"));
    for _ in 0..2 {
        player.buckets.list().items().try_collect::<Vec<_>>().await.unwrap();
    }
    let told = player.client.deprecations();
    let [buckets] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((buckets.operation.id, buckets.resource_version.as_deref()), ("listExportBuckets", Some("2023-01-01")));
    assert_eq!(buckets.deprecated.unwrap().to_rfc3339(), "2024-05-30T00:00:00+00:00");
    assert_eq!(buckets.sunset.unwrap().to_rfc3339(), "2027-07-01T00:00:00+00:00");
    let limit = player.client.rate_limit(&PROJECT.parse().unwrap()).unwrap();
    assert_eq!((limit.limit, limit.remaining), (Some(1_200), Some(1_187)));
}

#[tokio::test]
async fn what_does_not_fit_names_the_member() {
    for (document, path) in [
        (r#"{"id":7}"#, "id"),
        (r#"{"id":"6a793de9a6dab9a9e39fe712","createdAt":"yesterday"}"#, "createdAt"),
        (
            r#"{"id":"6a793de9a6dab9a9e39fe712","exportStatus":{"totalCollections":"many"}}"#,
            "exportStatus.totalCollections",
        ),
    ] {
        let player = Player::new(ApiVersion::V2, [Take::new(200, VENDOR, document)]);
        let error = player.exports.get(&job()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains(&format!("at `{path}`")), "{document}: {error:?}");
    }
}
