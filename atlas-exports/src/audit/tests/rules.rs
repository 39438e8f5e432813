//! One test for each rule.

use serde_json::json;

use super::fixture::{BEFORE, Fixture, TODAY, YESTERDAY, at, id, job, schedule, snapshot};
use crate::audit::{Severity, Trouble};

fn denied() -> Trouble {
    Trouble::new("not authorized").with_status(401).with_hint("grant a role")
}

#[test]
fn rule_1_a_cluster_that_cannot_be_read_is_unreadable() {
    let finding = Fixture::but(|it| it.failed.push(("cluster", denied()))).is("unreadable", "clusters", 1);
    assert_eq!(finding.next.as_deref(), Some("grant a role"));
    assert_eq!(finding.verdict.severity(), Severity::Unreadable);
}

#[test]
fn rule_2_tiers_whose_snapshots_cannot_be_exported_are_unsupported() {
    for (pointer, value) in [
        ("/replicationSpecs/0/regionConfigs/0/electableSpecs/instanceSize", "M0"),
        ("/replicationSpecs/0/regionConfigs/0/electableSpecs/instanceSize", "m5"),
        ("/replicationSpecs/0/regionConfigs/0/providerName", "TENANT"),
        ("/replicationSpecs/0/regionConfigs/0/providerName", "FLEX"),
        ("/providerSettings/instanceSizeName", "M2"),
        ("/providerSettings/providerName", "SERVERLESS"),
    ] {
        Fixture::but(|it| {
            it.cluster["providerSettings"] = json!({"instanceSizeName": "M30", "providerName": "AWS"});
            *it.cluster.pointer_mut(pointer).unwrap() = json!(value);
        })
        .is("unsupported", "tier_unsupported", 2);
    }
    let flex = Trouble::new("flex").with_status(400).with_code("CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API");
    for source in ["cluster", "schedule", "jobs"] {
        Fixture::but(|it| it.failed.push((source, flex.clone()))).is("unsupported", "tier_unsupported", 2);
    }
}

#[test]
fn rule_3_nothing_is_due_of_a_cluster_in_transition_or_created_since() {
    for state in ["CREATING", "DELETING"] {
        Fixture::but(|it| it.cluster["stateName"] = json!(state)).is("not_due", "cluster_in_transition", 3);
    }
    Fixture::but(|it| {
        it.cluster["createDate"] = json!("2026-08-10T03:01:00Z");
        it.jobs.clear();
    })
    .is("not_due", "cluster_in_transition", 3);
    Fixture::but(|it| it.cluster["stateName"] = json!("UPDATING")).is("reported", "export_successful", 13);
}

#[test]
fn rule_4_backups_that_are_off_are_missing_in_either_version_of_the_api() {
    let with = |backup: serde_json::Value, provider: serde_json::Value| {
        Fixture::but(|it| {
            it.cluster["backupEnabled"] = backup;
            it.cluster["providerBackupEnabled"] = provider;
        })
    };
    with(json!(false), json!(null)).is("missing", "backup_off", 4);
    with(json!(false), json!(false)).is("missing", "backup_off", 4);
    with(json!(false), json!(true)).is("reported", "export_successful", 13);
    with(json!(null), json!(null)).is("reported", "export_successful", 13);
}

#[test]
fn rule_5_without_a_schedule_only_the_age_can_be_judged() {
    let unreadable = Fixture::but(|it| it.failed.push(("schedule", denied())));
    unreadable.is("unreadable", "schedule", 5);
    let by_age = |hours: u64, change: fn(&mut Fixture)| {
        let mut fixture = unreadable.clone();
        fixture.rules.max_age = Some(std::time::Duration::from_secs(hours * 3600));
        change(&mut fixture);
        fixture
    };
    let finding = by_age(26, |_| {}).is("reported", "export_successful", 13);
    assert!(finding.notes[0].contains("schedule could not be read"), "{:?}", finding.notes);
    by_age(10, |_| {}).is("stale", "older_than_allowed", 22);
    by_age(26, |it| it.jobs.clear()).is("missing", "no_export", 22);
    by_age(10, |it| it.cut.push("jobs")).is("unreadable", "jobs", 10);
    by_age(26, |it| it.cut.push("jobs")).is("reported", "export_successful", 13);
    by_age(26, |it| it.failed.push(("jobs", denied()))).is("unreadable", "jobs", 9);
    for (key, value) in [("referenceHourOfDay", json!(null)), ("policies", json!(null))] {
        Fixture::but(|it| it.schedule[key] = value).is("unreadable", "schedule", 5);
    }
}

