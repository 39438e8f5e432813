//! Operations that both have: versions, roles, parameters, bodies, statuses.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;

use super::{At, Comparer, Difference, Side, escaped};
use crate::{
    diff::Verdict,
    official::{
        document::{Document, Operation, schema_name},
        matching::{base, below, shape},
        version::{Format, Media, Version, media, versions},
    },
};

type Parameter = serde_json::Map<String, Value>;

use Verdict::{Breaking, Compatible, None as Nothing, Person};

impl<'a> Comparer<'a> {
    pub(super) fn operations(&mut self) {
        let (ours, theirs) = (self.ours.operations(), self.theirs.operations());
        let base = base(&theirs, &ours);
        let theirs: BTreeMap<String, Operation<'a>> = theirs
            .into_iter()
            .map(|operation| (shape(operation.method, below(operation.path, &base)), operation))
            .collect();
        for operation in ours {
            let pointer = format!("/paths/{}/{}", escaped(operation.path), operation.method);
            let name = operation.id().unwrap_or_default().to_snake_case();
            let at = At {
                note: self.note(&pointer),
                pointer,
                place: operation.place(),
                item: format!("Client::{name}"),
                side: Side::Request,
            };
            match theirs.get(&shape(operation.method, operation.path)) {
                None => self.differ(
                    &at,
                    Difference {
                        what: "the document does not have the operation".to_owned(),
                        why: "it may go without notice",
                        wire: Person,
                        rust: Nothing,
                    },
                ),
                Some(other) => {
                    if let Err(why) = self.operation(&operation, other, &at) {
                        self.differ(
                            &at,
                            Difference {
                                what: format!("the document cannot be read there: {why}"),
                                why: "nothing can be said of it",
                                wire: Person,
                                rust: Nothing,
                            },
                        );
                    }
                }
            }
        }
    }

    fn operation(&mut self, ours: &Operation<'a>, theirs: &Operation<'a>, at: &At) -> Result<(), String> {
        let all = versions(self.theirs, theirs)?;
        let version = self.version(ours, theirs, &all, at);
        self.role(ours, theirs, at);
        self.parameters(ours, theirs, at)?;
        self.body(ours, theirs, &version, at)?;
        self.responses(ours, theirs, &version, at)
    }

    /// The version that the contract means, and what there is to say of it.
    fn version(
        &mut self,
        ours: &Operation<'_>,
        theirs: &Operation<'_>,
        all: &[(Version, Option<&str>)],
        at: &At,
    ) -> Version {
        if theirs.is_deprecated() && !ours.is_deprecated() {
            self.differ(
                at,
                Difference {
                    what: "the operation is deprecated".to_owned(),
                    why: "the document says nothing of when it goes, or its versions do",
                    wire: Compatible,
                    rust: Nothing,
                },
            );
        }
        let meant = ours.text("x-atlas-version");
        let found = all.iter().find(|(version, _)| version.as_str() == meant);
        let Some((version, sunset)) = found else {
            let names: Vec<_> = all.iter().filter_map(|(version, _)| version.as_str()).collect();
            let has = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            self.differ(
                at,
                Difference {
                    what: format!("there is no resource version {}, but {has}", meant.unwrap_or("without a date")),
                    why: "Atlas refuses requests of a version that it does not have",
                    wire: Breaking,
                    rust: Nothing,
                },
            );
            return all.last().map_or(Version::None, |(version, _)| version.clone());
        };
        if let Some(day) = sunset {
            self.differ(
                at,
                Difference {
                    what: format!("resource version {} is served until {day}", meant.unwrap_or_default()),
                    why: "calls fail from then on",
                    wire: Person,
                    rust: Nothing,
                },
            );
        }
        let newer: Vec<_> =
            all.iter().map(|(newer, _)| newer).filter(|newer| *newer > version && **newer > Version::Preview).collect();
        if !newer.is_empty() {
            let names: Vec<_> = newer.into_iter().filter_map(Version::as_str).collect();
            self.differ(
                at,
                Difference {
                    what: format!("there are newer resource versions: {}", names.join(", ")),
                    why: "whoever wants what is new there has to change the contract",
                    wire: Compatible,
                    rust: Nothing,
                },
            );
        }
        version.clone()
    }

    fn role(&mut self, ours: &Operation<'_>, theirs: &Operation<'_>, at: &At) {
        let theirs = theirs.texts("x-rolesRequirements").join(" or ");
        let ours = ours.text("x-atlas-role").unwrap_or_default();
        if !theirs.is_empty() && ours != theirs {
            let here = if ours.is_empty() { "none".to_owned() } else { format!("`{ours}`") };
            self.differ(
                at,
                Difference {
                    what: format!("the role is {here} here, `{theirs}` there"),
                    why: "errors name the wrong role",
                    wire: Person,
                    rust: Nothing,
                },
            );
        }
    }

