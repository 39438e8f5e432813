//! `list`: tables and arrays, filters and limits.

use atlas_exports_testing::{FakeAtlas, Fault, NewJob, Script};
use serde_json::{Value, json};

use super::program::{Ended, command, fake, run, run_at};

/// First cells of a table's rows.
fn ids(ended: &Ended) -> Vec<&str> {
    ended.out.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect()
}

fn array(ended: &Ended) -> Vec<Value> {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.json().as_array().unwrap().clone()
}

/// How many pages were asked for.
fn pages(fake: &FakeAtlas) -> usize {
    fake.requests().iter().filter(|request| request.status == Some(200)).count()
}

#[test]
fn a_table_has_a_row_for_each_job() {
    let fake = fake();
    let ended = run_at(&fake, ["list"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let mut lines = ended.out.lines();
    assert_eq!(lines.next(), Some("JOB                       STATE        COLLECTIONS   CREATED (UTC)     TOOK"));
    assert_eq!(
        lines.next(),
        Some("5fb1a8c0e2c4d84c1e4f0a01  Successful   5 of 5        2026-08-10 03:28  15 min 26 s")
    );
    assert_eq!(ids(&ended), fake.jobs().iter().map(|job| job.id.as_str()).collect::<Vec<_>>());
}

#[test]
fn only_jobs_in_the_states_that_were_asked_for_are_listed() {
    let fake = fake();
    let failed = run_at(&fake, ["list", "--state", "failed"]);
    assert_eq!(ids(&failed).len(), 2, "{failed:?}");
    assert!(failed.out.lines().skip(1).all(|line| line.contains("Failed")), "{failed:?}");
    let both = run_at(&fake, ["list", "--state", "Queued", "--state", "Hibernating"]);
    assert_eq!(ids(&both).len(), 2, "{both:?}");
    let none = run_at(&fake, ["list", "--state", "Nonesuch"]);
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""));
    assert!(none.err.contains("no such export jobs"), "{none:?}");
    assert_eq!(array(&run_at(&fake, ["list", "--state", "Nonesuch", "--format", "json"])), Vec::<Value>::new());
}

#[test]
fn a_limit_is_kept_and_asks_for_no_more_than_that() {
    let fake = fake();
    fake.seed_jobs(700, NewJob::new(Script::staying("Successful")));
    let few = run_at(&fake, ["list", "--limit", "3"]);
    assert_eq!(ids(&few).len(), 3, "{few:?}");
    assert!(fake.requests().iter().all(|request| request.query.contains("itemsPerPage=3")), "{:?}", fake.requests());
    assert_eq!(pages(&fake), 1);
    assert_eq!(run_at(&fake, ["list", "--limit", "0"]).out, "");
}

#[test]
fn json_is_an_array_of_the_documents_of_atlas_over_all_pages_with_unknown_members() {
    let fake = fake();
    fake.put_job(json!({"id": "5f3c5a1e8e4b2a00bbbbbbbb", "newMember": {"deep": [1, null]}}));
    fake.seed_jobs(1100, NewJob::new(Script::staying("Successful")));
    let all = array(&run_at(&fake, ["list", "--format", "json", "--envelope"]));
    assert_eq!(all.len(), fake.jobs().len() + 1 + 1100);
    assert!(all.contains(&json!({"id": "5f3c5a1e8e4b2a00bbbbbbbb", "newMember": {"deep": [1, null]}})));
    let job = &fake.jobs()[1];
    assert!(all.contains(&fake.job(&job.id).unwrap()), "{job:?}");
}

#[test]
fn a_list_that_breaks_off_is_a_failure() {
    let fake = fake();
    fake.fault(Fault::api_error(403, "FORBIDDEN", "no"));
    let ended = run_at(&fake, ["list"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.err.contains("Project Backup Manager"), "the role that is needed is named: {ended:?}");
}

#[test]
fn the_fake_can_be_listed_without_credentials() {
    let ended = run(command(), ["--fake", "list"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ids(&ended).len() > 10, "its own jobs, and one that moves: {ended:?}");
}
