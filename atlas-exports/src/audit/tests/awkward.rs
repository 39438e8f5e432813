//! Cases in which the obvious answer is wrong.

use serde_json::{Value, json};

use super::fixture::{BEFORE, Fixture, TODAY, YESTERDAY, at, bucket, id, item, job, schedule, snapshot};

/// Saturday.
const SATURDAY: &str = "2026-08-08T03:00";

/// A successful manual export, on the morning of a day, of an older snapshot.
fn manual(created: &str, due: &str) -> Value {
    let mut job = job(due, "Successful");
    job["id"] = json!(id(created, 0x77));
    job["createdAt"] = json!(at(created));
    job["finishedAt"] = json!(at(created));
    job
}

#[test]
fn a_manual_export_of_an_old_snapshot_makes_nothing_fresh() {
    let mut fixture = Fixture::without_last_job();
    fixture.jobs.push(manual("2026-08-10T19:00", BEFORE));
    fixture.is("missing", "no_export", 18);
}

#[test]
fn a_manual_export_of_the_last_snapshot_counts() {
    let mut fixture = Fixture::last_job("Failed");
    fixture.jobs.push(manual("2026-08-10T19:00", TODAY));
    let finding = fixture.is("reported", "export_successful", 13);
    assert_eq!(finding.job_id(), Some(id("2026-08-10T19:00", 0x77).as_str()));
}

#[test]
fn the_newest_of_several_jobs_of_a_snapshot_counts_unless_one_succeeded() {
    let with = |first: &str, second: &str| {
        let mut fixture = Fixture::last_job(first);
        fixture.now = at("2026-08-10T14:00");
        let mut again = job(TODAY, second);
        again["id"] = json!(id("2026-08-10T12:00", 0x78));
        again["createdAt"] = json!(at("2026-08-10T12:00"));
        fixture.jobs.insert(0, again);
        fixture
    };
    with("Cancelled", "InProgress").is("running", "export_running", 14);
    with("Failed", "Queued").is("running", "export_running", 14);
    with("Failed", "Cancelled").is("failed", "export_cancelled", 17);
    with("Cancelled", "Failed").is("failed", "export_failed", 16);
    with("Successful", "Failed").is("reported", "export_successful", 13);
    with("InProgress", "Failed").is("failed", "export_failed", 16);
}

#[test]
fn a_snapshot_that_was_deleted_after_its_export_is_known_by_the_prefix() {
    let fixture = Fixture::but(|it| it.snapshots.clear());
    fixture.is("reported", "export_successful", 13);
}

#[test]
fn a_snapshot_that_was_deleted_after_its_export_failed_is_told_as_failed() {
    let mut fixture = Fixture::last_job("Failed");
    fixture.snapshots.pop();
    let finding = fixture.is("failed", "export_failed", 16);
    assert!(finding.next.unwrap().contains("not listed any more"));
}

#[test]
fn an_odd_or_missing_prefix_is_made_up_for_by_the_snapshot() {
    for prefix in [json!(null), json!("somewhere/else")] {
        // The id tells the time when the snapshot was queued.
        Fixture::but(|it| it.jobs[2]["prefix"] = prefix.clone()).is("reported", "export_successful", 13);
        // Its time may be before the snapshot was due, which the list of snapshots clears up.
        Fixture::but(|it| {
            let early = id("2026-08-10T02:50", 5);
            it.jobs[2]["prefix"] = prefix.clone();
            it.jobs[2]["snapshotId"] = json!(early);
            it.snapshots[2]["id"] = json!(early);
        })
        .is("reported", "export_successful", 13);
        Fixture::but(|it| {
            it.jobs[2]["prefix"] = prefix.clone();
            it.jobs[2]["snapshotId"] = json!(null);
        })
        .is("unreadable", "jobs", 10);
    }
    Fixture::but(|it| it.jobs[2]["snapshotId"] = json!(null)).is("reported", "export_successful", 13);
    let mut failed = Fixture::last_job("Failed");
    failed.jobs[2]["snapshotId"] = json!(null);
    failed.is("failed", "export_failed", 16);
}

#[test]
fn a_job_without_a_bucket_neither_proves_nor_disproves() {
    let fixture = Fixture::but(|it| it.jobs[2]["exportBucketId"] = json!(null));
    fixture.is("unreadable", "jobs", 10);
    let mut failed = Fixture::last_job("Failed");
    failed.jobs[2]["exportBucketId"] = json!(null);
    failed.is("missing", "no_export", 18);
}

