//! `list`: tables and arrays, filters and limits.

use atlas_exports_testing::{FakeAtlas, Fault, NewJob, Script};
use serde_json::{Value, json};

use crate::program::{Ended, command, fake, run, run_at};

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
    assert!(none.err.contains("warning: \"Nonesuch\" is not a known state"), "{none:?}");
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

/// A cluster with these jobs beside those of the fake: id, time of creation, snapshot, bucket.
fn with_jobs(jobs: &[(&str, Option<&str>, &str, &str)]) -> FakeAtlas {
    let fake = fake();
    for (id, created, snapshot, bucket) in jobs {
        let mut job = json!({"id": id, "state": "Successful", "snapshotId": snapshot, "exportBucketId": bucket});
        if let Some(created) = created {
            job["createdAt"] = json!(created);
        }
        fake.put_job(job);
    }
    fake
}

const OLD: &str = "5f3c5a1e8e4b2a00bbbbbb01";
const NEW: &str = "5f3c5a1e8e4b2a00bbbbbb02";
const UNDATED: &str = "5f3c5a1e8e4b2a00bbbbbb03";
const SNAPSHOT: &str = "5f3c5a1e8e4b2a00aaaaaaaa";
const BUCKET: &str = "5f3c5a1e8e4b2a00eeeeeeee";

fn three() -> FakeAtlas {
    with_jobs(&[
        (NEW, Some("2099-01-02T00:00:00Z"), SNAPSHOT, BUCKET),
        (OLD, Some("2099-01-01T23:59:59Z"), "5f3c5a1e8e4b2a00aaaaaaab", BUCKET),
        (UNDATED, None, SNAPSHOT, BUCKET),
    ])
}

#[test]
fn jobs_are_chosen_by_their_time_snapshot_and_bucket() {
    let fake = three();
    for (options, expected) in [
        (&["--since", "2099-01-01"][..], &[NEW, OLD][..]),
        (&["--since", "2099-01-01", "--until", "2099-01-01"], &[OLD]),
        (&["--since", "2099-01-02 00:00"], &[NEW]),
        (&["--since", "2099-01-02T01:00+01:00", "--until", "2099-01-02T00:00Z"], &[NEW]),
        (&["--snapshot", SNAPSHOT], &[NEW, UNDATED]),
        (&["--bucket", BUCKET], &[NEW, OLD, UNDATED]),
        (&["--bucket", BUCKET, "--since", "2099-01-01", "--snapshot", SNAPSHOT], &[NEW]),
        (&["--bucket", BUCKET, "--limit", "1"], &[NEW]),
    ] {
        let ended = run_at(&fake, [&["list"][..], options].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let mut found = ids(&ended);
        found.sort_unstable_by_key(|id| [NEW, OLD, UNDATED].iter().position(|known| known == id));
        if options.contains(&"--limit") {
            assert_eq!(found.len(), 1, "{options:?} {ended:?}");
        } else {
            assert_eq!(found, expected, "{options:?} {ended:?}");
        }
    }
}

#[test]
fn jobs_without_a_time_are_left_out_where_it_matters_and_that_is_said() {
    let fake = three();
    let ended = run_at(&fake, ["list", "--since", "2099-01-01", "--bucket", BUCKET]);
    assert!(ended.err.contains("no creation time: 1"), "{ended:?}");
    let ended = run_at(&fake, ["list", "--bucket", BUCKET]);
    assert_eq!(ended.err, "", "{ended:?}");
}

#[test]
fn recent_jobs_are_chosen_by_their_age() {
    let fake = fake();
    let recent = fake.add_job(NewJob::new(Script::staying("Queued")));
    assert_eq!(ids(&run_at(&fake, ["list", "--since", "1h"])), [recent.as_str()]);
    let before = run_at(&fake, ["list", "--until", "1h ago"]);
    assert!(!ids(&before).contains(&recent.as_str()) && !ids(&before).is_empty(), "{before:?}");
}

#[test]
fn the_latest_is_the_one_that_was_created_last() {
    let fake = three();
    assert_eq!(ids(&run_at(&fake, ["list", "--latest"])), [NEW]);
    assert_eq!(ids(&run_at(&fake, ["list", "--latest", "--until", "2099-01-01"])), [OLD]);
    let documents = array(&run_at(&fake, ["list", "--latest", "--format", "json"]));
    assert_eq!(documents.iter().map(|job| &job["id"]).collect::<Vec<_>>(), [NEW]);
    let none = run_at(&fake, ["list", "--latest", "--since", "2100-01-01"]);
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""), "{none:?}");
}

#[test]
fn json_and_quiet_keep_stderr_to_errors() {
    let fake = three();
    for option in [&["--format", "json"][..], &["--quiet"]] {
        let arguments = ["list", "--state", "Nonesuch", "--since", "1h"];
        let ended = run_at(&fake, [&arguments[..], option].concat());
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    }
}

#[test]
fn malformed_times_are_usage() {
    let fake = fake();
    for wrong in [["--since", "soon"], ["--until", "5"], ["--since", "2026-02-30"]] {
        let ended = run_at(&fake, [&["list"][..], &wrong].concat());
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{wrong:?} {ended:?}");
    }
    assert_eq!(run_at(&fake, ["list", "--latest", "--limit", "3"]).code, Some(2));
    assert_eq!(fake.exchanges(), 0);
}

#[test]
fn a_job_that_cannot_be_read_costs_its_own_row() {
    let fake = fake();
    let job = |number: u32, state: Value| json!({"id": format!("{number:024x}"), "state": state});
    let results = [job(1, "Queued".into()), job(2, 5.into()), job(3, "Failed".into())];
    fake.respond("GET", "/groups/*/clusters/*/backup/exports", 200, json!({"results": results, "totalCount": 3}));
    let ended = run_at(&fake, ["list"]);
    assert_eq!((ended.code, ids(&ended).len()), (Some(1), 2), "{ended:?}");
    assert!(ended.err.contains("results[1].state") && ended.err.contains("1 item could not be read"), "{ended:?}");
    let ended = run_at(&fake, ["list", "--format", "json"]);
    assert_eq!((ended.code, ended.json().as_array().unwrap().len()), (Some(1), 2), "{ended:?}");
    assert!(ended.err.contains("results[1].state"), "{ended:?}");
}