#[test]
fn rule_6_automatic_export_that_is_off_is_missing_and_the_newest_export_is_told() {
    let finding = Fixture::but(|it| it.schedule["autoExportEnabled"] = json!(false)).is("missing", "not_configured", 6);
    assert_eq!(finding.snapshot_at(), Some(at("2026-08-10T03:07")));
    Fixture::but(|it| it.schedule["export"] = json!(null)).is("missing", "not_configured", 6);
    Fixture::but(|it| it.schedule["autoExportEnabled"] = json!(null)).is("reported", "export_successful", 13);
    Fixture::but(|it| {
        it.schedule["autoExportEnabled"] = json!(false);
        it.failed.push(("jobs", denied()));
    })
    .is("missing", "not_configured", 6);

    let manual = |hours: u64| {
        Fixture::but(|it| {
            it.schedule["autoExportEnabled"] = json!(false);
            it.rules.manual_exports = true;
            it.rules.max_age = Some(std::time::Duration::from_secs(hours * 3600));
        })
    };
    manual(26).is("reported", "export_successful", 13);
    manual(10).is("stale", "older_than_allowed", 22);
    let mut forgotten = manual(26);
    forgotten.rules.manual_exports = false;
    forgotten.is("missing", "not_configured", 6);
}

#[test]
fn rule_7_an_export_bucket_that_is_not_listed_is_gone_or_cannot_be_seen() {
    let unlisted = |it: &mut Fixture| drop(it.buckets.pop());
    let mut gone = Fixture::but(unlisted);
    gone.is("missing", "bucket_gone", 7);
    gone.rules.manual_exports = true;
    gone.rules.max_age = Some(std::time::Duration::from_secs(26 * 3600));
    gone.is("missing", "bucket_gone", 7);
    Fixture::but(|it| {
        unlisted(it);
        it.aws_only = true;
    })
    .is("unreadable", "bucket", 7);
    Fixture::but(|it| {
        unlisted(it);
        it.cut.push("buckets");
    })
    .is("unreadable", "buckets", 10);
    Fixture::but(|it| it.cut.push("buckets")).is("reported", "export_successful", 13);
    Fixture::but(|it| it.failed.push(("buckets", denied()))).is("unreadable", "buckets", 7);
}

#[test]
fn rule_8_a_frequency_without_policy_items_is_missing_and_an_unknown_one_unreadable() {
    for exported in ["monthly", "yearly"] {
        Fixture::but(|it| it.schedule["export"]["frequencyType"] = json!(exported)).is(
            "missing",
            "frequency_has_no_snapshots",
            8,
        );
    }
    Fixture::but(|it| it.schedule["policies"] = json!([])).is("missing", "frequency_has_no_snapshots", 8);
    for unknown in [json!("fortnightly"), json!(null)] {
        Fixture::but(|it| it.schedule["export"]["frequencyType"] = unknown).is("unreadable", "frequency", 8);
    }
}

#[test]
fn rule_9_jobs_that_cannot_be_read_are_unreadable() {
    let finding = Fixture::but(|it| it.failed.push(("jobs", denied()))).is("unreadable", "jobs", 9);
    assert_eq!(finding.message, "not authorized");
}

