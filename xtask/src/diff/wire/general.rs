//! What a contract says of itself.

use serde_json::{Map, Value};

use super::{Site, Verdict, WireDiff, how};
use crate::diff::document::{Document, Object, keys};

/// Parts that are looked at where they are used.
const USED: [&str; 7] = ["parameters", "responses", "requestBodies", "headers", "examples", "links", "callbacks"];

impl<'a> WireDiff<'a> {
    pub(super) fn general(&mut self) {
        let site = |place: &str| Site { place: place.to_owned(), item: "Client".to_owned(), ..Site::default() };
        let all: std::collections::BTreeSet<&str> =
            self.base.keys().chain(self.head.keys()).map(String::as_str).collect();
        for key in all {
            let (old, new) = (self.base.get(key), self.head.get(key));
            if old == new {
                continue;
            }
            match key {
                "paths" => self.paths(),
                "components" => self.components(),
                "security" => {}
                "servers" => self.servers(&site("document"), old, new),
                "info" | "tags" | "externalDocs" | "openapi" => {
                    self.docs(&site(key), format!("`{key}` {}", how(old, new)));
                }
                _ => self.person(&site(key), format!("`{key}` {}", how(old, new)), "the tool has no rule for it"),
            }
        }
        self.security();
    }

    fn components(&mut self) {
        let empty = Value::Object(Map::new());
        let part = |document: Document<'a>| document.get("components").and_then(Value::as_object);
        let nothing = Object::new();
        let (old, new) = (part(self.base).unwrap_or(&nothing), part(self.head).unwrap_or(&nothing));
        for kind in keys(old, new) {
            let (was, is) = (old.get(kind).unwrap_or(&empty), new.get(kind).unwrap_or(&empty));
            if was == is || ["schemas", "securitySchemes"].contains(&kind) {
                continue;
            }
            let site = Site { place: kind.to_owned(), item: "Client".to_owned(), ..Site::default() };
            if USED.contains(&kind) {
                self.untold(&site, kind, was.as_object().unwrap_or(&nothing), is.as_object().unwrap_or(&nothing));
            } else {
                self.person(&site, "changed", "the tool has no rule for it");
            }
        }
    }

    /// Parts that no other place tells the changes of: nobody uses them, or nobody looks into them there.
    fn untold(&mut self, site: &Site, kind: &str, old: &Object, new: &Object) {
        let used = [self.base.references(), self.head.references()];
        for name in keys(old, new) {
            let (was, is) = (old.get(name), new.get(name));
            if was == is {
                continue;
            }
            let escaped = name.replace('~', "~0").replace('/', "~1");
            let reference = format!("#/components/{kind}/{escaped}");
            let site = Site { place: format!("{kind}.{name}"), ..site.clone() };
            match kind {
                _ if !used.iter().any(|all| all.contains(reference.as_str())) => {
                    let why = "nothing uses it";
                    self.both(&site, how(was, is), (Verdict::Cosmetic, Verdict::None), why);
                }
                "examples" => self.docs(&site, how(was, is)),
                "links" | "callbacks" => self.person(&site, how(was, is), "the tool does not look into it"),
                _ => {}
            }
        }
    }
}
