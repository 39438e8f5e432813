//! From fragments to one document.

use std::collections::btree_map::Entry;

use super::{Finding, Fragment, Rule};
use crate::yaml::{self, Content, Map, Node, Place, ProblemKind};

/// Merges every fragment that can be read.
pub(super) fn merge(fragments: &[Fragment], findings: &mut Vec<Finding>) -> Node {
    let mut merger = Merger { fragments, findings };
    let mut root = Map::new();
    for (file, fragment) in fragments.iter().enumerate() {
        let start = Place { file, line: 1, column: 1 };
        match merger.load(file, fragment).map(|node| node.content) {
            Some(Content::Map(map)) => merger.join(&mut root, map, 0),
            Some(Content::Null) => merger.find(
                Rule::Shape,
                start,
                "the fragment is empty",
                "delete it, or write `paths` or `components` in it",
            ),
            Some(_) => {
                merger.find(Rule::Shape, start, "the fragment is not a map", "begin it with `paths:` or `components:`")
            }
            None => {}
        }
    }
    Node { place: Place::default(), content: Content::Map(root) }
}

struct Merger<'a> {
    fragments: &'a [Fragment],
    findings: &'a mut Vec<Finding>,
}

impl Merger<'_> {
    fn find(&mut self, rule: Rule, place: Place, what: impl Into<String>, mend: impl Into<String>) {
        self.findings.push(Finding { rule, place, what: what.into(), mend: mend.into() });
    }

    fn load(&mut self, file: usize, fragment: &Fragment) -> Option<Node> {
        let text = match std::str::from_utf8(&fragment.bytes) {
            Ok(text) => text,
            Err(error) => {
                let before = fragment.bytes.get(..error.valid_up_to()).unwrap_or_default();
                let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
                let place = Place { file, line, column: 1 };
                self.find(Rule::YamlSyntax, place, "the file is not UTF-8", "save it as UTF-8");
                return None;
            }
        };
        let (node, problems) = yaml::load(file, text);
        for problem in problems {
            let (rule, mend) = match problem.kind {
                ProblemKind::Syntax => (Rule::YamlSyntax, "mend the YAML"),
                ProblemKind::DuplicateKey => (Rule::DuplicateKey, "keep one of the two"),
            };
            self.find(rule, problem.place, problem.what, mend);
        }
        node.or_else(|| {
            // A file of comments alone has no root.
            let place = Place { file, line: 1, column: 1 };
            (!self.findings.iter().any(|finding| finding.place.file == file))
                .then_some(Node { place, content: Content::Null })
        })
    }

    /// Adds the members of `more`. Above `paths./a` and `components.schemas`, maps are joined; below, two of a name are
    /// one too many.
    fn join(&mut self, into: &mut Map, more: Map, depth: usize) {
        for (name, member) in more {
            match into.entry(name) {
                Entry::Vacant(vacant) => {
                    vacant.insert(member);
                }
                Entry::Occupied(mut occupied) => {
                    let name = occupied.key().clone();
                    let there = occupied.get_mut();
                    let joined = match depth {
                        0 => matches!(name.as_str(), "paths" | "components"),
                        1 => true,
                        _ => false,
                    };
                    match (&mut there.value.content, member.value.content) {
                        (Content::Map(there), Content::Map(more)) if joined => self.join(there, more, depth + 1),
                        (Content::List(there), Content::List(more)) if depth == 0 && name == "tags" => {
                            there.extend(more)
                        }
                        (Content::Text(there), Content::Text(more)) if depth == 0 && *there == more => {}
                        _ => {
                            let first = there.key;
                            let file = self.fragments.get(first.file).map_or("", |fragment| fragment.name.as_str());
                            let what = format!("`{name}` is defined a second time, first in {file}:{}", first.line);
                            self.find(Rule::DefinedTwice, member.key, what, "keep one of the two, or rename one");
                        }
                    }
                }
            }
        }
    }
}
