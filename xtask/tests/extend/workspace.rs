//! A copy of the workspace, and a consumer beside it.
//!
//! Both stay in the target folder between runs, and a file is only written when it differs, so that cargo builds no more
//! than what has changed. The consumer is a workspace of its own with the same versions, which lets it share the outer
//! target folder: dependencies are built once for both, and packages of different workspaces never get in each other's way.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const DOCUMENT: &str = "atlas-exports-gen/openapi.json";

const MANIFEST: &str = r#"[package]
name = "extend-consumer"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
# It talks to the loopback alone, and TLS takes long to build.
atlas-exports = { path = "../workspace/atlas-exports", default-features = false }
futures-util = { version = "0.3", default-features = false }
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }

[workspace]
"#;

#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    consumer: PathBuf,
    files: Vec<String>,
    /// The contract that the last run left, and when it was written.
    left: Option<(String, SystemTime)>,
    /// Held until the process ends, for whoever runs the same test at the same time.
    _lock: File,
}

impl Workspace {
    /// Copies all files of the workspace that are, or would be, checked in.
    pub(crate) fn copy() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("extend");
        fs::create_dir_all(&folder).unwrap();
        let lock = File::create(folder.join("lock")).unwrap();
        lock.lock().unwrap();
        let list = |root: &Path, arguments: &[&str]| -> Vec<String> {
            let listed = succeed(Command::new("git").current_dir(root).args(arguments));
            listed.split('\0').filter(|file| !file.is_empty() && root.join(file).is_file()).map(str::to_owned).collect()
        };
        let files = list(Path::new(ROOT), &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let root = folder.join("workspace");
        let left = fs::read_to_string(root.join(DOCUMENT)).ok();
        let left = left.map(|text| (text, fs::metadata(root.join(DOCUMENT)).unwrap().modified().unwrap()));
        let copy = Self { consumer: folder.join("consumer"), root, files, left, _lock: lock };
        for file in walk(&copy.root) {
            if !copy.files.contains(&file) {
                fs::remove_file(copy.root.join(file)).unwrap();
            }
        }
        for file in &copy.files {
            copy.put(&copy.root.join(file), &fs::read(Path::new(ROOT).join(file)).unwrap());
        }
        copy
    }

    fn put(&self, path: &Path, text: &[u8]) {
        if fs::read(path).is_ok_and(|there| there == text) {
            return;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.root.join(file)).unwrap()
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        self.put(&self.root.join(file), text.as_bytes());
    }

    /// Imports every operation of a document into a fragment, by the program of the outer workspace.
    pub(crate) fn import(&self, official: &str, fragment: &str) {
        let official = shape(official);
        let drafted =
            succeed(xtask().args(["import", "--all", "--official"]).arg(official).arg("--root").arg(&self.root));
        self.write(fragment, &drafted);
    }

    /// Runs a command of the guide in the copy, with a document beside it; gives what it printed.
    pub(crate) fn follow(&self, arguments: &[&str], official: &str) -> String {
        fs::copy(shape(official), self.root.parent().unwrap().join("v2.yaml")).unwrap();
        succeed(xtask().current_dir(&self.root).args(arguments).arg("--root").arg(&self.root))
    }

    /// `cargo xtask regen` in the copy, by the program of the outer workspace.
    pub(crate) fn regen(&self) {
        succeed(xtask().arg("regen").arg("--root").arg(&self.root));
        if let Some((text, written)) = &self.left
            && self.read(DOCUMENT) == *text
        {
            // It is what it was when cargo built it last.
            File::options().write(true).open(self.root.join(DOCUMENT)).unwrap().set_modified(*written).unwrap();
        }
    }

    /// `cargo xtask regen --check` in the copy.
    pub(crate) fn check(&self) {
        succeed(xtask().args(["regen", "--check"]).arg("--root").arg(&self.root));
    }

    /// Files of the copy that differ from their originals or have none.
    pub(crate) fn changed(&self) -> Vec<String> {
        let differs = |file: &String| fs::read(self.root.join(file)).ok() != fs::read(Path::new(ROOT).join(file)).ok();
        walk(&self.root)
            .into_iter()
            .chain(self.files.iter().filter(|file| !self.root.join(file).is_file()).cloned())
            .filter(differs)
            .collect()
    }

    /// Gives the consumer a program.
    pub(crate) fn consume(&self, name: &str, program: &str) {
        self.put(&self.consumer.join(format!("src/bin/{name}.rs")), program.as_bytes());
    }

    /// Builds the consumer's programs.
    pub(crate) fn build(&self) {
        self.put(&self.consumer.join("Cargo.toml"), MANIFEST.as_bytes());
        let lock = self.consumer.join("Cargo.lock");
        if !lock.is_file() || fs::read(lock.with_extension("of")).ok() != fs::read(self.root.join("Cargo.lock")).ok() {
            // The same versions; cargo leaves out what is not needed.
            fs::copy(self.root.join("Cargo.lock"), &lock).unwrap();
            fs::copy(self.root.join("Cargo.lock"), lock.with_extension("of")).unwrap();
        }
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let build = ["build", "--offline", "--quiet", "--bins"];
        succeed(Command::new(cargo).current_dir(&self.consumer).args(build).env("CARGO_TARGET_DIR", target()));
    }

    /// One of the consumer's programs, built.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        target().join("debug").join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }
}

/// The outer target folder.
fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

fn shape(official: &str) -> PathBuf {
    Path::new(ROOT).join("xtask/tests/shapes").join(official)
}

fn xtask() -> Command {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
}

/// Runs to the end, which must be a good one.
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} ended with {}:\n{out}\n{err}", output.status);
    out.into_owned()
}

/// All files below a folder, relative to it and with slashes.
fn walk(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(root).unwrap().components();
                files.push(relative.map(|part| part.as_os_str().to_str().unwrap()).collect::<Vec<_>>().join("/"));
            }
        }
    }
    files
}