#[test]
fn a_state_that_ended_and_is_unknown_is_neither_good_nor_bad() {
    let mut fixture = Fixture::last_job("Transmuted");
    fixture.jobs[2]["finishedAt"] = json!(at("2026-08-10T04:00"));
    fixture.is("unreadable", "job_state", 10);
}

#[test]
fn an_export_that_may_have_succeeded_leaves_open_whether_the_newest_one_is_too_old() {
    let without = |member: &str| {
        Fixture::but(|it| {
            it.jobs[1][member] = json!(null);
            it.jobs[2] = job(TODAY, "InProgress");
            it.now = at("2026-08-10T08:00");
        })
    };
    for (member, reason) in [("state", "job_state"), ("exportBucketId", "jobs")] {
        // The export before the one that runs.
        without(member).is("unreadable", reason, 10);
        let mut paused = without(member);
        paused.jobs.pop();
        paused.now = at("2026-08-12T08:00");
        paused.cluster["paused"] = json!(true);
        paused.is("unreadable", reason, 10);
        let mut replaced = without(member);
        replaced.jobs.pop();
        replaced.now = at("2026-08-12T02:00");
        replaced.schedule["policies"][0]["policyItems"][1]["id"] = json!(id("2026-08-12T01:00", 1));
        replaced.is("unreadable", reason, 10);
        let mut old = Fixture::but(|it| it.jobs.truncate(1));
        old.now = at("2026-08-09T02:00");
        old.rules.max_age = Some(std::time::Duration::from_secs(3600));
        old.is("stale", "older_than_allowed", 22);
        old.jobs.push(job("2026-08-08T23:00", "Successful"));
        old.jobs[1][member] = json!(null);
        old.is("unreadable", reason, 10);
    }
}

#[test]
fn an_export_to_another_bucket_counts_only_if_any_bucket_does() {
    let mut fixture = Fixture::but(|it| it.jobs[2]["exportBucketId"] = json!(it.buckets[0]));
    let finding = fixture.is("missing", "elsewhere", 13);
    assert_eq!(finding.snapshot_at(), Some(at("2026-08-09T03:07")), "that of the bucket that counts");
    fixture.rules.any_bucket = true;
    fixture.is("reported", "export_successful", 13);

    let mut running = Fixture::last_job("InProgress");
    running.now = at("2026-08-10T08:00");
    running.jobs[2]["exportBucketId"] = json!(running.buckets[0]);
    running.is("missing", "no_export", 18);
    running.rules.any_bucket = true;
    running.is("running", "export_running", 14);
}

#[test]
fn a_bucket_that_was_exchanged_for_one_that_was_there_already_is_missing_its_snapshot() {
    let fixture = Fixture::but(|it| it.schedule["export"]["exportBucketId"] = json!(it.buckets[0]));
    fixture.is("missing", "elsewhere", 13);
}

#[test]
fn exports_of_a_cluster_that_had_the_same_name_before_do_not_count() {
    let fixture = Fixture::but(|it| {
        it.cluster["createDate"] = json!(at("2026-08-09T12:00"));
        it.jobs.pop();
    });
    let finding = fixture.is("missing", "no_export", 18);
    assert_eq!(finding.snapshot_at(), None);
    let paused = Fixture::but(|it| {
        it.cluster["createDate"] = json!(at("2026-08-10T12:00"));
        it.cluster["paused"] = json!(true);
    });
    paused.is("stale", "cluster_paused", 11);
}

#[test]
fn on_demand_snapshots_are_nobodys_business() {
    let on_demand = json!({
        "id": id("2026-08-10T12:00", 9), "status": "completed", "createdAt": at("2026-08-10T12:07"),
        "frequencyType": "ondemand", "snapshotType": "onDemand", "policyItems": [],
    });
    Fixture::but(|it| it.snapshots.push(on_demand.clone())).is("reported", "export_successful", 13);
    let mut fixture = Fixture::without_last_snapshot();
    fixture.snapshots.push(on_demand);
    fixture.is("missing", "no_snapshot", 20);
    // An export of it that failed or runs says nothing of the snapshot that was due.
    for state in ["Failed", "InProgress"] {
        let mut unrelated = fixture.clone();
        let mut job = manual("2026-08-10T19:00", "2026-08-10T12:00");
        job["snapshotId"] = json!(id("2026-08-10T12:00", 9));
        job["state"] = json!(state);
        job["finishedAt"] = json!(null);
        unrelated.jobs.push(job);
        unrelated.is("missing", "no_snapshot", 20);
    }
}

