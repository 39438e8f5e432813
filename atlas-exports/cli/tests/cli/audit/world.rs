//! A service whose clock stands still, with clusters whose last snapshot came to a known end.

use std::time::{Duration, SystemTime};

use atlas_exports_testing::{FakeAtlas, NewCluster, NewSchedule, NewSnapshot, Paging};
use serde_json::{Value, json};

use crate::program::{Ended, command_at, run};

pub(crate) const SHOP: &str = "605cbe3000000000000000a1";
pub(crate) const BANK: &str = "605cbe3000000000000000a2";
pub(crate) const BUCKET: &str = "605cbe3000000000000000b1";
pub(crate) const BUCKET_NAME: &str = "nightly";

/// 2026-08-10 17:30 UTC. Snapshots are due at 03:00 each night.
const NOW: u64 = 1_786_383_000;
/// The policy item of all schedules.
const ITEM: &str = "605cbe3000000000000000c1";

pub(crate) const CLUSTER: &str = "/groups/{groupId}/clusters";

/// What became of the snapshot of the last night. Those of the nights before were exported.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Night {
    Exported,
    Failed,
    Cancelled,
    Running,
    /// It has been running since yesterday.
    Stuck,
    NotStarted,
    /// The cluster has been paused for a week.
    Paused,
}

/// The default project is empty, so that only the clusters that a test adds are audited.
pub(crate) fn world() -> FakeAtlas {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    let fake = FakeAtlas::builder().clock(start).time_scale(0.0).start_blocking().unwrap();
    fake.remove_cluster(fake.project_id(), fake.cluster_name());
    fake
}

/// A world with one project of these clusters, which is called Shop.
pub(crate) fn shop(clusters: &[(&str, Night)]) -> FakeAtlas {
    let fake = world();
    fake.name_project(SHOP, "Shop");
    for (cluster, night) in clusters {
        add(&fake, SHOP, cluster, *night);
    }
    fake
}

pub(crate) fn add(fake: &FakeAtlas, project: &str, cluster: &str, night: Night) {
    fake.put_bucket_in(
        project,
        json!({
            "_id": BUCKET, "bucketName": BUCKET_NAME, "cloudProvider": "AWS", "iamRoleId": "668c5f0ed436263134491592",
            "region": "us-east-1",
        }),
    );
    fake.put_cluster(project, NewCluster::replica_set(cluster).id(&cluster_id(cluster)).paused(night == Night::Paused));
    let schedule = NewSchedule::at(3, 0).item(ITEM, "daily", 1, 7).export_to(BUCKET, "daily");
    fake.put_schedule(project, cluster, &schedule);
    let days: &[u32] = if night == Night::Paused { &[2, 3] } else { &[8, 9, 10] };
    for day in days {
        let at = format!("2026-08-{day:02}T03:07:00Z");
        fake.put_snapshot(project, cluster, NewSnapshot::new(&snapshot(cluster, *day), "daily", &at).policy_item(ITEM));
        let night = if *day == 10 { night } else { Night::Exported };
        if night != Night::NotStarted {
            fake.put_job_in(project, cluster, job(project, cluster, *day, night));
        }
    }
}

/// An id that no two clusters share as long as their names differ in length or in the sum of their letters.
fn id(cluster: &str, day: u32, kind: u8) -> String {
    let name = cluster.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    // 2026-08-01 03:07 UTC, and so many days later.
    let seconds = 1_785_553_620 + (day - 1) * 86_400;
    format!("{seconds:08x}{name:08x}{kind:08x}")
}

pub(crate) fn cluster_id(cluster: &str) -> String {
    id(cluster, 1, 0)
}

pub(crate) fn snapshot(cluster: &str, day: u32) -> String {
    id(cluster, day, 1)
}

pub(crate) fn job_id(cluster: &str, day: u32) -> String {
    id(cluster, day, 2)
}

pub(crate) fn prefix(project: &str, cluster: &str, day: u32) -> String {
    format!("exported_snapshots/5f7ae1ee3c2f0d1b6a9d2b11/{project}/{cluster}/2026-08-{day:02}T0307/1786332505")
}

pub(crate) fn job(project: &str, cluster: &str, day: u32, night: Night) -> Value {
    let state = match night {
        Night::Failed => "Failed",
        Night::Cancelled => "Cancelled",
        Night::Running | Night::Stuck => "InProgress",
        _ => "Successful",
    };
    let mut job = json!({
        "createdAt": format!("2026-08-{day:02}T{}:16:00Z", if night == Night::Running { "16" } else { "03" }),
        "exportBucketId": BUCKET,
        "exportStatus": {"exportedCollections": 3, "totalCollections": 12},
        "id": job_id(cluster, day),
        "prefix": prefix(project, cluster, day),
        "snapshotId": snapshot(cluster, day),
        "state": state,
    });
    if state != "InProgress" {
        job["finishedAt"] = json!(format!("2026-08-{day:02}T03:31:00Z"));
    }
    if night == Night::Failed {
        job["stateReason"] = json!({"errorCode": "EXPORT_BUCKET_ACCESS_DENIED", "message": "no s3:PutObject"});
    }
    job
}

/// Refuses to read something of a cluster, such as `/backup/schedule`.
pub(crate) fn deny(fake: &FakeAtlas, cluster: &str, what: &str) {
    let error = json!({"error": 403, "errorCode": "USER_UNAUTHORIZED", "reason": "Forbidden", "detail": "no"});
    fake.respond("GET", &format!("{CLUSTER}/{cluster}{what}"), 403, error);
}

/// Lists without links and counts.
pub(crate) fn without_links(fake: &FakeAtlas) {
    fake.set_paging(Paging::new().without_next().without_count());
}

/// The rate that a service allows has no place in a test.
pub(crate) const AT_ONCE: [&str; 2] = ["--requests-per-minute", "60000"];

/// Runs the audit with the keys of a fake.
pub(crate) fn audit(fake: &FakeAtlas, options: &[&str]) -> Ended {
    run(command_at(fake), [&["audit"][..], &AT_ONCE, options].concat())
}

/// The verdict and the reason of each cluster, in the order of the report.
pub(crate) fn verdicts(report: &Value) -> Vec<(&str, &str, &str)> {
    fn text(value: &Value) -> &str {
        value.as_str().unwrap_or("-")
    }
    let clusters = report["clusters"].as_array().unwrap();
    clusters.iter().map(|it| (text(&it["cluster"]), text(&it["verdict"]), text(&it["reason"]))).collect()
}
