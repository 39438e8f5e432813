//! What `cargo xtask diff` calls compatible, held against a compiler and against responses.
//!
//! Pairs of contracts are made from seeds. Where Rust is said to be compatible, code that uses all of the old contract's
//! Rust is compiled with the new one's. Where the wire is, responses that fit the new contract are decoded with the old
//! types, and bodies that fit the old contract with the new ones. `ORACLE_PAIRS` says how many pairs of each kind to take,
//! `ORACLE_SEED` which.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot be set up has failed"
)]

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use fastrand::Rng;
use serde_json::Value;

mod changes;
mod consumer;
mod documents;
#[path = "../../src/soak.rs"]
mod soak;
mod values;

/// Crates of contracts, which compile at the same time.
const CRATES: usize = 2;

/// A pair of contracts that says something.
struct Pair {
    name: String,
    /// The crate that its Rust is in.
    home: String,
    base: Value,
    head: Value,
    /// Rust of both.
    old: String,
    new: String,
    /// Where the tool says that nobody is harmed.
    rust: bool,
    wire: bool,
}

#[test]
fn nothing_that_is_called_compatible_breaks_a_consumer_or_an_old_client() {
    let wanted = env::var("ORACLE_PAIRS").ok().and_then(|number| number.parse().ok());
    let wanted = wanted.unwrap_or_else(|| soak::cases(5, 20) as usize);
    let first = env::var("ORACLE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("diff-oracle");
    fs::create_dir_all(&folder).unwrap();
    let pairs = pairs(&folder, first, wanted);
    write_crates(&folder, &pairs);

    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--package", "consumer"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "in {}:\n{said}\n{told}", folder.display());
    assert!(told.contains("decoded"), "{told}");
}

/// As many pairs of each kind as are wanted, or more.
fn pairs(folder: &Path, first: u64, wanted: usize) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let (mut rust, mut wire) = (0, 0);
    for seed in first.. {
        if rust >= wanted && wire >= wanted {
            break;
        }
        let Some(pair) = pair(folder, seed) else { continue };
        // A pair that says only what there is enough of takes time and no more.
        let useful = pair.rust && rust < wanted || pair.wire && wire < wanted;
        if useful {
            rust += usize::from(pair.rust);
            wire += usize::from(pair.wire);
            let home = format!("contracts{}", pairs.len() % CRATES);
            pairs.push(Pair { home, ..pair });
        }
    }
    pairs
}

fn pair(folder: &Path, seed: u64) -> Option<Pair> {
    let mut rng = Rng::with_seed(seed);
    let base = documents::document(&mut rng);
    let mut head = base.clone();
    changes::change(&mut rng, &mut head);
    let name = format!("p{seed}");
    let file = |side: &str, value: &Value| {
        let path = folder.join(format!("{name}-{side}.json"));
        fs::write(&path, format!("{value:#}")).unwrap();
        path
    };
    let report = diff(&file("base", &base), &file("head", &head));
    // What does not compile proves nothing.
    if report.to_string().contains("nothing that is generated compiles") {
        return None;
    }
    let worst = |side: &str| {
        let verdicts = report["changes"].as_array().unwrap().iter().map(|change| change[side].as_str().unwrap());
        !verdicts.clone().any(|verdict| ["person", "breaking"].contains(&verdict))
    };
    let (rust, wire) = (worst("rust"), worst("wire"));
    if !rust && !wire || base == head {
        return None;
    }
    // The generator gives up on some documents, by a panic or without an end.
    let made = |document: &Value| code(&folder.join(format!("{name}.json")), document);
    Some(Pair { old: made(&base)?, new: made(&head)?, name, home: String::new(), base, head, rust, wire })
}

