//! Extending is YAML only: does what `openapi/README.md` says, in a copy of the workspace, and calls what came of it.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test")]

mod guide;
mod shapes;
mod workspace;

use std::{
    process::{Command, Output},
    sync::LazyLock,
};

use atlas_exports_testing::{Algorithm, EnvelopedErrors, FakeAtlas, FakeAtlasBuilder, Kind};
use serde_json::json;
use workspace::Workspace;

const SNAPSHOT: &str = "5fb1a7d2e2c4d84c1e4f0777";

/// An optional parameter of an operation that was there before.
const PARAMETER: &str = r##"
        - name: withSize
          in: query
          description: Asks for the size of what was exported. Off when absent.
          schema:
            type: boolean"##;

/// An optional property of a response that was there before.
const PROPERTY: &str = "
        exportedBytes:
          type: integer
          format: int64
          nullable: true
          description: Size of what was exported so far.";

/// An optional property of what is sent, and was before.
const SENT: &str = "
        probe:
          type: string
          description: Nothing that Atlas knows.";

/// The fragment that operations of every shape are imported to.
const SHAPES: &str = "openapi/shapes.yaml";

/// The copy, with the README's fragment, the parameter and the property, regenerated and built.
static EXTENDED: LazyLock<Workspace> = LazyLock::new(|| {
    let copy = Workspace::copy();
    let (fragment, yaml) = guide::fragment();
    copy.write(&fragment, &yaml);
    let jobs = copy.read("openapi/export-jobs.yaml");
    let jobs = guide::put_in(&jobs, "operationId: getExportJob", "      parameters:", PARAMETER);
    let jobs = guide::put_in(&jobs, "    ExportJob:\n", "      properties:", PROPERTY);
    // What is sent is made by hand-written constructors, which need not know of what is optional.
    let jobs = guide::put_in(&jobs, "    NewExport:\n", "      properties:", SENT);
    let jobs = guide::put_in(&jobs, "    CustomData:\n", "      properties:", SENT);
    copy.write("openapi/export-jobs.yaml", &jobs);
    copy.import("official.yaml", SHAPES);
    let told = copy.follow(&guide::import(), "walk.yaml");
    assert!(told.contains("client.api().list_backup_restore_jobs()"), "{told}");
    copy.regen();
    copy.consume("extend-guide", &guide::program());
    copy.consume("extend-gained", include_str!("consumer.rs"));
    copy.consume("extend-walk", &guide::walk().0);
    copy.consume("extend-shapes", include_str!("shapes_consumer.rs"));
    copy.build();
    copy
});

/// A fake that knows one snapshot, which no route of its own does.
fn atlas(builder: FakeAtlasBuilder) -> FakeAtlas {
    let atlas = builder.start_blocking().unwrap();
    let path = "/groups/{groupId}/clusters/{clusterName}/backup/snapshots";
    let missing =
        json!({"error": 404, "errorCode": "RESOURCE_NOT_FOUND", "reason": "Not Found", "detail": "no such one"});
    atlas.respond("GET", &format!("{path}/*"), 404, missing);
    let snapshot = json!({
        "id": SNAPSHOT, "status": "completed", "storageSizeBytes": 6_144_000_000_i64, "policyItems": null,
        "createdAt": "2026-08-10T03:27:00Z", "masterKeyUUID": "not in the contract",
    });
    atlas.respond("GET", &format!("{path}/{SNAPSHOT}"), 200, snapshot);
    atlas
}

/// Runs a program of the consumer with the fake as its environment, and gives what it printed.
fn run(program: &str, atlas: &FakeAtlas, arguments: &[&str]) -> String {
    run_with(program, atlas, arguments, &[])
}