#[test]
fn rule_10_a_list_that_was_cut_can_prove_an_export_and_never_that_there_is_none() {
    let cut = |mut fixture: Fixture, list: &'static str| {
        fixture.cut.push(list);
        fixture
    };
    cut(Fixture::healthy(), "jobs").is("reported", "export_successful", 13);
    cut(Fixture::healthy(), "snapshots").is("reported", "export_successful", 13);
    for spoilt in [
        Fixture::without_last_job(),
        Fixture::last_job("Failed"),
        Fixture::last_job("Cancelled"),
        Fixture::without_last_snapshot(),
    ] {
        cut(spoilt.clone(), "jobs").is("unreadable", "jobs", 10);
        cut(spoilt.clone(), "snapshots").is("unreadable", "snapshots", 10);
        let mut failed = spoilt;
        failed.failed.push(("snapshots", denied()));
        failed.is("unreadable", "snapshots", 10);
    }
    // What runs was seen to run.
    let mut running = Fixture::last_job("InProgress");
    running.now = at("2026-08-10T08:00");
    cut(running.clone(), "jobs").is("running", "export_running", 14);
    cut(running, "snapshots").is("running", "export_running", 14);
    // Within the graces, too, a job that was not seen may have failed.
    for now in ["2026-08-10T03:05", "2026-08-10T03:40"] {
        let mut early = Fixture::without_last_job();
        early.now = at(now);
        if now.ends_with("05") {
            early.snapshots.pop();
        }
        cut(early.clone(), "jobs").is("unreadable", "jobs", 10);
        cut(early, "snapshots").is("unreadable", "snapshots", 10);
    }
}

#[test]
fn rule_11_a_paused_cluster_is_judged_by_the_age_of_its_newest_export() {
    let paused = |now: &str, change: fn(&mut Fixture)| {
        Fixture::but(|it| {
            it.cluster["paused"] = json!(true);
            it.now = at(now);
            change(it);
        })
    };
    paused("2026-08-11T10:00", |_| {}).is("reported", "cluster_paused", 11);
    paused("2026-08-12T10:00", |_| {}).is("stale", "cluster_paused", 11);
    paused("2026-08-11T10:00", |it| it.jobs.clear()).is("stale", "cluster_paused", 11);
    paused("2026-08-12T10:00", |it| it.cut.push("jobs")).is("unreadable", "jobs", 10);
    paused("2026-08-11T10:00", |it| it.schedule["autoExportEnabled"] = json!(false)).is("missing", "not_configured", 6);
}

#[test]
fn rule_12_nothing_is_due_before_item_bucket_or_schedule_came_into_being() {
    let item_born = |time: &str| {
        Fixture::but(|it| {
            it.schedule["policies"][0]["policyItems"][1]["id"] = json!(id(time, 1));
            it.jobs.clear();
        })
    };
    item_born("2026-08-10T03:01").is("not_due", "nothing_due_yet", 12);
    item_born("2026-08-10T02:59").is("missing", "no_export", 18);

    // No time was put into an id that lies ahead.
    item_born("2090-01-01T00:00").is("missing", "no_export", 18);

    let bucket_born = |time: &str, change: fn(&mut Fixture)| {
        Fixture::but(|it| {
            let bucket = id(time, 0xb);
            it.schedule["export"]["exportBucketId"] = json!(bucket);
            it.buckets.push(bucket);
            change(it);
        })
    };
    bucket_born("2026-08-10T03:01", |_| {}).is("not_due", "nothing_due_yet", 12);
    bucket_born("2026-08-10T02:59", |_| {}).is("missing", "elsewhere", 13);
    bucket_born("2026-08-10T02:59", |it| it.jobs.clear()).is("missing", "no_export", 18);
    bucket_born("2090-01-01T00:00", |it| it.jobs.clear()).is("missing", "no_export", 18);

    let changed = |time: &str| {
        let mut fixture = Fixture::without_last_job();
        fixture.jobs.clear();
        fixture.changes.push(at(time));
        fixture
    };
    let finding = changed("2026-08-10T03:01").is("not_due", "nothing_due_yet", 12);
    assert_eq!(finding.message, "the backup schedule was changed at 2026-08-10 03:01 UTC");
    changed("2026-08-10T02:59").is("missing", "no_export", 18);
    changed("2026-08-10T20:01").is("missing", "no_export", 18);
}

