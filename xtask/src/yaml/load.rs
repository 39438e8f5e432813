//! From text to a tree, with every problem on the way and where it is.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::{Content, Map, Member, Node, Place, scalar};

/// Deeper than any contract goes, and shallow enough for code that follows a tree downwards.
const DEEPEST: usize = 64;

/// More than any fragment holds; a few aliases of aliases would make a tree without end.
const MOST_NODES: usize = 1_000_000;

/// Why a text is not quite the tree that its author meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) kind: ProblemKind,
    pub(crate) place: Place,
    pub(crate) what: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProblemKind {
    /// It is not YAML, or YAML that JSON has no form for.
    Syntax,
    /// A map has two members of one name.
    DuplicateKey,
}

/// Reads one file. Of an unreadable one, what stands before the first error is given up too.
pub(crate) fn load(file: usize, text: &str) -> (Option<Node>, Vec<Problem>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut loader = Loader { file, ..Loader::default() };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => loader.take(event, span.start),
            Err(error) => {
                loader.syntax(place(file, error.marker()), error.info());
                return (None, loader.problems);
            }
        }
        if loader.gave_up {
            return (None, loader.problems);
        }
    }
    (loader.root, loader.problems)
}

fn place(file: usize, marker: &Marker) -> Place {
    Place { file, line: marker.line(), column: marker.col() + 1 }
}

/// A list or map whose end is still to come.
struct Open {
    anchor: usize,
    place: Place,
    /// Number of nodes before it.
    before: usize,
    content: OpenContent,
}

enum OpenContent {
    List(Vec<Node>),
    Map { members: Map, name: Option<(String, Place)> },
}

#[derive(Default)]
struct Loader {
    file: usize,
    open: Vec<Open>,
    /// What aliases can name, each with the number of nodes in it.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    documents: usize,
    root: Option<Node>,
    problems: Vec<Problem>,
    gave_up: bool,
}

impl Loader {
    fn syntax(&mut self, place: Place, what: impl Into<String>) {
        self.problems.push(Problem { kind: ProblemKind::Syntax, place, what: what.into() });
    }

    fn give_up(&mut self, place: Place, what: &str) {
        self.syntax(place, what);
        self.gave_up = true;
    }

    fn take(&mut self, event: Event<'_>, marker: Marker) {
        let place = place(self.file, &marker);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.give_up(place, "a second document begins here: give it a file of its own");
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                // A name is a name, whatever it would be as a value: `200`, `2023-01-01`, `no`.
                let content = if self.name_is_next() {
                    Content::Text(text.into_owned())
                } else {
                    self.scalar(&text, style, tag.as_deref(), place)
                };
                self.nodes += 1;
                self.put(anchor, Node { place, content }, 1);
            }
            Event::Alias(anchor) => {
                if let Some((node, size)) = self.anchors.get(&anchor).cloned() {
                    self.nodes = self.nodes.saturating_add(size);
                    self.put(0, node, size);
                } else {
                    self.give_up(place, "an alias stands inside of what it names: write that part out");
                }
            }
            Event::SequenceStart(anchor, _) => self.begin(anchor, place, OpenContent::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                self.begin(anchor, place, OpenContent::Map { members: Map::new(), name: None });
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        if self.nodes > MOST_NODES && !self.gave_up {
            self.give_up(place, "the aliases make a document without end: write the parts out");
        }
    }

    fn name_is_next(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: OpenContent::Map { name: None, .. }, .. }))
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, place: Place) -> Content {
        let as_text = || Content::Text(text.to_owned());
        let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
        match (tag, core) {
            (None, _) if style != ScalarStyle::Plain => as_text(),
            (_, Some("str")) => as_text(),
            (None, _) | (_, Some("null" | "bool" | "int" | "float")) => scalar::plain(text).unwrap_or_else(|| {
                self.syntax(place, format!("`{text}` has no form in JSON: give a finite number, or quote a text"));
                as_text()
            }),
            (Some(tag), _) => {
                self.syntax(place, format!("the tag `{tag}` means nothing here: drop it"));
                as_text()
            }
        }
    }

    fn begin(&mut self, anchor: usize, place: Place, content: OpenContent) {
        self.nodes += 1;
        self.open.push(Open { anchor, place, before: self.nodes - 1, content });
        if self.open.len() > DEEPEST {
            self.give_up(place, "the document is nested deeper than any contract: check the indentation");
        }
    }

    fn end(&mut self) {
        let Some(Open { anchor, place, before, content }) = self.open.pop() else { return };
        let content = match content {
            OpenContent::List(list) => Content::List(list),
            OpenContent::Map { members, .. } => Content::Map(members),
        };
        self.put(anchor, Node { place, content }, self.nodes.saturating_sub(before));
    }

    /// Gives a finished node to the list or map that is open, or makes it the root.
    fn put(&mut self, anchor: usize, node: Node, size: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(Open { content, .. }) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match content {
            OpenContent::List(list) => list.push(node),
            OpenContent::Map { name, .. } => match name.take() {
                Some((name, key)) => self.member(name, key, node),
                None => {
                    let place = node.place;
                    let (text, complaint) = match node.content {
                        Content::Text(text) if text == "<<" => {
                            (text, Some("YAML 1.2 has no merge keys: write the members out, or use `$ref`"))
                        }
                        Content::Text(text) => (text, None),
                        _ => (String::new(), Some("the name of a member is a list or map: write a text")),
                    };
                    *name = Some((text, place));
                    if let Some(complaint) = complaint {
                        self.syntax(place, complaint);
                    }
                }
            },
        }
    }

    fn member(&mut self, name: String, key: Place, value: Node) {
        let Some(Open { content: OpenContent::Map { members, .. }, .. }) = self.open.last_mut() else { return };
        if let Some(first) = members.get(&name) {
            let what = format!("`{name}` stands here a second time, first in line {}", first.key.line);
            self.problems.push(Problem { kind: ProblemKind::DuplicateKey, place: key, what });
            return;
        }
        members.insert(name, Member { key, value });
    }
}
