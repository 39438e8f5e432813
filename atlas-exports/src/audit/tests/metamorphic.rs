//! What holds in any world, tried on many.

use chrono::{Datelike, TimeDelta};
use fastrand::Rng;
use serde_json::{Value, json};

use super::fixture::{Fixture, at, id, job, schedule, snapshot};
use crate::audit::{Severity, Trouble, Verdict};

const WORLDS: u64 = 500;

/// A few weeks in which each night may go wrong in its own way.
fn world(seed: u64) -> Fixture {
    let rng = &mut Rng::with_seed(seed);
    let exported = ["daily", "weekly", "monthly"][rng.usize(..3)];
    let mut fixture = Fixture::healthy();
    fixture.schedule =
        schedule(exported, &[("hourly", 6, 2), ("daily", 1, 7), ("weekly", 6, 28), ("monthly", 40, 365)]);
    fixture.now = at("2026-08-10T00:00") + TimeDelta::minutes(rng.i64(0..60 * 24 * 3));
    (fixture.jobs, fixture.snapshots) = (Vec::new(), Vec::new());
    // Most nights of one world go the same way, so that all verdicts come up.
    let usual = rng.u8(..8);
    for days in (0..70).rev() {
        let day = fixture.now.date_naive() - TimeDelta::days(days);
        let due = format!("{day}T03:00");
        if at(&due) > fixture.now {
            continue;
        }
        let is_last = day.succ_opt().unwrap().day() == 1;
        let is_saturday = day.weekday() == chrono::Weekday::Sat;
        let label = if is_last {
            "monthly"
        } else if is_saturday {
            "weekly"
        } else {
            "daily"
        };
        let is_exported = match exported {
            "daily" => true,
            "weekly" => is_saturday,
            _ => is_last,
        };
        let night = if rng.u8(..4) == 0 { rng.u8(..8) } else { usual };
        if night != 7 {
            fixture.snapshots.push(snapshot(&due, label));
        }
        let states = ["Successful", "Successful", "Successful", "Failed", "Cancelled", "InProgress"];
        if let Some(state) = states.get(usize::from(night)).filter(|_| is_exported) {
            fixture.jobs.push(job(&due, state));
        }
    }
    if rng.u8(..8) == 0 {
        fixture.cluster["paused"] = json!(true);
    }
    if rng.u8(..8) == 0 {
        fixture.changes.push(fixture.now - TimeDelta::hours(rng.i64(0..200)));
    }
    if rng.u8(..4) == 0 {
        fixture.rules.max_age = Some(std::time::Duration::from_secs(3600 * rng.u64(20..60)));
    }
    fixture
}

fn severity(fixture: &Fixture) -> Severity {
    fixture.finding().verdict.severity()
}

#[test]
fn the_worlds_bring_up_every_kind_of_verdict() {
    let mut seen: Vec<_> = (0..WORLDS).map(|seed| world(seed).finding().verdict.as_str()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, ["failed", "missing", "not_due", "reported", "running", "stale"]);
}

#[test]
fn the_order_of_jobs_and_snapshots_changes_nothing() {
    for seed in 0..WORLDS {
        let fixture = world(seed);
        let finding = fixture.finding();
        let mut shuffled = fixture.clone();
        let mut rng = Rng::with_seed(seed);
        rng.shuffle(&mut shuffled.jobs);
        rng.shuffle(&mut shuffled.snapshots);
        // A list that changes while it is read can have an item twice.
        let twice = shuffled.jobs.first().cloned();
        shuffled.jobs.extend(twice);
        assert_eq!(shuffled.finding(), finding, "world {seed}");
    }
}

#[test]
fn what_is_hidden_never_makes_anything_fine() {
    let denied = || Trouble::new("not authorized").with_status(401);
    for seed in 0..WORLDS {
        let fixture = world(seed);
        let before = fixture.finding();
        let mut rng = Rng::with_seed(seed);
        for list in ["jobs", "snapshots", "buckets"] {
            let mut cut = fixture.clone();
            cut.cut.push(list);
            match list {
                "jobs" => cut.jobs.retain(|_| rng.bool()),
                "snapshots" => cut.snapshots.retain(|_| rng.bool()),
                _ => {}
            }
            let mut failed = fixture.clone();
            failed.failed.push((list, denied()));
            for hidden in [cut, failed] {
                let after = hidden.finding();
                let is_fine = after.verdict.severity() == Severity::Fine;
                let was_fine = before.verdict.severity() == Severity::Fine;
                assert!(was_fine || !is_fine, "world {seed} without {list}: {before:#?} became {after:#?}");
                let is_claim = matches!(after.verdict, Verdict::Missing { .. } | Verdict::Failed | Verdict::Stale);
                assert!(!is_claim || after.verdict == before.verdict, "world {seed} without {list}: {after:#?}");
            }
        }
    }
}

#[test]
fn older_and_unrelated_exports_change_nothing() {
    for seed in 0..WORLDS {
        let fixture = world(seed);
        let before = fixture.finding();
        // A cluster that never exported anything has just begun to when its schedule is changed.
        if !fixture.jobs.iter().any(|job| job["state"] == "Successful") {
            continue;
        }
        let mut more = fixture.clone();
        more.jobs.push(job("2026-05-01T03:00", "Successful"));
        let mut unrelated = job("2026-05-02T03:00", ["Failed", "InProgress", "Successful"][(seed % 3) as usize]);
        unrelated["id"] = json!(id("2026-08-09T12:00", 0x99));
        unrelated["createdAt"] = json!(at("2026-08-09T12:00"));
        more.jobs.push(unrelated);
        let after = more.finding();
        assert_eq!((after.verdict, after.rule), (before.verdict, before.rule), "world {seed}");
    }
}

#[test]
fn an_export_of_an_older_snapshot_never_improves_a_verdict() {
    let is_successful = |job: &Value| job["state"] == "Successful";
    for seed in 0..WORLDS {
        let mut fixture = world(seed);
        let before = severity(&fixture);
        let Some(newest) = fixture.jobs.iter().rposition(is_successful) else { continue };
        let older = job("2026-05-01T03:00", "Successful");
        for key in ["snapshotId", "prefix"] {
            fixture.jobs[newest][key] = older[key].clone();
        }
        let after = fixture.finding();
        assert!(after.verdict.severity() >= before, "world {seed}: {before:?} became {after:#?}");
    }
}

#[test]
fn without_an_export_of_what_was_due_nothing_is_reported() {
    for seed in 0..WORLDS {
        let fixture = world(seed);
        let finding = fixture.finding();
        if finding.verdict != Verdict::Reported || finding.rule.number() != 13 {
            continue;
        }
        let due = finding.evidence.due_at.unwrap();
        assert!(finding.snapshot_at().unwrap() >= due, "world {seed}: {finding:#?}");
    }
}
