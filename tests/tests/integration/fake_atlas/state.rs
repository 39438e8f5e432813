//! What the fake holds and how that moves, checked with a plain HTTP client.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, SystemTime},
};

use atlas_exports_testing::{Envelope, FakeAtlas, FakeAtlasBuilder, Fault, NewJob, RateLimit, Script};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

/// A fake without authentication and a client of it: digest has tests of its own.
struct Open {
    atlas: FakeAtlas,
    client: Client,
}

impl Open {
    async fn start() -> Self {
        Self::with(FakeAtlas::builder()).await
    }

    async fn with(builder: FakeAtlasBuilder) -> Self {
        let client = Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
        Self { atlas: builder.without_authentication().start().await, client }
    }

    fn request(&self, method: Method, below_group: &str) -> RequestBuilder {
        let (root, project) = (self.atlas.base_url(), self.atlas.project_id());
        self.client.request(method, format!("{root}/api/atlas/v1.0/groups/{project}{below_group}"))
    }

    async fn get(&self, below_group: &str) -> Response {
        self.request(Method::GET, below_group).send().await.expect("an answer")
    }

    async fn document(&self, below_group: &str) -> Value {
        self.get(below_group).await.json().await.expect("JSON")
    }

    async fn post(&self, below_group: &str, body: &Value) -> Response {
        self.request(Method::POST, below_group).json(body).send().await.expect("an answer")
    }

    async fn delete(&self, below_group: &str) -> Response {
        self.request(Method::DELETE, below_group).send().await.expect("an answer")
    }

    async fn job(&self, id: &str) -> Value {
        self.document(&format!("{JOBS}/{id}")).await
    }
}

const JOBS: &str = "/clusters/Cluster0/backup/exports";
const BUCKETS: &str = "/backup/exportBuckets";
const SNAPSHOT: &str = "5fb1a7d2e2c4d84c1e4f09ff";

fn new_job(open: &Open) -> Value {
    json!({"snapshotId": SNAPSHOT, "exportBucketId": open.atlas.bucket_id(), "customData": [{"key": "k", "value": "v"}]})
}

fn links(page: &Value) -> HashMap<&str, &str> {
    let links = page["links"].as_array().expect("links");
    links.iter().map(|link| (link["rel"].as_str().expect("rel"), link["href"].as_str().expect("href"))).collect()
}

#[tokio::test]
async fn following_next_links_meets_every_job_once() {
    let open = Open::start().await;
    let mut expected: HashSet<_> =
        open.atlas.seed_jobs(95, NewJob::new(Script::staying("Queued"))).into_iter().collect();
    expected.extend(open.atlas.jobs().iter().map(|job| job.id.clone()));
    let mut page = open.document(&format!("{JOBS}?itemsPerPage=20&includeCount=true")).await;
    let mut met = Vec::new();
    loop {
        assert_eq!(page["totalCount"], 105);
        let results = page["results"].as_array().expect("results");
        met.extend(results.iter().map(|job| job["id"].as_str().expect("id").to_owned()));
        let Some(next) = links(&page).get("next").map(|next| (*next).to_owned()) else { break };
        page = open.client.get(next).send().await.expect("an answer").json().await.expect("JSON");
    }
    assert_eq!(met.len(), 105);
    assert_eq!(met.into_iter().collect::<HashSet<_>>(), expected);
    assert_eq!(open.atlas.exchanges(), 6);
    let last = links(&page);
    assert!(last["previous"].contains("pageNum=5&itemsPerPage=20&includeCount=true"), "{last:?}");
    assert!(last["self"].starts_with(&open.atlas.url("/backup/exports")), "{last:?}");
}

#[tokio::test]
async fn the_count_can_be_left_out_and_bounds_are_kept() {
    let open = Open::start().await;
    let page = open.document(&format!("{JOBS}?includeCount=false&itemsPerPage=500")).await;
    assert!(page.get("totalCount").is_none());
    let beyond = open.document(&format!("{JOBS}?pageNum=99")).await;
    assert_eq!(beyond["results"], json!([]));
    assert!(!links(&beyond).contains_key("next"));
    let refused = open.get(&format!("{JOBS}?itemsPerPage=501")).await;
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["x-error-code"]),
        (400, &"INVALID_QUERY_PARAMETER".parse().expect("a value"))
    );
    let enveloped = open.document(&format!("{JOBS}?envelope=true")).await;
    assert_eq!((&enveloped["status"], enveloped["results"].is_array()), (&json!(200), true));
}

