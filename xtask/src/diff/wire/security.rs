//! Security: whether what an old client proves is still enough.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Site, Verdict, WireDiff, how, operations::Both};
use crate::diff::document::{Document, Object, keys, members};

/// Everything that one way in asks for: schemes, as they are defined, with their scopes.
type Way = BTreeMap<String, BTreeSet<String>>;

impl<'a> WireDiff<'a> {
    pub(super) fn operation_security(&mut self, both: &Both<'a>) {
        // What all inherit is said once.
        if both.old.node.get("security").is_none() && both.new.node.get("security").is_none() {
            self.inherits_security = true;
            return;
        }
        let old = both.old.node.get("security").or_else(|| self.base.get("security"));
        let new = both.new.node.get("security").or_else(|| self.head.get("security"));
        self.ways(&both.site, old, new);
    }

    /// The security of all operations that say nothing else.
    pub(super) fn security(&mut self) {
        let site = Site { place: "security".to_owned(), item: "Client".to_owned(), ..Site::default() };
        let (old, new) = (self.base.get("security"), self.head.get("security"));
        if self.inherits_security {
            self.ways(&site, old, new);
        } else if old != new {
            let what = format!("`security` {}", how(old, new));
            self.both(&site, what, (Verdict::Cosmetic, Verdict::None), "every operation says itself what it asks for");
        }
        let empty = Object::new();
        let schemes = |document: Document<'a>| document.components("securitySchemes");
        let (old, new) = (schemes(self.base).unwrap_or(&empty), schemes(self.head).unwrap_or(&empty));
        for name in keys(old, new) {
            let site = Site { place: format!("securitySchemes.{name}"), ..site.clone() };
            match (old.get(name), new.get(name)) {
                (Some(was), Some(is)) if was != is => {
                    let extensions = |value: &Value| -> Vec<(String, Value)> {
                        let all = value.as_object().into_iter().flatten();
                        all.filter(|(key, _)| key.starts_with("x-")).map(|(k, v)| (k.clone(), v.clone())).collect()
                    };
                    if extensions(was) != extensions(is) {
                        self.person(&site, "an extension changed", "the tool has no rule for it");
                    } else if !scopes(was).is_subset(&scopes(is)) {
                        let why = "who still asks for one that is gone may be refused";
                        self.both(&site, "scopes are gone", (Verdict::Person, Verdict::None), why);
                    } else if demands(self.base, name) == demands(self.head, name) {
                        self.docs(&site, "what is said of it changed");
                    } else {
                        let why = "whether it matters is said where it is asked for";
                        self.both(&site, "the scheme is another", (Verdict::Cosmetic, Verdict::None), why);
                    }
                }
                (Some(_), Some(_)) => {}
                (was, _) => {
                    let what = if was.is_some() { "the scheme is gone" } else { "the scheme is new" };
                    let why = "whether it matters is said where it is asked for";
                    self.both(&site, what, (Verdict::Cosmetic, Verdict::None), why);
                }
            }
        }
    }

    fn ways(&mut self, site: &Site, old: Option<&Value>, new: Option<&Value>) {
        let (Some(was), Some(is)) = (ways(self.base, old), ways(self.head, new)) else {
            if old != new {
                self.person(site, "the security changed", "it is written in a way that the tool does not know");
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
            self.wire(
                site,
                "there are other ways to prove who calls",
                Verdict::Compatible,
                "every old way is still enough",
            );
        } else {
            let why = "a way in which old clients prove who they are is no longer enough";
            self.wire(site, "callers have to prove something else", Verdict::Breaking, why);
        }
    }
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
    let mut demands = Object::new();
    for (key, value) in scheme {
        match key.as_str() {
            "description" | "bearerFormat" => {}
            _ if key.starts_with("x-") => {}
            // Names of schemes have no case.
            "scheme" => drop(demands.insert(key.clone(), json!(value.as_str().map(str::to_lowercase)))),
            "flows" => {
                for (flow, value) in members(scheme, "flows") {
                    let mut value = value.clone();
                    if let Some(flow) = value.as_object_mut() {
                        flow.remove("scopes");
                    }
                    demands.insert(format!("flow {flow}"), value);
                }
            }
            _ => drop(demands.insert(key.clone(), value.clone())),
        }
    }
    Value::Object(demands).to_string()
}
