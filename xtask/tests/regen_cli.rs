//! `cargo xtask regen` and `expand` as commands: what they read, what they write, and how they end.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::SystemTime,
};

const OPENAPI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi");
const MADE: [&str; 2] = ["atlas-exports-gen/openapi.json", "atlas-exports-gen/surface.txt"];

/// A workspace with the real contract and nothing made of it.
struct Workspace(tempfile::TempDir);

impl Workspace {
    fn new() -> Self {
        let workspace = Self(tempfile::tempdir().unwrap());
        for folder in ["openapi", "atlas-exports-gen"] {
            fs::create_dir(workspace.path().join(folder)).unwrap();
        }
        workspace.put("Cargo.toml", "");
        for entry in fs::read_dir(OPENAPI).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), workspace.path().join("openapi").join(entry.file_name())).unwrap();
        }
        workspace
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn put(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs a verb: its exit code, and all that it said.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let program = env!("CARGO_BIN_EXE_xtask");
        let output = Command::new(program).args(arguments).arg("--root").arg(self.path()).output().unwrap();
        let Output { status, stdout, stderr } = output;
        let said = format!("{}{}", String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        (status.code().unwrap(), said)
    }

    /// All that was made, with the time of writing.
    fn made(&self) -> Vec<(Vec<u8>, SystemTime)> {
        let written = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
        let files = MADE.iter().map(|file| self.path().join(file)).filter(|file| file.is_file());
        files.map(|file| (fs::read(&file).unwrap(), written(&file))).collect()
    }

    /// Every file of the folder that things are written to.
    fn listed(&self) -> usize {
        fs::read_dir(self.path().join("atlas-exports-gen")).unwrap().count()
    }
}

#[test]
fn a_sound_contract_is_written_once_and_the_same_each_time() {
    let workspace = Workspace::new();
    let (code, said) = workspace.run(&["regen"]);
    assert_eq!((code, said.lines().count()), (0, 2), "{said}");
    let made = workspace.made();
    assert_eq!(workspace.run(&["regen"]), (0, "nothing to write: all is up to date\n".to_owned()));
    assert_eq!(workspace.made(), made, "what is up to date is not touched");

    let other = Workspace::new();
    other.run(&["regen"]);
    let bytes = |made: Vec<(Vec<u8>, SystemTime)>| made.into_iter().map(|(bytes, _)| bytes).collect::<Vec<_>>();
    assert!(bytes(other.made()) == bytes(made));
    assert_eq!(other.listed(), 2, "no temporary file is left");
}

#[test]
fn an_unsound_contract_writes_nothing_and_tells_all_fragments_at_once() {
    let workspace = Workspace::new();
    let finding = "components:\n  schemas:\n    Probe: {type: object}\n";
    workspace.put("openapi/a.yaml", finding);
    workspace.put("openapi/deep/er/b.YML", "paths:\n\tx: 1\n");
    workspace.put("openapi/c.yaml", b"x-a: \xff\n");
    workspace.put("openapi/d.yaml", "");
    for arguments in [&["regen"][..], &["regen", "--check"]] {
        let (code, said) = workspace.run(arguments);
        assert_eq!(code, 1);
        for wanted in ["c.yaml:1:1: [yaml-syntax]", "d.yaml:1:1: [shape]", "deep/er/b.YML:2:1: [yaml-syntax]"] {
            assert!(said.contains(wanted), "no {wanted} in {said}");
        }
        assert!(said.ends_with("3 findings in 3 fragments; nothing was written\n"), "{said}");
    }
    assert_eq!(workspace.listed(), 0);
}

#[test]
fn a_check_writes_nothing_and_fails_with_the_command_that_mends_it() {
    let workspace = Workspace::new();
    let (code, said) = workspace.run(&["regen", "--check"]);
    assert!(code == 1 && said.ends_with("run `cargo xtask regen` and commit what it writes\n"), "{code}: {said}");
    assert_eq!(workspace.listed(), 0);
    workspace.run(&["regen"]);
    assert_eq!(workspace.run(&["regen", "--check"]).0, 0);

    for file in MADE {
        let whole = fs::read(workspace.path().join(file)).unwrap();
        workspace.put(file, [&whole[..], b"\xff"].concat());
        let made = workspace.made();
        let (code, said) = workspace.run(&["regen", "--check"]);
        assert!(code == 1 && said.contains(&format!("\nnot up to date: {file}\nrun `cargo xtask regen`")), "{said}");
        assert_eq!(workspace.made(), made);
        assert_eq!(workspace.run(&["regen"]), (0, format!("wrote {file}\n")));
        assert!(fs::read(workspace.path().join(file)).unwrap() == whole);
    }
}

#[test]
fn what_is_no_fragment_is_left_alone() {
    let workspace = Workspace::new();
    for file in ["a.json", "b.yaml~", ".c.yaml", ".git/d.yaml", "e.yaml.orig", "f.txt"] {
        workspace.put(&format!("openapi/{file}"), "]");
    }
    workspace.put("openapi/folder.yaml/g.yaml", "x-probe: 1\n");
    let (code, said) = workspace.run(&["regen"]);
    assert_eq!(code, 0, "{said}");
    assert!(String::from_utf8_lossy(&workspace.made()[0].0).contains("x-probe"));
}

#[cfg(unix)]
#[test]
fn a_link_is_what_it_leads_to_and_never_goes_in_circles() {
    use std::os::unix::fs::symlink;

    let workspace = Workspace::new();
    let folder = workspace.path().join("openapi");
    workspace.put("elsewhere/probe.yaml", "x-probe: 1\n");
    symlink("../elsewhere", folder.join("linked")).unwrap();
    symlink(".", folder.join("circle")).unwrap();
    let (code, said) = workspace.run(&["regen"]);
    assert_eq!(code, 0, "{said}");
    assert!(String::from_utf8_lossy(&workspace.made()[0].0).contains("x-probe"));

    symlink("nowhere.yaml", folder.join("dangling.yaml")).unwrap();
    let (code, said) = workspace.run(&["regen"]);
    assert!(code == 2 && said.contains("dangling.yaml"), "{code}: {said}");
}

#[test]
fn an_operation_is_printed_by_either_name_and_an_unknown_one_brings_up_those_that_are_near() {
    let workspace = Workspace::new();
    let (code, camel) = workspace.run(&["expand", "getExportJob"]);
    assert!(code == 0 && camel.contains("pub fn get_export_job(&self)"), "{camel}");
    assert_eq!(workspace.run(&["expand", "get_export_job"]), (0, camel));
    let (code, said) = workspace.run(&["expand", "getExportJop"]);
    assert!(code == 2 && said.contains("has no operation `getExportJop`; is `getExportJob` "), "{said}");
}
