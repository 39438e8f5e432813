//! What an audit makes of a service that hides, shuffles or changes things.

use atlas_exports_testing::{NewCluster, NewSnapshot, Paging};
use serde_json::json;

use super::world::{
    BANK, BUCKET, CLUSTER, Night, SHOP, add, audit, deny, job, shop, snapshot, verdicts, without_links,
};

#[test]
fn a_cluster_that_cannot_be_read_costs_its_own_line() {
    for (what, reason) in [("/backup/schedule", "schedule"), ("/backup/exports", "jobs")] {
        let fake = shop(&[("Orders", Night::Exported), ("Denied", Night::Exported), ("Search", Night::Exported)]);
        deny(&fake, "Denied", what);
        let ended = audit(&fake, &["--format", "json"]);
        let report = ended.json();
        assert_eq!((ended.code, &report["complete"]), (Some(3), &json!(false)), "{report:#}");
        let reported = |cluster| (cluster, "reported", "export_successful");
        let expected = [("Denied", "unreadable", reason), reported("Orders"), reported("Search")];
        assert_eq!(verdicts(&report), expected, "{report:#}");
    }
}

#[test]
fn a_project_that_cannot_be_read_costs_its_own_line() {
    let fake = shop(&[("Orders", Night::Exported)]);
    add(&fake, BANK, "Ledger", Night::Exported);
    let error = json!({"error": 403, "errorCode": "USER_UNAUTHORIZED", "reason": "Forbidden", "detail": "no"});
    fake.respond("GET", &CLUSTER.replace("{groupId}", BANK), 403, error);
    let ended = audit(&fake, &["--project", SHOP, "--project", BANK, "--format", "json"]);
    let report = ended.json();
    assert_eq!((ended.code, &report["clusters"][0]["project"]), (Some(3), &json!(BANK)), "{report:#}");
    assert_eq!(verdicts(&report), [("-", "unreadable", "clusters"), ("Orders", "reported", "export_successful")]);
}

