//! Settings from profiles of the Atlas CLI.

use std::{fs, path::Path, process::Command};

use atlas_exports_testing::FakeAtlas;
use tempfile::TempDir;

use crate::program::{Ended, command, command_at, fake, run};

/// A home with this file in it, where the Atlas CLI has it.
fn home(file: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    for directory in ["atlascli", ".config/atlascli", "Library/Application Support/atlascli"] {
        let directory = home.path().join(directory);
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("config.toml"), file).unwrap();
    }
    home
}

fn in_home(mut command: Command, home: &Path) -> Command {
    command.env("HOME", home).env("AppData", home);
    command
}

/// A profile with the keys of the fake.
fn keys(name: &str, fake: &FakeAtlas) -> String {
    format!(
        "[{name}]\n  org_id = \"5f7ae1ee3c2f0d1b6a9d2b11\"\n  project_id = {:?}\n  public_api_key = {:?}\n  \
         private_api_key = {:?}\n  service = \"cloud\"\n  ops_manager_url = \"{}/\"\n",
        fake.project_id(),
        fake.public_key(),
        fake.private_key(),
        fake.base_url(),
    )
}

fn run_in(home: &TempDir, command: Command, arguments: &[&str]) -> Ended {
    run(in_home(command, home.path()), arguments)
}

#[test]
fn a_default_profile_is_enough_to_list_jobs() {
    let fake = fake();
    let home = home(&keys("default", &fake));
    let ended = run_in(&home, command(), &["list", "--cluster", fake.cluster_name()]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    // Nothing to demonstrate then, as with keys in the environment.
    let ended = run_in(&home, command(), &[]);
    assert!(ended.code == Some(2) && ended.err.contains("Usage:"), "{ended:?}");
}

#[test]
fn a_service_account_of_a_named_profile_is_used_where_the_environment_has_others() {
    let fake = fake();
    let text = format!(
        "[ci]\nclient_id = {:?}\nclient_secret = {:?}\nproject_id = {:?}\nauth_type = \"service_account\"\n",
        fake.client_id(),
        fake.client_secret(),
        fake.project_id(),
    );
    let home = home(&text);
    let mut others = command_at(&fake);
    others.env("MONGODB_ATLAS_PRIVATE_API_KEY", "wrong");
    let arguments = ["--profile", "ci", "--api", "v2", "list", "--cluster", fake.cluster_name(), "-v"];
    let ended = run_in(&home, others, &arguments);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(fake.requests().iter().any(|request| request.path == "/api/oauth/token"));
    for line in ["service account from profile \"ci\" in ", " from MONGODB_ATLAS_BASE_URL"] {
        assert!(ended.err.contains(line), "{line} {ended:?}");
    }
    assert!(!ended.err.contains(fake.client_secret()), "{ended:?}");
}

#[test]
fn the_environment_goes_over_the_default_profile() {
    let fake = fake();
    let home = home(&keys("default", &fake).replace(fake.private_key(), "wrong"));
    let ended = run_in(&home, command_at(&fake), &["list", "--cluster", fake.cluster_name()]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn half_a_pair_in_the_environment_is_not_completed_by_a_profile() {
    let fake = fake();
    let home = home(&keys("default", &fake));
    let mut half = command();
    half.env("MONGODB_ATLAS_PUBLIC_API_KEY", fake.public_key());
    let ended = run_in(&home, half, &["list", "--cluster", fake.cluster_name()]);
    assert_eq!((ended.code, fake.exchanges()), (Some(2), 0), "{ended:?}");
    assert!(ended.err.contains("MONGODB_ATLAS_PRIVATE_API_KEY"), "{ended:?}");
}

#[test]
fn a_keychain_a_login_and_a_missing_profile_are_usage_that_says_so() {
    let home = home("version = 2\n[kept]\nauth_type = \"api_keys\"\n[me]\naccess_token = \"hush\"\n");
    for (name, word) in [("kept", "keychain"), ("me", "login"), ("nonesuch", "kept, me")] {
        let ended = run_in(&home, command(), &["list", "--cluster", "Cluster0", "--profile", name]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.err.contains(word) && !ended.err.contains("hush"), "{ended:?}");
    }
}

#[test]
fn a_government_profile_goes_to_the_service_for_governments() {
    let home = home("[default]\nservice = \"cloudgov\"\npublic_api_key = \"a\"\nprivate_api_key = \"b\"\n");
    // A proxy that is not there keeps the request on this machine.
    let mut command = command();
    command.env("HTTPS_PROXY", "http://127.0.0.1:9");
    let arguments = ["buckets", "list", "--project", "5f3c5a1e8e4b2a0012345678", "-v"];
    let ended = run_in(&home, command, &arguments);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("cloud.mongodbgov.com"), "{ended:?}");
}

#[test]
fn the_version_of_the_api_comes_from_the_environment_and_an_option_goes_over_it() {
    let fake = fake();
    for (options, base) in [(&[][..], "/api/atlas/v2/"), (&["--api", "v1"][..], "/api/atlas/v1.0/")] {
        let mut command = command_at(&fake);
        command.env("MONGODB_ATLAS_API_VERSION", "v2");
        let list = ["list", "--project", fake.project_id(), "--cluster", fake.cluster_name()];
        assert_eq!(run(command, [&list[..], options].concat()).code, Some(0));
        assert!(fake.requests().last().unwrap().path.starts_with(base), "{:?}", fake.requests());
    }
    let mut wrong = command_at(&fake);
    wrong.env("MONGODB_ATLAS_API_VERSION", "2023-01-01");
    let ended = run(wrong, ["list", "--project", fake.project_id(), "--cluster", fake.cluster_name()]);
    assert!(ended.code == Some(2) && ended.err.contains("MONGODB_ATLAS_API_VERSION"), "{ended:?}");
}
