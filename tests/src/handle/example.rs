//! A small project to try an audit of exports on.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};

use crate::{
    FakeAtlas, NewCluster, NewSchedule, NewSnapshot,
    data::{clock::iso, seed},
};

/// The id of the project.
const PROJECT: &str = "605cbe3000000000000000a0";
/// The id of its bucket.
const BUCKET: &str = "605cbe3000000000000000b0";
/// The id of the policy item of all schedules.
const ITEM: &str = "605cbe3000000000000000c0";

/// What happened to the last snapshot of a cluster.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastNight {
    Exported,
    Failed,
    Running,
    NotStarted,
    /// Exported, and the cluster has been paused for days.
    Paused,
    NotConfigured,
}

impl FakeAtlas {
    /// Adds a project to try an audit of exports on, and returns its id. The last snapshot of its clusters was exported,
    /// is being exported, was exported days ago, failed to be exported or was never exported, relative to the current
    /// time of the service; one cluster has no exports configured, and two cannot have any.
    pub fn seed_audit_example(&self) -> &'static str {
        let now = self.api().clock.now();
        self.name_project(PROJECT, "Audit example");
        self.put_bucket_in(
            PROJECT,
            json!({
                "_id": BUCKET, "bucketName": "audit-example", "cloudProvider": "AWS", "iamRoleId": "668c5f0ed436263134491592",
                "region": "us-east-1", "requirePrivateNetworking": false,
            }),
        );
        for (number, (cluster, last)) in [
            (NewCluster::replica_set("Billing"), LastNight::Exported),
            (NewCluster::sharded("Orders", 2), LastNight::Exported),
            (NewCluster::replica_set("Catalog"), LastNight::Failed),
            (NewCluster::replica_set("Search"), LastNight::Running),
            (NewCluster::replica_set("Sessions"), LastNight::NotStarted),
            (NewCluster::replica_set("Archive").paused(true), LastNight::Paused),
            (NewCluster::replica_set("Sandbox"), LastNight::NotConfigured),
        ]
        .into_iter()
        .enumerate()
        {
            self.seed_nights(number, cluster, last, now);
        }
        self.put_cluster(PROJECT, NewCluster::free("Playground"));
        self.put_cluster(PROJECT, NewCluster::flex("Trial"));
        PROJECT
    }

    fn seed_nights(&self, number: usize, cluster: NewCluster, last: LastNight, now: DateTime<Utc>) {
        let (name, sharded) = (cluster.name.clone(), cluster.replica_sets() > 1);
        self.put_cluster(PROJECT, cluster);
        // Long enough ago that an export had the time to start, and not so long that it should be over.
        let last_due = now - TimeDelta::hours(6);
        let last_due = last_due.with_minute(0).and_then(|time| time.with_second(0)).unwrap_or(last_due);
        let schedule = NewSchedule::at(last_due.hour(), 0).item(ITEM, "daily", 1, 7);
        let configured = last != LastNight::NotConfigured;
        let schedule = if configured { schedule.export_to(BUCKET, "daily") } else { schedule };
        self.put_schedule(PROJECT, &name, &schedule.next_snapshot(&iso(last_due + TimeDelta::days(1))));
        let skipped = if last == LastNight::Paused { 4 } else { 0 };
        for night in (skipped..skipped + 5).rev() {
            let time = last_due - TimeDelta::days(night) + TimeDelta::minutes(7);
            let id = |kind: i64| format!("{:08x}{:014x}{kind:02x}", time.timestamp() & 0xffff_ffff, number + 1);
            let snapshot = NewSnapshot::new(&id(1), "daily", &iso(time)).policy_item(ITEM);
            self.put_snapshot(PROJECT, &name, if sharded { snapshot.sharded() } else { snapshot });
            let fate = if night == skipped { last } else { LastNight::Exported };
            if configured && fate != LastNight::NotStarted {
                self.put_job_in(PROJECT, &name, job(&name, &id(2), &id(1), time, fate));
            }
        }
    }
}

fn job(cluster: &str, id: &str, snapshot: &str, time: DateTime<Utc>, fate: LastNight) -> Value {
    let created = time + TimeDelta::minutes(9);
    let minute = time.format("%Y-%m-%dT%H%M");
    let (state, done) = match fate {
        LastNight::Failed => ("Failed", 3),
        LastNight::Running => ("InProgress", 8),
        _ => ("Successful", 12),
    };
    let mut job = json!({
        "createdAt": iso(created),
        "customData": [],
        "exportBucketId": BUCKET,
        "exportStatus": {"exportedCollections": done, "totalCollections": 12},
        "id": id,
        "prefix": format!("exported_snapshots/{}/{PROJECT}/{cluster}/{minute}/{}", seed::ORGANISATION, created.timestamp()),
        "snapshotId": snapshot,
        "state": state,
    });
    if let Some(members) = job.as_object_mut() {
        if fate != LastNight::Running {
            members.insert("finishedAt".into(), iso(created + TimeDelta::minutes(15)).into());
        }
        if fate == LastNight::Failed {
            let reason = json!({
                "errorCode": "EXPORT_BUCKET_ACCESS_DENIED",
                "message": "The bucket's role does not allow s3:PutObject.",
            });
            members.insert("stateReason".into(), reason);
        }
    }
    job
}
