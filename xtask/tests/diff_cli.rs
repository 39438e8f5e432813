//! `cargo xtask diff` as a command: where contracts come from, and how it ends.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::{Value, json};

/// A contract in which a property has a type and a description.
fn contract(kind: &str, description: &str) -> String {
    let property = json!({"type": kind, "description": description});
    let job = json!({"type": "object", "properties": {"name": property}});
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Jobs", "version": "1"},
        "paths": {"/jobs": {"get": {"operationId": "getJob", "responses": {
            "200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}}},
        }}}},
        "components": {"schemas": {"Job": job}},
    })
    .to_string()
}

/// A workspace in a repository of its own.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("openapi")).unwrap();
        fs::create_dir_all(folder.path().join("atlas-exports-gen")).unwrap();
        fs::write(folder.path().join("Cargo.toml"), "").unwrap();
        let repository = Self(folder);
        repository.git(&["init", "--quiet"]);
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn git(&self, arguments: &[&str]) {
        let who = [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "-c",
            "commit.gpgsign=false",
            "-c",
            "tag.gpgsign=false",
        ];
        let output = Command::new("git").current_dir(self.path()).args(who).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    fn write(&self, contract: &str) {
        fs::write(self.path().join("atlas-exports-gen/openapi.json"), contract).unwrap();
    }

    fn commit(&self, contract: &str) {
        self.write(contract);
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "Change"]);
    }

    fn diff(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_xtask"))
            .current_dir(self.path())
            .arg("--root")
            .arg(self.path())
            .arg("diff")
            .args(arguments)
            .output()
            .unwrap()
    }

    /// The exit code and the verdict.
    fn verdict(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.diff(&[&["--format", "json"], arguments].concat());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
        (output.status.code().unwrap(), report["verdict"].as_str().unwrap().to_owned())
    }
}

fn ends(code: i32, verdict: &str) -> (i32, String) {
    (code, verdict.to_owned())
}

#[test]
fn the_base_is_the_newest_release_else_the_last_commit() {
    let repository = Repository::new();
    repository.commit(&contract("integer", "a"));
    repository.write(&contract("string", "a"));
    assert_eq!(repository.verdict(&[]), ends(1, "breaking"));
    repository.commit(&contract("string", "a"));
    assert_eq!(repository.verdict(&[]), ends(0, "none"));

    // Of these, 0.10.0 is the newest, and neither its candidate nor the others.
    repository.git(&["tag", "v0.9.0"]);
    repository.git(&["tag", "vendor"]);
    repository.commit(&contract("boolean", "a"));
    repository.git(&["tag", "v0.10.0-rc.1"]);
    repository.commit(&contract("string", "b"));
    repository.git(&["tag", "v0.10.0"]);
    repository.commit(&contract("string", "c"));
    assert_eq!(repository.verdict(&[]), ends(0, "cosmetic"));
    assert_eq!(repository.verdict(&["--base", "v0.10.0-rc.1"]), ends(1, "breaking"));
    assert_eq!(repository.verdict(&["--base", "HEAD"]), ends(0, "none"));
}

