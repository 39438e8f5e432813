//! `cargo xtask import` and `diff --official` as commands: what they read, what they write, and how they end.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const OPENAPI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi");
const OFFICIAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/shapes/official.yaml");

/// A workspace with the real contract.
struct Workspace(tempfile::TempDir);

impl Workspace {
    fn new() -> Self {
        let workspace = Self(tempfile::tempdir().unwrap());
        for folder in ["openapi", "atlas-exports-gen"] {
            fs::create_dir(workspace.0.path().join(folder)).unwrap();
        }
        fs::write(workspace.0.path().join("Cargo.toml"), "").unwrap();
        for entry in fs::read_dir(OPENAPI).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), workspace.path("openapi").join(entry.file_name())).unwrap();
        }
        workspace
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    /// Runs a verb: its exit code, and what it wrote to stdout and to stderr.
    fn run(&self, official: impl AsRef<Path>, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(arguments).arg("--official").arg(official.as_ref()).arg("--root").arg(self.0.path());
        let Output { status, stdout, stderr } = command.current_dir(self.0.path()).output().unwrap();
        (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }
}

#[test]
fn one_command_brings_an_operation_and_a_second_one_changes_nothing() {
    let workspace = Workspace::new();
    let import = ["import", "getWidget", "POST /groups/{group}/widgets", "--out", "openapi/widgets.yaml"];
    let (code, out, err) = workspace.run(OFFICIAL, &import);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("client.api().get_widget(), client.api().create_widget()"), "{out}");
    assert!(err.contains("texts are still to be written in openapi/widgets.yaml: the description of "), "{err}");
    let surface = fs::read_to_string(workspace.path("atlas-exports-gen/surface.txt")).unwrap();
    for gained in ["pub fn get_widget(", "pub struct Widget ", "WidgetRequest"] {
        assert!(surface.contains(gained), "no {gained}");
    }

    let written = fs::read(workspace.path("openapi/widgets.yaml")).unwrap();
    let (code, out, err) = workspace.run(OFFICIAL, &import);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert!(err.contains("is in the contract already, as `getWidget`"), "{err}");
    assert_eq!(fs::read(workspace.path("openapi/widgets.yaml")).unwrap(), written);
}

