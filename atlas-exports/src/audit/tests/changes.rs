//! What a change of the backup schedule excuses.

use super::fixture::{BEFORE, Fixture, at, job};

#[test]
fn events_that_cannot_be_read_change_nothing_and_are_noted() {
    let mut fixture = Fixture::without_last_job();
    fixture.failed.push(("changes", crate::audit::Trouble::new("not found")));
    let finding = fixture.is("missing", "no_export", 18);
    assert!(finding.notes[0].contains("changed lately"), "{:?}", finding.notes);
    assert!(!finding.complete, "something that was asked for was not read");
}

#[test]
fn a_failed_export_is_not_excused_by_a_change_of_the_schedule() {
    let mut fixture = Fixture::last_job("Failed");
    fixture.changes.push(at("2026-08-10T10:00"));
    fixture.is("failed", "export_failed", 16);
}

#[test]
fn a_schedule_changed_within_the_grace_of_the_next_snapshot_leaves_that_one_awaited() {
    let mut fixture = Fixture::without_last_snapshot();
    fixture.jobs.clear();
    fixture.now = at("2026-08-10T03:30");
    fixture.is("missing", "no_export", 18);
    fixture.changes.push(at("2026-08-09T02:00"));
    fixture.is("missing", "no_export", 18);
    fixture.changes.push(at("2026-08-09T18:00"));
    fixture.is("not_due", "snapshot_awaited", 20);
    // Exports of the same frequency that are too old by now went on before.
    fixture.jobs.push(job(BEFORE, "Successful"));
    fixture.is("stale", "nothing_due_yet", 12);
    fixture.rules.max_age = Some(std::time::Duration::from_secs(60 * 3600));
    fixture.is("not_due", "snapshot_awaited", 20);
}

#[test]
fn a_failed_export_of_a_snapshot_that_is_not_listed_is_excused_by_a_change_of_the_schedule() {
    let mut fixture = Fixture::last_job("Failed");
    fixture.now = at("2026-08-10T12:00");
    fixture.snapshots.pop();
    fixture.is("failed", "export_failed", 16);
    fixture.changes.push(at("2026-08-10T10:00"));
    fixture.is("reported", "nothing_due_yet", 12);
}