#[test]
fn what_another_generator_made_of_the_base_is_compared() {
    let repository = Repository::new();
    let surface = repository.path().join("atlas-exports-gen/surface.txt");
    let recorded = "pub mod types {\n    #[derive(Clone)]\n    #[non_exhaustive]\n    pub struct Job {\n        \
                    #[serde(default)]\n        pub name: Option<i64>,\n    }\n}\n";
    fs::write(&surface, recorded).unwrap();
    repository.commit(&contract("string", "a"));
    let output = repository.diff(&["--base", "HEAD", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let changes = report["changes"].as_array().unwrap();
    let name = changes.iter().find(|change| change["item"] == "types::Job::name").unwrap();
    assert_eq!((&name["wire"], &name["rust"]), (&json!("none"), &json!("breaking")));
    assert_eq!(name["what"], "`Option<i64>` is `Option<String>` now");

    // What is not Rust says nothing: the base is generated.
    fs::write(&surface, "pub struct Job;\nimpl Job {\n    pub fn name(&self) -> Option<i64>;\n    ..\n}\n").unwrap();
    repository.commit(&contract("string", "a"));
    assert_eq!(repository.verdict(&["--base", "HEAD"]), ends(0, "none"));
}

#[test]
fn both_contracts_may_be_files_of_json_or_yaml() {
    let repository = Repository::new();
    repository.write(&contract("string", "a"));
    let old = repository.path().join("old.yaml");
    fs::write(&old, "openapi: 3.0.3\npaths: {}\n").unwrap();
    let old = old.to_str().unwrap();
    assert_eq!(repository.verdict(&["--base", old]), ends(0, "compatible"));
    let new = repository.path().join("atlas-exports-gen/openapi.json");
    assert_eq!(repository.verdict(&["--base", new.to_str().unwrap(), "--head", old]), ends(1, "breaking"));
}

#[test]
fn the_exit_code_follows_the_limit() {
    let repository = Repository::new();
    repository.commit(&contract("string", "a"));
    repository.write(&contract("string", "b"));
    for (limit, code) in [("cosmetic", 1), ("compatible", 0), ("person", 0), ("breaking", 0)] {
        assert_eq!(repository.verdict(&["--fail-on", limit]), ends(code, "cosmetic"));
    }
    repository.write(&contract("integer", "a"));
    for limit in ["cosmetic", "compatible", "person", "breaking"] {
        assert_eq!(repository.verdict(&["--fail-on", limit]), ends(1, "breaking"));
    }
    repository.write(&contract("string", "a"));
    assert_eq!(repository.verdict(&["--fail-on", "cosmetic"]), ends(0, "none"));
}

#[test]
fn the_formats_say_the_same() {
    let repository = Repository::new();
    repository.commit(&contract("string", "a"));
    repository.write(&contract("integer", "a"));
    for format in ["text", "markdown", "json"] {
        let output = repository.diff(&["--format", format]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("types::Job::name") && text.contains("breaking"), "{text}");
    }
}

#[test]
fn fragments_that_were_changed_and_not_merged_are_told() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let repository = Repository::new();
    repository.commit(&fs::read_to_string(workspace.join("atlas-exports-gen/openapi.json")).unwrap());
    for fragment in fs::read_dir(workspace.join("openapi")).unwrap() {
        let fragment = fragment.unwrap();
        fs::copy(fragment.path(), repository.path().join("openapi").join(fragment.file_name())).unwrap();
    }
    let told = |output: Output| (output.status.code(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(told(repository.diff(&[])), (Some(0), String::new()));

    let fragment = repository.path().join("openapi/common.yaml");
    let text = fs::read_to_string(&fragment).unwrap();
    fs::write(&fragment, text.replacen("Version 1.0 of", "The first version of", 1)).unwrap();
    let (code, note) = told(repository.diff(&[]));
    assert!(code == Some(0) && note.contains("cargo xtask regen"), "{note}");
    let head = repository.path().join("atlas-exports-gen/openapi.json");
    assert_eq!(told(repository.diff(&["--head", head.to_str().unwrap()])), (Some(0), String::new()));
}

#[test]
fn what_cannot_be_done_ends_with_2_and_says_what_to_do() {
    let repository = Repository::new();
    repository.write(&contract("string", "a"));
    let strange = repository.path().join("strange.json");
    for text in ["", "[1]", "{\"swagger\": \"2.0\"}", "{\"openapi\": \"3.1.0\"}", "{"] {
        fs::write(&strange, text).unwrap();
        assert_eq!(repository.diff(&["--base", strange.to_str().unwrap()]).status.code(), Some(2), "{text}");
    }
    for arguments in [
        &[][..], // nothing is committed
        &["--base", "no-such-revision"],
        &["--base", "gone.json"],
        &["--base=--upload-pack=touch x"],
        &["--head", "gone.json"],
        &["--format", "odd"],
        &["--fail-on", "none"],
    ] {
        let output = repository.diff(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}