#[test]
fn a_draft_is_written_to_stdout_and_never_over_a_file() {
    let workspace = Workspace::new();
    // As a shell does before the program runs.
    fs::write(workspace.path("openapi/widgets.yaml"), "").unwrap();
    let (code, out, err) = workspace.run(OFFICIAL, &["import", "deleteGroupWidget"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("operationId: deleteWidget"), "{out}");
    let (code, _, err) = workspace.run(OFFICIAL, &["import", "deleteWidget", "--out", "openapi/widgets.yaml"]);
    assert_eq!(code, 2);
    assert!(err.contains("openapi/widgets.yaml is there already"), "{err}");
}

#[test]
fn operations_are_listed_by_tag_and_word() {
    let workspace = Workspace::new();
    let list = |arguments: &[&str]| {
        let (code, out, err) = workspace.run(OFFICIAL, &[&["import", "--list"], arguments].concat());
        assert_eq!(code, 0, "{err}");
        out.lines().map(|line| line.split("  ").next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list(&[]).len(), 11);
    assert_eq!(list(&["--tag", "usageOfWidgets"]), ["getGroupWidgetUsage", "searchGroupWidgets"]);
    assert_eq!(list(&["--tag", "widgets", "--search", "USER"]), ["addGroupWidgetUser"]);
    assert!(list(&["--search", "nothing"]).iter().all(String::is_empty));
    let (code, _, err) = workspace.run(OFFICIAL, &["import", "--list", "--tag", "wodgets"]);
    assert_eq!(code, 2);
    assert!(err.contains("it has Gadgets, Root, Usage of Widgets, Widgets"), "{err}");
}

#[test]
fn what_is_not_there_is_told_with_what_may_be_meant() {
    let workspace = Workspace::new();
    for (wanted, told) in [
        ("getWidgit", "is `getWidget`"),
        ("GET /groups/{a}/widgits", "`--list` shows all"),
        ("somethingElseEntirely", "`--list` shows all"),
    ] {
        let (code, out, err) = workspace.run(OFFICIAL, &["import", wanted]);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.contains(told), "{err}");
    }
    for arguments in [&["import"][..], &["import", "getWidget", "--as-of", "yesterday"]] {
        assert_eq!(workspace.run(OFFICIAL, arguments).0, 2, "{arguments:?}");
    }
}

#[test]
fn any_file_ends_in_an_error_that_names_it() {
    let workspace = Workspace::new();
    let file = workspace.path("official");
    let deep = format!("openapi: 3.0.1\npaths: {}1{}\n", "[".repeat(10_000), "]".repeat(10_000));
    let nodes = format!("openapi: 3.0.1\npaths: {{}}\nx-a: [{}]\n", "1,".repeat(1_100_000));
    let hundred_megabytes = "# nothing\n".repeat(10 << 20);
    let cases: [(&[u8], &str); 10] = [
        (b"", "is empty"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"{", "cannot be read as JSON"),
        (b"a: [", "official:"),
        (b"[]", "has no `openapi`"),
        (b"openapi: 3.1.0\npaths: {}\n", "only 3.0 can be read"),
        (b"openapi: 3.0.1\npaths: 1\n", "has no map `paths`"),
        (deep.as_bytes(), "recursion"),
        (nodes.as_bytes(), "official"),
        (hundred_megabytes.as_bytes(), "is larger than 64 MB"),
    ];
    for (text, told) in cases {
        fs::write(&file, text).unwrap();
        for verb in [&["import", "--list"][..], &["diff"]] {
            let (code, out, err) = workspace.run(&file, verb);
            assert_eq!((code, out.as_str()), (2, ""), "{err}");
            assert!(err.contains(told) && err.contains("official"), "{told}: {err}");
        }
    }
    assert_eq!(workspace.run(workspace.path("nowhere"), &["diff"]).0, 2);
    assert_eq!(workspace.run(workspace.path("openapi"), &["diff"]).0, 2);
}

#[test]
fn a_difference_fails_until_it_is_recorded_and_its_note_until_it_goes() {
    let workspace = Workspace::new();
    let (code, _, err) = workspace.run(OFFICIAL, &["import", "getWidget", "--out", "openapi/widgets.yaml"]);
    assert_eq!(code, 0, "{err}");
    let official = workspace.path("official.yaml");
    let text = fs::read_to_string(OFFICIAL).unwrap();
    // Operations that the document does not have are of no interest here.
    let widgets = |text: &str| -> Vec<String> {
        fs::write(&official, text).unwrap();
        let (_, out, err) = workspace.run(&official, &["diff"]);
        assert!(err.is_empty() || err.contains("the verdict is"), "{err}");
        out.lines().map(str::trim).filter(|line| line.starts_with("Widget")).map(str::to_owned).collect()
    };
    assert_eq!(widgets(&text), Vec::<String>::new());

    let renamed = text.replace("grid: {type: array", "grids: {type: array");
    let found = widgets(&renamed);
    assert!(
        found.iter().any(|line| line.starts_with("Widget.grid: the document does not have the property")),
        "{found:?}"
    );
    assert!(found.iter().any(|line| line.starts_with("Widget.grids: the contract lacks the property")), "{found:?}");

    let fragment = workspace.path("openapi/widgets.yaml");
    let drafted = fs::read_to_string(&fragment).unwrap();
    let noted = drafted.replace("        grid:\n", "        grid:\n          x-atlas-differs: they forgot it\n");
    let noted = noted.replace("    Widget:\n", "    Widget:\n      x-atlas-differs: grids are not for us\n");
    fs::write(&fragment, &noted).unwrap();
    assert_eq!(widgets(&renamed), Vec::<String>::new());
    let found = widgets(&text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|line| line.contains("`x-atlas-differs` no longer applies")), "{found:?}");

    // Nothing of it is generated from.
    let json = fs::read_to_string(workspace.path("atlas-exports-gen/openapi.json")).unwrap();
    assert!(!json.contains("x-atlas-differs"));
}
