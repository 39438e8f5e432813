//! The walk itself.

use super::{
    Component, Extension, Kind, Position, Reference, Side, Site, Survey, local, resembles,
    shape::{OPERATION, Object, PATH, ROOT, SCHEMA, Shape},
};
use crate::{
    contract::{Findings, Rule},
    yaml::{Content, Map, Node, Place},
};

/// What is known of where the walk stands.
#[derive(Debug, Clone, Copy)]
struct At<'a> {
    /// Where the value's name is written, or the value itself where it has none.
    place: Place,
    /// What the value is called, for people.
    name: &'a str,
    owner: Option<Component<'a>>,
    side: Option<Side>,
    position: Position<'a>,
    parent: Option<usize>,
    /// Whether the operation changes what is there.
    changes: bool,
    /// Id of the operation.
    operation: Option<&'a str>,
    names: Names<'a>,
}

/// What the names of a map are.
#[derive(Debug, Clone, Copy)]
enum Names<'a> {
    Plain,
    /// Paths or responses, among which extensions may stand.
    Extensible,
    Components(Kind),
    /// Properties, and the list of those that are required.
    Properties(Option<&'a Node>),
}

pub(super) fn walk(survey: &mut Survey<'_>, findings: &mut Findings) {
    let root = survey.root;
    let at = At {
        place: root.place,
        name: "the contract",
        owner: None,
        side: None,
        position: Position::Body,
        parent: None,
        changes: false,
        operation: None,
        names: Names::Plain,
    };
    Walker { survey, findings }.object(root, &ROOT, at);
}

struct Walker<'w, 'a> {
    survey: &'w mut Survey<'a>,
    findings: &'w mut Findings,
}