/// The code that the tool's own child process makes of a document.
fn code(file: &Path, document: &Value) -> Option<String> {
    fs::write(file, format!("code {document}\n")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let output = command.env("XTASK_GENERATE", "1").stdin(fs::File::open(file).unwrap()).output().unwrap();
    let lines = output.stdout.split(|byte| *byte == b'\n');
    let result: Value = lines.filter_map(|line| serde_json::from_slice(line).ok()).next()?;
    result["Ok"]["code"].as_str().map(str::to_owned)
}

fn diff(base: &Path, head: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["diff", "--format", "json", "--base"])
        .arg(base)
        .arg("--head")
        .arg(head)
        .output()
        .unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Crates of contracts, and one of those who depend on them.
fn write_crates(folder: &Path, pairs: &[Pair]) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf();
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // What is the same is not compiled again.
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            fs::write(path, text).unwrap();
        }
    };
    let manifest = fs::read_to_string(root.join("atlas-exports-gen/Cargo.toml")).unwrap();
    let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
    let dependencies = dependencies.split("\n[").next().unwrap();
    let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let (_, shared) = workspace.split_once("[workspace.dependencies]").unwrap();
    let shared = shared.split("\n[").next().unwrap();
    let shared: String =
        shared.lines().filter(|line| !line.contains("path = ")).map(|line| format!("{line}\n")).collect();
    // With the workspace's profile, what both depend on is compiled once.
    let (_, profile) = workspace.split_once("[profile.dev]").unwrap();
    let profile = profile.split("\n[").next().unwrap();
    let homes: Vec<_> = (0..CRATES).map(|number| format!("contracts{number}")).collect();
    let ours = homes.iter().map(String::as_str).chain(["consumer"]);
    let without_debug: String = ours.map(|name| format!("\n[profile.dev.package.{name}]\ndebug = false\n")).collect();
    write(
        "Cargo.toml",
        &format!(
            "[workspace]\nresolver = \"3\"\nmembers = [\"contracts*\", \"consumer\"]\n\n\
        [workspace.dependencies]\n{shared}\n[profile.dev]{profile}{without_debug}"
        ),
    );
    write("Cargo.lock", &fs::read_to_string(root.join("Cargo.lock")).unwrap());
    let package = |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n");
    let mut needed = String::new();
    for home in &homes {
        write(&format!("{home}/Cargo.toml"), &format!("{}[dependencies]{dependencies}", package(home)));
        writeln!(needed, "{home} = {{ path = \"../{home}\" }}").unwrap();
    }
    write(
        "consumer/Cargo.toml",
        &format!(
            "{}[dependencies]\n{needed}\
         chrono.workspace = true\nserde.workspace = true\nserde_json.workspace = true\n",
            package("consumer")
        ),
    );

    let ids = root.join("atlas-exports-gen/src/object_id.rs");
    let bounds = root.join("atlas-exports-gen/src/bounds.rs");
    let support = include_str!("support.rs.txt").replace("OBJECT_ID", &ids.display().to_string());
    let support = support.replace("BOUNDS", &bounds.display().to_string());
    let mut contracts: BTreeMap<_, _> = homes.iter().map(|home| (home.as_str(), support.clone())).collect();
    let mut consumer = "#![allow(warnings, clippy::all)]\n".to_owned();
    let mut decoded = String::new();
    for pair in pairs {
        let Pair { name, home, old, new, rust, wire, .. } = pair;
        let contracts = contracts.get_mut(home.as_str()).unwrap();
        let inside = |code: &str, side: &str| code.replace("crate ::", &format!("crate :: {name}_{side} ::"));
        let bridge = "pub use crate::support::{models, Operation, Transport};\nuse crate::{bounds, object_id};\n";
        let list = "pub trait ListOperation: Sized { type Item; async fn send_page(self) -> \
                    Result<(), progenitor_client::Error<types::ApiError>>; }";
        // The type checker reports on all modules at once, each is a file for the sake of its messages. What is only
        // decoded needs no client.
        let mut module = |side: &str, code: &str| {
            let list = if code.contains("ListOperation") { list } else { "" };
            write(&format!("{home}/src/{name}_{side}.rs"), &format!("{bridge}{list}\n{}", inside(code, side)));
            writeln!(contracts, "pub mod {name}_{side};").unwrap();
        };
        if *wire {
            module("base", &consumer::types(old));
        }
        if *rust {
            let hooks = "impl progenitor_client::ClientHooks<std::sync::Arc<dyn Transport>> for Client {}";
            module("head", &format!("{hooks}\n{new}"));
            let code = consumer::code(old).replace("crate ::", "api ::");
            let uses = format!(
                "use {home}::{name}_head as api;\nuse api::{{builder, types::{{self, *}}, Client, \
                ResponseValue, Error, ByteStream}};\n"
            );
            write(&format!("consumer/src/{name}.rs"), &format!("{uses}{code}"));
            writeln!(consumer, "pub mod {name};").unwrap();
        } else {
            module("head", &consumer::types(new));
        }
        if *wire {
            decode(pair, &mut decoded);
        }
    }
    for (home, contracts) in contracts {
        write(&format!("{home}/src/lib.rs"), &contracts);
    }
    writeln!(
        consumer,
        "{}\nfn main() {{ let mut all = 0;\n{decoded}\nprintln!(\"decoded {{all}}\"); }}",
        include_str!("check.rs.txt")
    )
    .unwrap();
    write("consumer/src/main.rs", &consumer);
}

/// Decodes what fits the new contract with the old types, and what the old client sends with the new ones.
fn decode(pair: &Pair, code: &mut String) {
    let Pair { name, home, base, head, old, new, .. } = pair;
    let mut rng = Rng::with_seed(7);
    for (path, item) in base["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let builder =
                |operation: &Value| heck::AsPascalCase(operation["operationId"].as_str().unwrap()).to_string();
            let Some(new_operation) = head["paths"][path].get(method) else { continue };
            let (response, _) = consumer::operation(old, &builder(operation));
            let (_, body) = consumer::operation(new, &builder(new_operation));
            let schema =
                |operation: &Value| operation["responses"]["200"]["content"]["application/json"]["schema"].clone();
            let sent = operation["requestBody"]["content"]["application/json"]["schema"].clone();
            for _ in 0..8 {
                let mut check = |document: &Value, schema: &Value, ty: &str, side: &str| {
                    let Some(json) = values::fitting(&mut rng, document, schema, 0) else { return };
                    let ty = ty.replace("crate ::", &format!("{home} :: {name}_{side} ::"));
                    let what = format!("{name} {method} {path} with the {side} types");
                    writeln!(
                        code,
                        "{{ use {home}::{name}_{side}::types; check::<{ty}>({what:?}, r###\"{json}\"###); all += 1; }}"
                    )
                    .unwrap();
                };
                // That the values are good ones is shown by the types of their own contract.
                check(base, &schema(operation), &response, "base");
                check(head, &schema(new_operation), &response, "base");
                if let (Some(body), false) = (&body, sent.is_null()) {
                    check(base, &sent, body, "head");
                }
            }
        }
    }
}