#[test]
fn rule_12_an_older_export_within_its_allowance_counts_while_nothing_is_due() {
    let mut fixture = Fixture::without_last_job();
    fixture.changes.push(at("2026-08-10T10:00"));
    fixture.now = at("2026-08-10T17:00");
    fixture.is("reported", "nothing_due_yet", 12);
    // Whoever exported daily until yesterday does not become fine by writing the schedule anew.
    fixture.now = at("2026-08-10T20:00");
    fixture.is("stale", "nothing_due_yet", 12);
    let mut cut = fixture.clone();
    cut.cut.push("jobs");
    cut.is("unreadable", "jobs", 10);
    // Whoever exported weekly until the schedule was changed does, by an export of an on-demand snapshot or without.
    fixture.snapshots[1]["frequencyType"] = json!("weekly");
    fixture.snapshots[1]["policyItems"] = json!([]);
    fixture.is("not_due", "nothing_due_yet", 12);
    fixture.snapshots[1]["snapshotType"] = json!("onDemand");
    fixture.is("stale", "nothing_due_yet", 12);
    fixture.snapshots[0]["frequencyType"] = json!("weekly");
    fixture.snapshots[0]["policyItems"] = json!([]);
    fixture.is("not_due", "nothing_due_yet", 12);
}

#[test]
fn rule_13_an_export_of_the_last_snapshot_is_reported() {
    let finding = Fixture::healthy().is("reported", "export_successful", 13);
    assert_eq!(finding.snapshot_at(), Some(at("2026-08-10T03:07")));
    assert_eq!(finding.evidence.due_at, Some(at(TODAY)));
    assert_eq!(finding.evidence.next_due_at, Some(at("2026-08-11T03:00")));
    assert_eq!((finding.next, finding.verdict.severity()), (None, Severity::Fine));
    assert!(finding.complete);
}

#[test]
fn rule_14_a_running_export_is_fine_if_the_one_before_arrived() {
    for state in ["Queued", "InProgress", "Rewinding"] {
        let mut running = Fixture::last_job(state);
        running.now = at("2026-08-10T15:00");
        let finding = running.is("running", "export_running", 14);
        assert!(finding.message.ends_with(state), "{}", finding.message);
        running.jobs.remove(1);
        running.is("stale", "export_running", 14);
        running.cut.push("jobs");
        running.is("unreadable", "jobs", 10);
    }
    let mut running = Fixture::last_job("InProgress");
    running.now = at("2026-08-10T15:00");
    running.rules.max_age = Some(std::time::Duration::from_secs(24 * 3600));
    running.is("stale", "export_running", 14);
}

#[test]
fn rule_15_an_export_that_does_not_end_has_failed() {
    for state in ["Queued", "InProgress", "Rewinding"] {
        let mut stuck = Fixture::last_job(state);
        stuck.now = at("2026-08-10T15:21");
        let finding = stuck.is("failed", "export_stuck", 15);
        assert!(finding.message.contains("12 hours"), "{}", finding.message);
        stuck.rules.run_grace = std::time::Duration::from_secs(13 * 3600);
        stuck.is("running", "export_running", 14);
    }
}

#[test]
fn rule_16_a_failed_export_is_told_with_its_reason_and_the_way_out() {
    let finding = Fixture::but(|it| {
        it.jobs[2] = job(TODAY, "Failed");
        it.jobs[2]["stateReason"] = json!({"errorCode": "E1", "message": "access denied"});
    })
    .is("failed", "export_failed", 16);
    assert!(finding.message.contains("access denied (E1)"), "{}", finding.message);
    let snapshot = finding.evidence.snapshot.unwrap();
    assert_eq!(snapshot.id, id("2026-08-10T03:00:10", 5));
    let next = finding.next.unwrap();
    assert!(next.contains(&snapshot.id) && next.contains("does not try again"), "{next}");
    assert_eq!(finding.verdict.severity(), Severity::Missing);
}

#[test]
fn rule_17_a_cancelled_export_has_failed() {
    Fixture::last_job("Cancelled").is("failed", "export_cancelled", 17);
}

#[test]
fn rule_18_a_snapshot_without_an_export_is_missing_and_a_fallback_cannot_be_exported() {
    let mut without = Fixture::without_last_job();
    let finding = without.is("missing", "no_export", 18);
    assert!(finding.next.unwrap().contains("create an export job for snapshot"));
    without.now = at("2026-08-10T04:08");
    without.is("missing", "no_export", 18);
    without.snapshots[2]["snapshotType"] = json!("fallback");
    without.is("missing", "not_exportable", 18);
}

#[test]
fn rule_19_an_export_may_take_a_while_to_start() {
    let mut without = Fixture::without_last_job();
    without.now = at("2026-08-10T04:07");
    without.is("running", "export_awaited", 19);
    without.jobs.pop();
    without.is("missing", "no_export", 18);
}

