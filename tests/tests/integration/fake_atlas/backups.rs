//! FakeAtlas's projects, clusters, schedules, snapshots and events.

use atlas_exports_testing::{FakeAtlas, NewCluster, NewSchedule, NewSnapshot, Paging};
use serde_json::{Value, json};

const PROJECT: &str = "605cbe3000000000000000d0";
const ITEM: &str = "605cbe3000000000000000d1";

async fn fake() -> FakeAtlas {
    FakeAtlas::builder().without_authentication().start().await
}

async fn get(atlas: &FakeAtlas, path: &str, date: Option<&str>) -> (u16, Value) {
    let version = if date.is_some() { "v2" } else { "v1.0" };
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let mut request = client.get(format!("{}/api/atlas/{version}/{path}", atlas.base_url()));
    if let Some(date) = date {
        request = request.header("accept", format!("application/vnd.atlas.{date}+json"));
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

fn names(page: &Value, key: &str) -> Vec<String> {
    let results = page["results"].as_array().unwrap();
    results.iter().map(|item| item[key].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn projects_are_listed_in_the_order_in_which_they_were_added() {
    let atlas = fake().await;
    atlas.name_project(PROJECT, "Billing");
    for date in [None, Some("2023-01-01")] {
        let (_, page) = get(&atlas, "groups", date).await;
        assert_eq!(names(&page, "id"), [atlas.project_id(), PROJECT]);
        assert_eq!((&page["results"][1]["name"], &page["totalCount"]), (&json!("Billing"), &json!(2)));
        assert_eq!(page["results"][1]["created"], "2021-03-25T16:45:36Z");
    }
    assert_eq!(get(&atlas, &format!("groups/{PROJECT}"), None).await.1["name"], "Billing");
}

#[tokio::test]
async fn each_version_shows_clusters_in_its_own_shape() {
    let atlas = fake().await;
    atlas.put_cluster(PROJECT, NewCluster::sharded("Orders", 2).paused(true));
    atlas.put_cluster(PROJECT, NewCluster::free("Sandbox"));
    let path = format!("groups/{PROJECT}/clusters");
    let specs = |page: &Value| page["results"][0]["replicationSpecs"].as_array().unwrap().len();
    for (date, shards, tier) in [
        (None, 1, "/providerSettings/instanceSizeName"),
        (Some("2023-01-01"), 1, "/providerSettings/instanceSizeName"),
        (Some("2023-02-01"), 1, "/replicationSpecs/0/regionConfigs/0/electableSpecs/instanceSize"),
        (Some("2024-08-05"), 2, "/replicationSpecs/1/regionConfigs/0/electableSpecs/instanceSize"),
    ] {
        let (_, page) = get(&atlas, &path, date).await;
        assert_eq!(names(&page, "name"), ["Orders", "Sandbox"]);
        assert_eq!((specs(&page), page["results"][0].pointer(tier)), (shards, Some(&json!("M30"))), "{date:?}");
        assert_eq!(page["results"][0]["paused"], true);
        let (_, one) = get(&atlas, &format!("{path}/Orders"), date).await;
        assert_eq!(one, page["results"][0], "{date:?}");
    }
}

#[tokio::test]
async fn flex_clusters_are_listed_apart_and_refused_elsewhere() {
    let atlas = fake().await;
    atlas.put_cluster(PROJECT, NewCluster::flex("Trial"));
    let (_, page) = get(&atlas, &format!("groups/{PROJECT}/flexClusters"), Some("2024-11-13")).await;
    assert_eq!(names(&page, "name"), ["Trial"]);
    assert_eq!(get(&atlas, &format!("groups/{PROJECT}/flexClusters"), None).await.0, 404, "v2 alone has them");
    assert_eq!(get(&atlas, &format!("groups/{PROJECT}/clusters"), None).await.1["results"], json!([]));
    for below in ["schedule", "snapshots", "exports"] {
        let (status, error) = get(&atlas, &format!("groups/{PROJECT}/clusters/Trial/backup/{below}"), None).await;
        assert_eq!((status, &error["errorCode"]), (400, &json!("CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API")), "{below}");
    }
}

#[tokio::test]
async fn a_schedule_says_what_was_put_in() {
    let atlas = fake().await;
    let path = format!("groups/{}/clusters/{}/backup/schedule", atlas.project_id(), atlas.cluster_name());
    assert_eq!(get(&atlas, &path, None).await.1["autoExportEnabled"], false, "none is exported at the start");
    let schedule = NewSchedule::at(3, 30).item(ITEM, "monthly", 40, 90).export_to(atlas.bucket_id(), "monthly");
    atlas.put_schedule(atlas.project_id(), atlas.cluster_name(), &schedule);
    let (_, document) = get(&atlas, &path, Some("2024-08-05")).await;
    assert_eq!(document["export"], json!({"exportBucketId": atlas.bucket_id(), "frequencyType": "monthly"}));
    assert_eq!(document["policies"][0]["policyItems"][0]["frequencyInterval"], 40);
    assert_eq!((&document["referenceHourOfDay"], &document["referenceMinuteOfHour"]), (&json!(3), &json!(30)));
    assert_eq!(document["clusterName"], atlas.cluster_name());
}

#[tokio::test]
async fn sharded_snapshots_are_in_both_lists_or_in_their_own_alone() {
    let atlas = fake().await;
    atlas.put_cluster(PROJECT, NewCluster::sharded("Orders", 2));
    let snapshot = NewSnapshot::new("660000000000000000000009", "daily", "2026-08-10T03:07:08Z");
    atlas.put_snapshot(PROJECT, "Orders", snapshot.policy_item(ITEM).sharded());
    let path = format!("groups/{PROJECT}/clusters/Orders/backup/snapshots");
    let (_, plain) = get(&atlas, &path, None).await;
    let (_, sharded) = get(&atlas, &format!("{path}/shardedClusters"), None).await;
    assert_eq!((names(&plain, "id"), &plain["results"][0]["policyItems"]), (names(&sharded, "id"), &json!([ITEM])));
    assert_eq!(sharded["results"][0]["members"].as_array().unwrap().len(), 2);
    assert_eq!(get(&atlas, &format!("{path}/660000000000000000000009"), None).await.1["type"], "shardedCluster");
    atlas.list_sharded_snapshots_apart(true);
    assert_eq!(get(&atlas, &path, None).await.1["results"], json!([]));
    assert_eq!(get(&atlas, &format!("{path}/shardedClusters"), None).await.1, sharded);
}

#[tokio::test]
async fn events_are_found_by_type_cluster_and_time_the_newest_first() {
    let atlas = fake().await;
    let edited = "CPS_SNAPSHOT_SCHEDULE_UPDATED_AUDIT";
    let first = atlas.add_event(PROJECT, edited, "2026-08-01T10:00:00Z", Some("Orders"));
    let second = atlas.add_event(PROJECT, "CLUSTER_UPDATE_COMPLETED", "2026-08-02T10:00:00Z", Some("Orders"));
    let third = atlas.add_event(PROJECT, edited, "2026-08-03T10:00:00Z", Some("Billing"));
    for (query, wanted) in [
        ("", vec![&third, &second, &first]),
        ("?eventType=CPS_SNAPSHOT_SCHEDULE_UPDATED_AUDIT", vec![&third, &first]),
        ("?eventType=CLUSTER_UPDATE_COMPLETED&eventType=CLUSTER_READY", vec![&second]),
        ("?clusterNames=Orders&minDate=2026-08-02T00:00:00Z", vec![&second]),
        ("?maxDate=2026-08-02T12:00:00%2B02:00", vec![&second, &first]),
    ] {
        let (_, page) = get(&atlas, &format!("groups/{PROJECT}/events{query}"), Some("2023-01-01")).await;
        assert_eq!(names(&page, "id").iter().collect::<Vec<_>>(), wanted, "{query}");
        assert!(page["results"][0].get("clusterName").is_none(), "no event tells its cluster");
    }
}

#[tokio::test]
async fn lists_are_paged_as_told() {
    let atlas = fake().await;
    let path = format!("groups/{}/clusters/{}/backup/exports?itemsPerPage=4", atlas.project_id(), atlas.cluster_name());
    let has_next = |page: &Value| page["links"].as_array().unwrap().iter().any(|link| link["rel"] == "next");
    atlas.set_paging(Paging::new().next_only_with_count());
    assert!(has_next(&get(&atlas, &path, None).await.1));
    assert!(!has_next(&get(&atlas, &format!("{path}&includeCount=false"), None).await.1));
    atlas.set_paging(Paging::new().without_next().count(0));
    let (_, page) = get(&atlas, &path, None).await;
    assert_eq!((has_next(&page), &page["totalCount"]), (false, &json!(0)));
    atlas.set_paging(Paging::new().repeating(1).without_count());
    let (_, first) = get(&atlas, &path, None).await;
    let (_, second) = get(&atlas, &format!("{path}&pageNum=2"), None).await;
    assert_eq!(names(&first, "id")[3], names(&second, "id")[0]);
    assert!(first["totalCount"].is_null());
}

#[tokio::test]
async fn the_example_has_a_cluster_for_each_thing_that_may_become_of_a_night() {
    let atlas = fake().await;
    let project = atlas.seed_audit_example();
    let (_, clusters) = get(&atlas, &format!("groups/{project}/clusters"), Some("2024-08-05")).await;
    let mut states = Vec::new();
    for name in names(&clusters, "name") {
        let (_, jobs) = get(&atlas, &format!("groups/{project}/clusters/{name}/backup/exports"), None).await;
        let (_, snapshots) = get(&atlas, &format!("groups/{project}/clusters/{name}/backup/snapshots"), None).await;
        let last = snapshots["results"].as_array().unwrap().last().map(|snapshot| snapshot["id"].clone());
        let job = jobs["results"].as_array().unwrap().iter().find(|job| Some(&job["snapshotId"]) == last.as_ref());
        states.push((name, job.map(|job| job["state"].as_str().unwrap().to_owned())));
    }
    let states: Vec<_> = states.iter().map(|(name, state)| (name.as_str(), state.as_deref())).collect();
    assert_eq!(
        states,
        [
            ("Billing", Some("Successful")),
            ("Orders", Some("Successful")),
            ("Catalog", Some("Failed")),
            ("Search", Some("InProgress")),
            ("Sessions", None),
            ("Archive", Some("Successful")),
            ("Sandbox", None),
            ("Playground", None),
        ]
    );
}
