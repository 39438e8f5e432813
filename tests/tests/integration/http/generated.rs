//! A generated operation fails exactly as a hand-written method does, whatever it fails with.

use std::{error::Error as _, time::Duration};

use atlas_exports::{CallContext, Client, Error, ErrorKind, ExportJob, NewExport, RetryPolicy};
use atlas_exports_testing::{FakeAtlas, FakeResponse, Fault, Kind};
use futures_util::TryStreamExt;
use serde_json::json;

use crate::common::{account, builder, exports_of, job};

/// All that an error says, but for times.
#[derive(Debug, PartialEq)]
struct Facts {
    kind: ErrorKind,
    message: String,
    display: String,
    hint: Option<String>,
    call: Option<CallContext>,
    status: Option<u16>,
    api: Option<serde_json::Value>,
    retry_after: Option<Duration>,
    retryable: bool,
    outcome_unknown: bool,
    source: Option<String>,
    source_is_reqwest: bool,
    source_is_serde: bool,
}

impl From<Error> for Facts {
    fn from(error: Error) -> Self {
        let call = error.call().cloned().map(|mut call| {
            call.elapsed = Duration::ZERO;
            call.attempts.iter_mut().for_each(|attempt| attempt.after = Duration::ZERO);
            call
        });
        Self {
            kind: error.kind(),
            message: without_port(error.message()),
            display: without_port(&error.to_string()),
            hint: error.hint(),
            call,
            status: error.status().map(|status| status.as_u16()),
            api: error.api().map(|api| serde_json::to_value(api).unwrap()),
            retry_after: error.retry_after(),
            retryable: error.is_retryable(),
            outcome_unknown: error.outcome_unknown(),
            source: error.source().map(ToString::to_string),
            source_is_reqwest: error.source().is_some_and(|source| source.is::<reqwest::Error>()),
            source_is_serde: error.source().is_some_and(|source| source.is::<serde_json::Error>()),
        }
    }
}

/// The text without the port of the fake, which an excerpt may have.
fn without_port(text: &str) -> String {
    let Some((before, after)) = text.split_once("127.0.0.1:") else { return text.to_owned() };
    format!("{before}127.0.0.1:{}", after.trim_start_matches(|char: char| char.is_ascii_digit()))
}