#[test]
fn one_cluster_alone_is_audited_and_one_that_is_not_there_is_unreadable() {
    let fake = shop(&[("Orders", Night::Exported), ("Catalog", Night::Failed)]);
    let ended = audit(&fake, &["--cluster", "Orders", "--format", "json"]);
    assert_eq!((ended.code, ended.json()["clusters"].as_array().unwrap().len()), (Some(0), 1), "{ended:?}");
    let ended = audit(&fake, &["--project", SHOP, "--cluster", "Nonesuch", "--format", "json"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(verdicts(&ended.json()), [("Nonesuch", "unreadable", "clusters")], "{ended:?}");
}

#[test]
fn both_versions_of_the_api_and_both_kinds_of_credentials_give_the_same_verdicts() {
    let nights = [
        ("Archive", Night::Paused),
        ("Billing", Night::Exported),
        ("Catalog", Night::Failed),
        ("Search", Night::Running),
        ("Sessions", Night::NotStarted),
    ];
    let fake = shop(&nights);
    fake.put_cluster(SHOP, NewCluster::free("Playground"));
    let v1 = audit(&fake, &["--api", "v1", "--format", "json"]);
    let v2 = audit(&fake, &["--api", "v2", "--format", "json"]);
    let mut account = crate::program::command();
    account.env("MONGODB_ATLAS_CLIENT_ID", fake.client_id()).env("MONGODB_ATLAS_CLIENT_SECRET", fake.client_secret());
    account.env("MONGODB_ATLAS_BASE_URL", fake.base_url());
    let account = crate::program::run(account, ["audit", "--format", "json"]);
    assert_eq!(verdicts(&v1.json()).len(), nights.len() + 1, "{v1:?}");
    assert_eq!((v1.code, v1.json()["clusters"].clone()), (v2.code, v2.json()["clusters"].clone()));
    assert_eq!((v1.code, v1.json()["clusters"].clone()), (account.code, account.json()["clusters"].clone()));
}

#[test]
fn a_successful_export_is_found_among_1200_jobs_in_any_order_without_links() {
    let fake = shop(&[("Orders", Night::NotStarted)]);
    for number in 0..1_200_u32 {
        let mut old = job(SHOP, "Orders", 1 + number % 9, Night::Exported);
        old["id"] = json!(format!("6a5c0000000000000000{:04x}", (number * 7_919) % 1_200));
        old["snapshotId"] = json!(format!("6a5b00000000000000000{:03x}", number));
        // The newest stands in the middle.
        if number == 601 {
            old = job(SHOP, "Orders", 10, Night::Exported);
        }
        fake.put_job_in(SHOP, "Orders", old);
    }
    without_links(&fake);
    let ended = audit(&fake, &["--project", SHOP, "--format", "json"]);
    assert_eq!((ended.code, verdicts(&ended.json())), (Some(0), vec![("Orders", "reported", "export_successful")]));
    let pages = fake.requests().iter().filter(|request| request.path.ends_with("/exports")).count();
    assert!((3..=5).contains(&pages), "{pages} requests for 1,200 jobs of at most 500 a page");
}

#[test]
fn a_manual_export_of_an_old_snapshot_makes_nothing_fresh() {
    let fake = shop(&[("Orders", Night::NotStarted)]);
    let mut manual = job(SHOP, "Orders", 8, Night::Exported);
    manual["id"] = json!("6a78f000000000000000cafe");
    manual["createdAt"] = json!("2026-08-10T19:00:00Z");
    manual["finishedAt"] = json!("2026-08-10T19:15:00Z");
    fake.put_job_in(SHOP, "Orders", manual);
    let ended = audit(&fake, &["--format", "json"]);
    let report = ended.json();
    assert_eq!((ended.code, verdicts(&report)), (Some(2), vec![("Orders", "missing", "no_export")]), "{report:#}");
    assert_eq!(report["clusters"][0]["snapshotAt"], "2026-08-09T03:07:00Z");
}

#[test]
fn a_snapshot_that_was_deleted_after_its_export_is_still_exported() {
    let fake = shop(&[("Orders", Night::Exported)]);
    let page = json!({"results": [], "links": [], "totalCount": 0});
    fake.respond("GET", &format!("{CLUSTER}/Orders/backup/snapshots"), 200, page);
    assert_eq!(audit(&fake, &[]).code, Some(0));
}

#[test]
fn an_export_to_another_bucket_counts_only_where_any_bucket_does() {
    let fake = shop(&[("Orders", Night::NotStarted)]);
    let mut elsewhere = job(SHOP, "Orders", 10, Night::Exported);
    elsewhere["exportBucketId"] = json!("605cbe3000000000000000bf");
    fake.put_job_in(SHOP, "Orders", elsewhere);
    let ended = audit(&fake, &["--format", "json"]);
    assert_eq!((ended.code, verdicts(&ended.json())), (Some(2), vec![("Orders", "missing", "elsewhere")]), "{ended:?}");
    assert_eq!(audit(&fake, &["--any-bucket"]).code, Some(0));
}

#[test]
fn a_state_that_nobody_knows_is_neither_fine_for_long_nor_failed() {
    let fake = shop(&[("Orders", Night::NotStarted)]);
    let mut new = job(SHOP, "Orders", 10, Night::Exported);
    new["state"] = json!("Hibernating");
    fake.put_job_in(SHOP, "Orders", new);
    let ended = audit(&fake, &["--format", "json"]);
    assert_eq!((ended.code, verdicts(&ended.json())), (Some(3), vec![("Orders", "unreadable", "job_state")]));
}

#[test]
fn a_list_of_jobs_that_is_cut_off_proves_an_arrival_and_never_an_absence() {
    for (night, code, reason) in [(Night::Exported, 0, "export_successful"), (Night::NotStarted, 3, "jobs")] {
        let fake = shop(&[("Orders", night)]);
        fake.set_paging(Paging::new().count(700));
        let mut page: Vec<_> = (0..500_u32)
            .map(|number| {
                let mut old = job(SHOP, "Orders", 8, Night::Exported);
                old["id"] = json!(format!("6a5c0000000000000000{number:04x}"));
                old
            })
            .collect();
        if night == Night::Exported {
            page.push(job(SHOP, "Orders", 10, night));
        }
        fake.respond_with("GET", &format!("{CLUSTER}/Orders/backup/exports"), move |request| {
            if request.query.contains("pageNum=1") || !request.query.contains("pageNum") {
                let list = json!({"results": page, "totalCount": 700, "links": [{"rel": "next", "href": "x"}]});
                atlas_exports_testing::FakeResponse::json(200, list)
            } else {
                let error = json!({"error": 403, "errorCode": "FORBIDDEN", "reason": "Forbidden", "detail": "no"});
                atlas_exports_testing::FakeResponse::json(403, error)
            }
        });
        let ended = audit(&fake, &["--project", SHOP, "--format", "json"]);
        let report = ended.json();
        assert_eq!(report["complete"], false, "{report:#}");
        assert_eq!((ended.code, &report["clusters"][0]["reason"]), (Some(code), &json!(reason)), "{report:#}");
    }
}

#[test]
fn a_bucket_that_is_not_in_the_project_is_missing_and_in_version_1_unreadable() {
    let fake = shop(&[("Orders", Night::Exported)]);
    let page = json!({"results": [], "links": [], "totalCount": 0});
    fake.respond("GET", "/groups/{groupId}/backup/exportBuckets", 200, page);
    for (api, code, reason) in [("v2", 2, "bucket_gone"), ("v1", 3, "bucket")] {
        let ended = audit(&fake, &["--api", api, "--format", "json"]);
        assert_eq!((ended.code, &ended.json()["clusters"][0]["reason"]), (Some(code), &json!(reason)), "{ended:?}");
    }
}

#[test]
fn the_evidence_names_the_snapshot_and_the_bucket_of_what_is_missing() {
    let fake = shop(&[("Sessions", Night::NotStarted)]);
    let unrelated = NewSnapshot::new("6a78f0000000000000000001", "ondemand", "2026-08-10T12:00:00Z").kind("onDemand");
    fake.put_snapshot(SHOP, "Sessions", unrelated);
    let report = audit(&fake, &["--format", "json"]).json();
    let evidence = &report["clusters"][0]["evidence"];
    assert_eq!(evidence["snapshot"]["id"], json!(snapshot("Sessions", 10)), "{report:#}");
    assert_eq!((&evidence["bucketId"], &evidence["dueAt"]), (&json!(BUCKET), &json!("2026-08-10T03:00:00Z")));
}
