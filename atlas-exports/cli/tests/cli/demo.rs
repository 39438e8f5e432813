//! What runs without a command.

use crate::program::{command, run};

#[test]
fn without_credentials_and_arguments_a_job_is_got_from_a_fake_and_shown() {
    let ended = run(command(), []);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.line("State"), Some("Successful"));
    assert_eq!(ended.line("Progress"), Some("5 of 5 collections (100 %)"));
    assert_eq!(ended.line("Finished"), Some("2026-08-10 03:43:51 UTC, after 15 min 26 s"));
    assert!(ended.out.contains("atlas-shard-1"), "{ended:?}");
    assert!(ended.out.contains("s3:PutObject"), "{ended:?}");
    // One challenge, and one answer for each of three jobs: digest was spoken, and its challenge used again.
    assert!(ended.err.contains("4 HTTP exchanges"), "{ended:?}");
}

#[test]
fn with_credentials_but_no_command_nothing_is_sent_and_the_usage_is_shown() {
    let mut command = command();
    command.env("MONGODB_ATLAS_PUBLIC_KEY", "abcdefgh");
    let ended = run(command, []);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.out.is_empty() && ended.err.contains("Usage:"), "{ended:?}");
}
