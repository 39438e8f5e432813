//! Compiles generated code with the generated crate's own modules, in crates that stay for the next time.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    ci,
    outcome::{Failure, Outcome},
    workspace::Workspace,
};

/// Folder of the crates, below the one that cargo builds in.
const FOLDER: &str = "import-check";

/// The generated crate, with the settings that all crates of the workspace share.
const CRATE: &str = "atlas-exports-gen";

/// A build script that gives the crate the code which is there already.
const BUILD: &str = r#"//! Gives the crate code that was generated elsewhere.

fn main() {
    println!("cargo::rerun-if-changed=code.rs");
    let out = std::env::var_os("OUT_DIR").expect("cargo sets it");
    std::fs::copy("code.rs", std::path::Path::new(&out).join("generated.rs")).expect("it can be copied");
}
"#;

/// An error of the compiler.
#[derive(Debug, Clone)]
pub(super) struct CompileError {
    pub(super) message: String,
    /// Line in the generated code.
    line: Option<usize>,
    /// Name of the item that it is in.
    pub(super) item: Option<String>,
}

/// What the compiler says of each text of generated code.
pub(super) fn all(workspace: &Workspace, codes: &[&str]) -> Outcome<Vec<Vec<CompileError>>> {
    let root = workspace.target(FOLDER);
    write_workspace(workspace, &root, codes.len())?;
    for (number, code) in codes.iter().enumerate() {
        write_crate(workspace, &root.join(name(number)), number, code)?;
    }
    let failed = check(workspace, &root)?;
    if failed.is_empty() {
        return Ok(vec![Vec::new(); codes.len()]);
    }
    // In the generator's one line, nobody finds an error.
    for (number, code) in codes.iter().enumerate().filter(|(number, _)| failed.contains_key(number)) {
        if let Ok(file) = syn::parse_file(code) {
            put(&root.join(name(number)).join("code.rs"), &prettyplease::unparse(&file))?;
        }
    }
    let mut errors = check(workspace, &root)?;
    for (number, errors) in &mut errors {
        let text = fs::read_to_string(root.join(name(*number)).join("code.rs")).unwrap_or_default();
        errors.iter_mut().for_each(|error| error.item = error.line.and_then(|line| item(&text, line)));
    }
    Ok((0..codes.len()).map(|number| errors.remove(&number).unwrap_or_default()).collect())
}

fn name(number: usize) -> String {
    format!("import-check-{number}")
}

fn put(path: &Path, text: &str) -> Outcome {
    if fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).and_then(|()| fs::write(path, text)).map_err(|error| Failure::io("write", path, &error))
}

fn required(workspace: &Workspace, file: &str) -> Outcome<String> {
    workspace.read(file)?.ok_or_else(|| Failure::trouble(format!("there is no {file}: run this inside the workspace")))
}

/// The workspace's own settings, with these crates as its members.
fn write_workspace(workspace: &Workspace, root: &Path, count: usize) -> Outcome {
    let manifest = required(workspace, "Cargo.toml")?;
    let members: Vec<_> = (0..count).map(|number| format!("{:?}", name(number))).collect();
    let mut text = String::new();
    for line in manifest.lines() {
        if line.starts_with("[profile") {
            break;
        }
        if line.starts_with("members") {
            text += &format!("members = [{}]", members.join(", "));
        } else {
            text += line;
        }
        text.push('\n');
    }
    put(&root.join("Cargo.toml"), &text)?;
    put(&root.join("Cargo.lock"), &required(workspace, "Cargo.lock")?)
}

/// The generated crate, with this code instead of what its build script makes.
fn write_crate(workspace: &Workspace, folder: &Path, number: usize, code: &str) -> Outcome {
    let manifest = required(workspace, &format!("{CRATE}/Cargo.toml"))?;
    let mut text = String::new();
    let mut is_kept = true;
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_kept = !matches!(line, "[build-dependencies]" | "[dev-dependencies]" | "[package.metadata.docs.rs]");
        }
        match line.split_once('=').map(|(key, _)| key.trim()) {
            Some("name") if is_kept => text += &format!("name = {:?}\n", name(number)),
            Some("include") => {}
            _ if is_kept => text += &format!("{line}\n"),
            _ => {}
        }
    }
    put(&folder.join("Cargo.toml"), &text)?;
    put(&folder.join("build.rs"), BUILD)?;
    put(&folder.join("code.rs"), code)?;
    let source = workspace.path(&format!("{CRATE}/src"));
    for file in files(&source).map_err(|error| Failure::io("list", &source, &error))? {
        let text = fs::read_to_string(&file).map_err(|error| Failure::io("read", &file, &error))?;
        if let Ok(relative) = file.strip_prefix(&source) {
            put(&folder.join("src").join(relative), &text)?;
        }
    }
    let readme = format!("{CRATE}/README.md");
    workspace.read(&readme)?.map_or(Ok(()), |text| put(&folder.join("README.md"), &text))
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// Errors by the number of the crate.
fn check(workspace: &Workspace, root: &Path) -> Outcome<BTreeMap<usize, Vec<CompileError>>> {
    let mut command = ci::cargo_in(root, "check --workspace --offline --quiet --keep-going --message-format=json");
    // What was built for the workspace serves here too.
    command.env("CARGO_TARGET_DIR", workspace.target(""));
    let output = command.output().map_err(|error| Failure::trouble(format!("cannot run cargo: {error}")))?;
    let mut errors: BTreeMap<usize, Vec<CompileError>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(told) = serde_json::from_str::<Value>(line) else { continue };
        let text = |pointer: &str| told.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        if text("/message/level") != "error" {
            continue;
        }
        let package = text("/target/name").replace('_', "-");
        let number = package.strip_prefix("import-check-").and_then(|number| number.parse().ok());
        let spans = told.pointer("/message/spans").and_then(Value::as_array).into_iter().flatten();
        let in_code = |span: &&Value| {
            span.get("file_name").and_then(Value::as_str).is_some_and(|file| file.ends_with("generated.rs"))
        };
        let line = spans.filter(in_code).find_map(|span| span.get("line_start")?.as_u64());
        if let Some(number) = number {
            let line = line.and_then(|line| usize::try_from(line).ok());
            let message = text("/message/message").to_owned();
            errors.entry(number).or_default().push(CompileError { message, line, item: None });
        }
    }
    if !output.status.success() && errors.is_empty() {
        let told = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Failure::trouble(format!("cargo cannot compile what was generated: {told}")));
    }
    Ok(errors)
}

/// The name of the item that a line is in.
fn item(text: &str, line: usize) -> Option<String> {
    let lines: Vec<&str> = text.lines().take(line).collect();
    lines.iter().rev().find_map(|line| {
        let bare = line.trim_start();
        if line.len() - bare.len() > 4 {
            return None;
        }
        let begins = ["pub struct ", "pub enum ", "impl ", "pub fn ", "impl<"];
        let rest = begins.iter().find_map(|begin| bare.strip_prefix(begin))?;
        let rest = rest.rsplit(" for ").next().unwrap_or(rest);
        let name = rest.rsplit("::").next().unwrap_or(rest);
        let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(name.len());
        name.get(..end).filter(|name| !name.is_empty()).map(str::to_owned)
    })
}