impl<'a> Walker<'_, 'a> {
    fn value(&mut self, node: &'a Node, shape: Shape, at: At<'a>) {
        match shape {
            Shape::Anything => {}
            Shape::Text if node.text().is_none() => self.wrong(node, "a text", at),
            Shape::Bool if node.bool().is_none() => self.wrong(node, "`true` or `false`", at),
            Shape::Number if !matches!(node.content, Content::Number(_)) => self.wrong(node, "a number", at),
            Shape::Count if !matches!(&node.content, Content::Number(number) if number.is_u64()) => {
                self.wrong(node, "a whole number", at);
            }
            Shape::Text | Shape::Bool | Shape::Number | Shape::Count => {}
            Shape::List(shape) => {
                let Some(list) = node.list() else { return self.wrong(node, "a list", at) };
                for item in list {
                    self.value(item, *shape, At { place: item.place, ..at });
                }
            }
            Shape::Names(shape) => {
                let Some(map) = node.map() else { return self.wrong(node, "a map", at) };
                for (name, member) in map {
                    if name.starts_with("x-") && matches!(at.names, Names::Extensible) {
                        continue;
                    }
                    self.value(&member.value, *shape, At { place: member.key, name, ..at.named(name) });
                }
            }
            Shape::Object(object) => self.object(node, object, at),
            Shape::Either(kind) => self.either(node, kind, at),
            Shape::SchemaOrBool if node.bool().is_some() => {}
            Shape::SchemaOrBool => self.either(node, Kind::Schema, at),
            Shape::Security => self.security(node, at),
            Shape::Mapping => self.mapping(node, at),
        }
    }

    fn wrong(&mut self, node: &Node, wanted: &str, at: At<'_>) {
        let mend = match (&node.content, wanted) {
            (Content::Null, _) => "give it a value, or drop it".to_owned(),
            (Content::Bool(_) | Content::Number(_), "a text") => "put it in quotes".to_owned(),
            (Content::Bool(_), "a list") if at.name == "required" => {
                "drop it here, and name the property in the `required` beside the `properties` that it is one of"
                    .to_owned()
            }
            (Content::List(_), "a text") if at.name == "type" => {
                "write one type, with `nullable: true` beside it when it may be null".to_owned()
            }
            (Content::Text(text), "`true` or `false`") => {
                crate::yaml::meant_as_boolean(text).unwrap_or_else(|| format!("write {wanted}"))
            }
            _ => format!("write {wanted}"),
        };
        let what = format!("`{}` is {}, but must be {wanted}", at.name, node.kind());
        self.findings.add(Rule::Shape, at.place, what, mend);
    }

    fn either(&mut self, node: &'a Node, kind: Kind, at: At<'a>) {
        let object = kind.object();
        if node.map().is_none() {
            return self.wrong(node, &format!("a map or a `$ref`, for {}", object.name), at);
        }
        if kind == Kind::Schema {
            self.site(node, at);
        }
        match node.get("$ref") {
            Some(target) => self.reference(node, target, kind, at),
            None => self.object(node, object, at),
        }
    }

    fn site(&mut self, node: &'a Node, at: At<'a>) {
        let At { place, owner, side, position, parent, .. } = at;
        self.survey.sites.push(Site { node, place, owner, side, position, parent });
    }

    fn reference(&mut self, node: &'a Node, target: &'a Node, kind: Kind, at: At<'a>) {
        // What a property is described as, the generator hears even so.
        let is_heard = |name: &str| {
            name == "x-atlas-differs" || name == "description" && matches!(at.position, Position::Property { .. })
        };
        let siblings = node.map().into_iter().flatten().filter(|(name, _)| *name != "$ref" && !is_heard(name));
        for (name, sibling) in siblings {
            let mend = if kind == Kind::Schema {
                "keep the `$ref` alone, or write `allOf: [$ref]` with the rest beside `allOf`"
            } else {
                "keep the `$ref` alone, or write the whole out"
            };
            let what = format!("`{name}` stands beside a `$ref`, where OpenAPI 3.0 ignores it");
            self.findings.add(Rule::ReferenceSiblings, sibling.key, what, mend);
        }
        let Some(text) = target.text() else {
            return self.wrong(target, "a text", At { name: "$ref", place: target.place, ..at });
        };
        match local(kind, text) {
            Some(name) => self.mention(kind, name, target.place, at),
            None => {
                let what = if text.starts_with("#/components/") {
                    format!("`{text}` is not among the `{}`, of which one must stand here", kind.folder())
                } else {
                    format!("`{text}` leads out of the contract's components")
                };
                let mend = format!("refer to `#/components/{}/NAME`, and define it in any fragment", kind.folder());
                self.findings.add(Rule::ForeignReference, target.place, what, mend);
            }
        }
    }

    fn mention(&mut self, kind: Kind, target: &'a str, place: Place, at: At<'a>) {
        let of_header = kind == Kind::Header || at.position == Position::Header;
        let side = at.side.filter(|_| !of_header);
        let At { owner, operation, .. } = at;
        self.survey.references.push(Reference { kind, target, place, owner, side, of_header, operation });
    }

    fn security(&mut self, node: &'a Node, at: At<'a>) {
        let Some(list) = node.list() else { return self.wrong(node, "a list", at) };
        for requirement in list {
            let Some(map) = requirement.map() else {
                self.wrong(requirement, "a map of security schemes", At { place: requirement.place, ..at });
                continue;
            };
            for (name, member) in map {
                if member.value.list().is_none() {
                    self.wrong(&member.value, "a list of scopes, if only `[]`", At { place: member.key, name, ..at });
                }
                self.mention(Kind::SecurityScheme, name, member.key, at);
            }
        }
    }

    fn mapping(&mut self, node: &'a Node, at: At<'a>) {
        let Some(map) = node.map() else { return self.wrong(node, "a map", at) };
        for (name, member) in map {
            match member.value.text() {
                Some(text) => {
                    let target = local(Kind::Schema, text).unwrap_or(text);
                    self.mention(Kind::Schema, target, member.value.place, at);
                }
                None => self.wrong(&member.value, "a text", At { place: member.key, name, ..at }),
            }
        }
    }

    fn object(&mut self, node: &'a Node, object: &'static Object, at: At<'a>) {
        let Some(map) = node.map() else { return self.wrong(node, &format!("a map, for {}", object.name), at) };
        for name in object.required() {
            if !map.contains_key(name) {
                let what = format!("{} has no `{name}`", object.name);
                self.findings.add(Rule::MissingMember, at.place, what, format!("add `{name}`"));
            }
        }
        let parent = is(object, &SCHEMA).then(|| self.survey.sites.len().checked_sub(1)).flatten();
        let at = At { parent: parent.or(at.parent), ..at };
        for (name, member) in map {
            let here = At { place: member.key, name, ..at };
            if name.starts_with("x-") {
                let (value, place, on) = (&member.value, member.key, object.name);
                self.survey.extensions.push(Extension { name, value, place, on, object: node });
            } else if let Some((_, shape)) = object.members().find(|(known, _)| known == name) {
                self.value(&member.value, shape, here.inside(object, name, map));
            } else {
                self.unknown(object, name, member.key);
            }
        }
    }

    fn unknown(&mut self, object: &Object, name: &str, place: Place) {
        let what = format!("{} has no member `{name}` in OpenAPI 3.0", object.name);
        let near = object.members().map(|(known, _)| known).filter(|known| resembles(known, name)).min();
        let mend = match (name, near) {
            (_, Some(near)) => format!("is `{near}` meant?"),
            ("const" | "examples" | "$defs" | "if" | "prefixItems" | "patternProperties" | "webhooks", _) => {
                "that is of newer OpenAPI or of JSON Schema: drop it, or say it in the description".to_owned()
            }
            _ => "drop it, or begin its name with `x-`".to_owned(),
        };
        self.findings.add(Rule::UnknownMember, place, what, mend);
    }
}

