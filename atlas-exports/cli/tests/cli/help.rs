//! Help, version and completions.

use crate::program::{command, run};

const COMMANDS: [&[&str]; 12] = [
    &[],
    &["get"],
    &["list"],
    &["watch"],
    &["create"],
    &["audit"],
    &["export", "missing"],
    &["doctor"],
    &["buckets", "list"],
    &["buckets", "get"],
    &["buckets", "create"],
    &["buckets", "delete"],
];

#[test]
fn help_names_the_environment_and_the_exit_codes() {
    let ended = run(command(), ["--help"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for part in ["MONGODB_ATLAS_PRIVATE_API_KEY", "MONGODB_ATLAS_API_VERSION", "--profile", "Exit codes"] {
        assert!(ended.out.contains(part), "{part} {ended:?}");
    }
}

#[test]
fn every_command_has_an_example_that_parses() {
    for name in COMMANDS {
        let ended = run(command(), [name, &["--help"]].concat());
        let (_, examples) = ended.out.split_once("Example").unwrap_or_else(|| panic!("{name:?} {ended:?}"));
        let lines = examples.lines().filter_map(|line| line.trim().strip_prefix("atlas-exports "));
        let mut count = 0;
        for line in lines {
            let arguments = line.split_once(" || ").map_or(line, |(before, _)| before);
            let ended = run(command(), arguments.split_whitespace().collect::<Vec<_>>());
            // Without credentials the command line is looked at, and nothing more.
            let (refused, done) = if line.starts_with("audit") { (3, 2) } else { (2, 0) };
            let is_refused = format!("{}{}", ended.out, ended.err).contains(" no credentials");
            let expected = if arguments.contains("--fake") { (done, false) } else { (refused, true) };
            assert_eq!((ended.code, is_refused), (Some(expected.0), expected.1), "{line} {ended:?}");
            count += 1;
        }
        assert!(count > 0, "{name:?} {examples}");
    }
}

#[test]
fn the_version_tells_the_commit() {
    let ended = run(command(), ["--version"]);
    let version = ended.out.trim().strip_prefix(concat!("atlas-exports ", env!("CARGO_PKG_VERSION"), " (commit "));
    let commit = version.and_then(|rest| rest.strip_suffix(')')).unwrap_or_else(|| panic!("{ended:?}"));
    let is_hash = commit.len() == 12 && commit.chars().all(|digit| digit.is_ascii_hexdigit());
    assert!(is_hash || commit == "unknown", "{ended:?}");
}

#[test]
fn completions_of_every_shell_know_the_commands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ended = run(command(), ["completions", shell]);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
        assert!(["atlas-exports", "watch", "audit", "missing"].iter().all(|word| ended.out.contains(word)), "{shell}");
    }
}
