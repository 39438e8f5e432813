//! Walks a document once and notes all that the rules ask for; what has no place in OpenAPI 3.0 is found on the way.

mod shape;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use shape::Kind;

use super::Findings;
use crate::yaml::{Node, Place};

/// A component's kind and name.
pub(crate) type Component<'a> = (Kind, &'a str);

/// Who writes a value: the caller, or Atlas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// Parameters, and the bodies of what creates.
    Request,
    /// The bodies of what changes, in which leaving a value out means something.
    Change,
    Response,
}

/// A mention of a component.
#[derive(Debug)]
pub(crate) struct Reference<'a> {
    pub(crate) kind: Kind,
    pub(crate) target: &'a str,
    pub(crate) place: Place,
    /// Component that mentions it; none for operations.
    pub(crate) owner: Option<Component<'a>>,
    pub(crate) side: Option<Side>,
    /// Id of the operation that mentions it.
    operation: Option<&'a str>,
    /// Whether it describes a header, which is documentation: the generator reads none.
    of_header: bool,
}

/// A place where a schema, or a reference to one, stands.
#[derive(Debug)]
pub(crate) struct Site<'a> {
    pub(crate) node: &'a Node,
    pub(crate) place: Place,
    pub(crate) owner: Option<Component<'a>>,
    pub(crate) side: Option<Side>,
    pub(crate) position: Position<'a>,
    /// Index of the site that this one is a part of.
    pub(crate) parent: Option<usize>,
}

/// What a schema is to what it stands in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Position<'a> {
    Component(&'a str),
    Property {
        name: &'a str,
        required: bool,
    },
    Items,
    /// The values of a map.
    Values,
    /// `allOf`, `oneOf`, `anyOf` or `not`.
    Member(&'static str),
    Parameter(&'a str),
    Header,
    Body,
}

/// A member whose name begins with `x-`.
#[derive(Debug)]
pub(crate) struct Extension<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a Node,
    pub(crate) place: Place,
    /// What it stands on, for people.
    pub(crate) on: &'static str,
    pub(crate) object: &'a Node,
}

#[derive(Debug)]
pub(crate) struct Operation<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: &'a str,
    /// Where the method is written.
    pub(crate) place: Place,
    pub(crate) node: &'a Node,
    /// The path's item, which holds what its operations share.
    pub(crate) item: &'a Node,
}

impl<'a> Operation<'a> {
    pub(crate) fn id(&self) -> Option<&'a str> {
        self.node.get("operationId").and_then(Node::text)
    }

    /// Its id, or method and path where it has none.
    pub(crate) fn label(&self) -> String {
        self.id().map_or_else(|| format!("{} {}", self.method.to_uppercase(), self.path), |id| format!("`{id}`"))
    }
}

/// What a document holds.
#[derive(Debug)]
pub(crate) struct Survey<'a> {
    pub(crate) root: &'a Node,
    pub(crate) references: Vec<Reference<'a>>,
    pub(crate) sites: Vec<Site<'a>>,
    pub(crate) extensions: Vec<Extension<'a>>,
    pub(crate) operations: Vec<Operation<'a>>,
    /// Who writes each component, with an operation for which they do.
    sides: BTreeMap<Component<'a>, BTreeMap<Side, Option<&'a str>>>,
    used: BTreeSet<Component<'a>>,
}

pub(crate) const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

impl<'a> Survey<'a> {
    pub(crate) fn new(root: &'a Node, findings: &mut Findings) -> Self {
        let mut survey = Self {
            root,
            references: Vec::new(),
            sites: Vec::new(),
            extensions: Vec::new(),
            operations: operations(root),
            sides: BTreeMap::new(),
            used: BTreeSet::new(),
        };
        walk::walk(&mut survey, findings);
        survey.spread();
        survey
    }

    /// Every component of a kind, with the place of its name.
    pub(crate) fn components(&self, kind: Kind) -> impl Iterator<Item = (&'a str, Place, &'a Node)> {
        let folder = self.root.get("components").and_then(|all| all.get(kind.folder())).and_then(Node::map);
        folder.into_iter().flatten().map(|(name, member)| (name.as_str(), member.key, &member.value))
    }

    pub(crate) fn component(&self, kind: Kind, name: &str) -> Option<&'a Node> {
        self.root.get("components")?.get(kind.folder())?.get(name)
    }

    /// What a reference leads to, or the node itself when it is none. Nothing when it leads nowhere.
    pub(crate) fn resolve(&self, kind: Kind, mut node: &'a Node) -> Option<&'a Node> {
        for _ in 0..32 {
            match node.get("$ref").map(Node::text) {
                None => return Some(node),
                Some(target) => node = self.component(kind, local(kind, target?)?)?,
            }
        }
        None
    }

    /// Whether any operation leads there.
    pub(crate) fn is_used(&self, component: Component<'a>) -> bool {
        self.used.contains(&component)
    }

    /// Whether what stands there is written by a side.
    pub(crate) fn is_on(&self, site: &Site<'a>, side: Side) -> bool {
        match site.owner {
            Some(owner) => self.sides.get(&owner).is_some_and(|sides| sides.contains_key(&side)),
            None => site.side == Some(side),
        }
    }

    /// The operation that returns a named schema, if one with an id does.
    pub(crate) fn returned_by(&self, site: &Site<'a>) -> Option<&'a str> {
        *self.sides.get(&site.owner?)?.get(&Side::Response)?
    }

    /// Follows the references of operations into components, and theirs.
    fn spread(&mut self) {
        let mut edges: BTreeMap<Component<'a>, Vec<(Component<'a>, bool)>> = BTreeMap::new();
        let mut open: Vec<(Component<'a>, Option<Side>, Option<&'a str>)> = Vec::new();
        for reference in &self.references {
            let target = (reference.kind, reference.target);
            match reference.owner {
                Some(owner) => edges.entry(owner).or_default().push((target, reference.of_header)),
                None => open.push((target, reference.side, reference.operation)),
            }
        }
        let mut seen = BTreeSet::new();
        while let Some((component, side, operation)) = open.pop() {
            if !seen.insert((component, side)) {
                continue;
            }
            self.used.insert(component);
            if let Some(side) = side {
                self.sides.entry(component).or_default().insert(side, operation);
            }
            let next = edges.get(&component).into_iter().flatten();
            open.extend(next.map(|(next, of_header)| (*next, side.filter(|_| !of_header), operation)));
        }
    }
}

/// The component that a reference names, when it is one of the right kind.
pub(crate) fn local(kind: Kind, target: &str) -> Option<&str> {
    let name = target.strip_prefix("#/components/")?.strip_prefix(kind.folder())?.strip_prefix('/')?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

fn operations(root: &Node) -> Vec<Operation<'_>> {
    let paths = root.get("paths").and_then(Node::map);
    let mut operations = Vec::new();
    for (path, item) in paths.into_iter().flatten().filter(|(path, _)| !path.starts_with("x-")) {
        for method in METHODS {
            if let Some(member) = item.value.map().and_then(|members| members.get(method)) {
                let (place, node, item) = (member.key, &member.value, &item.value);
                operations.push(Operation { path, method, place, node, item });
            }
        }
    }
    operations
}

/// Whether a name is another one with a slip of the finger.
pub(crate) fn resembles(known: &str, name: &str) -> bool {
    let (known, name) = (known.to_lowercase(), name.to_lowercase());
    let length = known.chars().count().max(name.chars().count());
    let same = similar::TextDiff::from_chars(known.as_str(), name.as_str()).ratio();
    length > 2 && same >= 0.8
}
