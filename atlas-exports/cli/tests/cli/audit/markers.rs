//! `--markers`: what the buckets say, where they are mounted as folders.

use std::{fs, path::Path};

use atlas_exports_testing::FakeAtlas;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::world::{BUCKET_NAME, Night, SHOP, audit, cluster_id, prefix, shop, verdicts};
use crate::program::Ended;

/// The `.complete` object of an export, as Atlas writes it.
pub(super) fn complete(cluster: &str, day: u32) -> Value {
    let at: chrono::DateTime<chrono::Utc> = format!("2026-08-{day:02}T03:07:00Z").parse().unwrap();
    json!({
        "orgId": "5f7ae1ee3c2f0d1b6a9d2b11", "orgName": "ACME", "groupId": SHOP, "groupName": "Shop",
        "clusterUniqueId": cluster_id(cluster), "clusterName": cluster,
        "snapshotInitiationDate": at.timestamp_millis(), "totalFiles": 3, "labels": [], "customData": [],
    })
}

/// A folder that buckets are mounted in.
fn mounted(markers: &[(&str, Value)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(BUCKET_NAME)).unwrap();
    for (cluster, marker) in markers {
        let export = folder.path().join(BUCKET_NAME).join(prefix(SHOP, cluster, 10));
        fs::create_dir_all(&export).unwrap();
        fs::write(export.join(".complete"), marker.to_string()).unwrap();
    }
    folder
}

fn audit_with(fake: &FakeAtlas, folder: &Path, options: &[&str]) -> Ended {
    let url = format!("--markers=file://{}/{{bucket}}", folder.to_str().unwrap());
    audit(fake, &[&[url.as_str(), "--format", "json"][..], options].concat())
}

fn orders() -> FakeAtlas {
    shop(&[("Orders", Night::Exported)])
}

#[test]
fn an_export_whose_marker_fits_is_proved() {
    let ended = audit_with(&orders(), mounted(&[("Orders", complete("Orders", 10))]).path(), &[]);
    assert_eq!((ended.code, verdicts(&ended.json())), (Some(0), vec![("Orders", "proved", "export_successful")]));
}

#[test]
fn a_marker_that_is_not_there_or_of_something_else_is_missing() {
    for (markers, reason) in [
        (vec![], "marker_gone"),
        (vec![("Orders", complete("Another", 10))], "marker_foreign"),
        (vec![("Orders", complete("Orders", 9))], "marker_foreign"),
    ] {
        let ended = audit_with(&orders(), mounted(&markers).path(), &[]);
        assert_eq!((ended.code, verdicts(&ended.json())), (Some(2), vec![("Orders", "missing", reason)]), "{ended:?}");
    }
}

#[test]
fn a_marker_is_awaited_as_long_as_its_grace_lasts() {
    let ended = audit_with(&orders(), mounted(&[]).path(), &["--grace-marker", "20h"]);
    assert_eq!((ended.code, verdicts(&ended.json())), (Some(0), vec![("Orders", "running", "marker_awaited")]));
}

#[test]
fn a_bucket_that_cannot_be_read_leaves_the_word_of_atlas_and_a_note() {
    let empty = tempfile::tempdir().unwrap();
    let odd = mounted(&[("Orders", json!("<html>"))]);
    for folder in [empty.path(), odd.path()] {
        let ended = audit_with(&orders(), folder, &[]);
        let report = ended.json();
        let expected = vec![("Orders", "reported", "export_successful")];
        assert_eq!((ended.code, verdicts(&report)), (Some(0), expected), "{report:#}");
        let note = report["clusters"][0]["notes"][0].as_str().unwrap();
        assert!(note.starts_with("the bucket proves nothing: "), "{report:#}");
    }
}

#[test]
fn a_marker_without_a_successful_job_proves_nothing() {
    let fake = shop(&[("Orders", Night::Failed)]);
    let ended = audit_with(&fake, mounted(&[("Orders", complete("Orders", 10))]).path(), &[]);
    assert_eq!((ended.code, verdicts(&ended.json())), (Some(2), vec![("Orders", "failed", "export_failed")]));
}

#[test]
fn without_the_option_no_bucket_is_asked() {
    let ended = audit(&orders(), &["--format", "json"]);
    assert_eq!(verdicts(&ended.json()), [("Orders", "reported", "export_successful")]);
}
