//! The packages that are published, and whether they build without the workspace.

use std::{fs, path::Path};

use super::{
    Done,
    command::{self, cargo, run},
};
use crate::{
    outcome::{Failure, Outcome, say},
    workspace::Workspace,
};

/// In the order in which they are published.
const PACKAGES: [&str; 4] = ["atlas-exports-gen", "atlas-exports", "atlas-exports-testing", "atlas-exports-cli"];

/// Files without which no package is published.
const NEEDED: [&str; 4] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// Ways of building, each on its own: package and features.
const FEATURES: [(&str, &str); 7] = [
    ("atlas-exports", ""),
    ("atlas-exports", "rustls"),
    ("atlas-exports", "rustls-no-provider"),
    ("atlas-exports", "native-tls"),
    ("atlas-exports-testing", ""),
    ("atlas-exports-testing", "tls"),
    ("atlas-exports-cli", ""),
];

/// Packs all packages and looks at what is in them. That they build is the next step, which shares what is built.
pub(super) fn package(workspace: &Workspace) -> Outcome<Done> {
    let packages: String = PACKAGES.iter().flat_map(|name| [" --package ", name]).collect();
    cargo(workspace, &format!("package --no-verify --allow-dirty --locked{packages}"))?;
    unpack(workspace)?;
    let mut missing = Vec::new();
    for (name, folder) in unpacked(workspace)? {
        missing.extend(
            NEEDED.iter().filter(|file| !folder.join(file).is_file()).map(|file| format!("{name} has no {file}")),
        );
    }
    if missing.is_empty() { Ok(Done::Well) } else { Err(Failure::Found(missing.join("\n"))) }
}

/// Builds the unpacked packages as a workspace of their own.
pub(super) fn features(workspace: &Workspace) -> Outcome<Done> {
    let folder = workspace.target("packages");
    let mut manifest = String::from("[workspace]\nresolver = \"3\"\nmembers = [\"*/\"]\n\n[patch.crates-io]\n");
    for (name, path) in unpacked(workspace)? {
        manifest.push_str(&format!("{name} = {{ path = {:?} }}\n", path.display().to_string()));
    }
    write(&folder.join("Cargo.toml"), &manifest)?;
    let lock = workspace.read("Cargo.lock")?.ok_or_else(|| Failure::trouble("the workspace has no Cargo.lock"))?;
    write(&folder.join("Cargo.lock"), &lock)?;
    for (package, features) in FEATURES {
        // Clippy checks what a build would, and shares with the step of its name what it has checked of others' crates.
        let arguments = format!("clippy --quiet --package {package} --no-default-features");
        let mut command = command::new(workspace, &arguments);
        if !features.is_empty() {
            command.args(["--features", features]);
        }
        command.args(["--", "-D", "warnings"]).current_dir(&folder).env("CARGO_TARGET_DIR", workspace.target(""));
        run(&mut command)?;
    }
    Ok(Done::Well)
}

/// The folders of the packages, named without versions.
fn unpacked(workspace: &Workspace) -> Outcome<Vec<(&'static str, std::path::PathBuf)>> {
    let folder = workspace.target("packages");
    let found: Vec<_> = PACKAGES.iter().map(|name| (*name, folder.join(name))).collect();
    match found.iter().find(|(_, path)| !path.is_dir()) {
        Some((name, _)) => Err(Failure::trouble(format!("{name} is not packed: run `cargo xtask ci package` first"))),
        None => Ok(found),
    }
}

fn unpack(workspace: &Workspace) -> Outcome {
    let folder = workspace.target("packages");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| Failure::io("empty", &folder, &error))?;
    }
    fs::create_dir_all(&folder).map_err(|error| Failure::io("make", &folder, &error))?;
    let packed = workspace.target("package");
    let version = version(workspace)?;
    for name in PACKAGES {
        let archive = packed.join(format!("{name}-{version}.crate"));
        let file = fs::File::open(&archive).map_err(|error| Failure::io("open", &archive, &error))?;
        let mut files = tar::Archive::new(flate2::read::GzDecoder::new(file));
        files.unpack(&folder).map_err(|error| Failure::io("unpack", &archive, &error))?;
        let unversioned = folder.join(name);
        fs::rename(folder.join(format!("{name}-{version}")), &unversioned)
            .map_err(|error| Failure::io("rename", &unversioned, &error))?;
        let count = count(&unversioned)?;
        say(format!("{name} {version}: {count} files"))?;
    }
    Ok(())
}

/// The version that all packages share.
fn version(workspace: &Workspace) -> Outcome<String> {
    let manifest = workspace.read("Cargo.toml")?.unwrap_or_default();
    let after = manifest.split("[workspace.package]").nth(1).unwrap_or_default();
    let line = after.lines().find_map(|line| line.strip_prefix("version = \""));
    line.and_then(|line| line.strip_suffix('"'))
        .map(str::to_owned)
        .ok_or_else(|| Failure::trouble("Cargo.toml has no version in [workspace.package]"))
}

fn count(folder: &Path) -> Outcome<usize> {
    let mut found = 0;
    for entry in fs::read_dir(folder).map_err(|error| Failure::io("list", folder, &error))? {
        let path = entry.map_err(|error| Failure::io("list", folder, &error))?.path();
        found += if path.is_dir() { count(&path)? } else { 1 };
    }
    Ok(found)
}

fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| Failure::io("write", path, &error))
}