    fn parameters(&mut self, ours: &Operation<'a>, theirs: &Operation<'a>, at: &At) -> Result<(), String> {
        // Those of the path are the same by their order, whatever they are called.
        let renamed: BTreeMap<&str, &str> = in_braces(theirs.path).rev().zip(in_braces(ours.path).rev()).collect();
        let text =
            |parameter: &'a Parameter, name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or_default();
        let key = |parameter: &'a Parameter| (text(parameter, "in"), text(parameter, "name"));
        let is_required = |parameter: &Parameter| parameter.get("required") == Some(&true.into());
        let mut left: BTreeMap<_, _> = theirs
            .parameters(self.theirs)?
            .into_iter()
            .map(|parameter| match key(parameter) {
                ("path", name) => (("path", renamed.get(name).copied().unwrap_or(name)), parameter),
                other => (other, parameter),
            })
            .collect();
        let builder = ours.id().unwrap_or_default().to_pascal_case();
        for (listed, pointer, parameter) in self.pointed(ours)? {
            let (place, name) = key(parameter);
            let at = At {
                note: self.note(&listed).or_else(|| self.note(&pointer)).or_else(|| at.note.clone()),
                pointer,
                place: format!("{}: {place} {name}", at.place),
                item: format!("builder::{builder}::{}", name.to_snake_case()),
                side: Side::Request,
            };
            let Some(other) = left.remove(&(place, name)) else {
                self.differ(
                    &at,
                    Difference {
                        what: "the document does not have the parameter".to_owned(),
                        why: "Atlas may refuse or ignore it",
                        wire: Person,
                        rust: Breaking,
                    },
                );
                continue;
            };
            if is_required(parameter) != is_required(other) {
                let what =
                    if is_required(other) { "required there, and not here" } else { "required here, and not there" };
                let wire = if is_required(other) { Breaking } else { Compatible };
                self.differ(
                    &at,
                    Difference {
                        what: what.to_owned(),
                        why: "Atlas refuses requests without what it requires",
                        wire,
                        rust: Person,
                    },
                );
            }
            if let (Some(schema), Some(other)) = (parameter.get("schema"), other.get("schema")) {
                self.schema(schema, other, &at.part("schema", ""))?;
            }
        }
        for ((place, name), parameter) in left.into_iter().filter(|((place, _), _)| *place != "path") {
            let wire = if is_required(parameter) { Breaking } else { Compatible };
            let at = At { place: format!("{}: {place} {name}", at.place), ..at.clone() };
            self.differ(
                &at,
                Difference {
                    what: "the contract lacks the parameter".to_owned(),
                    why: if wire == Breaking { "Atlas refuses requests without it" } else { "nobody can send it" },
                    wire,
                    rust: Compatible,
                },
            );
        }
        Ok(())
    }

