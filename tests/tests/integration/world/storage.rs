//! What an audit with its own credentials reads from the buckets of a world.

use serde_json::json;

use super::{
    model::{Copy, Marker, Project, World},
    time::{Time, object_id},
};

/// The audit may not read the bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Denied;

/// The text of the `.complete` below a prefix, if there is one.
pub(crate) fn marker(
    world: &World,
    project: &Project,
    bucket: &str,
    prefix: &str,
    at: Time,
) -> Result<Option<String>, Denied> {
    let Some(bucket) = project.buckets.iter().find(|held| held.name == bucket) else { return Err(Denied) };
    if *bucket.denied.at(at) {
        return Err(Denied);
    }
    let Some(copy) = bucket.copy(prefix) else { return Ok(None) };
    Ok(match bucket.marker(copy, at) {
        Marker::Absent => None,
        Marker::There => Some(text(world, project, copy, &copy.cluster)),
        Marker::Foreign => Some(text(world, project, copy, &object_id(world.start, 0xf0))),
    })
}

fn text(world: &World, project: &Project, copy: &Copy, cluster: &str) -> String {
    let document = json!({
        "orgId": world.organisation,
        "orgName": "ACME Ltd",
        "groupId": project.id,
        "groupName": project.name,
        "clusterUniqueId": cluster,
        "clusterName": copy.cluster_name,
        "snapshotInitiationDate": copy.snapshot_time * 1000,
        "totalFiles": copy.files,
        "labels": [],
        "customData": [],
    });
    document.to_string()
}
