//! Discriminators: which property tells the parts of a choice apart, and which value stands for which part.

use serde_json::Value;

use super::{Impact, Sides, Site, Verdict, WireDiff};
use crate::diff::document::text;

impl WireDiff<'_> {
    pub(super) fn discriminator(&mut self, site: &Site, whole: Sides<'_>) {
        let sides = whole.part("discriminator");
        self.link_mapping(site, sides);
        let Some(what) = whole.touched("discriminator") else { return };
        if !matches!(whole.get("discriminator"), (Some(Value::Object(_)), Some(Value::Object(_)))) {
            return self.report(
                site,
                what,
                Impact::person("how the parts are told apart is not something the tool follows"),
            );
        }
        let (was, is) = sides.each(|map| text(map, "propertyName"));
        if was != is {
            self.report(
                site,
                "another property tells the parts apart",
                Impact::apart("both sides look for the wrong one"),
            );
        }
        let mapping = sides.part("mapping");
        for value in mapping.keys() {
            let (was, is) = mapping.get(value);
            let another = "it stands for another schema";
            let impact = match (was, is) {
                (a, b) if a.map(mapped) == b.map(mapped) => continue,
                (None, _) => Impact::of(Verdict::Compatible, Verdict::Person, "old clients may not know it"),
                (_, None) => Impact::tighter("old clients may send it"),
                // The same shape under another name is still the same shape; the two are compared.
                (Some(a), Some(b)) if self.mapped_pair(a, b).is_some() => Impact::same(Verdict::None, another),
                _ => Impact::of(Verdict::Person, Verdict::Person, another),
            };
            self.report(site, format!("the discriminator's value `{value}` {}", mapping.how(value)), impact);
        }
        self.rest(site, &["propertyName", "mapping"], sides);
    }

    /// Schemas that only a mapping leads to travel where the schema does that has the mapping.
    fn link_mapping(&mut self, site: &Site, sides: Sides<'_>) {
        let mapping = sides.part("mapping");
        for (value, schema) in mapping.old {
            if let Some((a, b)) = mapping.new.get(value).and_then(|other| self.mapped_pair(schema, other)) {
                self.link(a, b, site.directions);
            }
        }
    }

    /// The schemas that two mappings of one value lead to.
    fn mapped_pair<'v>(&self, old: &'v Value, new: &'v Value) -> Option<(&'v str, &'v str)> {
        let pair = (mapped(old)?, mapped(new)?);
        (self.base.schema(pair.0).is_some() && self.head.schema(pair.1).is_some()).then_some(pair)
    }
}

/// The name that a mapping gives, which may be written as a reference.
fn mapped(schema: &Value) -> Option<&str> {
    let name = schema.as_str()?;
    Some(name.strip_prefix("#/components/schemas/").unwrap_or(name))
}
