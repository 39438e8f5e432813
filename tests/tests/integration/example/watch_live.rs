//! `watch` while it runs: Ctrl-C, and what a terminal shows.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use atlas_exports_testing::Kind;

use super::program::{command, command_in, fake};

#[test]
fn ctrl_c_leaves_at_once() {
    let fake = fake();
    let mut command = command_in(&fake);
    command.args(["watch", &fake.job_id(Kind::InProgress), "--interval", "1h"]).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("InProgress"), "{line}");

    let start = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "it went on for {:?}", start.elapsed());
    assert_eq!(output.status.code(), Some(130));
    assert!(String::from_utf8(output.stderr).unwrap().contains("the job goes on"));
}

#[test]
fn a_terminal_shows_a_bar_with_collections_and_state_and_the_job_at_the_end() {
    // util-linux's; it gives the program a terminal.
    if !Command::new("script").arg("--version").output().is_ok_and(|output| output.status.success()) {
        eprintln!("notice: skipped, because script (util-linux) is not installed");
        return;
    }
    let mut on_terminal = Command::new("script");
    let example = command();
    let line = format!("{} watch --fake", example.get_program().to_str().unwrap());
    on_terminal.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env("TERM", "xterm");
    for (name, value) in example.get_envs() {
        match value {
            Some(value) => on_terminal.env(name, value),
            None => on_terminal.env_remove(name),
        };
    }
    let output = on_terminal.stdin(Stdio::null()).output().unwrap();
    let screen = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{screen}");
    assert!(screen.contains("InProgress  [="), "{screen}");
    assert!(screen.contains("of 40 collections  00:00:0"), "{screen}");
    // The bar makes room for the result.
    let (_, result) = screen.rsplit_once("\u{1b}[2K").unwrap();
    assert!(result.starts_with("Export job") && result.contains("Successful"), "{result}");
}
