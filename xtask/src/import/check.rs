//! `import --check`: whether what would be imported passes the rules, generates and compiles.

mod compile;

use std::collections::{BTreeMap, BTreeSet};

use compile::CompileError;
use serde_json::{Value, json};

use super::{schema::Shared, session::Session, yaml};
use crate::{
    contract::{Contract, Fragment, Rule},
    generator::Generated,
    official::{Document, Operation},
    outcome::{Failure, Outcome, note, say},
    workspace::Workspace,
    yaml::{Node, Place, load},
};

/// Rounds in which those that fail are left out, so that the others show whether they do.
const MOST_ROUNDS: usize = 12;

/// What is checked, and against what.
#[derive(Debug)]
pub(super) struct CheckInput<'d> {
    pub(super) document: &'d Document,
    pub(super) contract: &'d Document,
    pub(super) shared: Shared,
    pub(super) as_of: Option<&'d str>,
}

/// Where an operation stopped, in the order of what is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Import,
    Rules,
    Generator,
    Compiler,
}

impl Stage {
    /// What operations do that stopped there.
    fn name(self) -> &'static str {
        match self {
            Self::Import => "cannot be imported",
            Self::Rules => "break a rule of the contract",
            Self::Generator => "fail in the generator",
            Self::Compiler => "do not compile",
        }
    }
}

/// Operations that are generated together.
#[derive(Debug)]
struct Part {
    drafts: Vec<usize>,
    code: String,
}

struct Check<'d> {
    session: Session<'d>,
    /// The contract without its operations.
    bare: &'d Document,
    failed: BTreeMap<usize, (Stage, String)>,
}

pub(super) fn run(workspace: &Workspace, given: &CheckInput<'_>, wanted: &[&Operation<'_>]) -> Outcome {
    // Operations that the contract has are imported all the same, in its place.
    let mut bare = given.contract.root().clone();
    if let Some(root) = bare.as_object_mut() {
        root.insert("paths".to_owned(), json!({}));
    }
    let bare = Document::of(bare);
    let mut session = Session::new(given.document, &bare, given.shared.clone(), given.as_of);
    wanted.iter().for_each(|operation| session.add(operation));
    let mut check = Check { session, bare: &bare, failed: BTreeMap::new() };
    check.imported();
    check.keep_rules()?;
    note(format!("generating {} operations", check.left().len()));
    let parts = check.generate();
    note(format!("compiling {} operations", check.left().len()));
    check.compile(workspace, parts)?;
    check.tell()
}

impl<'d> Check<'d> {
    /// The drafts that nothing was found against.
    fn left(&self) -> Vec<usize> {
        (0..self.session.drafts().len()).filter(|draft| !self.failed.contains_key(draft)).collect()
    }

    fn fail(&mut self, draft: usize, stage: Stage, why: impl Into<String>) {
        self.failed.entry(draft).or_insert_with(|| (stage, why.into()));
    }

    fn imported(&mut self) {
        for (number, draft) in self.session.drafts().iter().enumerate() {
            if let Err(why) = &draft.outcome {
                self.failed.insert(number, (Stage::Import, why.clone()));
            }
        }
    }

    /// Leaves out what breaks a rule, until nothing does.
    fn keep_rules(&mut self) -> Outcome {
        let contract = Fragment { name: "openapi".to_owned(), bytes: self.bare.root().to_string().into_bytes() };
        for _ in 0..MOST_ROUNDS {
            let text = yaml::write(&self.session.fragment(self.left()));
            let imported = Fragment { name: "the draft".to_owned(), bytes: text.clone().into_bytes() };
            let whole = Contract::new(vec![contract.clone(), imported]);
            // What only operations of the contract use is used by none of these.
            let findings: Vec<_> = whole
                .findings()
                .iter()
                .filter(|finding| finding.place.file == 1 && finding.rule != Rule::UnusedComponent)
                .collect();
            if findings.is_empty() {
                return Ok(());
            }
            let (Some(tree), _) = load(1, &text) else { return Err(Failure::trouble("the draft is not YAML")) };
            for finding in findings {
                let path = path_to(&tree, finding.place);
                let why = format!("[{}] {} ({})", finding.rule.name(), finding.what, path.join("."));
                for draft in self.left() {
                    if self.session.leads_to(draft, &path) {
                        self.fail(draft, Stage::Rules, why.clone());
                    }
                }
            }
        }
        Err(Failure::trouble("the draft keeps breaking rules, whatever is left out"))
    }

    /// The contract with some operations instead of its own.
    fn document(&self, drafts: &[usize]) -> Value {
        let fragment = self.session.fragment(drafts.iter().copied());
        let mut document = self.bare.root().clone();
        if let (Some(root), Some(paths)) = (document.as_object_mut(), fragment.get("paths")) {
            root.insert("paths".to_owned(), paths.clone());
        }
        let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
        let drafted = fragment.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
        if let Some(schemas) = schemas {
            schemas.extend(drafted.map(|(name, schema)| (name.clone(), schema.clone())));
        }
        crate::contract::remove_differences(&mut document);
        document
    }

