//! Schemas that stand for each other.

use std::collections::BTreeSet;

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::{Value, json};

use super::{At, Comparer, Difference, NOTE, Side, escaped, shown};
use crate::{
    diff::Verdict,
    official::{
        document::schema_name,
        flat::{Kind, Property, Union},
        is_id,
    },
};

use Verdict::{Breaking, Compatible, None as Nothing, Person};

/// Deeper than any schema that is not made of itself.
const DEEPEST: usize = 64;

impl Comparer<'_> {
    /// Compares what stands in the contract with what stands there in the document.
    pub(super) fn schema(&mut self, ours: &Value, theirs: &Value, at: &At) -> Result<(), String> {
        if at.pointer.matches('/').count() > 4 * DEEPEST {
            return Ok(());
        }
        let at = &At { note: self.note(&at.pointer).or_else(|| at.note.clone()), ..at.clone() };
        if let Some(whole) = self.ours.wrapped(ours)? {
            let name = schema_name(ours).is_some();
            let whole = whole.clone();
            return self.schema(&whole, theirs, &if name { at.clone() } else { at.part("allOf/0", "") });
        }
        if let Some(whole) = self.theirs.wrapped(theirs)? {
            return self.schema(ours, &whole.clone(), at);
        }
        let kinds = (self.ours.kind(ours)?, self.theirs.kind(theirs)?);
        if !fit(kinds) {
            self.differ(
                at,
                Difference {
                    what: format!("{} here, {} there", kind(kinds.0), kind(kinds.1)),
                    why: "neither side takes the one for the other",
                    wire: if kinds.0 == Kind::Any { Compatible } else { Breaking },
                    rust: Breaking,
                },
            );
            return Ok(());
        }
        match (schema_name(ours), schema_name(theirs)) {
            (Some(ours), theirs_name) => {
                if let Some(name) = theirs_name
                    && !self.enter(ours, name, at.side)
                {
                    return Ok(());
                }
                let pointer = format!("/components/schemas/{}", escaped(ours));
                let own = self.note(&pointer);
                let is_scalar = matches!(kinds.0, Kind::Scalar | Kind::Any);
                // What is different about a text is so where it is used, too.
                let note = own.or_else(|| at.note.clone().filter(|_| is_scalar));
                let item = format!("types::{}", ours.to_pascal_case());
                let at = At { pointer, place: ours.to_owned(), item, note, side: at.side };
                let target = self.ours.follow(&reference(ours))?.clone();
                self.alike(&target, theirs, kinds, &at)
            }
            _ => self.alike(&ours.clone(), theirs, kinds, at),
        }
    }

    /// Whether two named schemas are to be compared, which happens once.
    fn enter(&mut self, ours: &str, theirs: &str, side: Side) -> bool {
        let is_part = self.ours.schema(ours).is_some_and(|schema| schema.get(NOTE).is_some());
        if !is_part {
            self.shared.entry((theirs.to_owned(), side == Side::Response)).or_insert_with(|| ours.to_owned());
        }
        self.seen.insert((ours.to_owned(), theirs.to_owned(), side))
    }

    fn alike(&mut self, ours: &Value, theirs: &Value, kinds: (Kind, Kind), at: &At) -> Result<(), String> {
        match kinds {
            (Kind::Scalar, Kind::Scalar) => self.scalar(ours, theirs, at),
            (Kind::List, Kind::List) => {
                let theirs = self.theirs.follow(theirs)?;
                match (ours.get("items"), theirs.get("items")) {
                    (Some(items), Some(other)) => self.schema(items, &other.clone(), &at.part("items", "[]")),
                    _ => Ok(()),
                }
            }
            (Kind::Map, Kind::Map) => {
                let (here, there) = (self.ours.object(ours, false)?.values, self.theirs.object(theirs, false)?.values);
                match (here, there) {
                    (Some(here), Some(there)) if here.is_object() && there.is_object() => {
                        self.schema(&here, &there, &at.part("additionalProperties", "{}"))
                    }
                    _ => Ok(()),
                }
            }
            (Kind::Union, Kind::Union) => {
                let unions = (self.ours.union(ours)?, self.theirs.union(self.theirs.follow(theirs)?)?);
                match unions {
                    (Some(here), Some(there)) => self.union(ours, theirs, (&here, &there), at),
                    _ => Ok(()),
                }
            }
            (Kind::Object, Kind::Object | Kind::Union) => self.object(ours, theirs, at),
            _ => Ok(()),
        }
    }

    fn union(&mut self, ours: &Value, theirs: &Value, unions: (&Union, &Union), at: &At) -> Result<(), String> {
        let (Some((property, here)), Some((other, there))) = (&unions.0.tagged, &unions.1.tagged) else {
            return self.object(ours, theirs, at);
        };
        if property != other {
            self.differ(
                at,
                Difference {
                    what: format!("kinds are told apart by `{property}` here, by `{other}` there"),
                    why: "every kind would be taken for a new one",
                    wire: Breaking,
                    rust: Breaking,
                },
            );
            return Ok(());
        }
        let tags: BTreeSet<&String> = here.keys().chain(there.keys()).collect();
        for tag in tags {
            match (here.get(tag), there.get(tag)) {
                (Some(kind), Some(other)) => self.schema(&reference(kind), &reference(other), at)?,
                (None, Some(_)) => self.differ(
                    at,
                    Difference {
                        what: format!("the contract lacks the kind `{tag}`"),
                        why: "it is kept as it comes",
                        wire: Compatible,
                        rust: Compatible,
                    },
                ),
                _ => self.differ(
                    at,
                    Difference {
                        what: format!("the document does not have the kind `{tag}`"),
                        why: "nobody is to send it",
                        wire: if at.side == Side::Request { Breaking } else { Compatible },
                        rust: Breaking,
                    },
                ),
            }
        }
        Ok(())
    }

    fn object(&mut self, ours: &Value, theirs: &Value, at: &At) -> Result<(), String> {
        let (here, there) = (self.ours.object(ours, true)?, self.theirs.object(theirs, true)?);
        // Whoever does not write a property is not asked for it.
        let foreign = if at.side == Side::Request { "readOnly" } else { "writeOnly" };
        let is_foreign = |property: &Property| property.node.get(foreign) == Some(&Value::Bool(true));
        for (name, property) in &here.properties {
            let owner = property.owner.as_ref().map(|owner| format!("/components/schemas/{}", escaped(owner)));
            let pointer = format!("{}/properties/{}", owner.unwrap_or_else(|| at.pointer.clone()), escaped(name));
            let own = self.note(&pointer);
            let part = At {
                pointer,
                place: format!("{}.{name}", at.place),
                item: format!("{}::{}", at.item, name.to_snake_case()),
                note: own.clone(),
                side: at.side,
            };
            // A note on the whole says which properties it has.
            let listed = At { note: own.or_else(|| at.note.clone()), ..part.clone() };
            let Some(other) = there.properties.get(name) else {
                let wire = if at.side == Side::Request { Breaking } else { Compatible };
                self.differ(
                    &listed,
                    Difference {
                        what: "the document does not have the property".to_owned(),
                        why: if wire == Breaking {
                            "Atlas refuses what it does not know"
                        } else {
                            "Atlas may never send it"
                        },
                        wire,
                        rust: Breaking,
                    },
                );
                continue;
            };
            if here.required.contains(name) && !there.required.contains(name) && at.side == Side::Response {
                self.differ(
                    &part,
                    Difference {
                        what: "required here, and not there".to_owned(),
                        why: "a response without it cannot be decoded",
                        wire: Breaking,
                        rust: Breaking,
                    },
                );
            }
            self.schema(&property.node, &other.node, &part)?;
        }
        for (name, property) in there.properties.iter().filter(|(_, property)| !is_foreign(property)) {
            if here.properties.contains_key(name) {
                continue;
            }
            let is_needed = at.side == Side::Request && there.required.contains(name);
            let at = At { place: format!("{}.{name}", at.place), ..at.clone() };
            let _ = property;
            self.differ(
                &at,
                Difference {
                    what: "the contract lacks the property".to_owned(),
                    why: if is_needed { "Atlas refuses requests without it" } else { "nobody can use it" },
                    wire: if is_needed { Breaking } else { Compatible },
                    rust: Compatible,
                },
            );
        }
        Ok(())
    }

    fn scalar(&mut self, ours: &Value, theirs: &Value, at: &At) -> Result<(), String> {
        let theirs = self.theirs.follow(theirs)?.clone();
        let (here, there) = (self.ours.scalar_type(ours)?, self.theirs.scalar_type(&theirs)?);
        if let (Some(here), Some(there)) = (&here, &there)
            && here != there
        {
            let is_wider = (here.as_str(), there.as_str()) == ("number", "integer");
            self.differ(
                at,
                Difference {
                    what: format!("{here} here, {there} there"),
                    why: "neither side takes the one for the other",
                    wire: if is_wider && at.side == Side::Response { Compatible } else { Breaking },
                    rust: Breaking,
                },
            );
            return Ok(());
        }
        self.format(ours, &theirs, at);
        self.values(ours, &theirs, at)?;
        let is_typed = ours.get("x-atlas-type").is_some();
        let pattern = |schema: &Value| schema.get("pattern").cloned();
        let is_id = theirs.as_object().is_some_and(is_id);
        if at.side == Side::Response && pattern(ours).is_none() && pattern(&theirs).is_some() && !is_id && !is_typed {
            self.differ(
                at,
                Difference {
                    what: format!("any text here, the pattern {} there", shown(pattern(&theirs).as_ref())),
                    why: "a response that does not match is taken all the same",
                    wire: Compatible,
                    rust: Nothing,
                },
            );
        }
        Ok(())
    }

    /// Formats that have a Rust type each.
    fn format(&mut self, ours: &Value, theirs: &Value, at: &At) {
        let format = |schema: &Value| schema.get("format").and_then(Value::as_str).map(str::to_owned);
        let (here, there) = (format(ours), format(theirs));
        let is_moment = |format: &Option<String>| matches!(format.as_deref(), Some("date" | "date-time"));
        // Whoever sends a number keeps to what there is room for; whoever reads one needs the room.
        let is_too_small =
            at.side == Side::Response && here.as_deref() == Some("int32") && there.as_deref() != Some("int32");
        let is_other_moment = here != there && (is_moment(&here) || (is_moment(&there) && at.side == Side::Response));
        if is_too_small || is_other_moment {
            let name =
                |format: Option<String>| format.map_or_else(|| "no format".to_owned(), |name| format!("`{name}`"));
            let is_read = at.side == Side::Response && !is_moment(&here) && !is_too_small;
            self.differ(
                at,
                Difference {
                    what: format!("{} here, {} there", name(here.clone()), name(there)),
                    why: "one side has values that the other has no place for",
                    wire: if is_read { Compatible } else { Breaking },
                    rust: Breaking,
                },
            );
        }
    }

    fn values(&mut self, ours: &Value, theirs: &Value, at: &At) -> Result<(), String> {
        let (here, there) = (self.ours.values(ours)?, self.theirs.values(theirs)?);
        if here.is_empty() {
            // A plain text takes any value; a type of its own knows some.
            if !there.is_empty() && at.side == Side::Response && at.is_hand_written() {
                self.differ(
                    at,
                    Difference {
                        what: "any value here, only some there".to_owned(),
                        why: "a value that is new is taken all the same",
                        wire: Compatible,
                        rust: Breaking,
                    },
                );
            }
            return Ok(());
        }
        if there.is_empty() {
            self.differ(
                at,
                Difference {
                    what: "only some values here, any there".to_owned(),
                    why: "there are values that nobody can send",
                    wire: Compatible,
                    rust: Breaking,
                },
            );
            return Ok(());
        }
        for value in there.iter().filter(|value| !here.contains(value)) {
            self.differ(
                at,
                Difference {
                    what: format!("the contract lacks the value `{value}`"),
                    why: "nobody can send it",
                    wire: Compatible,
                    rust: Compatible,
                },
            );
        }
        for value in here.iter().filter(|value| !there.contains(value)) {
            self.differ(
                at,
                Difference {
                    what: format!("the document does not have the value `{value}`"),
                    why: "Atlas may refuse it",
                    wire: if at.side == Side::Request { Breaking } else { Person },
                    rust: Breaking,
                },
            );
        }
        Ok(())
    }
}

/// Whether one kind of schema can stand for another one.
fn fit(kinds: (Kind, Kind)) -> bool {
    matches!(
        kinds,
        (_, Kind::Any)
            | (Kind::Scalar, Kind::Scalar)
            | (Kind::List, Kind::List)
            | (Kind::Map, Kind::Map)
            | (Kind::Object, Kind::Object | Kind::Union)
            | (Kind::Union, Kind::Union)
    )
}

/// What a schema is, for people.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Object => "an object",
        Kind::Map => "a map of any names",
        Kind::Union => "a union of kinds",
        Kind::List => "a list",
        Kind::Scalar => "a text, number or boolean",
        Kind::Any => "any value",
    }
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}
