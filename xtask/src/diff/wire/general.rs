//! What a contract says of itself.

use super::{Impact, Sides, Site, Verdict, WireDiff};

/// Parts that are looked at where they are used.
const USED: [&str; 7] = ["parameters", "responses", "requestBodies", "headers", "examples", "links", "callbacks"];

impl WireDiff<'_> {
    pub(super) fn general(&mut self) {
        let sides = Sides::of(Some(self.base.root()), Some(self.head.root()));
        for key in sides.keys() {
            let Some(what) = sides.touched(key) else { continue };
            match key {
                "paths" => self.paths(sides.part(key)),
                "components" => self.components(sides.part(key)),
                "security" => {}
                "servers" => {
                    let (old, new) = sides.get(key);
                    self.servers(&Site::of_client("document"), old, new);
                }
                "info" | "tags" | "externalDocs" | "openapi" => {
                    self.report(&Site::of_client(key), what, Impact::docs())
                }
                _ => self.report(&Site::of_client(key), what, Impact::person("the tool has no rule for it")),
            }
        }
        self.security();
    }

    fn components(&mut self, sides: Sides<'_>) {
        for kind in sides.keys().into_iter().filter(|kind| !["schemas", "securitySchemes"].contains(kind)) {
            if USED.contains(&kind) {
                self.untold(kind, sides.part(kind));
            } else if sides.touched(kind).is_some() {
                self.report(&Site::of_client(kind), "changed", Impact::person("the tool has no rule for it"));
            }
        }
    }

    /// Parts that no other place tells the changes of: nobody uses them, or nobody looks into them there.
    fn untold(&mut self, kind: &str, sides: Sides<'_>) {
        let used = [self.base.references(), self.head.references()];
        for name in sides.keys() {
            if sides.touched(name).is_none() {
                continue;
            }
            let escaped = name.replace('~', "~0").replace('/', "~1");
            let reference = format!("#/components/{kind}/{escaped}");
            let impact = match kind {
                _ if !used.iter().any(|all| all.contains(reference.as_str())) => {
                    Impact::same(Verdict::Cosmetic, "nothing uses it")
                }
                "examples" => Impact::docs(),
                "links" | "callbacks" => Impact::person("the tool does not look into it"),
                _ => continue,
            };
            self.report(&Site::of_client(format!("{kind}.{name}")), sides.how(name), impact);
        }
    }
}
