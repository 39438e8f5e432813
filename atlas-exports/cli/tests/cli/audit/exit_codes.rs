//! How an audit ends.

use std::{fs, time::Duration};

use atlas_exports_testing::{FakeAtlas, Fault, NewCluster};

use super::world::{BANK, Night, SHOP, add, audit, deny, shop, verdicts, world};
use crate::program::{command, command_at, run};

/// A world with a project for each kind of finding.
fn projects() -> FakeAtlas {
    let fake = world();
    add(&fake, FINE, "Fine", Night::Exported);
    add(&fake, FINE, "Busy", Night::Running);
    fake.put_cluster(FINE, NewCluster::free("Free"));
    fake.put_cluster(FINE, NewCluster::replica_set("New").state("CREATING"));
    add(&fake, STALE, "Stale", Night::Paused);
    add(&fake, DENIED, "Denied", Night::Exported);
    deny(&fake, "Denied", "/backup/schedule");
    add(&fake, FAILED, "Failed", Night::Failed);
    add(&fake, MISSING, "Missing", Night::NotStarted);
    fake
}

const FINE: &str = "605cbe300000000000000001";
const STALE: &str = "605cbe300000000000000002";
const DENIED: &str = "605cbe300000000000000003";
const FAILED: &str = "605cbe300000000000000004";
const MISSING: &str = "605cbe300000000000000005";

#[test]
fn the_worst_verdict_of_all_projects_decides_and_missing_beats_unreadable_beats_stale() {
    let fake = projects();
    for (projects, code) in [
        (&[FINE][..], 0),
        (&[STALE], 1),
        (&[FAILED], 2),
        (&[MISSING], 2),
        (&[DENIED], 3),
        (&[FINE, STALE], 1),
        (&[STALE, DENIED], 3),
        (&[DENIED, MISSING], 2),
        (&[STALE, DENIED, FAILED, FINE], 2),
    ] {
        for format in ["text", "json", "prometheus", "nagios"] {
            let mut options = vec!["--format", format];
            projects.iter().for_each(|project| options.extend(["--project", project]));
            let ended = audit(&fake, &options);
            assert_eq!(ended.code, Some(code), "{options:?} {ended:?}");
        }
    }
}

#[test]
fn running_and_not_due_and_unsupported_are_fine() {
    let fake = projects();
    let ended = audit(&fake, &["--project", FINE, "--format", "json"]);
    let mut found: Vec<_> = verdicts(&ended.json()).iter().map(|(_, verdict, _)| (*verdict).to_owned()).collect();
    found.sort_unstable();
    assert_eq!(
        (ended.code, found),
        (Some(0), ["not_due", "reported", "running", "unsupported"].map(String::from).into())
    );
}

#[test]
fn without_a_project_all_are_audited_and_none_is_given_by_the_environment() {
    let fake = projects();
    let mut command = command_at(&fake);
    command.env("MONGODB_ATLAS_PROJECT_ID", FINE);
    let ended = run(command, ["audit", "--format", "json"]);
    let report = ended.json();
    let clusters: Vec<_> = verdicts(&report).iter().map(|(cluster, ..)| *cluster).collect();
    assert_eq!(ended.code, Some(2), "{ended:?}");
    for cluster in ["Fine", "Busy", "Free", "New", "Stale", "Denied", "Failed", "Missing"] {
        assert!(clusters.contains(&cluster), "{cluster} {clusters:?}");
    }
}

#[test]
fn a_command_line_or_setting_that_is_wrong_exits_with_3_and_asks_nothing() {
    let fake = shop(&[("Orders", Night::Exported)]);
    for wrong in [
        &["--max-age", "soon"][..],
        &["--frobnicate"],
        &["--project", "1"],
        &["--allow", "Orders"],
        &["--format", "xml"],
        &["--manual"],
        &["--markers=s3://nightly"],
        &["--fake", "--base-url", "http://127.0.0.1:9"],
    ] {
        let ended = audit(&fake, wrong);
        assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""), "{wrong:?} {ended:?}");
        assert!(!ended.err.is_empty(), "{wrong:?}");
    }
    assert_eq!(fake.exchanges(), 0);
    let unset = run(command(), ["audit"]);
    assert_eq!((unset.code, unset.out.as_str()), (Some(3), ""), "{unset:?}");
    let helped = run(command(), ["audit", "--help"]);
    assert!(helped.code == Some(0) && helped.out.contains("--allow"), "{helped:?}");
}

#[test]
fn what_is_wrong_with_other_commands_still_exits_with_2() {
    for wrong in [
        &["list", "--format", "nagios"][..],
        &["list", "--since", "soon"],
        &["list", "--fake", "--project", SHOP, "--project", BANK],
        &["export", "missing", "--limit", "all"],
        &["export", "missing", "--fake", "--dry-run", "--format", "prometheus"],
    ] {
        let ended = run(command(), wrong);
        assert_eq!(ended.code, Some(2), "{wrong:?} {ended:?}");
    }
}

