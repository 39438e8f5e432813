//! The program `fake-atlas`, as tests in other languages use it.

use std::{
    fs,
    process::{Command, Output},
};

use serde_json::json;

fn fake_atlas(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fake-atlas")).args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn python_drives_it_by_a_scenario_and_the_control_interface() {
    let Ok(python) = Command::new("python3").arg("--version").output() else {
        eprintln!("skipped: python3 is missing");
        return;
    };
    assert!(python.status.success(), "{python:?}");
    let directory = tempfile::tempdir().unwrap();
    let scenario = directory.path().join("scenario.json");
    let document = json!({
        "remove_jobs": true,
        "jobs": [
            {"id": "5fb1a8c0e2c4d84c1e4f0f01", "script": {"per_poll": ["Queued", "Successful"]}},
            {
                "id": "5fb1a8c0e2c4d84c1e4f0f02",
                "script": {"timed": [{"state": "InProgress", "after": 0}, {"state": "Failed", "after": 90}]},
                "failure": {"code": "EXPORT_BUCKET_ACCESS_DENIED", "message": "no access"},
            },
        ],
        "rate_limit": {"capacity": 1200, "per_minute": 500},
    });
    fs::write(&scenario, document.to_string()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/integration/fake_atlas/program/drive.py");
    let output =
        Command::new("python3").arg(script).arg(env!("CARGO_BIN_EXE_fake-atlas")).arg(scenario).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(output.stdout, b"driven\n");
}

#[test]
fn a_wrong_command_line_or_scenario_is_told_with_its_place() {
    let help = fake_atlas(&["--help"]);
    assert!(help.status.success());
    assert!(String::from_utf8(help.stdout).unwrap().contains("--scenario FILE"));

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("scenario.json");
    fs::write(&path, "{\n  \"job\": []\n}").unwrap();
    let path = path.to_str().unwrap();
    for (arguments, problem) in [
        (&["--nowhere"][..], "invalid option '--nowhere'"),
        (&["--port", "http"], "--port: cannot parse argument \"http\""),
        (&["--seed"], "missing argument for option '--seed'"),
        (&["--scenario", "/nowhere.json"], "/nowhere.json: No such file"),
        (&["--scenario", path], "unknown field `job`"),
        (&["--scenario", path], "line 2"),
    ] {
        let output = fake_atlas(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(problem), "{}", stderr(&output));
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let output = fake_atlas(&["--port", &taken.local_addr().unwrap().port().to_string()]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
}
