//! Tells the program which commit it is built from.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    // Cargo writes this file into packages, which have no history of their own.
    let packaged = package.join(".cargo_vcs_info.json");
    println!("cargo::rerun-if-changed=build.rs");
    if packaged.exists() {
        println!("cargo::rerun-if-changed=.cargo_vcs_info.json");
    } else {
        // A commit writes to one of them, whatever branch it is on.
        for name in ["HEAD", "logs/HEAD"] {
            if let Some(path) = git(&package, &["rev-parse", "--git-path", name]).map(|path| package.join(path))
                && path.exists()
            {
                println!("cargo::rerun-if-changed={}", path.display());
            }
        }
    }
    let commit = fs::read_to_string(packaged)
        .ok()
        .and_then(|info| sha1(&info))
        .or_else(|| git(&package, &["rev-parse", "HEAD"]))
        .filter(|commit| commit.chars().all(|digit| digit.is_ascii_hexdigit()));
    let commit = commit.as_deref().and_then(|commit| commit.get(..12)).unwrap_or("unknown");
    println!("cargo::rustc-env=ATLAS_EXPORTS_COMMIT={commit}");
}

/// The commit in what cargo wrote: `{"git": {"sha1": "…"}, …}`.
fn sha1(info: &str) -> Option<String> {
    let (_, after) = info.split_once("\"sha1\"")?;
    after.split('"').nth(1).map(str::to_owned)
}

fn git(package: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(package).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
