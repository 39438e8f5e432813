//! From text to a tree, with every problem on the way and where it is.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::{Content, Map, Member, Node, Place, scalar};

/// Deeper than any contract goes, and shallow enough for code that follows a tree downwards.
const DEEPEST: usize = 64;

const TAB: &str = "a tab stands where YAML has blanks: use blanks";

const TOO_DEEP: &str = "the document is nested deeper than any contract: check the indentation";

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
    /// A member has a name that nothing can have, and what it holds is left out.
    Hidden,
    /// A map has two members of one name.
    DuplicateKey,
}

/// Reads one file. Of an unreadable one, what stands before the first error is given up too.
pub(crate) fn load(file: usize, text: &str) -> (Option<Node>, Vec<Problem>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut loader = Loader { file, lines: text.lines().collect(), ..Loader::default() };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => loader.take(event, span.start),
            Err(error) => {
                let place = place(file, error.marker());
                match loader.tab_near(place) {
                    Some(tab) => loader.syntax(tab, TAB),
                    None => loader.syntax(place, error.info()),
                }
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

fn height(node: &Node) -> usize {
    match &node.content {
        Content::List(list) => 1 + list.iter().map(height).max().unwrap_or(0),
        Content::Map(map) => 1 + map.values().map(|member| height(&member.value)).max().unwrap_or(0),
        _ => 0,
    }
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
    Map { members: Map, name: Option<Name>, merged: Option<Vec<Map>> },
}

/// The name of a member whose value is still to come.
struct Name {
    text: Text,
    place: Place,
}

enum Text {
    Of(String),
    /// `<<`: the value's members are the map's own, unless it has them itself.
    Merge,
    /// What no member can be called.
    None,
}

#[derive(Default)]
struct Loader<'t> {
    file: usize,
    lines: Vec<&'t str>,
    open: Vec<Open>,
    /// What aliases can name, each with the number of nodes in it.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    documents: usize,
    root: Option<Node>,
    problems: Vec<Problem>,
    gave_up: bool,
}

impl Loader<'_> {
    fn syntax(&mut self, place: Place, what: impl Into<String>) {
        self.problems.push(Problem { kind: ProblemKind::Syntax, place, what: what.into() });
    }

    fn give_up(&mut self, place: Place, what: &str) {
        self.syntax(place, what);
        self.gave_up = true;
    }

    /// The parser takes tabs for blanks, of which nobody can see how many they are.
    fn tabs(&mut self, place: Place) {
        let line = self.lines.get(place.line.saturating_sub(1)).copied().unwrap_or_default();
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        // Blanks and tabs are one byte each. The rest of a line may be long, and have many nodes.
        let is_first = indent + 1 == place.column;
        if let Some(tab) = line.get(..indent).and_then(|indent| indent.find('\t')).filter(|_| is_first) {
            let place = Place { column: tab + 1, ..place };
            if !self.problems.iter().any(|problem| problem.place == place) {
                self.syntax(place, TAB);
            }
        }
    }

    /// A tab that the parser may have failed on without saying so: one that separates or indents, in this line or the
    /// next.
    fn tab_near(&self, place: Place) -> Option<Place> {
        [place.line, place.line + 1].into_iter().find_map(|number| {
            let line = self.lines.get(number.checked_sub(1)?)?;
            let before = line.split_once('\t')?.0;
            let separates = before.trim_end().is_empty() || before.ends_with([':', '-', ',', '{', '[']);
            separates.then(|| Place { line: number, column: 1 + before.chars().count(), ..place })
        })
    }

    fn take(&mut self, event: Event<'_>, marker: Marker) {
        let place = place(self.file, &marker);
        if matches!(event, Event::Scalar(..) | Event::Alias(_) | Event::SequenceStart(..) | Event::MappingStart(..)) {
            self.tabs(place);
        }
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
                self.put(anchor, Node { place, content }, 1, Some(style));
            }
            Event::Alias(anchor) => {
                if let Some((node, size)) = self.anchors.get(&anchor).cloned() {
                    self.nodes = self.nodes.saturating_add(size);
                    if self.open.len() + height(&node) > DEEPEST {
                        self.give_up(place, TOO_DEEP);
                    }
                    self.put(0, node, size, None);
                } else {
                    self.give_up(place, "an alias stands inside of what it names: write that part out");
                }
            }
            Event::SequenceStart(anchor, _) => self.begin(anchor, place, OpenContent::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                self.begin(anchor, place, OpenContent::Map { members: Map::new(), name: None, merged: None });
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
            self.give_up(place, TOO_DEEP);
        }
    }

    fn end(&mut self) {
        let Some(Open { anchor, place, before, content }) = self.open.pop() else { return };
        let content = match content {
            OpenContent::List(list) => Content::List(list),
            OpenContent::Map { mut members, merged, .. } => {
                for (name, member) in merged.into_iter().flatten().flatten() {
                    members.entry(name).or_insert(member);
                }
                Content::Map(members)
            }
        };
        self.put(anchor, Node { place, content }, self.nodes.saturating_sub(before), None);
    }

    /// Gives a finished node to the list or map that is open, or makes it the root.
    fn put(&mut self, anchor: usize, node: Node, size: usize, style: Option<ScalarStyle>) {
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
                Some(Name { text: Text::Of(text), place }) => self.member(text, place, node),
                Some(Name { text: Text::Merge, place }) => self.merge(place, node),
                Some(Name { text: Text::None, .. }) => {}
                None => {
                    let place = node.place;
                    let text = match node.content {
                        Content::Text(text) if text == "<<" && style == Some(ScalarStyle::Plain) => Text::Merge,
                        Content::Text(text) => Text::Of(text),
                        _ => {
                            let what = "the name of a member is a list or map: write a text";
                            self.problems.push(Problem { kind: ProblemKind::Hidden, place, what: what.to_owned() });
                            Text::None
                        }
                    };
                    if let Some(Open { content: OpenContent::Map { name, .. }, .. }) = self.open.last_mut() {
                        *name = Some(Name { text, place });
                    }
                }
            },
        }
    }

    fn merge(&mut self, place: Place, value: Node) {
        let parts = match value.content {
            Content::List(parts) => parts,
            _ => vec![value],
        };
        let maps: Option<Vec<Map>> =
            parts.into_iter().map(|part| if let Content::Map(map) = part.content { Some(map) } else { None }).collect();
        let Some(Open { content: OpenContent::Map { merged, .. }, .. }) = self.open.last_mut() else { return };
        let problem = match maps {
            None => (ProblemKind::Hidden, "`<<` merges a map or a list of maps, and this is neither"),
            Some(_) if merged.is_some() => (ProblemKind::DuplicateKey, "`<<` stands here a second time: merge a list"),
            Some(maps) => {
                *merged = Some(maps);
                return;
            }
        };
        self.problems.push(Problem { kind: problem.0, place, what: problem.1.to_owned() });
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> serde_json::Value {
        let (node, problems) = load(0, text);
        assert_eq!(problems, []);
        serde_json::to_value(node.unwrap()).unwrap()
    }

    fn problems(text: &str) -> Vec<(usize, usize)> {
        load(0, text).1.into_iter().map(|problem| (problem.place.line, problem.place.column)).collect()
    }

    #[test]
    fn names_are_texts_whatever_they_look_like() {
        let text = "200: a\n2023-01-01: b\nno: c\n4XX: d\n1.50: e\nnull: f\n\"quoted\": g\n";
        assert_eq!(
            value(text),
            json!({"200": "a", "2023-01-01": "b", "no": "c", "4XX": "d", "1.50": "e", "null": "f", "quoted": "g"})
        );
    }

    #[test]
    fn quotes_and_tags_make_texts_of_what_looks_like_a_value() {
        assert_eq!(
            value("a: \"5\"\nb: '1.0'\nc: !!str 5\nd: |\n  5\n"),
            json!({"a": "5", "b": "1.0", "c": "5", "d": "5\n"})
        );
    }

    #[test]
    fn aliases_are_what_they_name() {
        assert_eq!(value("a: &a {b: [1]}\nc: *a\n"), json!({"a": {"b": [1]}, "c": {"b": [1]}}));
    }

    #[test]
    fn merged_members_are_those_that_a_map_does_not_have_itself() {
        let text =
            "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: *a, y: 3}\nd: {z: 4, <<: [*b, *a]}\ne: {\"<<\": 5}\n";
        let value = value(text);
        assert_eq!(value["c"], json!({"x": 1, "y": 3}));
        assert_eq!(value["d"], json!({"x": 1, "y": 2, "z": 4}));
        assert_eq!(value["e"], json!({"<<": 5}));
    }

    #[test]
    fn everything_knows_its_line_and_column() {
        let (node, _) = load(7, "\u{feff}a:\r\n  - x: 1\r\n    y: 2\r\n");
        let node = node.unwrap();
        let second = node.get("a").and_then(Node::list).unwrap()[0].map().unwrap().get("y").unwrap();
        assert_eq!(second.key, Place { file: 7, line: 3, column: 5 });
        assert_eq!(second.value.place, Place { file: 7, line: 3, column: 8 });
    }

    #[test]
    fn a_second_member_of_one_name_is_a_problem_and_the_first_stays() {
        let (node, found) = load(0, "a: 1\nb:\n  c: 1\n  c: 2\na: 3\n");
        assert_eq!(serde_json::to_value(node.unwrap()).unwrap(), json!({"a": 1, "b": {"c": 1}}));
        let places: Vec<_> = found.iter().map(|problem| (problem.kind, problem.place.line)).collect();
        assert_eq!(places, [(ProblemKind::DuplicateKey, 4), (ProblemKind::DuplicateKey, 5)]);
    }

    #[test]
    fn what_json_cannot_hold_is_a_problem_with_a_place() {
        assert_eq!(problems("a: .nan\n"), [(1, 4)]);
        assert_eq!(problems("a: !own b\n"), [(1, 4)]);
        assert_eq!(problems("? [a]\n: b\n"), [(1, 3)]);
        assert_eq!(problems("b:\n  <<: 1\n"), [(2, 3)]);
        assert_eq!(problems("a: &a {}\nb:\n  <<: *a\n  <<: *a\n"), [(4, 3)]);
        assert_eq!(problems("a: &a [*a]\n"), [(1, 8)]);
    }

    #[test]
    fn tabs_that_indent_are_problems_and_others_are_not() {
        assert_eq!(problems("a:\n  \tb: 1\n"), [(2, 3)]);
        assert_eq!(problems("a:\n\tb: 1\n").first().map(|place| place.0), Some(2));
        assert_eq!(problems("a: \"x\ty\"\n"), []);
    }
}
