//! What Atlas sent, as text.

/// A replica set's job from its beginning to its end, compact as it comes when nobody asks for `pretty`.
pub(crate) const JOB_RUN: [&str; 4] = [
    r#"{"createdAt":"2026-08-10T03:28:25Z","customData":[],"exportBucketId":"6a793dd8a6dab9a9e39fe655","exportStatus":{"exportedCollections":0,"totalCollections":0},"id":"6a793de9a6dab9a9e39fe712","links":[{"href":"https://cloud.mongodb.com/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/clusters/exports-e2e/backup/exports/6a793de9a6dab9a9e39fe712","rel":"self"}],"prefix":"exported_snapshots/60c4fd418ebe251047c50554/32b6e34b3d91647abb20e7b8/exports-e2e/2026-08-10T0327/1786332505","snapshotId":"6a793de7a6dab9a9e39fe6ca","state":"Queued"}"#,
    r#"{"createdAt":"2026-08-10T03:28:25Z","customData":[],"exportBucketId":"6a793dd8a6dab9a9e39fe655","exportStatus":{"exportedCollections":0,"totalCollections":0},"id":"6a793de9a6dab9a9e39fe712","links":[{"href":"https://cloud.mongodb.com/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/clusters/exports-e2e/backup/exports/6a793de9a6dab9a9e39fe712","rel":"self"}],"prefix":"exported_snapshots/60c4fd418ebe251047c50554/32b6e34b3d91647abb20e7b8/exports-e2e/2026-08-10T0327/1786332505","snapshotId":"6a793de7a6dab9a9e39fe6ca","state":"Queued"}"#,
    r#"{"createdAt":"2026-08-10T03:28:25Z","customData":[],"exportBucketId":"6a793dd8a6dab9a9e39fe655","exportStatus":{"exportedCollections":0,"totalCollections":0},"id":"6a793de9a6dab9a9e39fe712","links":[{"href":"https://cloud.mongodb.com/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/clusters/exports-e2e/backup/exports/6a793de9a6dab9a9e39fe712","rel":"self"}],"prefix":"exported_snapshots/60c4fd418ebe251047c50554/32b6e34b3d91647abb20e7b8/exports-e2e/2026-08-10T0327/1786332505","snapshotId":"6a793de7a6dab9a9e39fe6ca","state":"InProgress"}"#,
    r#"{"createdAt":"2026-08-10T03:28:25Z","customData":[],"exportBucketId":"6a793dd8a6dab9a9e39fe655","exportStatus":{"exportedCollections":0,"totalCollections":0},"finishedAt":"2026-08-10T03:43:51Z","id":"6a793de9a6dab9a9e39fe712","links":[{"href":"https://cloud.mongodb.com/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/clusters/exports-e2e/backup/exports/6a793de9a6dab9a9e39fe712","rel":"self"}],"prefix":"exported_snapshots/60c4fd418ebe251047c50554/32b6e34b3d91647abb20e7b8/exports-e2e/2026-08-10T0327/1786332505","snapshotId":"6a793de7a6dab9a9e39fe6ca","state":"Successful"}"#,
];

/// Jobs of other kinds: as the pages of version 1.0 show them, sharded, failed in the new way and in the old, with
/// members that are new, and with as little or as much nothing as may be. Members that the contract does not know begin
/// with `new`.
pub(crate) const OTHER_JOBS: [&str; 7] = [
    r#"{
  "createdAt" : "2021-03-25T16:52:11Z",
  "customData" : [ {
    "key" : "exported by",
    "value" : "myName"
  } ],
  "exportBucketId" : "604f6322dc786a5341d4f7fb",
  "exportStatus" : {
    "exportedCollections" : 5,
    "totalCollections" : 5
  },
  "finishedAt" : "2021-03-25T16:53:00Z",
  "id" : "6a793de9a6dab9a9e39fe712",
  "prefix" : "/exported_snapshots/myOrg/myProject/myCluster/2021-03-25T1649+0000/1616691031",
  "snapshotId" : "5c5880f987d9d64fe761f0e7",
  "state" : "Successful"
}"#,
    r#"{"components":[{"exportId":"6a793de9a6dab9a9e39fe713","replicaSetName":"atlas-x8qz1k-shard-0"},{"exportId":"6a793de9a6dab9a9e39fe714","replicaSetName":"atlas-x8qz1k-shard-1"}],"createdAt":"2026-08-10T03:28:25Z","exportBucketId":"6a793dd8a6dab9a9e39fe655","id":"6a793de9a6dab9a9e39fe712","snapshotId":"6a793de7a6dab9a9e39fe6ca","state":"InProgress"}"#,
    r#"{"createdAt":"2026-08-10T03:28:25Z","customData":[{"key":"a","value":"1"},{"key":"a","value":"2"}],"exportBucketId":"6a793dd8a6dab9a9e39fe655","exportStatus":{"exportedCollections":3,"totalCollections":12},"finishedAt":"2026-08-10T03:31:00Z","id":"6a793de9a6dab9a9e39fe712","state":"Failed","stateReason":{"errorCode":"EXPORT_BUCKET_ACCESS_DENIED","message":"The role of the bucket does not allow writing to it.","newHint":"see the role"}}"#,
    r#"{"errMsg":"Access to the bucket was denied.","exportBucketId":"6a793dd8a6dab9a9e39fe655","finishedAt":"2026-08-10T03:31:00Z","id":"6a793de9a6dab9a9e39fe712","state":"Failed"}"#,
    r#"{"exportBucketId":"6a793dd8a6dab9a9e39fe655","exportStatus":{"exportedCollections":1,"newBytes":99999999999,"totalCollections":2},"id":"6a793de9a6dab9a9e39fe712","newMembers":{"deep":[1,null,{"er":true}]},"state":"Hibernating"}"#,
    r#"{"id":"6a793de9a6dab9a9e39fe712","components":null,"createdAt":null,"customData":null,"errMsg":null,"exportBucketId":null,"exportStatus":null,"finishedAt":null,"links":null,"prefix":null,"snapshotId":null,"state":null,"stateReason":null}"#,
    r#"{"id":"6a793de9a6dab9a9e39fe712"}"#,
];

/// One bucket of each cloud, and one of a cloud that came later.
pub(crate) const BUCKETS: [&str; 5] = [
    r#"{"_id":"6a793dd8a6dab9a9e39fe655","bucketName":"exports-e2e-1786332495","cloudProvider":"AWS","iamRoleId":"668c5f0ed436263134491592","links":[{"href":"https://cloud.mongodb.com/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/backup/exportBuckets/6a793dd8a6dab9a9e39fe655","rel":"self"}],"region":"us-east-1","requirePrivateNetworking":false}"#,
    r#"{"_id":"6a793dd8a6dab9a9e39fe656","bucketName":"old","cloudProvider":"AWS","iamRoleId":"668c5f0ed436263134491592"}"#,
    r#"{"_id":"6a793dd8a6dab9a9e39fe657","bucketName":"container","cloudProvider":"AZURE","links":[],"roleId":"668c5f0ed436263134491593","serviceUrl":"https://account.blob.core.windows.net/container","tenantId":"4297fc77-1592-4de8-a6d5-a8c32401df87"}"#,
    r#"{"_id":"6a793dd8a6dab9a9e39fe658","bucketName":"gcs-exports","cloudProvider":"GCP","links":[],"roleId":"668c5f0ed436263134491594"}"#,
    r#"{"_id":"6a793dd8a6dab9a9e39fe659","bucketName":"far","cloudProvider":"MOON","crater":{"depth":7.5,"name":null},"links":[]}"#,
];