#[test]
fn rule_20_a_snapshot_that_is_late_failed_or_not_there_is_missing_after_its_grace() {
    let mut none = Fixture::without_last_snapshot();
    none.is("missing", "no_snapshot", 20);
    none.now = at("2026-08-10T05:00");
    none.is("not_due", "snapshot_awaited", 20);
    none.now = at("2026-08-10T05:01");
    none.is("missing", "no_snapshot", 20);
    for (status, reason) in
        [("queued", "snapshot_late"), ("inProgress", "snapshot_late"), ("failed", "snapshot_failed")]
    {
        let mut late = none.clone();
        late.snapshots.push(snapshot(TODAY, "daily"));
        late.snapshots[2]["status"] = json!(status);
        late.snapshots[2]["createdAt"] = json!(null);
        let finding = late.is("missing", reason, 20);
        assert_eq!(finding.evidence.snapshot.unwrap().status.as_deref(), Some(status));
        late.now = at("2026-08-10T04:59");
        late.is("not_due", "snapshot_awaited", 20);
    }
}

#[test]
fn rule_20_what_is_within_its_grace_excuses_nothing_that_was_due_before() {
    let mut none = Fixture::without_last_snapshot();
    none.now = at("2026-08-10T03:05");
    none.is("not_due", "snapshot_awaited", 20);
    none.jobs.pop();
    let finding = none.is("missing", "no_export", 18);
    assert_eq!(finding.evidence.due_at, Some(at(YESTERDAY)));
    none.jobs.push(job(YESTERDAY, "Failed"));
    none.is("failed", "export_failed", 16);
    none.jobs = vec![job(BEFORE, "Successful")];
    none.snapshots.pop();
    none.is("missing", "no_snapshot", 20);
}

#[test]
fn rule_21_a_snapshot_past_its_retention_can_no_longer_be_exported() {
    let fixture = Fixture::but(|it| {
        it.schedule = schedule("weekly", &[("daily", 1, 1), ("weekly", 6, 2)]);
        it.jobs.clear();
        it.snapshots.retain(|snapshot| snapshot["frequencyType"] != "weekly");
    });
    // Saturday was more than two days ago.
    fixture.is("missing", "snapshot_gone", 21);
}

#[test]
fn rule_22_an_export_older_than_a_stricter_age_is_stale() {
    let mut fixture = Fixture::healthy();
    fixture.rules.max_age = Some(std::time::Duration::from_secs(17 * 3600));
    fixture.is("reported", "export_successful", 13);
    fixture.rules.max_age = Some(std::time::Duration::from_secs(16 * 3600));
    let finding = fixture.is("stale", "older_than_allowed", 22);
    assert_eq!(finding.verdict.severity(), Severity::Stale);
    fixture.cut.push("jobs");
    fixture.is("unreadable", "jobs", 10);
    let mut awaited = Fixture::without_last_snapshot();
    awaited.now = at("2026-08-10T04:00");
    awaited.rules.max_age = Some(std::time::Duration::from_secs(24 * 3600));
    awaited.is("stale", "older_than_allowed", 22);
    awaited.cut.push("jobs");
    awaited.is("unreadable", "jobs", 10);
    let mut running = Fixture::last_job("InProgress");
    running.now = at("2026-08-10T08:00");
    running.rules.max_age = Some(std::time::Duration::from_secs(24 * 3600));
    running.is("stale", "export_running", 14);
    running.cut.push("jobs");
    running.is("unreadable", "jobs", 10);
    // The export was there before the policy item, and nothing has been due since.
    let mut replaced = Fixture::but(|it| {
        it.schedule["policies"][0]["policyItems"][1]["id"] = json!(id("2026-08-10T12:00", 1));
        it.rules.max_age = Some(std::time::Duration::from_secs(17 * 3600));
    });
    replaced.is("reported", "nothing_due_yet", 12);
    replaced.rules.max_age = Some(std::time::Duration::from_secs(16 * 3600));
    replaced.is("stale", "older_than_allowed", 22);
    replaced.cut.push("jobs");
    replaced.is("unreadable", "jobs", 10);
}