#[tokio::test]
async fn full_pages_without_a_count_can_hide_that_there_are_more() {
    let open = Open::with(FakeAtlas::builder().next_link_only_with_count()).await;
    let uncounted = open.document(&format!("{JOBS}?includeCount=false&itemsPerPage=10")).await;
    assert_eq!((uncounted["results"].as_array().map(Vec::len), &uncounted["totalCount"]), (Some(10), &json!(0)));
    assert!(!links(&uncounted).contains_key("next"));
    open.atlas.seed_jobs(1, NewJob::new(Script::staying("Queued")));
    let uncounted = open.document(&format!("{JOBS}?includeCount=false&itemsPerPage=10")).await;
    assert!(!links(&uncounted).contains_key("next"), "there is one more job");
    let counted = open.document(&format!("{JOBS}?includeCount=true&itemsPerPage=10")).await;
    assert_eq!(counted["totalCount"], 11);
    assert!(links(&counted).contains_key("next"));
}

#[tokio::test]
async fn a_created_job_is_listed_and_moves_with_each_poll() {
    let open = Open::start().await;
    open.atlas.script_created_jobs(Script::per_poll(["Queued", "InProgress", "InProgress", "Successful"]));
    let created = open.post(JOBS, &new_job(&open)).await;
    assert_eq!(created.status(), 200);
    let created: Value = created.json().await.expect("JSON");
    assert_eq!((&created["state"], &created["snapshotId"]), (&json!("Queued"), &json!(SNAPSHOT)));
    assert_eq!(created["customData"], json!([{"key": "k", "value": "v"}]));
    let id = created["id"].as_str().expect("id");
    let listed = open.document(JOBS).await;
    assert!(listed["results"].as_array().expect("results").iter().any(|job| job["id"] == id), "a list is no poll");
    let mut seen = Vec::new();
    for _ in 0..5 {
        let job = open.job(id).await;
        let status = &job["exportStatus"];
        seen.push((job["state"].clone(), status["exportedCollections"].clone(), status["totalCollections"].clone()));
        assert_eq!(job["state"] == "Successful", job.get("finishedAt").is_some());
    }
    let expected = [
        ("Queued", 0, 0),
        ("InProgress", 4, 12),
        ("InProgress", 8, 12),
        ("Successful", 12, 12),
        ("Successful", 12, 12),
    ];
    assert_eq!(seen, expected.map(|(state, done, total)| (json!(state), json!(done), json!(total))));
    assert_eq!(open.atlas.created_jobs().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn jobs_move_on_tokio_time_and_times_on_the_services_clock() {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_786_332_480);
    let open = Open::with(FakeAtlas::builder().clock(start).time_scale(60.0)).await;
    let id = open.atlas.add_job(
        NewJob::new(Script::timed([("Queued", 0), ("InProgress", 10), ("Failed", 40)]))
            .failing_with("EXPORT_BUCKET_ACCESS_DENIED", "no")
            .replica_sets(["shard-0", "shard-1"]),
    );
    let queued = open.job(&id).await;
    assert_eq!((&queued["state"], &queued["createdAt"]), (&json!("Queued"), &json!("2026-08-10T03:28:00Z")));
    assert!(queued.get("prefix").is_none());
    tokio::time::advance(Duration::from_secs(25)).await;
    assert_eq!(open.job(&id).await["state"], "InProgress");
    tokio::time::advance(Duration::from_secs(25)).await;
    let failed = open.get(&format!("{JOBS}/{id}")).await;
    assert_eq!(failed.headers()["date"], "Mon, 10 Aug 2026 04:18:00 GMT");
    let failed: Value = failed.json().await.expect("JSON");
    assert_eq!(failed["finishedAt"], "2026-08-10T04:08:00Z", "40 s after its creation, at sixty times the pace");
    assert_eq!(failed["stateReason"], json!({"errorCode": "EXPORT_BUCKET_ACCESS_DENIED", "message": "no"}));
    let parts = failed["components"].as_array().expect("components");
    assert_eq!(parts.iter().map(|part| &part["replicaSetName"]).collect::<Vec<_>>(), ["shard-0", "shard-1"]);
    assert!(parts.iter().all(|part| part["exportId"] != failed["id"]));
    assert!(failed.get("exportStatus").is_none());
}

#[tokio::test]
async fn a_job_can_be_moved_by_hand() {
    let open = Open::start().await;
    let id = open.atlas.add_job(NewJob::new(Script::staying("InProgress")).id("5fb1a8c0e2c4d84c1e4f0cc1"));
    assert_eq!(open.job(&id).await["state"], "InProgress");
    assert!(open.atlas.set_job_state(&id, "Cancelled"));
    let job = open.job(&id).await;
    assert_eq!((&job["state"], job["finishedAt"].is_string()), (&json!("Cancelled"), true));
    assert_eq!(open.atlas.job(&id).expect("the job"), job);
    assert!(!open.atlas.set_job_state("none", "Cancelled"));
}

#[tokio::test]
async fn what_a_job_is_made_of_is_checked() {
    let open = Open::start().await;
    let good = new_job(&open);
    let mut cases = vec![(json!([]), "INVALID_JSON", 400)];
    for (member, value, code, status) in [
        ("surprise", json!(1), "INVALID_ATTRIBUTE", 400),
        ("snapshotId", Value::Null, "MISSING_ATTRIBUTE", 400),
        ("snapshotId", json!("short"), "VALIDATION_ERROR", 400),
        ("customData", json!([{"key": "k"}]), "VALIDATION_ERROR", 400),
        ("exportBucketId", json!("000000000000000000000000"), "EXPORT_BUCKET_NOT_FOUND", 404),
    ] {
        let mut body = good.clone();
        body[member] = value;
        cases.push((body, code, status));
    }
    for (body, code, status) in cases {
        let refused = open.post(JOBS, &body).await;
        assert_eq!(
            (refused.status().as_u16(), refused.headers()["x-error-code"].to_str().ok()),
            (status, Some(code)),
            "{body}"
        );
    }
    let form = open.request(Method::POST, JOBS).body(good.to_string()).send().await.expect("an answer");
    assert_eq!(form.status(), 415);
    assert!(open.atlas.created_jobs().is_empty());
}

#[tokio::test]
async fn a_second_job_of_the_same_snapshot_is_refused_when_asked_for() {
    let open = Open::start().await;
    open.atlas.script_created_jobs(Script::staying("InProgress"));
    open.atlas.refuse_duplicate_jobs(true);
    let mut job = new_job(&open);
    job["snapshotId"] = json!("5fb1a7d2e2c4d84c1e4faaaa");
    assert_eq!(open.post(JOBS, &job).await.status(), 200);
    assert_eq!(open.post(JOBS, &job).await.status(), 409);
    let created = open.atlas.created_jobs();
    open.atlas.set_job_state(created[0]["id"].as_str().expect("id"), "Failed");
    assert_eq!(open.post(JOBS, &job).await.status(), 200);
}

#[tokio::test]
async fn buckets_come_and_go() {
    let open = Open::start().await;
    let body = json!({
        "bucketName": "another", "cloudProvider": "AWS", "iamRoleId": "668c5f0ed436263134491592",
        "requirePrivateNetworking": true,
    });
    let created = open.post(BUCKETS, &body).await;
    assert_eq!(created.status(), 200);
    let created: Value = created.json().await.expect("JSON");
    assert_eq!((&created["bucketName"], &created["requirePrivateNetworking"]), (&json!("another"), &json!(true)));
    let id = created["_id"].as_str().expect("_id");
    assert_eq!(open.document(&format!("{BUCKETS}/{id}")).await, created);
    assert_eq!(open.document(BUCKETS).await["totalCount"], 2);

    let gone = open.delete(&format!("{BUCKETS}/{id}")).await;
    assert_eq!(gone.status(), 204);
    assert_eq!(gone.headers().get("content-type"), None);
    assert!(gone.bytes().await.expect("bytes").is_empty());
    let again = open.delete(&format!("{BUCKETS}/{id}")).await;
    assert_eq!(
        (again.status().as_u16(), again.headers()["x-error-code"].to_str().ok()),
        (404, Some("EXPORT_BUCKET_NOT_FOUND"))
    );
    assert_eq!(open.atlas.buckets().len(), 1);
}

#[tokio::test]
async fn a_bucket_in_use_stays_until_its_jobs_end() {
    let open = Open::start().await;
    let bucket = json!({"bucketName": "busy", "cloudProvider": "AWS", "iamRoleId": "668c5f0ed436263134491592"});
    let bucket: Value = open.post(BUCKETS, &bucket).await.json().await.expect("JSON");
    let id = bucket["_id"].as_str().expect("_id");
    let job = open.atlas.add_job(NewJob::new(Script::staying("InProgress")).bucket(id));
    let path = format!("{BUCKETS}/{id}");
    let code = "EXPORT_BUCKET_DELETE_FAILED_BUCKET_IN_USE";
    let refused = open.delete(&path).await;
    assert_eq!((refused.status().as_u16(), refused.headers()["x-error-code"].to_str().ok()), (400, Some(code)));
    open.atlas.set_job_state(&job, "Successful");
    open.atlas.set_bucket_in_use(id, true);
    assert_eq!(open.delete(&path).await.status(), 400);
    open.atlas.set_bucket_in_use(id, false);
    assert_eq!(open.delete(&path).await.status(), 204);
}

#[tokio::test]
async fn what_a_bucket_is_made_of_is_checked() {
    let open = Open::start().await;
    let good = json!({"bucketName": "abc", "cloudProvider": "AWS", "iamRoleId": "668c5f0ed436263134491592"});
    for (member, value, code) in [
        ("bucketName", json!("ab"), "VALIDATION_ERROR"),
        ("bucketName", json!("a".repeat(64)), "VALIDATION_ERROR"),
        ("cloudProvider", json!("AZURE"), "VALIDATION_ERROR"),
        ("iamRoleId", Value::Null, "MISSING_ATTRIBUTE"),
        ("region", json!("x"), "INVALID_ATTRIBUTE"),
    ] {
        let mut body = good.clone();
        body[member] = value;
        let refused = open.post(BUCKETS, &body).await;
        assert_eq!(
            (refused.status().as_u16(), refused.headers()["x-error-code"].to_str().ok()),
            (400, Some(code)),
            "{body}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn each_project_has_its_rate() {
    let open = Open::with(FakeAtlas::builder().any_project().rate_limit(RateLimit::new(3, 60))).await;
    for remaining in ["2", "1", "0"] {
        let answer = open.get(JOBS).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(
            (&answer.headers()["ratelimit-limit"], &answer.headers()["ratelimit-remaining"]),
            (&"3".parse().expect("a value"), &remaining.parse().expect("a value"))
        );
    }
    let limited = open.get(JOBS).await;
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str().ok()), (429, Some("1")));
    assert_eq!(limited.json::<Value>().await.expect("JSON")["errorCode"], "RATE_LIMITED");
    let other = format!("{}/api/atlas/v1.0/groups/{}{JOBS}", open.atlas.base_url(), "0".repeat(24));
    assert_eq!(open.client.get(other).send().await.expect("an answer").status(), 200);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(open.get(JOBS).await.status(), 200);
    assert_eq!(open.atlas.response_count(429), 1);
    open.atlas.set_rate_limit(None);
    assert!(!open.get(JOBS).await.headers().contains_key("ratelimit-limit"));
}

#[tokio::test]
async fn a_lost_answer_leaves_the_job_behind() {
    let open = Open::start().await;
    open.atlas.fault(Fault::lost_response().on_method("POST"));
    assert!(open.request(Method::POST, JOBS).json(&new_job(&open)).send().await.is_err());
    assert_eq!(open.atlas.created_jobs().len(), 1);
    open.atlas.fault(Fault::reset().on_method("POST"));
    assert!(open.request(Method::POST, JOBS).json(&new_job(&open)).send().await.is_err());
    assert_eq!(open.atlas.created_jobs().len(), 1, "a reset alone does nothing");
}

#[tokio::test]
async fn it_comes_back_on_the_same_port_with_all_it_held() {
    let open = Open::start().await;
    let id = open.atlas.add_job(NewJob::new(Script::staying("Queued")));
    open.atlas.stop().await;
    let refused = open.request(Method::GET, JOBS).send().await.expect_err("nobody listens");
    assert!(refused.is_connect(), "{refused:?}");
    open.atlas.restart().await.expect("the port is free");
    assert_eq!(open.job(&id).await["state"], "Queued");
}

#[tokio::test]
async fn any_project_can_be_asked_for() {
    let open = Open::with(FakeAtlas::builder().any_project().envelope(Envelope::Ignored)).await;
    let url = format!("{}/api/atlas/v1.0/groups/{}/clusters/Any/backup/exports", open.atlas.base_url(), "a".repeat(24));
    assert_eq!(open.client.get(url).send().await.expect("an answer").status(), 200);
    let not_an_id = format!("{}/api/atlas/v1.0/groups/x/clusters/Any/backup/exports", open.atlas.base_url());
    assert_eq!(open.client.get(not_an_id).send().await.expect("an answer").status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn weather_hits_the_share_that_was_asked_for_and_repeats_from_its_seed() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let open = Open::with(FakeAtlas::builder().seed(11)).await;
        open.atlas.faults(Fault::random_faults(0.3));
        let mut met = Vec::new();
        for _ in 0..200 {
            let answer = open.request(Method::GET, JOBS).send().await;
            met.push(match answer {
                Err(_) => 0,
                Ok(answer) if answer.status() == 200 => answer.bytes().await.map_or(1, |_| 200),
                Ok(answer) => answer.status().as_u16(),
            });
        }
        runs.push(met);
    }
    let good = runs[0].iter().filter(|met| **met == 200).count();
    assert!((120..=165).contains(&good), "{good}");
    for kind in [0, 1, 429, 502, 503, 504] {
        assert!(runs[0].contains(&kind), "{kind}");
    }
    assert_eq!(runs[0], runs[1]);
}
