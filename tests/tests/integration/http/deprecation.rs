//! What Atlas says of the end of an operation is kept and told.

use atlas_exports::ApiVersion;
use atlas_exports_testing::{FakeAtlas, Kind};

use crate::common::{account, before_its_end, builder, exports_of, job, log::Log};

#[tokio::test]
async fn the_last_word_on_each_operation_is_known_and_the_first_is_told() {
    let atlas = FakeAtlas::builder().clock(before_its_end()).start().await;
    let client = account(&atlas).resource_version("2023-01-01").build().unwrap();
    let (log, _guard) = Log::start();

    exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
    assert_eq!(client.deprecations(), []);

    for _ in 0..3 {
        client.clone().api().list_export_buckets().group_id(atlas.project_id()).send().await.unwrap();
    }
    let told = client.deprecations();
    let [buckets] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(buckets.operation.id, "listExportBuckets");
    assert_eq!(buckets.resource_version.as_deref(), Some("2023-01-01"));
    assert_eq!(buckets.deprecated.unwrap().to_rfc3339(), "2024-05-30T00:00:00+00:00");
    assert_eq!(buckets.sunset.unwrap().to_rfc3339(), "2027-07-01T00:00:00+00:00");
    let warnings = log.lines("WARN");
    let [warning] = warnings.as_slice() else { panic!("{warnings:#?}") };
    for told in ["list_export_buckets", "2024-05-30", "2027-07-01", "2023-01-01"] {
        assert!(warning.contains(told), "{warning}");
    }

    atlas.deprecate("/groups/*/backup/exportBuckets", Some("@1717027200"), Some("Fri, 2 Jul 2027 00:00:00 GMT"));
    client.api().list_export_buckets().group_id(atlas.project_id()).send().await.unwrap();
    let told = client.deprecations();
    assert_eq!(told[0].sunset.unwrap().to_rfc3339(), "2027-07-02T00:00:00+00:00");
    assert_eq!(log.lines("WARN").len(), 1);
}

#[tokio::test]
async fn operations_and_versions_are_told_apart() {
    let atlas = FakeAtlas::start().await;
    atlas.deprecate("/groups/*/clusters/*/backup/exports/*", None, Some("Thu, 1 Jul 2027 00:00:00 GMT"));
    atlas.deprecate("/groups/*/clusters/*/backup/exports", Some("true"), None);
    let client = builder(&atlas).api_version(ApiVersion::V1).build().unwrap();
    let (log, _guard) = Log::start();
    exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
    let list = client.api().list_export_jobs().group_id(atlas.project_id()).cluster_name(atlas.cluster_name());
    list.send().await.unwrap();

    let told = client.deprecations();
    let [get, list] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((get.operation.id, list.operation.id), ("getExportJob", "listExportJobs"));
    assert!(get.deprecated.is_none() && get.sunset.is_some() && get.resource_version.is_none());
    assert!(list.deprecated.is_none() && list.sunset.is_none());
    assert_eq!(log.lines("WARN").len(), 2);
}
