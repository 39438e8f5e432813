//! What the API shows of a world at a moment, as documents of the newest version.

use atlas_exports_testing::{FakeAtlas, NewCluster};
use serde_json::{Value, json};

use super::{
    model::{Bucket, Cloud, Cluster, Event, Job, Project, Shape, Snapshot, SnapshotKind, State, Tier, World},
    policy::Schedule,
    time::{DAY, Time, iso, midnight, object_id},
};

/// One project as it shows itself.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) buckets: Vec<Value>,
    pub(crate) clusters: Vec<ClusterView>,
    pub(crate) events: Vec<Event>,
}

/// One cluster as it shows itself.
#[derive(Clone, Debug)]
pub(crate) struct ClusterView {
    pub(crate) details: NewCluster,
    /// The cluster in the shape of the newest version.
    pub(crate) document: Value,
    pub(crate) name: String,
    pub(crate) is_flex: bool,
    pub(crate) schedule: Value,
    pub(crate) snapshots: Vec<Value>,
    pub(crate) jobs: Vec<Value>,
}

impl View {
    pub(crate) fn of(world: &World, project: &Project, at: Time) -> Self {
        let clusters = project.clusters_at(at).map(|cluster| {
            let outlived = project.clusters.iter().filter(|held| {
                world.jobs_outlive_cluster && held.name == cluster.name && !held.exists(at) && held.created <= at
            });
            let owners = outlived.chain([cluster]);
            ClusterView {
                details: details(cluster, at),
                document: document(project, cluster, at),
                name: cluster.name.clone(),
                is_flex: cluster.tier == Tier::Flex,
                schedule: schedule(cluster, at),
                snapshots: listed(cluster, at).map(|held| snapshot(cluster, held, at)).collect(),
                jobs: owners.flat_map(|owner| jobs(owner, at)).collect(),
            }
        });
        Self {
            id: project.id.clone(),
            name: project.name.clone(),
            buckets: project.buckets.iter().filter(|held| held.is_registered(at)).map(bucket).collect(),
            clusters: clusters.collect(),
            events: project.events.iter().filter(|event| event.created <= at).cloned().collect(),
        }
    }

    /// Puts it into a fake.
    pub(crate) fn serve(&self, atlas: &FakeAtlas) {
        atlas.name_project(&self.id, &self.name);
        for bucket in &self.buckets {
            atlas.put_bucket_in(&self.id, bucket.clone());
        }
        for cluster in &self.clusters {
            atlas.put_cluster(&self.id, cluster.details.clone());
            if cluster.is_flex {
                continue;
            }
            atlas.put_schedule_document(&self.id, &cluster.name, cluster.schedule.clone());
            for snapshot in &cluster.snapshots {
                atlas.put_snapshot_document(&self.id, &cluster.name, snapshot.clone());
            }
            for job in &cluster.jobs {
                atlas.put_job_in(&self.id, &cluster.name, job.clone());
            }
        }
        for event in &self.events {
            atlas.add_event(&self.id, event.name, &iso(event.created), Some(&event.cluster));
        }
    }
}

fn details(cluster: &Cluster, at: Time) -> NewCluster {
    let name = cluster.name.as_str();
    let details = match (cluster.tier, cluster.shape) {
        (Tier::Free, _) => NewCluster::free(name),
        (Tier::Flex, _) => NewCluster::flex(name),
        (Tier::Serverless, _) => NewCluster::replica_set(name).tier("SERVERLESS").provider("SERVERLESS"),
        (Tier::Dedicated, Shape::ReplicaSet) => NewCluster::replica_set(name),
        (Tier::Dedicated, Shape::Sharded(shards)) => NewCluster::sharded(name, shards),
        (Tier::Dedicated, Shape::Global(zones)) => NewCluster::global(name, zones),
    };
    details
        .id(&cluster.id)
        .created_at(&iso(cluster.created))
        .state(cluster.state_name(at))
        .paused(*cluster.paused.at(at))
        .backup(*cluster.backup.at(at))
}

fn document(project: &Project, cluster: &Cluster, at: Time) -> Value {
    let (provider, tier) = match cluster.tier {
        Tier::Free => ("TENANT", "M0"),
        Tier::Flex => ("FLEX", "FLEX"),
        Tier::Serverless => ("SERVERLESS", "SERVERLESS"),
        Tier::Dedicated => ("AWS", "M30"),
    };
    let region = json!({"electableSpecs": {"instanceSize": tier, "nodeCount": 3}, "providerName": provider});
    let kind = match cluster.shape {
        Shape::ReplicaSet => "REPLICASET",
        Shape::Sharded(_) => "SHARDED",
        Shape::Global(_) => "GEOSHARDED",
    };
    json!({
        "backupEnabled": cluster.backup.at(at),
        "clusterType": kind,
        "createDate": iso(cluster.created),
        "groupId": project.id,
        "id": cluster.id,
        "internalClusterRole": "NONE",
        "name": cluster.name,
        "paused": cluster.paused.at(at),
        "replicationSpecs": vec![json!({"regionConfigs": [region]}); cluster.shape.replica_sets()],
        "stateName": cluster.state_name(at),
    })
}

