//! The library's examples: each runs against a fake, with the environment that it says.

use std::process::Command;

use atlas_exports_testing::{Kind, Script};
use escargot::CargoBuild;
use serde_json::json;

use crate::program::{Ended, fake, isolate, run};

/// An example, built as `cargo test --workspace` has built it already.
fn example(name: &str) -> Command {
    let built = CargoBuild::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml"))
        .example(name)
        .run()
        .unwrap_or_else(|error| panic!("the example {name} does not build: {error}"));
    let mut command = built.command();
    isolate(&mut command);
    command
}

fn assert_prints(ended: &Ended, part: &str) {
    assert!(ended.code == Some(0) && ended.out.contains(part), "{part} {ended:?}");
}

#[test]
fn examples_without_credentials_run_as_they_are() {
    assert_prints(&run(example("export_job"), []), "5 HTTP exchanges");
    assert_prints(&run(example("test_with_fake_atlas"), []), "survived a gateway error");
    let metrics = run(example("metrics"), []);
    for metric in ["status = 401", "status = 502", "status = 200", "outcome = ok", "atlas_call_seconds"] {
        assert_prints(&metrics, metric);
    }
}

#[test]
fn examples_with_credentials_do_what_they_say() {
    let fake = fake();
    let at = |name: &str, arguments: &[&str]| {
        let mut command = example(name);
        command
            .env("MONGODB_ATLAS_PUBLIC_API_KEY", fake.public_key())
            .env("MONGODB_ATLAS_PRIVATE_API_KEY", fake.private_key())
            .env("MONGODB_ATLAS_BASE_URL", fake.base_url());
        run(command, arguments)
    };
    let (project, cluster, done) = (fake.project_id(), fake.cluster_name(), fake.job_id(Kind::ReplicaSet));
    assert_prints(&at("get", &[project, cluster, &done]), "Successful");
    assert_prints(&at("list", &[project, cluster]), &done);
    assert_prints(&at("wait_with_progress", &[project, cluster, &done]), "exported to ");
    fake.script_created_jobs(Script::staying("Successful"));
    fake.respond("GET", "/groups/{groupId}/accessList", 200, json!({"results": [{"cidrBlock": "10.0.0.0/8"}]}));
    let own = at("own_endpoint", &[project]);
    assert_prints(&own, fake.bucket_id());
    assert_prints(&own, "access from 10.0.0.0/8");
    let new = [project, cluster, "5f3c5a1e8e4b2a0012345678", fake.bucket_id()];
    assert_prints(&at("create_and_wait", &new), "exported_snapshots/");
}

#[test]
fn the_example_with_a_service_account_lists_buckets() {
    let fake = fake();
    let mut command = example("service_account");
    let directory = tempfile::tempdir().unwrap();
    command
        .env("MONGODB_ATLAS_CLIENT_ID", fake.client_id())
        .env("MONGODB_ATLAS_CLIENT_SECRET", fake.client_secret())
        .env("MONGODB_ATLAS_BASE_URL", fake.base_url())
        .env("TMPDIR", directory.path());
    assert_prints(&run(command, [fake.project_id()]), fake.bucket_id());
}
