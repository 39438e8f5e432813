//! What an audit asks of the service, and what it makes of the responses.

use std::{sync::atomic::Ordering, time::Duration};

use futures_util::StreamExt;
use serde_json::json;

use super::{
    fixture::{CLUSTER, Fixture, TODAY, at, bucket, id, job, snapshot},
    service::{PROJECT, Service, of_cluster},
};
use crate::{
    ApiVersion, ExportBucket,
    audit::{Audit, Finding, MarkerFuture, MarkerStore, Report},
};

async fn audit(service: Service) -> (Report, Vec<String>) {
    let (client, service) = service.client(ApiVersion::V2);
    let report = client.audit(PROJECT.parse().unwrap()).run().await;
    (report, service.asked())
}

/// Cluster, verdict and reason of each finding.
fn told(report: &Report) -> Vec<(&str, &str, &str)> {
    let told = |finding: &'_ Finding| -> (String, &'static str, &'static str) {
        (finding.cluster.clone().unwrap_or_default(), finding.verdict.as_str(), finding.reason())
    };
    report.findings.iter().map(|it| (it.cluster.as_deref().unwrap_or("-"), told(it).1, told(it).2)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_healthy_cluster_takes_two_requests_beside_the_two_of_its_project() {
    for version in [ApiVersion::V1, ApiVersion::V2] {
        let service = Service::with(&[("a", Fixture::healthy()), ("b", Fixture::healthy())]);
        let (client, service) = service.client(version);
        let report = client.audit(PROJECT.parse().unwrap()).run().await;
        assert_eq!(told(&report), [("a", "reported", "export_successful"), ("b", "reported", "export_successful")]);
        assert!(report.complete);
        // The time is the service's, which is months away from this machine's.
        assert_eq!(report.checked_at, Some(at("2026-08-10T20:00")));
        let mut asked = service.asked();
        asked.sort();
        let [a, b] =
            ["a", "b"].map(|name| ["exports", "schedule"].map(|what| format!("/clusters/{name}/backup/{what}")));
        let mut expected = ["/backup/exportBuckets".to_owned(), "/clusters".to_owned()].to_vec();
        expected.extend(a.into_iter().chain(b));
        assert_eq!(asked, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_doubt_takes_the_snapshots_and_an_absence_the_events() {
    let (report, asked) = audit(Service::with(&[("a", Fixture::last_job("Failed"))])).await;
    assert_eq!(told(&report), [("a", "failed", "export_failed")]);
    assert_eq!(asked.len(), 5, "{asked:?}");
    let (report, asked) = audit(Service::with(&[("a", Fixture::without_last_job())])).await;
    assert_eq!(told(&report), [("a", "missing", "no_export")]);
    assert_eq!(asked.len(), 6, "{asked:?}");
    let mut changed = Fixture::without_last_job();
    changed.jobs.clear();
    changed.changes.push(at("2026-08-10T10:00"));
    let (report, _) = audit(Service::with(&[("a", changed)])).await;
    assert_eq!(told(&report), [("a", "not_due", "nothing_due_yet")]);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_schedule_is_found_on_any_page_of_the_events() {
    let mut fixture = Fixture::without_last_job();
    fixture.jobs.clear();
    let mut service = Service::with(&[("a", fixture)]);
    let event = |cluster: &str| {
        json!({
            "eventTypeName": "CPS_SNAPSHOT_SCHEDULE_UPDATED_AUDIT", "created": at("2026-08-10T10:00"),
            "clusterName": cluster,
        })
    };
    let mut events = vec![event("b"); 600];
    service.put(&format!("/groups/{PROJECT}/events"), json!(events));
    assert_eq!(told(&audit(service).await.0), [("a", "missing", "no_export")]);
    let mut fixture = Fixture::without_last_job();
    fixture.jobs.clear();
    let mut service = Service::with(&[("a", fixture)]);
    events.push(event("a"));
    service.put(&format!("/groups/{PROJECT}/events"), json!(events));
    assert_eq!(told(&audit(service).await.0), [("a", "not_due", "nothing_due_yet")]);
}

#[tokio::test(start_paused = true)]
async fn what_has_nothing_to_export_takes_no_request_of_its_own() {
    let mut service = Service::new();
    let free = Fixture::but(|it| it.cluster["providerSettings"] = json!({"instanceSizeName": "M0"}));
    service.add(PROJECT, "free", &free);
    service.add(PROJECT, "new", &Fixture::but(|it| it.cluster["stateName"] = json!("CREATING")));
    service.add(PROJECT, "atlas", &Fixture::but(|it| it.cluster["internalClusterRole"] = json!("SYSTEM_CLUSTER")));
    let (report, asked) = audit(service).await;
    assert_eq!(
        told(&report),
        [("free", "unsupported", "tier_unsupported"), ("new", "not_due", "cluster_in_transition")]
    );
    assert_eq!(asked, ["/clusters"]);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_cannot_be_read_costs_its_own_line() {
    let clusters = ["a", "b", "c"].map(|name| (name, Fixture::healthy()));
    let mut service = Service::with(&clusters);
    service.refuse(&of_cluster("b", "exports"), 403, "USER_UNAUTHORIZED");
    service.refuse(&of_cluster("c", "schedule"), 400, "CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API");
    let (report, _) = audit(service).await;
    let expected =
        [("b", "unreadable", "jobs"), ("a", "reported", "export_successful"), ("c", "unsupported", "tier_unsupported")];
    assert_eq!(told(&report), expected);
    assert!(!report.complete);
    let findings: Vec<_> = report.findings.iter().map(|finding| finding.complete).collect();
    assert_eq!(findings, [false, true, true]);
}

#[tokio::test(start_paused = true)]
async fn a_project_that_cannot_be_read_costs_its_own_line() {
    let mut service = Service::with(&[("a", Fixture::healthy())]);
    let denied = "5f3c5a1e8e4b2a0012345679";
    service.put("/groups", json!([{"id": denied, "name": "Bank"}, {"id": PROJECT, "name": "Shop"}, {"id": PROJECT}]));
    service.refuse(&format!("/groups/{denied}/clusters"), 401, "USER_UNAUTHORIZED");
    let (client, _) = service.client(ApiVersion::V2);
    let report = client.audit_all().run().await;
    assert_eq!(told(&report), [("-", "unreadable", "clusters"), ("a", "reported", "export_successful")]);
    assert!(!report.complete);
    let projects: Vec<_> = report.findings.iter().map(|it| it.project_name.as_deref()).collect();
    assert_eq!(projects, [Some("Bank"), Some("Shop")]);
    assert_eq!((report.findings[0].project.as_deref(), report.findings[0].rule.number()), (Some(denied), 1));
}

#[tokio::test(start_paused = true)]
async fn projects_that_cannot_be_listed_are_a_finding_and_no_error() {
    let mut service = Service::new();
    service.refuse("/groups", 401, "UNEXPECTED_ERROR");
    let (client, _) = service.client(ApiVersion::V2);
    let report = client.audit_all().run().await;
    assert_eq!(told(&report), [("-", "unreadable", "projects")]);
    assert!(!report.complete);
}

#[tokio::test(start_paused = true)]
async fn credentials_that_see_no_project_find_nothing_fine() {
    let mut service = Service::new();
    service.put("/groups", json!([]));
    let (client, _) = service.client(ApiVersion::V2);
    let report = client.audit_all().run().await;
    assert_eq!(told(&report), [("-", "unreadable", "projects")]);
}

#[tokio::test(start_paused = true)]
async fn an_audit_that_takes_too_long_ends_with_what_was_found_and_says_so() {
    let clusters = ["a", "b", "c", "d"].map(|name| (name, Fixture::healthy()));
    let run = |timeout| {
        let service = Service { delay: Duration::from_secs(1), ..Service::with(&clusters) };
        let (client, _) = service.client(ApiVersion::V2);
        client.audit(PROJECT.parse().unwrap()).concurrency(1).timeout(Duration::from_millis(timeout)).run()
    };
    // The list of clusters, then three requests for the first of them and two for each other.
    let report = run(8_500).await;
    assert_eq!(told(&report)[0], ("-", "unreadable", "clusters"));
    assert!((2..5).contains(&report.findings.len()) && !report.complete, "{report:#?}");
    let report = run(60_000).await;
    assert!(report.findings.len() == 4 && report.complete);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_ends_before_its_count_or_has_no_results_is_not_whole() {
    let fixture = Fixture::without_last_job();
    for jobs in [json!({}), json!({"results": fixture.jobs, "totalCount": 40})] {
        let mut service = Service::with(&[("a", fixture.clone())]);
        service.put(&of_cluster("a", "exports"), jobs);
        let (report, _) = audit(service).await;
        assert_eq!(told(&report), [("a", "unreadable", "jobs")]);
        assert!(!report.complete);
    }
}

#[tokio::test(start_paused = true)]
async fn twelve_hundred_jobs_without_order_links_and_counts_are_read_to_their_end() {
    let mut fixture = Fixture::healthy();
    let old = at(TODAY);
    for days in 1..1_200 {
        let due = (old - chrono::TimeDelta::days(days)).format("%Y-%m-%dT%H:%M").to_string();
        fixture.jobs.push(job(&due, if days % 3 == 0 { "Failed" } else { "Successful" }));
    }
    fastrand::Rng::with_seed(3).shuffle(&mut fixture.jobs);
    // The one that matters stands at the end.
    let last = fixture.jobs.iter().position(|it| *it == job(TODAY, "Successful")).unwrap();
    let last = fixture.jobs.remove(last);
    fixture.jobs.push(last);
    for is_bare in [false, true] {
        let service = Service { is_bare, ..Service::with(&[("a", fixture.clone())]) };
        let (report, asked) = audit(service).await;
        assert_eq!(told(&report), [("a", "reported", "export_successful")]);
        assert_eq!(asked.len(), 6, "{asked:?}");
    }
    // A count that is too low, beside a full page without a link, ends nothing.
    let service = Service { is_bare: true, most_counted: Some(500), ..Service::with(&[("a", fixture.clone())]) };
    assert_eq!(told(&audit(service).await.0), [("a", "reported", "export_successful")]);
    // Without the last page it cannot be said, and nothing is made up.
    let mut service = Service::with(&[("a", fixture.clone())]);
    service.refuse(&format!("{}#3", of_cluster("a", "exports")), 502, "BAD_GATEWAY");
    let (report, _) = audit(service).await;
    assert_eq!(told(&report), [("a", "unreadable", "jobs")]);
    assert!(!report.complete);
}

#[tokio::test(start_paused = true)]
async fn an_item_that_cannot_be_decoded_is_no_proof_of_absence() {
    let mut fixture = Fixture::without_last_job();
    fixture.jobs.push(json!({"id": 7}));
    let (report, _) = audit(Service::with(&[("a", fixture.clone())])).await;
    assert_eq!(told(&report), [("a", "unreadable", "jobs")]);
    fixture.jobs.push(job(TODAY, "Successful"));
    let (report, _) = audit(Service::with(&[("a", fixture)])).await;
    assert_eq!(told(&report), [("a", "reported", "export_successful")]);
    assert!(!report.complete);
}

#[tokio::test(start_paused = true)]
async fn a_list_of_clusters_that_is_cut_is_told_beside_the_clusters_that_were_read() {
    let mut service = Service::with(&[("a", Fixture::healthy())]);
    let path = format!("/groups/{PROJECT}/clusters");
    let free = json!({"name": "free", "providerSettings": {"providerName": "TENANT"}});
    service.put(&path, json!(std::iter::repeat_n(free, 501).collect::<Vec<_>>()));
    service.refuse(&format!("{path}#2"), 500, "UNEXPECTED_ERROR");
    let (report, _) = audit(service).await;
    assert_eq!(told(&report), [("-", "unreadable", "clusters"), ("free", "unsupported", "tier_unsupported")]);
}

#[tokio::test(start_paused = true)]
async fn clusters_are_chosen_by_name_and_a_wrong_name_is_told() {
    let service = Service::with(&["a", "b"].map(|name| (name, Fixture::healthy())));
    let (client, _) = service.client(ApiVersion::V2);
    let report = client.audit(PROJECT.parse().unwrap()).cluster("b").cluster("z").run().await;
    assert_eq!(told(&report), [("z", "unreadable", "clusters"), ("b", "reported", "export_successful")]);
    assert_eq!(report.findings[0].project.as_deref(), Some(PROJECT));
    assert!(!report.complete);
}

#[tokio::test(start_paused = true)]
async fn flex_clusters_are_listed_on_demand() {
    let flex = |version| async move {
        let mut service = Service::new();
        service.put(&format!("/groups/{PROJECT}/flexClusters"), json!([{"name": "flex"}]));
        let (client, service) = service.client(version);
        (client.audit(PROJECT.parse().unwrap()).flex_clusters(true).run().await, service.asked())
    };
    let (report, _) = flex(ApiVersion::V2).await;
    assert_eq!(told(&report), [("flex", "unsupported", "tier_unsupported")]);
    let (report, asked) = flex(ApiVersion::V1).await;
    assert_eq!((report.findings.len(), asked), (0, vec!["/clusters".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn snapshots_of_a_sharded_cluster_are_found_in_either_list() {
    let sharded = |kind: &str| {
        Fixture::but(|it| {
            it.cluster["clusterType"] = json!("SHARDED");
            it.jobs[2] = job(TODAY, "Failed");
            it.snapshots.iter_mut().for_each(|snapshot| snapshot["type"] = json!(kind));
        })
    };
    let (report, asked) = audit(Service::with(&[("a", sharded("shardedCluster"))])).await;
    assert_eq!((told(&report), asked.len()), (vec![("a", "failed", "export_failed")], 5));

    let path = of_cluster("a", "snapshots/shardedClusters");
    let mut service = Service::with(&[("a", sharded("replicaSet"))]);
    let members = snapshot(TODAY, "daily");
    service.put(
        &of_cluster("a", "snapshots"),
        json!([{"id": id("2026-08-10T03:01", 3), "createdAt": at("2026-08-10T03:09"),
        "status": "completed", "frequencyType": "daily", "type": "replicaSet"}]),
    );
    service.put(&path, json!({"results": [members]}));
    let (report, asked) = audit(service).await;
    assert_eq!((told(&report), asked.len()), (vec![("a", "failed", "export_failed")], 6));

    let mut service = Service::with(&[("a", sharded("replicaSet"))]);
    service.refuse(&path, 403, "USER_UNAUTHORIZED");
    let (report, _) = audit(service).await;
    assert_eq!(told(&report), [("a", "unreadable", "snapshots")]);
}

#[tokio::test(start_paused = true)]
async fn buckets_of_other_providers_are_unknown_in_version_1_alone() {
    let moved = Fixture::but(|it| drop(it.buckets.pop()));
    for (version, verdict) in [(ApiVersion::V1, "unreadable"), (ApiVersion::V2, "missing")] {
        let (client, _) = Service::with(&[("a", moved.clone())]).client(version);
        let report = client.audit(PROJECT.parse().unwrap()).run().await;
        assert_eq!(report.findings[0].verdict.as_str(), verdict);
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_time_of_the_service_nothing_is_said() {
    let service = Service { date: None, ..Service::with(&[("a", Fixture::healthy())]) };
    let (report, _) = audit(service).await;
    assert_eq!(told(&report), [("a", "unreadable", "time")]);
    assert_eq!(report.checked_at, None);
}

/// A bucket with one object.
#[derive(Debug)]
struct Bucket(&'static str);

impl MarkerStore for Bucket {
    fn get<'a>(&'a self, of: &'a ExportBucket, key: &'a str) -> MarkerFuture<'a> {
        assert_eq!(of.id().as_str(), bucket());
        assert_eq!(key, "exported_snapshots/o/p/c/2026-08-10T0307/1786332000/.complete");
        let text = format!(r#"{{"clusterUniqueId": "{CLUSTER}" "snapshotInitiationDate": {}}}"#, self.0);
        Box::pin(std::future::ready(Ok(Some(text.into()))))
    }
}

#[tokio::test(start_paused = true)]
async fn the_bucket_is_asked_when_access_to_it_is_given() {
    for (date, expected) in [("1786331228000", "proved"), ("1786244828000", "missing")] {
        let (client, service) = Service::with(&[("a", Fixture::healthy())]).client(ApiVersion::V2);
        let report = client.audit(PROJECT.parse().unwrap()).markers(Bucket(date)).run().await;
        assert_eq!(report.findings[0].verdict.as_str(), expected, "{:#?}", report.findings);
        assert_eq!(service.asked().len(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn requests_at_once_are_bounded() {
    let names: Vec<_> = (0..40).map(|n| format!("c{n}")).collect();
    for bound in [1, 5] {
        let mut service = Service { delay: Duration::from_millis(50), ..Service::new() };
        for name in &names {
            service.add(PROJECT, name, &Fixture::healthy());
        }
        let (client, service) = service.client(ApiVersion::V2);
        let report = client.audit(PROJECT.parse().unwrap()).concurrency(bound).run().await;
        assert_eq!(report.findings.len(), 40);
        assert_eq!(service.most_at_once.load(Ordering::SeqCst), bound);
    }
}

#[tokio::test(start_paused = true)]
async fn requests_keep_to_the_rate_of_waits_in_each_project() {
    let mut service = Service::new();
    let projects: Vec<_> = (0..10).map(|n| format!("5f3c5a1e8e4b2a00123456{n:02}")).collect();
    service.put("/groups", json!(projects.iter().map(|id| json!({"id": id})).collect::<Vec<_>>()));
    for project in &projects {
        for n in 0..20 {
            service.add(project, &format!("c{n}"), &Fixture::healthy());
        }
    }
    let builder = crate::Client::builder().transport(std::sync::Arc::new(service)).api_version(ApiVersion::V2);
    let client = builder.build().unwrap();
    let start = tokio::time::Instant::now();
    let report = client.audit_all().run().await;
    assert_eq!(report.findings.len(), 200);
    // 42 requests a project, 6 of which may go at once, at about one a second, and all projects together.
    let took = start.elapsed().as_secs();
    assert!((30..45).contains(&took), "{took} s");
}

#[tokio::test(start_paused = true)]
async fn findings_come_one_by_one_and_none_is_read_in_vain() {
    let names = ["a", "b", "c", "d"];
    let service = Service::with(&names.map(|name| (name, Fixture::healthy())));
    let (client, service) = service.client(ApiVersion::V2);
    let mut findings = client.audit(PROJECT.parse().unwrap()).findings();
    assert_eq!(service.asked().len(), 0, "nothing is asked before it is polled");
    let mut seen = Vec::new();
    while let Some(finding) = findings.next().await {
        seen.extend(finding.cluster);
    }
    seen.sort();
    assert_eq!(seen, names);
}

#[test]
fn an_audit_can_be_moved_between_threads() {
    fn is_send<T: Send>(_: impl FnOnce(Audit) -> T) {}
    is_send(Audit::run);
    is_send(Audit::findings);
}

#[test]
fn a_report_serializes_with_its_parts() {
    let findings = vec![Fixture::healthy().finding(), Fixture::last_job("Failed").finding()];
    let report = Report::new(findings, Some(at("2026-08-10T20:00")));
    let document = serde_json::to_value(&report).unwrap();
    assert_eq!((&document["complete"], &document["checkedAt"]), (&json!(true), &json!("2026-08-10T20:00:00Z")));
    let verdicts: Vec<_> = document["clusters"].as_array().unwrap().iter().map(|it| &it["verdict"]).collect();
    assert_eq!(verdicts, ["failed", "reported"], "the worst first");
}