#[test]
fn credentials_that_are_refused_and_a_service_that_is_not_there_exit_with_3() {
    let fake = shop(&[("Orders", Night::Exported)]);
    let mut wrong = command_at(&fake);
    wrong.env("MONGODB_ATLAS_PRIVATE_API_KEY", "wrong-private-key");
    let ended = run(wrong, ["audit", "--format", "json"]);
    let report = ended.json();
    assert_eq!((ended.code, &report["complete"]), (Some(3), &false.into()), "{report:#}");
    assert_eq!(verdicts(&report), [("-", "unreadable", "projects")], "{report:#}");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = audit(&fake, &["--base-url", &format!("http://{closed}"), "--format", "nagios"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.out.starts_with("ATLAS EXPORTS UNKNOWN - "), "{ended:?}");
}

#[test]
fn an_allowed_verdict_is_shown_and_does_not_count() {
    let fake = shop(&[("Orders", Night::Exported), ("Catalog", Night::Failed)]);
    for (allow, code) in [
        ("Catalog=export_failed", 0),
        ("Catalog=failed", 0),
        ("Shop/Catalog=failed", 0),
        ("Bank/Catalog=failed", 2),
        ("Catalog=stale", 2),
        ("Orders=export_failed", 2),
    ] {
        let ended = audit(&fake, &["--allow", allow]);
        assert_eq!(ended.code, Some(code), "{allow} {ended:?}");
        assert!(ended.out.contains("failed") && ended.out.contains("1 reported"), "{ended:?}");
        assert_eq!(ended.out.contains("  allowed: "), code == 0, "{allow} {ended:?}");
    }
    let ended = audit(&fake, &["--allow", "Catalog=OPS-1", "--format", "json"]);
    let report = ended.json();
    let (failed, fine) = (&report["clusters"][0], &report["clusters"][1]);
    assert_eq!((ended.code, &failed["allowed"], &failed["verdict"]), (Some(0), &"OPS-1".into(), &"failed".into()));
    assert!(fine["allowed"].is_null(), "{report:#}");
    let words = audit(&fake, &["--allow", "Catalog=OPS-1"]);
    assert!(words.err.contains("\"OPS-1\" is no reason"), "it is told that all reasons are allowed: {words:?}");
    assert!(!words.err.contains("no cluster"), "{words:?}");
    let typo = audit(&fake, &["--allow", "Catalogue=failed"]);
    assert!(typo.code == Some(2) && typo.err.contains("no cluster \"Catalogue\" was audited"), "{typo:?}");
}

#[test]
fn an_age_that_is_allowed_decides_when_it_is_stricter_than_the_schedule() {
    let fake = shop(&[("Orders", Night::Exported)]);
    for (age, code, reason) in [("26h", 0, "export_successful"), ("14h", 1, "older_than_allowed")] {
        let ended = audit(&fake, &["--max-age", age, "--format", "json"]);
        assert_eq!((ended.code, &ended.json()["clusters"][0]["reason"]), (Some(code), &reason.into()), "{ended:?}");
    }
}

#[test]
fn a_grace_that_is_over_makes_a_running_export_a_failed_one() {
    let fake = shop(&[("Search", Night::Running)]);
    assert_eq!(audit(&fake, &[]).code, Some(0));
    let ended = audit(&fake, &["--grace-run", "1h"]);
    assert!(ended.code == Some(2) && ended.out.contains("export_stuck"), "{ended:?}");
}

#[test]
fn an_audit_that_takes_too_long_tells_what_it_found_and_is_incomplete() {
    let fake = shop(&[("Orders", Night::Exported), ("Slow", Night::Exported)]);
    let slow = Fault::slow_headers(Duration::from_secs(600)).always();
    fake.fault(slow.on("GET", &format!("/groups/{SHOP}/clusters/Slow/backup/exports")));
    // Long enough for the other cluster on any machine.
    let ended = audit(&fake, &["--project", SHOP, "--timeout", "5s", "--format", "json"]);
    let report = ended.json();
    assert_eq!((ended.code, &report["complete"]), (Some(3), &false.into()), "{report:#}");
    assert!(verdicts(&report).contains(&("Orders", "reported", "export_successful")), "{report:#}");
    assert!(report["clusters"][0]["message"].as_str().unwrap().contains("did not end within 5s"), "{report:#}");
}

#[test]
fn a_file_is_replaced_in_whole_and_a_reader_of_the_old_one_keeps_it() {
    let fake = shop(&[("Catalog", Night::Failed)]);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("atlas.prom");
    fs::write(&path, "old\n").unwrap();
    let old = fs::File::open(&path).unwrap();
    let ended = audit(&fake, &["--format", "prometheus", "--out", path.to_str().unwrap()]);
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (Some(2), "", ""));
    assert!(fs::read_to_string(&path).unwrap().ends_with("\natlas_export_audit_complete 1\n"));
    if cfg!(unix) {
        assert_eq!(std::io::read_to_string(old).unwrap(), "old\n");
    }
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "nothing is left beside it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644, "the collector can read it");
    }
}

#[test]
fn a_file_that_cannot_be_written_exits_with_3_and_is_named() {
    let fake = shop(&[("Orders", Night::Exported)]);
    let directory = tempfile::tempdir().unwrap();
    let absent = directory.path().join("absent").join("atlas.prom");
    for path in [absent.to_str().unwrap(), directory.path().to_str().unwrap()] {
        let ended = audit(&fake, &["--out", path]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""), "{ended:?}");
        assert!(ended.err.contains(path), "{ended:?}");
    }
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
}