#[test]
fn snapshots_of_other_frequencies_do_not_stand_in_for_the_one_that_was_due() {
    let mut fixture = Fixture::without_last_snapshot();
    fixture.snapshots.push(snapshot("2026-08-10T09:00", "hourly"));
    fixture.is("missing", "no_snapshot", 20);
}

#[test]
fn a_daily_snapshot_with_the_label_of_the_week_is_expected_all_the_same() {
    for items in [json!([item("weekly", 0), item("daily", 0)]), json!([item("weekly", 0)]), json!([]), json!(null)] {
        let mut fixture = Fixture::but(|it| {
            it.now = at("2026-08-08T20:00");
            it.jobs = vec![job("2026-08-07T03:00", "Successful")];
            let mut weekly = snapshot(SATURDAY, "weekly");
            weekly["policyItems"] = items.clone();
            it.snapshots = vec![snapshot("2026-08-07T03:00", "daily"), weekly];
        });
        let finding = fixture.is("missing", "no_export", 18);
        assert!(finding.message.contains("labelled \"weekly\", was started"), "{}", finding.message);
        fixture.rules.overlapping_frequencies = false;
        fixture.is("reported", "export_successful", 13);
        fixture.jobs.clear();
        fixture.snapshots.remove(0);
        fixture.is("missing", "no_snapshot", 20);
    }
}

#[test]
fn the_snapshot_of_a_week_is_exported_although_it_is_that_of_the_month_too() {
    // 2026-08-31 is a Monday and the last day of the month.
    let monday = "2026-08-31T03:00";
    let mut fixture = Fixture::but(|it| {
        it.schedule = schedule("weekly", &[("daily", 1, 7), ("weekly", 1, 28), ("monthly", 40, 365)]);
        it.now = at("2026-08-31T20:00");
        it.snapshots = vec![snapshot(monday, "monthly"), snapshot("2026-09-01T03:00", "daily")];
        it.jobs = vec![job(monday, "Successful")];
    });
    fixture.is("reported", "export_successful", 13);
    fixture.jobs.clear();
    fixture.is("missing", "no_export", 18);
}

#[test]
fn the_snapshot_of_another_day_does_not_stand_in_for_that_of_the_week() {
    // Daily snapshots are kept longer, so that of a Monday is labelled so as well.
    let mut fixture = Fixture::but(|it| {
        it.schedule = schedule("weekly", &[("daily", 1, 90), ("weekly", 1, 28)]);
        it.snapshots = vec![snapshot(TODAY, "daily")];
        it.jobs.clear();
    });
    fixture.is("missing", "no_export", 18);
    fixture.now = at("2026-08-11T20:00");
    fixture.snapshots = vec![snapshot("2026-08-11T03:00", "daily")];
    fixture.is("missing", "no_snapshot", 20);
}

#[test]
fn an_export_may_end_with_nothing_to_export() {
    let fixture =
        Fixture::but(|it| it.jobs[2]["exportStatus"] = json!({"exportedCollections": 0, "totalCollections": 0}));
    fixture.is("reported", "export_successful", 13);
}

#[test]
fn all_collections_are_not_the_end() {
    let fixture = Fixture::but(|it| {
        it.now = at("2026-08-10T08:00");
        it.jobs[2] = job(TODAY, "InProgress");
        it.jobs[2]["exportStatus"] = json!({"exportedCollections": 105, "totalCollections": 105});
    });
    let finding = fixture.is("running", "export_running", 14);
    assert_eq!(finding.evidence.job.unwrap().detail.as_deref(), Some("105 of 105 collections"));
}

#[test]
fn a_snapshot_from_the_future_counts_as_taken_now_and_is_noted() {
    let fixture = Fixture::but(|it| {
        let prefix = "exported_snapshots/o/p/c/2026-08-11T0300/1";
        it.jobs[2]["prefix"] = json!(prefix);
    });
    let finding = fixture.is("reported", "export_successful", 13);
    assert_eq!(finding.snapshot_at(), Some(fixture.now));
    assert!(finding.notes.iter().any(|note| note.contains("later than now")), "{:?}", finding.notes);
}

#[test]
fn a_snapshot_may_be_dated_a_little_before_it_was_due() {
    let with = |minute: &str| {
        Fixture::but(|it| {
            it.now = at("2026-08-10T06:00");
            it.jobs[2]["prefix"] = json!(format!("exported_snapshots/o/p/c/2026-08-10T{minute}/1"));
            it.jobs.push(job(YESTERDAY, "Successful"));
            it.snapshots.pop();
        })
    };
    with("0259").is("reported", "export_successful", 13);
    with("0258").is("missing", "no_snapshot", 20);
}

