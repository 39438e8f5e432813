//! Changes to what the API shows that do not change the world.

use serde_json::{Value, json};

use crate::world::{
    time::{DAY, HOUR, Time, iso, object_id, utc},
    view::{ClusterView, View},
};

fn clusters(views: &mut [View]) -> impl Iterator<Item = &mut ClusterView> {
    views.iter_mut().flat_map(|view| &mut view.clusters)
}

/// Shuffles all lists.
pub(super) fn shuffle(views: &mut [View], random: &mut fastrand::Rng) {
    random.shuffle(views);
    for view in views.iter_mut() {
        random.shuffle(&mut view.clusters);
        random.shuffle(&mut view.buckets);
        random.shuffle(&mut view.events);
    }
    for cluster in clusters(views) {
        random.shuffle(&mut cluster.jobs);
        random.shuffle(&mut cluster.snapshots);
        if let Some(items) = cluster.schedule.pointer_mut("/policies/0/policyItems").and_then(Value::as_array_mut) {
            random.shuffle(items);
        }
    }
}

/// Adds unknown members.
pub(super) fn add_members(views: &mut [View]) {
    let add = |document: &mut Value| document["resumesAt"] = json!({"at": ["2031-01-01T00:00:00Z"], "kind": null});
    for view in views.iter_mut() {
        view.buckets.iter_mut().for_each(add);
    }
    for cluster in clusters(views) {
        cluster.jobs.iter_mut().chain(&mut cluster.snapshots).chain([&mut cluster.schedule]).for_each(add);
    }
}

/// Gives running exports an unknown state.
pub(super) fn rename_states(views: &mut [View]) {
    for job in clusters(views).flat_map(|cluster| &mut cluster.jobs) {
        if job["state"] == "InProgress" || job["state"] == "Queued" {
            job["state"] = "Hibernating".into();
        }
    }
}

/// Makes a member of some of the jobs or snapshots null or absent.
pub(super) fn forget_member(views: &mut [View], of_jobs: bool, member: &str, random: &mut fastrand::Rng) {
    for cluster in clusters(views) {
        for document in if of_jobs { &mut cluster.jobs } else { &mut cluster.snapshots } {
            let Some(members) = document.as_object_mut().filter(|members| members.contains_key(member)) else {
                continue;
            };
            match random.u32(0..3) {
                0 => drop(members.remove(member)),
                1 => drop(members.insert(member.to_owned(), Value::Null)),
                _ => {}
            }
        }
    }
}

/// Adds jobs of the years before, until one cluster of each project has this many.
pub(super) fn add_old_jobs(views: &mut [View], until: usize, oldest: Time, random: &mut fastrand::Rng) {
    for view in views.iter_mut() {
        let Some(bucket) = view.buckets.first().map(|bucket| bucket["_id"].clone()) else { continue };
        random.shuffle(&mut view.clusters);
        let Some(cluster) = view.clusters.iter_mut().find(|cluster| !cluster.jobs.is_empty()) else { continue };
        for n in cluster.jobs.len()..until {
            let snapshot = oldest - DAY - n as Time * 7 * HOUR;
            let created = snapshot + HOUR;
            let minute = utc(snapshot).format("%Y-%m-%dT%H%M");
            let state = ["Successful", "Successful", "Failed", "Cancelled"][random.usize(0..4)];
            cluster.jobs.push(json!({
                "createdAt": iso(created),
                "exportBucketId": bucket,
                "finishedAt": iso(created + HOUR),
                "id": object_id(created, 0xa_0000 + n as u64),
                "prefix": format!("exported_snapshots/o/{}/{}/{minute}/{created}", view.id, cluster.name),
                "snapshotId": object_id(snapshot, 0xb_0000 + n as u64),
                "state": state,
            }));
        }
    }
}