    /// The parameters of an operation of ours, each with the pointer to where it is listed and to where it stands.
    fn pointed(&self, ours: &Operation<'a>) -> Result<Vec<(String, String, &'a Parameter)>, String> {
        let item = format!("/paths/{}", escaped(ours.path));
        let mut found: BTreeMap<(String, String), (String, String, &'a Parameter)> = BTreeMap::new();
        for holder in [item.clone(), format!("{item}/{}", ours.method)] {
            let list = self.ours.at(&holder).and_then(|holder| holder.get("parameters")?.as_array());
            for (index, node) in list.into_iter().flatten().enumerate() {
                let listed = format!("{holder}/parameters/{index}");
                let target = node.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
                let pointer = target.unwrap_or(&listed).to_owned();
                let parameter = self.ours.follow(node)?.as_object().ok_or("a parameter is not a map")?;
                let text = |name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                found.insert((text("in"), text("name")), (listed, pointer, parameter));
            }
        }
        Ok(found.into_values().collect())
    }

    fn body(&mut self, ours: &Operation<'a>, theirs: &Operation<'a>, version: &Version, at: &At) -> Result<(), String> {
        let (here, there) = (ours.node.get("requestBody"), theirs.node.get("requestBody"));
        let (here, there) = match (here, there) {
            (Some(here), Some(there)) => (self.ours.follow(here)?, self.theirs.follow(there)?),
            (None, None) => return Ok(()),
            (here, _) => {
                let what =
                    if here.is_some() { "has a request body here alone" } else { "has a request body there alone" };
                self.differ(
                    at,
                    Difference {
                        what: what.to_owned(),
                        why: "Atlas may refuse the request",
                        wire: Breaking,
                        rust: Breaking,
                    },
                );
                return Ok(());
            }
        };
        let pointer = format!("{}/requestBody/content/application~1json/schema", at.pointer);
        let at = At { pointer, place: format!("{}: request body", at.place), ..at.clone() };
        let all = media(there);
        let newest = all.iter().map(|media| &media.version).filter(|found| *found <= version).max();
        let there = all.iter().find(|media| Some(&media.version) == newest && media.format == Format::Json);
        match (json_schema(here), there.and_then(Media::schema)) {
            (Some(here), Some(there)) => self.schema(here, there, &at),
            _ => Ok(()),
        }
    }

    fn responses(
        &mut self,
        ours: &Operation<'a>,
        theirs: &Operation<'a>,
        version: &Version,
        at: &At,
    ) -> Result<(), String> {
        let successes = |all: Vec<(&'a str, &'a Value)>| {
            all.into_iter().filter(|(status, _)| status.starts_with('2')).collect::<BTreeMap<_, _>>()
        };
        let (here, mut there) = (successes(ours.responses(self.ours)?), successes(theirs.responses(self.theirs)?));
        there.retain(|_, response| {
            let all = media(response);
            all.is_empty() || all.iter().any(|media| media.version == *version)
        });
        let statuses: BTreeSet<&str> = here.keys().chain(there.keys()).copied().collect();
        for status in statuses {
            let ranged = here.get(status).or_else(|| here.get("2XX"));
            match (ranged, there.get(status)) {
                (Some(response), Some(other)) => {
                    let pointer = format!("{}/responses/{status}/content/application~1json/schema", at.pointer);
                    let place = format!("{}: response {status}", at.place);
                    let at = At { pointer, place, side: Side::Response, ..at.clone() };
                    let media = media(other);
                    let there = media.iter().filter(|media| media.version == *version).min_by_key(|media| media.format);
                    self.response(json_schema(response), there, &at)?;
                }
                (None, Some(_)) => self.differ(
                    at,
                    Difference {
                        what: format!("the contract lacks the status {status}"),
                        why: "the operation succeeds in a way that the contract does not know",
                        wire: Person,
                        rust: Compatible,
                    },
                ),
                (Some(_), None) if status != "2XX" => self.differ(
                    at,
                    Difference {
                        what: format!("the document does not have the status {status}"),
                        why: "the operation may succeed in a way that the contract does not know",
                        wire: Person,
                        rust: Nothing,
                    },
                ),
                _ => {}
            }
        }
        self.errors(ours, theirs, at)
    }

    /// The errors of both, which ours has one type for.
    fn errors(&mut self, ours: &Operation<'a>, theirs: &Operation<'a>, at: &At) -> Result<(), String> {
        let here = ours.responses(self.ours)?;
        for (status, response) in theirs.responses(self.theirs)? {
            let range = format!("{}XX", status.get(..1).unwrap_or_default());
            let named = |name: &str| here.iter().find(|(status, _)| *status == name).map(|(_, response)| *response);
            let Some(response_here) = named(status).or_else(|| named(&range)).filter(|_| !status.starts_with('2'))
            else {
                continue;
            };
            let all = media(response);
            // Some errors have a form of their own, which the shared one need not have.
            let is_usual = |media: &&Media<'a>| media.schema().and_then(schema_name) == self.usual_error.as_deref();
            let Some(there) = all.iter().filter(|media| media.format == Format::Json).find(is_usual) else { continue };
            let pointer = format!("{}/responses/{status}", at.pointer);
            let at =
                At { pointer, place: format!("{}: response {status}", at.place), side: Side::Response, ..at.clone() };
            self.response(json_schema(response_here), Some(there), &at)?;
        }
        Ok(())
    }

    fn response(&mut self, here: Option<&'a Value>, there: Option<&Media<'a>>, at: &At) -> Result<(), String> {
        match (here, there.and_then(Media::schema)) {
            (Some(here), Some(there)) => self.schema(here, there, at),
            (None, Some(_)) if there.is_some_and(|media| media.format == Format::Json) => {
                self.differ(
                    at,
                    Difference {
                        what: "the response has a body there, and none here".to_owned(),
                        why: "it is not read",
                        wire: Compatible,
                        rust: Breaking,
                    },
                );
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// The schema that most errors of a document have.
pub(super) fn usual_error(document: &Document) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for operation in document.operations() {
        for (status, response) in operation.responses(document).unwrap_or_default() {
            if !status.starts_with('2') {
                let names = media(response).into_iter().filter_map(|media| schema_name(media.schema()?));
                names.for_each(|name| *counts.entry(name.to_owned()).or_default() += 1);
            }
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(name, _)| name)
}

fn json_schema(body: &Value) -> Option<&Value> {
    body.get("content")?.get("application/json")?.get("schema")
}

/// The names of a path's parameters.
fn in_braces(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    let names: Vec<_> = path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect();
    names.into_iter()
}