#[test]
fn a_daily_export_of_the_last_day_of_february_is_due_in_a_leap_year() {
    let leap = "2028-02-29T03:00";
    let mut fixture = Fixture::but(|it| {
        it.schedule = schedule("monthly", &[("daily", 1, 7), ("monthly", 40, 365)]);
        it.now = at("2028-03-20T12:00");
        it.snapshots = vec![snapshot("2028-01-31T03:00", "monthly"), snapshot(leap, "monthly")];
        it.jobs = vec![job("2028-01-31T03:00", "Successful"), job(leap, "Successful")];
    });
    fixture.is("reported", "export_successful", 13);
    fixture.jobs.pop();
    let finding = fixture.is("missing", "no_export", 18);
    assert_eq!(finding.evidence.due_at, Some(at(leap)));
}

#[test]
fn two_items_of_a_frequency_are_both_due() {
    // Mondays and Thursdays.
    let mut fixture = Fixture::but(|it| {
        it.schedule = schedule("weekly", &[("weekly", 1, 28), ("weekly", 4, 28)]);
        it.now = at("2026-08-13T03:30");
        it.snapshots = ["2026-08-06T03:00", TODAY].map(|due| snapshot(due, "weekly")).to_vec();
        it.jobs = ["2026-08-06T03:00", TODAY].map(|due| job(due, "Successful")).to_vec();
    });
    fixture.is("not_due", "snapshot_awaited", 20);
    fixture.jobs.pop();
    let finding = fixture.is("missing", "no_export", 18);
    assert_eq!(finding.evidence.due_at, Some(at(TODAY)), "Thursday's grace does not excuse Monday");
}

#[test]
fn graces_longer_than_the_time_between_snapshots_look_further_back() {
    let mut fixture = Fixture::but(|it| {
        it.rules.start_grace = std::time::Duration::from_secs(30 * 3600);
        it.jobs = vec![job(BEFORE, "Successful")];
    });
    // Both of today and of yesterday are awaited, and yesterday's is late.
    fixture.is("missing", "no_export", 18);
    fixture.rules.start_grace = std::time::Duration::from_secs(60 * 3600);
    fixture.is("running", "export_awaited", 19);
}

#[test]
fn a_snapshot_whose_times_are_missing_leaves_the_verdict_open() {
    let mut fixture = Fixture::without_last_job();
    fixture.snapshots[2]["createdAt"] = json!(null);
    fixture.is("missing", "no_export", 18);
    fixture.snapshots[2]["id"] = json!("odd");
    fixture.is("unreadable", "snapshots", 10);
}

#[test]
fn a_repeated_export_excuses_old_data_neither_before_nor_after_the_next_snapshot_is_due() {
    let mut fixture = Fixture::healthy();
    let mut again = job(TODAY, "InProgress");
    again["createdAt"] = json!(at("2026-08-10T16:00"));
    again["finishedAt"] = json!(null);
    fixture.jobs[2] = again;
    fixture.now = at("2026-08-10T18:06");
    fixture.is("running", "export_running", 14);
    // Of 39 hours that yesterday's export may be old.
    fixture.now = at("2026-08-10T18:08");
    let finding = fixture.is("stale", "export_running", 14);
    assert!(finding.message.contains("the newest exported snapshot is of 2026-08-09 03:07 UTC"), "{}", finding.message);
    fixture.now = at("2026-08-11T03:30");
    let finding = fixture.is("stale", "export_running", 14);
    assert!(finding.message.starts_with("the export of the snapshot of 2026-08-10 03:07"), "{}", finding.message);
    assert_eq!(finding.evidence.due_at, Some(at(TODAY)));
}

#[test]
fn a_finding_serializes_as_one_flat_object() {
    let mut fixture = Fixture::last_job("Failed");
    fixture.jobs[2]["stateReason"] = json!({"message": "denied"});
    let document = serde_json::to_value(fixture.finding()).unwrap();
    let job = fixture.jobs[2]["id"].as_str().unwrap();
    for (key, value) in [
        ("project", json!("5f3c5a1e8e4b2a0012345678")),
        ("cluster", json!("Cluster0")),
        ("verdict", json!("failed")),
        ("reason", json!("export_failed")),
        ("rule", json!(16)),
        ("snapshotAt", json!("2026-08-09T03:07:00Z")),
        ("jobId", json!(job)),
    ] {
        assert_eq!(document[key], value, "{document:#}");
    }
    assert_eq!(document["evidence"]["job"]["detail"], "denied");
    assert_eq!(document["evidence"]["bucketId"], json!(bucket()));
    assert_eq!(document["evidence"]["frequency"], "daily");
}