/// The same, with more in its environment.
fn run_with(program: &str, atlas: &FakeAtlas, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let Output { status, stdout, stderr } = Command::new(EXTENDED.program(program))
        .env_clear()
        .env("MONGODB_ATLAS_BASE_URL", atlas.base_url())
        .env("MONGODB_ATLAS_PUBLIC_API_KEY", atlas.public_key())
        .env("MONGODB_ATLAS_PRIVATE_API_KEY", atlas.private_key())
        .envs(environment.iter().copied())
        .args([atlas.project_id(), atlas.cluster_name()])
        .args(arguments)
        .output()
        .unwrap();
    assert!(status.success(), "{program} ended with {status}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

#[test]
fn one_file_of_yaml_and_one_command_change_the_contract_and_its_surface_alone() {
    let (fragment, _) = guide::fragment();
    let mut changed = EXTENDED.changed();
    changed.sort();
    let mut expected = [
        fragment.as_str(),
        "openapi/export-jobs.yaml",
        SHAPES,
        "openapi/restore-jobs.yaml",
        "atlas-exports-gen/openapi.json",
        "atlas-exports-gen/surface.txt",
    ];
    expected.sort_unstable();
    assert_eq!(changed, expected, "no Rust");
    EXTENDED.check();
}

#[test]
fn the_guides_program_gets_a_snapshot_through_the_envelope() {
    let atlas = atlas(FakeAtlas::builder());
    assert_eq!(run("extend-guide", &atlas, &[SNAPSHOT]), "Some(\"completed\") of Some(6144000000) bytes\n");
    let requests = atlas.requests();
    let path = format!("/backup/snapshots/{SNAPSHOT}");
    assert!(requests.iter().all(|request| request.path.ends_with(&path) && request.query == "envelope=true"));
    assert_eq!((atlas.exchanges(), atlas.challenges()), (2, 1));
}

#[test]
fn the_guides_program_is_told_that_a_snapshot_is_not_there_however_atlas_says_it() {
    for errors in [EnvelopedErrors::Plain, EnvelopedErrors::Inside, EnvelopedErrors::Bare] {
        let atlas = atlas(FakeAtlas::builder().enveloped_errors(errors));
        let told = run("extend-guide", &atlas, &["5fb1a7d2e2c4d84c1e4f0778"]);
        assert!(told.starts_with("there is no such snapshot: ") && told.contains("no such one"), "{errors:?}: {told}");
    }
}

#[test]
fn what_was_gained_has_digest_typed_responses_and_typed_errors() {
    let atlas = atlas(FakeAtlas::builder().algorithm(Algorithm::Sha256));
    let job = json!({"id": atlas.job_id(Kind::Successful), "state": "Successful", "exportedBytes": 4096});
    atlas.respond("GET", "/groups/*/clusters/*/backup/exports/*", 200, job);
    let told = run("extend-gained", &atlas, &[SNAPSHOT, &atlas.job_id(Kind::Successful)]);
    let expected = [
        "completed, 6144000000 bytes, of 2026-08-10 03:27:00 UTC, 0 policy items",
        "404 RESOURCE_NOT_FOUND",
        "a snapshot has no such id: nothing was sent",
        "the api tells 4096 bytes",
        "a handle tells 4096 bytes",
    ];
    assert_eq!(told.lines().collect::<Vec<_>>(), expected);

    let requests = atlas.requests();
    let queries: Vec<_> = requests.iter().map(|request| request.query.as_str()).collect();
    // The challenge, the snapshot, the missing one, the job with the parameter and the job without.
    assert_eq!(queries, ["pretty=true", "pretty=true", "", "withSize=true", ""]);
    assert_eq!(atlas.challenges(), 1);
    assert!(requests.last().unwrap().header("authorization").unwrap().contains("SHA-256"));
}

#[test]
fn the_walk_of_the_guide_reads_a_cluster_its_snapshots_and_its_restore_jobs() {
    let atlas = FakeAtlas::builder().start_blocking().unwrap();
    let path = "/groups/{groupId}/clusters/{clusterName}/backup";
    atlas.respond("GET", &format!("{path}/snapshots"), 200, json!({"results": [{"id": SNAPSHOT}], "totalCount": 1}));
    let job = json!({"snapshotId": SNAPSHOT, "deliveryType": "byPigeon"});
    atlas.respond("GET", &format!("{path}/restoreJobs"), 200, json!({"results": [job], "totalCount": 1}));
    let told = run("extend-walk", &atlas, &[]);
    let lines: Vec<_> = told.lines().collect();
    let [cluster, snapshot, job] = lines[..] else { panic!("{told}") };
    assert!(cluster.starts_with(&format!("{} is ", atlas.cluster_name())), "{cluster}");
    assert_eq!(snapshot, format!("snapshot {SNAPSHOT}"));
    assert!(job.contains(SNAPSHOT) && job.ends_with("Some(\"byPigeon\")"), "{job}");
    // What the guide has people depend on is what this program was built with.
    assert!(guide::walk().1.contains("atlas-exports = { path = \"../atlas-exports/atlas-exports\" }"));
}
