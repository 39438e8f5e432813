//! The jobs and the bucket that every fake starts with.

use serde_json::{Value, json};

/// Id of the bucket that every fake starts with.
pub(crate) const BUCKET: &str = "5fb1a7d2e2c4d84c1e4f0b01";
/// Id of the snapshot that the initial jobs export.
pub(crate) const SNAPSHOT: &str = "5fb1a7d2e2c4d84c1e4f09ff";
/// Id of the organisation that all projects belong to.
pub(crate) const ORGANISATION: &str = "5f7ae1ee3c2f0d1b6a9d2b11";

/// The kind of a job that the fake starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Successful, of a replica set, as in the API reference: a `prefix` with a leading slash.
    ReplicaSet,
    /// Successful, of a sharded cluster, with `components` instead of `exportStatus`.
    Sharded,
    /// Failed, with a `stateReason`.
    Failed,
    /// Failed, with `errMsg` instead of `stateReason`.
    FailedOldStyle,
    /// In a state that Atlas does not document.
    Unknown,
    /// In progress, half done.
    InProgress,
    /// Queued.
    Queued,
    /// Cancelled.
    Cancelled,
    /// Successful, of a replica set, as the live service returns it: no leading slash, `links`, no custom data.
    Successful,
    /// Successful, of an empty cluster: 0 of 0 collections.
    Tiny,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::ReplicaSet,
        Self::Sharded,
        Self::Failed,
        Self::FailedOldStyle,
        Self::Unknown,
        Self::InProgress,
        Self::Queued,
        Self::Cancelled,
        Self::Successful,
        Self::Tiny,
    ];

    /// Returns the state of the job.
    #[must_use]
    pub fn state(self) -> &'static str {
        match self {
            Self::ReplicaSet | Self::Sharded | Self::Successful | Self::Tiny => "Successful",
            Self::Failed | Self::FailedOldStyle => "Failed",
            Self::Unknown => "Hibernating",
            Self::InProgress => "InProgress",
            Self::Queued => "Queued",
            Self::Cancelled => "Cancelled",
        }
    }

    /// The id of the job, which no two kinds share.
    pub(crate) fn id(self) -> String {
        let number = Self::ALL.iter().position(|kind| *kind == self).unwrap_or_default();
        format!("5fb1a8c0e2c4d84c1e4f{:04x}", 0x0a01 + number)
    }
}

/// A job that the fake starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeedJob {
    /// Its id.
    pub id: String,
    /// Its state.
    pub state: String,
    /// Its kind.
    pub kind: Kind,
}

pub(crate) fn jobs() -> Vec<SeedJob> {
    Kind::ALL.iter().map(|kind| SeedJob { id: kind.id(), state: kind.state().to_owned(), kind: *kind }).collect()
}

/// Where the initial jobs are.
pub(crate) struct Place<'a> {
    pub(crate) root: &'a str,
    pub(crate) project: &'a str,
    pub(crate) cluster: &'a str,
}

/// The document of the job of one kind.
pub(crate) fn document(kind: Kind, place: &Place<'_>) -> Value {
    let Place { root, project, cluster } = place;
    let id = kind.id();
    let mut job = json!({
        "createdAt": "2026-08-10T03:28:25Z",
        "customData": [],
        "exportBucketId": BUCKET,
        "id": id,
        "snapshotId": SNAPSHOT,
        "state": kind.state(),
    });
    let prefix = format!("exported_snapshots/{ORGANISATION}/{project}/{cluster}/2026-08-10T0327/1786332505");
    let more = match kind {
        Kind::ReplicaSet => json!({
            "customData": [{"key": "exported by", "value": "myName"}],
            "exportStatus": {"exportedCollections": 5, "totalCollections": 5},
            "finishedAt": "2026-08-10T03:43:51Z",
            "prefix": format!("/exported_snapshots/ACME/Billing/{cluster}/2021-03-25T1649+0000/1616691031"),
        }),
        Kind::Sharded => json!({
            "components": [
                {"exportId": "5fb1a8c0e2c4d84c1e4f1a01", "replicaSetName": "atlas-shard-0"},
                {"exportId": "5fb1a8c0e2c4d84c1e4f1a02", "replicaSetName": "atlas-shard-1"},
            ],
            "finishedAt": "2026-08-10T04:11:02Z",
            "prefix": prefix,
        }),
        Kind::Failed => json!({
            "exportStatus": {"exportedCollections": 3, "totalCollections": 12},
            "finishedAt": "2026-08-10T03:31:00Z",
            "prefix": prefix,
            "stateReason": {
                "errorCode": "EXPORT_BUCKET_ACCESS_DENIED",
                "message": "The bucket's role does not allow s3:PutObject.",
            },
        }),
        Kind::FailedOldStyle => json!({
            "errMsg": "Access to the bucket was denied.",
            "exportStatus": {"exportedCollections": 0, "totalCollections": 12},
            "finishedAt": "2026-08-10T03:31:00Z",
        }),
        Kind::Unknown => json!({
            "exportStatus": {"exportedCollections": 1, "totalCollections": 12},
            "prefix": prefix,
            "resumesAt": "2026-08-11T00:00:00Z",
        }),
        Kind::InProgress => json!({
            "exportStatus": {"exportedCollections": 6, "totalCollections": 12},
            "prefix": prefix,
        }),
        Kind::Queued => json!({"exportStatus": {"exportedCollections": 0, "totalCollections": 0}}),
        Kind::Cancelled => json!({
            "exportStatus": {"exportedCollections": 6, "totalCollections": 12},
            "finishedAt": "2026-08-10T03:35:12Z",
            "prefix": prefix,
        }),
        Kind::Successful => json!({
            "exportStatus": {"exportedCollections": 12, "totalCollections": 12},
            "finishedAt": "2026-08-10T03:43:51Z",
            "links": [{
                "href": format!("{root}/api/atlas/v1.0/groups/{project}/clusters/{cluster}/backup/exports/{id}"),
                "rel": "self",
            }],
            "prefix": prefix,
        }),
        Kind::Tiny => json!({
            "exportStatus": {"exportedCollections": 0, "totalCollections": 0},
            "finishedAt": "2026-08-10T03:43:51Z",
            "prefix": prefix,
        }),
    };
    if let (Value::Object(job), Value::Object(more)) = (&mut job, more) {
        job.extend(more);
    }
    job
}

/// The document of the bucket that every fake starts with.
pub(crate) fn bucket() -> Value {
    json!({
        "_id": BUCKET,
        "bucketName": "atlas-exports",
        "cloudProvider": "AWS",
        "iamRoleId": "668c5f0ed436263134491592",
        "region": "us-east-1",
        "requirePrivateNetworking": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_an_id_of_its_own_and_its_state() {
        let place = Place { root: "http://127.0.0.1:1", project: "p", cluster: "c" };
        let mut ids = std::collections::HashSet::new();
        for kind in Kind::ALL {
            let document = document(kind, &place);
            assert_eq!(document["state"], kind.state());
            assert!(ids.insert(document["id"].as_str().map(str::to_owned)), "{kind:?}");
        }
    }
}
