//! Security: whether what an old client proves is still enough.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Impact, Sides, Site, Verdict, WireDiff, operations::Both};
use crate::diff::document::{Document, Object, members};

/// Everything that one way in asks for: schemes, as they are defined, with their scopes.
type Way = BTreeMap<String, BTreeSet<String>>;

impl<'a> WireDiff<'a> {
    pub(super) fn operation_security(&mut self, both: &Both<'a>) {
        // What all inherit is said once.
        let (old, new) = both.sides().get("security");
        if old.is_none() && new.is_none() {
            self.inherits_security = true;
            return;
        }
        self.ways(&both.site, old.or_else(|| self.base.get("security")), new.or_else(|| self.head.get("security")));
    }

    /// The security of all operations that say nothing else.
    pub(super) fn security(&mut self) {
        let site = Site::of_client("security");
        let sides = Sides::of(Some(self.base.root()), Some(self.head.root()));
        if self.inherits_security {
            let (old, new) = sides.get("security");
            self.ways(&site, old, new);
        } else if let Some(what) = sides.touched("security") {
            self.report(&site, what, Impact::same(Verdict::Cosmetic, "every operation says itself what it asks for"));
        }
        let schemes = sides.part("components").part("securitySchemes");
        for name in schemes.keys() {
            let elsewhere = Impact::same(Verdict::Cosmetic, "whether it matters is said where it is asked for");
            let (what, impact) = match schemes.get(name) {
                (was, is) if was == is => continue,
                (None, _) => ("the scheme is new", elsewhere),
                (_, None) => ("the scheme is gone", elsewhere),
                (Some(was), Some(is)) if extensions(was) != extensions(is) => {
                    ("an extension changed", Impact::person("the tool has no rule for it"))
                }
                (Some(was), Some(is)) if !scopes(was).is_subset(&scopes(is)) => (
                    "scopes are gone",
                    Impact::same(Verdict::Person, "who still asks for one that is gone may be refused"),
                ),
                _ if demands(self.base, name) == demands(self.head, name) => {
                    ("what is said of it changed", Impact::docs())
                }
                _ => ("the scheme is another", elsewhere),
            };
            self.report(&Site::of_client(format!("securitySchemes.{name}")), what, impact);
        }
    }

    fn ways(&mut self, site: &Site, old: Option<&Value>, new: Option<&Value>) {
        let (Some(was), Some(is)) = (ways(self.base, old), ways(self.head, new)) else {
            if old != new {
                let impact = Impact::person("it is written in a way that the tool does not know");
                self.report(site, "the security changed", impact);
            }
            return;
        };
        if was == is {
            return;
        }
        let enough = |way: &Way| {
            is.iter().any(|new| {
                new.iter().all(|(scheme, scopes)| way.get(scheme).is_some_and(|proved| scopes.is_subset(proved)))
            })
        };
        if was.iter().all(enough) {
            self.report(
                site,
                "there are other ways to prove who calls",
                Impact::wider("every old way is still enough"),
            );
        } else {
            let why = "a way in which old clients prove who they are is no longer enough";
            self.report(site, "callers have to prove something else", Impact::tighter(why));
        }
    }
}

fn extensions(scheme: &Value) -> Vec<(&String, &Value)> {
    scheme.as_object().into_iter().flatten().filter(|(key, _)| key.starts_with("x-")).collect()
}

/// All ways in. Nothing when they cannot be read.
fn ways(document: Document<'_>, security: Option<&Value>) -> Option<BTreeSet<Way>> {
    let Some(security) = security else { return Some(BTreeSet::from([Way::new()])) };
    let list = security.as_array()?;
    if list.is_empty() {
        return Some(BTreeSet::from([Way::new()]));
    }
    list.iter()
        .map(|way| {
            let schemes = way.as_object()?.iter().map(|(name, scopes)| {
                let scopes = scopes.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                Some((demands(document, name), scopes))
            });
            schemes.collect()
        })
        .collect()
}

/// What a scheme can be asked for, by flow.
fn scopes(scheme: &Value) -> BTreeSet<(&str, &str)> {
    let flows = scheme.as_object().into_iter().flat_map(|scheme| members(scheme, "flows"));
    flows
        .filter_map(|(name, flow)| Some((name, flow.as_object()?)))
        .flat_map(|(name, flow)| members(flow, "scopes").map(|(scope, _)| (name.as_str(), scope.as_str())))
        .collect()
}

/// What a scheme demands, whatever it is called and whatever is said about it.
fn demands(document: Document<'_>, name: &str) -> String {
    let scheme = document.components("securitySchemes").and_then(|schemes| schemes.get(name));
    let Some(scheme) = scheme.and_then(|scheme| document.follow("securitySchemes", scheme)) else {
        return format!("unknown scheme {name}");
    };
    let mut demands = scheme.clone();
    demands.retain(|key, _| !["description", "bearerFormat"].contains(&key.as_str()) && !key.starts_with("x-"));
    // Names of schemes have no case.
    if let Some(Value::String(name)) = demands.get_mut("scheme") {
        *name = name.to_lowercase();
    }
    let flows = demands.get_mut("flows").and_then(Value::as_object_mut);
    for flow in flows.into_iter().flat_map(Object::values_mut).filter_map(Value::as_object_mut) {
        flow.remove("scopes");
    }
    Value::Object(demands).to_string()
}