fn schedule(cluster: &Cluster, at: Time) -> Value {
    let schedule = cluster.schedule.at(at);
    let items: Vec<_> = schedule
        .items
        .iter()
        .map(|item| {
            json!({
                "frequencyInterval": item.interval,
                "frequencyType": item.frequency.name(),
                "id": item.id,
                "retentionUnit": "days",
                "retentionValue": item.keep_days,
            })
        })
        .collect();
    let mut document = json!({
        "autoExportEnabled": schedule.auto_export,
        "clusterId": cluster.id,
        "clusterName": cluster.name,
        "copySettings": [],
        "links": [],
        "policies": [{"id": object_id(cluster.created, 0xb0), "policyItems": items}],
        "referenceHourOfDay": schedule.hour,
        "referenceMinuteOfHour": schedule.minute,
        "restoreWindowDays": 2,
        "useOrgAndGroupNamesInExportPrefix": schedule.names_in_prefix,
    });
    if let Some(to) = &schedule.export {
        document["export"] = json!({"exportBucketId": to.bucket, "frequencyType": to.frequency.name()});
    }
    if let Some(next) = next_due(schedule, at) {
        document["nextSnapshot"] = iso(next).into();
    }
    document
}

fn next_due(schedule: &Schedule, at: Time) -> Option<Time> {
    let minutes = schedule.minutes_of_day();
    let days = (0..367).map(|day| midnight(at) + day * DAY);
    let mut times = days.flat_map(|day| minutes.iter().map(move |minute| day + minute));
    times.find(|time| *time > at && !schedule.due_at(*time).is_empty())
}

fn listed(cluster: &Cluster, at: Time) -> impl Iterator<Item = &Snapshot> {
    cluster.snapshots.iter().filter(move |snapshot| snapshot.is_listed(at))
}

fn snapshot(cluster: &Cluster, snapshot: &Snapshot, at: Time) -> Value {
    let status = match () {
        () if snapshot.is_completed(at) => "completed",
        () if snapshot.has_failed(at) => "failed",
        () if snapshot.begun <= at => "inProgress",
        () => "queued",
    };
    let mut document = json!({
        "cloudProvider": "AWS",
        "copyRegions": [],
        "expiresAt": iso(snapshot.expires),
        "frequencyType": snapshot.label,
        "id": snapshot.id,
        "links": [],
        "mongodVersion": "8.0.4",
        "policyItems": snapshot.items,
        "snapshotType": match snapshot.kind {
            SnapshotKind::Scheduled => "scheduled",
            SnapshotKind::OnDemand => "onDemand",
            SnapshotKind::Fallback => "fallback",
        },
        "status": status,
        "storageSizeBytes": 5_160_960,
        "type": if cluster.shape.is_sharded() { "shardedCluster" } else { "replicaSet" },
    });
    if status == "completed" {
        document["createdAt"] = iso(snapshot.created).into();
    }
    document
}

fn jobs(cluster: &Cluster, at: Time) -> impl Iterator<Item = Value> {
    let jobs = cluster.jobs.iter().filter(move |job| job.created <= at);
    jobs.map(move |held| job(cluster, held, at))
}

fn job(cluster: &Cluster, job: &Job, at: Time) -> Value {
    let state = job.state(at);
    let custom = if job.by_hand { json!([{"key": "started by", "value": "hand"}]) } else { json!([]) };
    let mut document = json!({
        "createdAt": iso(job.created),
        "customData": custom,
        "exportBucketId": job.bucket,
        "id": job.id,
        "links": [],
        "snapshotId": cluster.snapshots[job.snapshot].id,
        "state": state.name(),
    });
    if cluster.shape.is_sharded() {
        let part = |at: usize| {
            json!({
                "exportId": format!("{}{:02x}", &job.id[..22], (at + 0xa0) % 256),
                "replicaSetName": format!("atlas-shard-{at}"),
            })
        };
        document["components"] = (0..cluster.shape.replica_sets()).map(part).collect();
    } else {
        let (done, total) = match state {
            State::Queued => (0, 0),
            // All of them may be done, and the job still not over.
            State::InProgress if job.collections.is_multiple_of(3) => (job.collections, job.collections),
            State::InProgress => (job.collections / 3, job.collections),
            _ => (job.copied, job.collections),
        };
        document["exportStatus"] = json!({"exportedCollections": done, "totalCollections": total});
    }
    if state != State::Queued {
        document["prefix"] = job.prefix.as_str().into();
    }
    if let Some(end) = job.ended_at(at) {
        document["finishedAt"] = iso(end).into();
    }
    if state == State::Failed {
        document["stateReason"] = json!({
            "errorCode": "EXPORT_BUCKET_ACCESS_DENIED",
            "message": "The bucket's role does not allow s3:PutObject.",
        });
    }
    document
}

fn bucket(bucket: &Bucket) -> Value {
    let mut document = json!({
        "_id": bucket.id,
        "bucketName": bucket.name,
        "requirePrivateNetworking": false,
    });
    let more = match bucket.cloud {
        Cloud::Aws => json!({"cloudProvider": "AWS", "iamRoleId": "668c5f0ed436263134491592", "region": "us-east-1"}),
        Cloud::Azure => json!({
            "cloudProvider": "AZURE",
            "roleId": "668c5f0ed436263134491593",
            "serviceUrl": "https://exports.blob.core.windows.net",
        }),
        Cloud::Gcp => json!({"cloudProvider": "GCP", "roleId": "668c5f0ed436263134491594"}),
    };
    if let (Some(document), Value::Object(more)) = (document.as_object_mut(), more) {
        document.extend(more);
    }
    document
}
