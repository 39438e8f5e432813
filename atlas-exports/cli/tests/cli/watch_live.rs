//! `watch` and `create --watch` while they run: signals, and what a terminal shows.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use atlas_exports_testing::{FakeAtlas, Kind, Script};
use serde_json::Value;

use crate::program::{command_in, fake, on_terminal};

/// Starts a command that polls once, and then not before the test has ended.
fn start(fake: &FakeAtlas, arguments: &[&str]) -> Child {
    start_with_interval(fake, arguments, "1h")
}

fn start_with_interval(fake: &FakeAtlas, arguments: &[&str], interval: &str) -> Child {
    let mut command = command_in(fake);
    command
        .args(arguments)
        .args(["--interval", interval])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn signal(child: Child, name: &str) -> Output {
    let start = Instant::now();
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "it went on for {:?}", start.elapsed());
    output
}

fn first_line(pipe: Option<impl Read>) -> String {
    let mut line = String::new();
    BufReader::new(pipe.unwrap()).read_line(&mut line).unwrap();
    line
}

#[test]
fn signals_end_a_watch_at_once_and_the_job_goes_on() {
    let fake = fake();
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let id = fake.job_id(Kind::InProgress);
        let mut child = start(&fake, &["watch", &id]);
        assert!(first_line(child.stdout.take()).contains("InProgress"));
        let output = signal(child, name);
        assert_eq!(output.status.code(), Some(code));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("the job continues") && text.contains(&id), "{text}");
    }
}

#[test]
fn the_id_of_a_created_job_is_told_at_once_and_again_when_interrupted() {
    let fake = fake();
    fake.script_created_jobs(Script::staying("Queued"));
    let new = ["create", "--snapshot", "5f3c5a1e8e4b2a0012345678", "--bucket", fake.bucket_id(), "--watch"];
    let mut child = start(&fake, &new);
    // The first state comes after the id.
    assert!(first_line(child.stdout.take()).contains("Queued"));
    let output = signal(child, "-INT");
    let id = fake.created_jobs()[0]["id"].as_str().unwrap().to_owned();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with(&format!("created export job {id}\n")), "{text}");
    assert!(text.ends_with(&format!("atlas-exports watch {id}\n")), "{text}");
}

#[test]
fn an_interrupted_watch_prints_the_last_document_as_json() {
    let fake = fake();
    fake.script_created_jobs(Script::staying("Queued"));
    let new = ["create", "--snapshot", "5f3c5a1e8e4b2a0012345678", "--bucket", fake.bucket_id(), "--watch"];
    let child = start_with_interval(&fake, &[&new[..], &["--format", "json"]].concat(), "50ms");
    let deadline = Instant::now() + Duration::from_secs(60);
    // A job that is polled was created before.
    let polled = || fake.requests().iter().any(|request| request.method == "GET" && request.status == Some(200));
    while !polled() {
        assert!(Instant::now() < deadline, "it does not poll: {:?}", fake.requests());
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = signal(child, "-INT");
    assert_eq!(output.status.code(), Some(130));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["id"], fake.created_jobs()[0]["id"]);
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: interrupted"));
}

/// What was drawn over, without what came after it.
fn pictures(screen: &str) -> Vec<&str> {
    screen.split('\n').flat_map(|line| line.split('\r')).filter(|line| line.contains("00:00:0")).collect()
}

#[test]
fn a_terminal_shows_a_bar_with_collections_and_state_and_the_job_at_the_end() {
    let Some((code, screen)) = on_terminal("stty cols 120 rows 20 && $P watch --fake", "xterm", "") else { return };
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("InProgress  [="), "{screen}");
    assert!(screen.contains("of 40 collections  00:00:0"), "{screen}");
    // The bar makes room for the result.
    let (before, result) = screen.rsplit_once("Export job").unwrap();
    assert!(before.ends_with('\r') && result.contains("Successful"), "{screen:?}");
    assert!(pictures(&screen).len() > 5, "{screen:?}");
}

#[test]
fn what_is_drawn_over_fits_a_narrow_terminal() {
    let Some((code, screen)) = on_terminal("stty cols 50 rows 20 && $P watch --fake", "xterm", "") else { return };
    assert_eq!(code, Some(0), "{screen}");
    let pictures = pictures(&screen);
    assert!(pictures.iter().any(|picture| picture.contains("InProgress")), "{screen:?}");
    assert!(pictures.iter().all(|picture| picture.chars().count() < 50), "{pictures:?}");
    let Some((_, list)) = on_terminal("stty cols 50 rows 20 && $P list --fake", "xterm", "") else { return };
    assert!(list.lines().all(|line| line.trim_end().chars().count() <= 50), "{list}");
}

#[test]
fn a_dumb_terminal_is_not_drawn_over_and_no_terminal_is_coloured() {
    let Some((code, screen)) = on_terminal("$P watch --fake", "dumb", "") else { return };
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("UTC  InProgress") && !screen.replace("\r\n", "").contains('\r'), "{screen:?}");
    let Some((_, screen)) = on_terminal("NO_COLOR=1 $P list --fake; $P --frobnicate; $P --help", "xterm", "") else {
        return;
    };
    assert!(!screen.contains('\u{1b}'), "{screen:?}");
}
