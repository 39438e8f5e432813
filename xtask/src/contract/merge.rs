//! From fragments to one document.

use std::collections::btree_map::Entry;

use super::{Findings, Fragment, Rule};
use crate::yaml::{self, Content, Map, Node, Place, ProblemKind};

/// What could be read of a contract.
pub(super) struct Merged {
    pub(super) document: Node,
    /// Whether it is all of the contract.
    pub(super) complete: bool,
    /// Whether a fragment says which OpenAPI it is written in, rightly or not.
    pub(super) has_version: bool,
}

/// Merges every fragment that can be read.
pub(super) fn merge(fragments: &[Fragment], findings: &mut Findings) -> Merged {
    let mut merger = Merger { fragments, findings, complete: true, has_version: false };
    let mut root = Map::new();
    for (file, fragment) in fragments.iter().enumerate() {
        let start = start(file);
        let mend = "begin it with `paths:` or `components:`, or delete it";
        match merger.load(file, fragment).map(|node| node.content) {
            Some(Content::Map(mut map)) => {
                merger.version(&mut map);
                merger.join(&mut root, map, Level::Root, "");
            }
            Some(Content::Null) => merger.findings.add(Rule::Shape, start, "the fragment is empty", mend),
            Some(_) => merger.findings.add(Rule::Shape, start, "the fragment is not a map", mend),
            None => merger.complete = false,
        }
    }
    let Merger { complete, has_version, .. } = merger;
    // Tags are a list, but their order means nothing either.
    if let Some(Content::List(tags)) = root.get_mut("tags").map(|member| &mut member.value.content) {
        tags.sort_by(|a, b| a.get("name").and_then(Node::text).cmp(&b.get("name").and_then(Node::text)));
    }
    Merged { complete, has_version, document: Node { place: start(0), content: Content::Map(root) } }
}

fn start(file: usize) -> Place {
    Place { file, line: 1, column: 1 }
}

/// How deep two maps are joined: below, two of a name are one too many.
#[derive(Clone, Copy, PartialEq)]
enum Level {
    Root,
    /// The paths, or the kinds of components.
    Middle,
    /// One path, or the components of one kind.
    Lowest,
}

struct Merger<'a> {
    fragments: &'a [Fragment],
    findings: &'a mut Findings,
    complete: bool,
    /// Whether a fragment says which OpenAPI it is written in, rightly or not.
    has_version: bool,
}

impl Merger<'_> {
    fn load(&mut self, file: usize, fragment: &Fragment) -> Option<Node> {
        let text = match std::str::from_utf8(&fragment.bytes) {
            Ok(text) => text,
            Err(error) => {
                let before = fragment.bytes.get(..error.valid_up_to()).unwrap_or_default();
                let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
                let place = Place { file, line, column: 1 };
                self.findings.add(Rule::YamlSyntax, place, "the file is not UTF-8", "save it as UTF-8");
                return None;
            }
        };
        let (node, problems) = yaml::load(file, text);
        for problem in problems {
            let (rule, mend) = match problem.kind {
                ProblemKind::Syntax if node.is_some() => (Rule::YamlSyntax, "mend the YAML"),
                ProblemKind::Hidden => {
                    self.complete = false;
                    (Rule::YamlSyntax, "mend the YAML; what it hides is checked once it can be read")
                }
                ProblemKind::Syntax => {
                    (Rule::YamlSyntax, "mend the YAML; the rest of the fragment is checked once it can be read")
                }
                ProblemKind::DuplicateKey => (Rule::DuplicateKey, "keep one of the two"),
            };
            self.findings.add(rule, problem.place, problem.what, mend);
        }
        node.or_else(|| {
            // A file of comments alone has no root.
            (!self.findings.any_in(file)).then_some(Node { place: start(file), content: Content::Null })
        })
    }

    /// Every fragment may say which OpenAPI it is written in, and says it right.
    fn version(&mut self, map: &mut Map) {
        let known = |version: &str| {
            let patch = version.strip_prefix("3.0.").unwrap_or_default();
            !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit())
        };
        for name in ["openapi", "swagger"] {
            let Some(member) = map.get(name) else { continue };
            self.has_version = true;
            if name == "swagger" || !member.value.text().is_some_and(known) {
                let what = "the generator reads OpenAPI 3.0.x and no other";
                self.findings.add(Rule::OpenapiVersion, member.key, what, "write `openapi: 3.0.3`");
                map.remove(name);
            }
        }
    }

    fn join(&mut self, into: &mut Map, more: Map, level: Level, holder: &str) {
        for (name, member) in more {
            let next = match level {
                Level::Root if matches!(name.as_str(), "paths" | "components") => Some(Level::Middle),
                Level::Middle => Some(Level::Lowest),
                _ => None,
            };
            if next.is_some() && member.value.map().is_none() && !name.starts_with("x-") {
                let what = format!("`{name}` is {}, but must be a map", member.value.kind());
                self.findings.add(Rule::Shape, member.key, what, "write what belongs there, or drop it");
                continue;
            }
            match into.entry(name) {
                Entry::Vacant(vacant) => {
                    vacant.insert(member);
                }
                Entry::Occupied(mut there) => {
                    let name = there.key().clone();
                    let there = there.get_mut();
                    match (&mut there.value.content, member.value.content) {
                        (Content::Map(there), Content::Map(more)) if next.is_some() => {
                            self.join(there, more, next.unwrap_or(Level::Lowest), &name);
                        }
                        (Content::List(there), Content::List(more)) if level == Level::Root && name == "tags" => {
                            there.extend(more);
                        }
                        (Content::Text(there), Content::Text(more)) if name == "openapi" && *there == more => {}
                        _ => self.twice(&name, holder, there.key, member.key),
                    }
                }
            }
        }
    }

    fn twice(&mut self, name: &str, holder: &str, first: Place, place: Place) {
        let file = self.fragments.get(first.file).map_or("", |fragment| fragment.name.as_str());
        let of = if holder.is_empty() { String::new() } else { format!(" of `{holder}`") };
        let what = format!("`{name}`{of} is defined a second time, first in {file}:{}", first.line);
        let mend = if holder.is_empty() || holder.starts_with('/') {
            "keep one of the two"
        } else {
            "keep one of the two, or rename one"
        };
        self.findings.add(Rule::DefinedTwice, place, what, mend);
    }
}