    /// Generates all that is left, in one part for each core, and in smaller ones where that fails.
    fn generate(&mut self) -> Vec<Part> {
        let left = self.left();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let size = left.len().div_ceil(cores).max(1);
        let mut open: Vec<Vec<usize>> = left.chunks(size).map(<[usize]>::to_vec).collect();
        let mut parts = Vec::new();
        while !open.is_empty() {
            let documents: Vec<_> = open.iter().map(|drafts| self.document(drafts)).collect();
            let codes = Generated::codes(&documents.iter().collect::<Vec<_>>());
            for (drafts, code) in std::mem::take(&mut open).into_iter().zip(codes) {
                match (code, drafts.as_slice()) {
                    (Ok(code), _) => parts.push(Part { drafts, code }),
                    (Err(failure), [only]) => self.fail(*only, Stage::Generator, failure.to_string()),
                    (Err(_), _) => open.extend(drafts.chunks(drafts.len().div_ceil(2)).map(<[usize]>::to_vec)),
                }
            }
        }
        parts
    }

    /// Compiles all parts, and what is left of those that do not compile.
    fn compile(&mut self, workspace: &Workspace, mut parts: Vec<Part>) -> Outcome {
        for _ in 0..MOST_ROUNDS {
            let codes: Vec<&str> = parts.iter().map(|part| part.code.as_str()).collect();
            let errors = compile::all(workspace, &codes)?;
            let mut again = Vec::new();
            for (part, errors) in parts.into_iter().zip(errors) {
                if errors.is_empty() {
                    continue;
                }
                let before = self.failed.len();
                for CompileError { item, message, .. } in &errors {
                    let place = item.as_ref().and_then(|item| place_of(&self.document(&part.drafts), item));
                    let Some(place) = place else { continue };
                    let place: Vec<&str> = place.iter().map(String::as_str).collect();
                    for draft in &part.drafts {
                        if self.session.leads_to(*draft, &place) {
                            self.fail(*draft, Stage::Compiler, message.clone());
                        }
                    }
                }
                let message = errors.into_iter().next().map(|error| error.message).unwrap_or_default();
                if self.failed.len() == before {
                    for draft in &part.drafts {
                        self.fail(*draft, Stage::Compiler, message.clone());
                    }
                }
                again.extend(part.drafts);
            }
            again.retain(|draft| !self.failed.contains_key(draft));
            if again.is_empty() {
                return Ok(());
            }
            let document = self.document(&again);
            parts = match Generated::codes(&[&document]).remove(0) {
                Ok(code) => vec![Part { drafts: again, code }],
                Err(failure) => {
                    again.into_iter().for_each(|draft| self.fail(draft, Stage::Generator, failure.to_string()));
                    return Ok(());
                }
            };
        }
        Err(Failure::trouble("the draft does not compile, whatever is left out"))
    }

    /// A table by outcome, what failed and why, and a line that sums it up.
    fn tell(&self) -> Outcome {
        let drafts = self.session.drafts();
        let good = self.left().len();
        let mut text = format!("{good:>5}  import, generate and compile\n");
        let stages: BTreeSet<Stage> = self.failed.values().map(|(stage, _)| *stage).collect();
        for stage in stages {
            let count = self.failed.values().filter(|(other, _)| *other == stage).count();
            text += &format!("{count:>5}  {}\n", stage.name());
        }
        for (number, (stage, why)) in &self.failed {
            let place = drafts.get(*number).map_or("", |draft| draft.place.as_str());
            text += &format!("\n{place}: {}: {why}", stage.name());
        }
        text += &format!("\n{good} of {} operations import, generate and compile", drafts.len());
        say(text)?;
        if self.failed.is_empty() {
            return Ok(());
        }
        Err(Failure::Found(format!("{} operations cannot be imported as they are", self.failed.len())))
    }
}

/// The keys that lead to what is written at a place: those of an operation or of a schema.
fn path_to(tree: &Node, place: Place) -> Vec<&str> {
    let mut path = Vec::new();
    let mut node = tree;
    while path.len() < 3 {
        let members = node.map().into_iter().flatten();
        let last = members.filter(|(_, member)| member.key <= place).max_by_key(|(_, member)| member.key);
        let Some((name, member)) = last else { break };
        path.push(name.as_str());
        node = &member.value;
    }
    path
}

/// The keys that lead to the schema or operation which an item of Rust comes from.
fn place_of(document: &Value, item: &str) -> Option<Vec<String>> {
    use heck::{ToPascalCase, ToSnakeCase};
    let mut best: Option<(usize, Vec<String>)> = None;
    let mut offer = |name: String, place: Vec<String>| {
        let is_it = item == name || item.starts_with(&name) || item == name.to_snake_case();
        if is_it && best.as_ref().is_none_or(|(length, _)| *length <= name.len()) {
            best = Some((name.len(), place));
        }
    };
    for (path, members) in document.get("paths")?.as_object()? {
        for (method, operation) in members.as_object().into_iter().flatten() {
            let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
            offer(id.to_pascal_case(), vec!["paths".to_owned(), path.clone(), method.clone()]);
        }
    }
    for name in document.pointer("/components/schemas")?.as_object()?.keys() {
        offer(name.to_pascal_case(), vec!["components".to_owned(), "schemas".to_owned(), name.clone()]);
    }
    best.map(|(_, place)| place)
}
