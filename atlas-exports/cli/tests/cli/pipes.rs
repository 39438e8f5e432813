//! Readers that go away end the printing, and not the verdict.

use std::process::{Command, Stdio};

use atlas_exports_testing::{FakeAtlas, Kind, NewJob, Script};

use crate::{
    audit::world::{Night, shop},
    program::{command_at, command_in, fake},
};

/// Runs it with pipes that nobody reads from.
fn unread(fake: &FakeAtlas, arguments: &[&str]) -> Option<i32> {
    let mut command = command_in(fake);
    let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    child.wait().unwrap().code()
}

/// Runs a line of the shell with the program as `$P`, and gives its exit code, as `pipefail` tells it.
fn shell(fake: &FakeAtlas, line: &str) -> Option<i32> {
    let program = command_in(fake);
    let mut shell = Command::new("bash");
    shell.args(["-o", "pipefail", "-c", line]).env("P", program.get_program());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.env("IN", format!("--project {} --cluster {}", fake.project_id(), fake.cluster_name()));
    shell.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().code()
}

#[test]
fn a_watch_that_nobody_reads_tells_how_the_job_ended() {
    let fake = fake();
    let moving = |end: &'static str| fake.add_job(NewJob::new(Script::per_poll(["Queued", "InProgress", end])));
    for format in ["text", "json"] {
        let quickly = ["--interval", "20ms", "--format", format];
        let watch = |id: &str| unread(&fake, &[&["watch", id][..], &quickly].concat());
        assert_eq!(watch(&fake.job_id(Kind::Failed)), Some(3), "{format}");
        assert_eq!(watch(&moving("Failed")), Some(3), "{format}");
        assert_eq!(watch(&moving("Successful")), Some(0), "{format}");
        assert_eq!(watch("5f3c5a1e8e4b2a00cccccccc"), Some(1), "{format}");
        let timeout = ["watch", &fake.job_id(Kind::InProgress), "--timeout", "100ms"];
        assert_eq!(unread(&fake, &[&timeout[..], &quickly].concat()), Some(4), "{format}");
    }
}

#[test]
fn a_created_job_that_nobody_reads_of_tells_how_it_ended() {
    let fake = fake();
    fake.script_created_jobs(Script::per_poll(["Queued", "InProgress", "Failed"]));
    let snapshot = "5f3c5a1e8e4b2a0012345678";
    let new = ["create", "--snapshot", snapshot, "--bucket", fake.bucket_id(), "--watch", "--interval", "20ms"];
    assert_eq!(unread(&fake, &new), Some(3));
    assert_eq!(fake.created_jobs().len(), 1);
}

#[test]
fn lists_and_single_documents_that_are_read_in_part_are_no_failure() {
    let fake = fake();
    fake.seed_jobs(3_000, NewJob::new(Script::staying("Successful")));
    for arguments in [&["list"][..], &["list", "--format", "json"], &["get", &fake.job_id(Kind::Tiny)], &["--help"]] {
        assert_eq!(unread(&fake, arguments), Some(0), "{arguments:?}");
    }
    let pages = fake.requests().iter().filter(|request| request.query.contains("pageNum=2")).count();
    assert_eq!(pages, 0, "what nobody reads is not requested");
}

#[test]
fn errors_that_nobody_reads_keep_their_exit_code() {
    let fake = fake();
    assert_eq!(unread(&fake, &["get", "nothex"]), Some(2));
    assert_eq!(unread(&fake, &["get", "5f3c5a1e8e4b2a00cccccccc"]), Some(1));
}

#[cfg(unix)]
#[test]
fn in_a_shell_the_verdict_goes_through_a_pipe() {
    let fake = fake();
    let failed = fake.job_id(Kind::Failed);
    for line in [
        format!("$P $IN watch {failed} --format json | true"),
        format!("$P $IN watch {failed} | head -1"),
        format!("$P $IN watch {failed} 2>&1 | true"),
        format!("$P $IN watch {failed} >&- 2>&-"),
    ] {
        assert_eq!(shell(&fake, &line), Some(3), "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_is_a_failure_and_a_verdict_goes_over_it() {
    let fake = fake();
    assert_eq!(shell(&fake, "$P $IN list > /dev/full"), Some(1));
    assert_eq!(shell(&fake, &format!("$P $IN watch {} > /dev/full", fake.job_id(Kind::Failed))), Some(3));
}

#[test]
fn an_audit_that_nobody_reads_tells_its_verdict() {
    let fake = shop(&[("Catalog", Night::Failed)]);
    for format in ["text", "json", "prometheus", "nagios"] {
        let mut child = command_at(&fake)
            .args(["audit", "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop((child.stdout.take(), child.stderr.take()));
        assert_eq!(child.wait().unwrap().code(), Some(2), "{format}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_audit_on_a_disk_that_is_full_cannot_tell_unless_something_is_missing() {
    let fake = shop(&[("Orders", Night::Exported), ("Archive", Night::Paused), ("Catalog", Night::Failed)]);
    for (cluster, code) in [("Orders", 3), ("Archive", 3), ("Catalog", 2)] {
        assert_eq!(shell(&fake, &format!("$P audit --cluster {cluster} > /dev/full")), Some(code), "{cluster}");
    }
}