impl<'a> At<'a> {
    /// The same place, one member further in.
    fn inside(self, object: &'static Object, member: &'a str, map: &'a Map) -> Self {
        let side = if is(object, &OPERATION) || is(object, &PATH) {
            match member {
                "requestBody" if self.changes => Some(Side::Change),
                "parameters" | "requestBody" => Some(Side::Request),
                "responses" => Some(Side::Response),
                _ => self.side,
            }
        } else {
            self.side
        };
        let text = |name: &str| map.get(name).and_then(|member| member.value.text());
        let operation = if is(object, &PATH) {
            map.get(member).and_then(|operation| operation.value.get("operationId")?.text())
        } else {
            self.operation
        };
        let changes = self.changes || (is(object, &PATH) && matches!(member, "patch" | "put"));
        let position = match (object.name, member) {
            ("a schema", "items") => Position::Items,
            ("a schema", "additionalProperties") => Position::Values,
            ("a schema", "allOf") => Position::Member("allOf"),
            ("a schema", "oneOf") => Position::Member("oneOf"),
            ("a schema", "anyOf") => Position::Member("anyOf"),
            ("a schema", "not") => Position::Member("not"),
            ("a parameter", "schema") => Position::Parameter(text("name").unwrap_or_default()),
            ("a header", "schema") => Position::Header,
            ("a media type", "schema") => Position::Body,
            _ => self.position,
        };
        let names = match (object.name, member) {
            ("the contract", "paths") | ("an operation", "responses") => Names::Extensible,
            ("a schema", "properties") => Names::Properties(map.get("required").map(|required| &required.value)),
            ("components", folder) => Kind::of_folder(folder).map_or(Names::Plain, Names::Components),
            _ => Names::Plain,
        };
        Self { side, changes, operation, position, names, ..self }
    }

    /// The same place, at one name of a map of names.
    fn named(self, name: &'a str) -> Self {
        let at = Self { names: Names::Plain, ..self };
        match self.names {
            Names::Plain | Names::Extensible => at,
            Names::Components(kind) => Self { owner: Some((kind, name)), position: Position::Component(name), ..at },
            Names::Properties(required) => {
                let required = required.and_then(Node::list).into_iter().flatten().any(|one| one.text() == Some(name));
                Self { position: Position::Property { name, required }, ..at }
            }
        }
    }
}

fn is(object: &Object, other: &'static Object) -> bool {
    std::ptr::eq(object, other)
}