/// Every failure that FakeAtlas can make.
fn faults() -> Vec<Fault> {
    vec![
        Fault::html_502(),
        Fault::empty_503(),
        Fault::rate_limited(7),
        Fault::huge_error(),
        Fault::redirect("https://elsewhere.example/login"),
        Fault::status(401),
        Fault::status(403),
        Fault::status(404),
        Fault::status(405),
        Fault::status(409),
        Fault::status(410),
        Fault::status(418),
        Fault::status(501),
        Fault::api_error(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST", "not from here"),
        Fault::api_error(404, "CLUSTER_NOT_FOUND", "no such cluster"),
        Fault::api_error(405, "WRITES_NOT_ALLOWED_DURING_APP_UPGRADES", "later"),
        Fault::respond(FakeResponse::text(400, "application/json", "{\"detail\": \"cut")),
        Fault::respond(FakeResponse::empty(401).header("www-authenticate", "Negotiate")),
        Fault::reset(),
        Fault::reset_midway(),
        Fault::truncated(),
        Fault::lost_response(),
        Fault::slow_headers(Duration::from_secs(600)),
        Fault::stalled_body(Duration::from_secs(600)),
        Fault::bad_json(),
        Fault::wrong_type("id"),
        Fault::respond(FakeResponse::empty(204)),
    ]
}

/// A call of each way.
enum Way {
    ByHand,
    Call,
    Api,
}

async fn get(way: &Way, client: &Client, atlas: &FakeAtlas) -> Result<ExportJob, Error> {
    let (project, cluster, id) = (atlas.project_id(), atlas.cluster_name(), atlas.job_id(Kind::Successful));
    match way {
        Way::ByHand => exports_of(client, atlas).get(&job(atlas, Kind::Successful)).await,
        Way::Call => {
            client.call(|api| api.get_export_job().group_id(project).cluster_name(cluster).export_id(id).send()).await
        }
        Way::Api => {
            let request = client.api().get_export_job().group_id(project).cluster_name(cluster).export_id(id);
            Ok(request.send().await?.into_inner())
        }
    }
}

async fn facts(way: &Way, fault: &Fault, client: impl Fn(&FakeAtlas) -> Client) -> Facts {
    let atlas = FakeAtlas::start().await;
    let client = client(&atlas);
    atlas.fault(fault.clone().always());
    get(way, &client, &atlas).await.expect_err("the fault").into()
}

fn with_key(atlas: &FakeAtlas) -> Client {
    builder(atlas).retry(RetryPolicy::default().max_attempts(3)).build().unwrap()
}

fn with_account(atlas: &FakeAtlas) -> Client {
    account(atlas).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_generated_operation_fails_as_the_hand_written_method_does_with_every_fault() {
    for fault in faults() {
        for client in [with_key, with_account] {
            let by_hand = facts(&Way::ByHand, &fault, client).await;
            assert!(by_hand.call.is_some(), "{by_hand:?}");
            assert_eq!(facts(&Way::Call, &fault, client).await, by_hand, "{fault:?}");
            let mut api = facts(&Way::Api, &fault, client).await;
            if by_hand.kind == ErrorKind::Decode {
                // Decoding comes after the chain, so that only `Client::call` knows the call then.
                assert_eq!((&api.message, &api.source), (&by_hand.message, &by_hand.source), "{fault:?}");
                (api.call, api.display) = (by_hand.call.clone(), by_hand.display.clone());
            }
            assert_eq!(api, by_hand, "{fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_generated_operation_fails_as_the_hand_written_method_does_without_a_connection() {
    let closed = |atlas: &FakeAtlas| builder(atlas).base_url("http://127.0.0.1:1").build().unwrap();
    let wrong_key = |atlas: &FakeAtlas| builder(atlas).api_key(atlas.public_key(), "wrong").build().unwrap();
    let atlas = FakeAtlas::start().await;
    for client in [closed(&atlas), wrong_key(&atlas)] {
        let mut all = Vec::new();
        for way in [Way::ByHand, Way::Call, Way::Api] {
            let mut facts = Facts::from(get(&way, &client, &atlas).await.unwrap_err());
            // The challenge is known after the first call with a wrong key.
            facts.call.as_mut().unwrap().exchanges = 0;
            all.push(facts);
        }
        assert_eq!(all[0], all[1]);
        assert_eq!(all[0], all[2]);
        assert!(all[0].kind != ErrorKind::Connect || all[0].retryable);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_creation_leaves_the_outcome_unknown_in_every_way() {
    for fault in [Fault::lost_response(), Fault::html_502(), Fault::bad_json()] {
        let mut all = Vec::new();
        for by_hand in [true, false] {
            let atlas = FakeAtlas::start().await;
            let client = with_key(&atlas);
            atlas.fault(fault.clone().on_method("POST").always());
            let (project, cluster) = (atlas.project_id(), atlas.cluster_name());
            let snapshot = "5f3c5a1e8e4b2a00bbbbbbbb".parse().unwrap();
            let new = NewExport::new(snapshot, atlas.bucket_id().parse().unwrap());
            let created = if by_hand {
                exports_of(&client, &atlas).create(new).await
            } else {
                client
                    .call(|api| api.create_export_job().group_id(project).cluster_name(cluster).body(new).send())
                    .await
            };
            all.push(Facts::from(created.unwrap_err()));
        }
        assert!(all[0].outcome_unknown, "{:?}", all[0]);
        assert_eq!(all[0], all[1], "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_of_yaml_alone_fails_with_operation_place_attempts_and_role() {
    let faults = faults().into_iter().filter(|fault| !format!("{fault:?}").contains("WrongType"));
    for fault in faults.chain([Fault::wrong_type("links")]) {
        let atlas = FakeAtlas::start().await;
        let client = with_key(&atlas);
        let (project, cluster) = (atlas.project_id(), atlas.cluster_name());
        atlas.fault(fault.clone().always());
        let call = client.call(|api| api.get_backup_schedule().group_id(project).cluster_name(cluster).send());
        let by_call = call.await.unwrap_err();
        let context = by_call.call().unwrap_or_else(|| panic!("{fault:?}: {by_call:?}"));
        assert_eq!(context.operation.unwrap().name, "get_backup_schedule");
        assert_eq!((context.project.as_deref(), context.cluster.as_deref()), (Some(project), Some(cluster)));
        assert!(context.exchanges > 0 && context.credential.is_some());
        if by_call.is_forbidden() {
            assert!(by_call.hint().unwrap().contains("Project Read Only"), "{by_call:?}");
        }
        if by_call.is_not_found() && by_call.api().unwrap().error_code.is_none() {
            assert!(by_call.hint().unwrap().contains("clusterName"), "{by_call:?}");
        }
        let api = client.api().get_backup_schedule().group_id(project).cluster_name(cluster).send().await;
        let api = Error::from(api.unwrap_err());
        assert_eq!((api.kind(), api.is_retryable()), (by_call.kind(), by_call.is_retryable()), "{fault:?}");
        assert!(api.kind() == ErrorKind::Decode || api.call().unwrap().operation == context.operation);
    }
}

#[tokio::test]
async fn a_bad_parameter_of_a_generated_operation_is_refused_with_its_rule_before_any_request() {
    let atlas = FakeAtlas::start().await;
    let client = with_key(&atlas);
    let get = client.api().get_export_job().group_id("5f3c").cluster_name("C").export_id("5f3c5a1e8e4b2a0012345678");
    let error = Error::from(get.send().await.unwrap_err());
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("group_id") && error.to_string().contains("24 hexadecimal digits"), "{error}");
    let mut jobs = client.list(|api| api.list_export_jobs().group_id("5f3c").cluster_name("C")).items();
    let error = jobs.try_next().await.unwrap_err();
    assert!(error.to_string().contains("24 hexadecimal digits"), "{error}");
    assert_eq!(atlas.exchanges(), 0);
}

#[tokio::test]
async fn a_list_of_yaml_alone_is_a_stream_of_its_items() {
    let atlas = FakeAtlas::builder().without_authentication().start().await;
    let client = with_key(&atlas);
    atlas.respond_with("GET", "/groups/*/clusters/*/backup/snapshots", |request| {
        let page: usize = request.query.split("pageNum=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
        let snapshots: Vec<_> =
            (0..if page < 3 { 2 } else { 1 }).map(|n| json!({"id": format!("{page}{n}")})).collect();
        let links = if page < 3 { json!([{"rel": "next", "href": "x"}]) } else { json!([]) };
        FakeResponse::json(200, json!({"results": snapshots, "links": links}))
    });
    let list = client.list(|api| api.list_backup_snapshots().group_id(atlas.project_id()).cluster_name("C"));
    let snapshots: Vec<_> = list.page_size(2).items().try_collect().await.unwrap();
    let ids: Vec<_> = snapshots.iter().map(|snapshot| snapshot.id.to_string()).collect();
    assert_eq!(ids, ["10", "11", "20", "21", "30"]);
}

#[tokio::test]
async fn an_operation_that_no_contract_has_goes_through_the_same_chain() {
    use atlas_exports::http::Method;

    let atlas = FakeAtlas::start().await;
    let client = account(&atlas).envelope(true).build().unwrap();
    let path = format!("/groups/{}/things", atlas.project_id());
    atlas.respond("GET", &path, 200, json!({"results": [{"n": 1}, {"n": 2}], "totalCount": 2}));
    atlas.respond("POST", &path, 201, json!({"n": 3}));
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Thing {
        n: u32,
    }
    let request = |method| client.request(method, &path).resource_version("2024-08-05").query("pretty", true);
    let things: Vec<Thing> = request(Method::GET).list().items().try_collect().await.unwrap();
    assert_eq!(things, [Thing { n: 1 }, Thing { n: 2 }]);
    assert_eq!(request(Method::POST).json(&json!({"n": 3})).send::<Thing>().await.unwrap(), Thing { n: 3 });
    let last = atlas.requests().pop().unwrap();
    assert_eq!(last.header("accept"), Some("application/vnd.atlas.2024-08-05+json"));
    assert!(last.query.contains("pretty=true") && last.query.contains("envelope=true"), "{last:?}");

    atlas.respond("DELETE", &path, 409, json!({"errorCode": "BUSY", "detail": "not now"}));
    let error = request(Method::DELETE).send::<()>().await.unwrap_err();
    assert!(error.is_conflict() && error.call().unwrap().operation.is_none(), "{error:?}");
    assert!(
        error.to_string().contains("DELETE /api/atlas/v2/groups/") && error.to_string().contains("BUSY"),
        "{error}"
    );
    assert_eq!(error.call().unwrap().project.as_deref(), Some(atlas.project_id()));
    assert_eq!(error.call().unwrap().resource_version.as_deref(), Some("2024-08-05"));

    let unversioned = client.request(Method::GET, &path).send::<serde_json::Value>().await.unwrap_err();
    assert!(unversioned.to_string().contains("requires a resource version"), "{unversioned}");
    let elsewhere = client.request(Method::GET, "/groups/../orgs").send::<serde_json::Value>().await.unwrap_err();
    assert_eq!(elsewhere.kind(), ErrorKind::InvalidInput);
}
