//! The order of a choice's parts, which decides what old and new code take a value for that fits several.

use serde_json::Value;

use super::{Impact, Site, Verdict, WireDiff, keywords::kind};
use crate::diff::document::{Object, list, members, texts};
use crate::diff::schema::Node;

impl WireDiff<'_> {
    /// Tells when parts that a value can fit both have changed places. Each pair is the place before and the one now.
    pub(super) fn order(&mut self, site: &Site, places: &mut [(usize, usize)], is: &[Value]) {
        if !site.directions.response || site.lenient {
            return;
        }
        places.sort_unstable();
        let maps: Vec<_> = is.iter().map(|part| Node::of(self.head, part).spread(self.head)).collect();
        let mut turned = places.iter().enumerate().flat_map(|(index, (_, first))| {
            places.iter().skip(index + 1).map(|(_, second)| (*first, *second)).filter(|(first, second)| first > second)
        });
        let matters = turned.any(|(a, b)| match (maps.get(a), maps.get(b)) {
            (Some(a), Some(b)) => !self.refuses(a, b) || !self.refuses(b, a),
            _ => false,
        });
        if matters {
            let why = "generated code takes a value for the first part that it fits, and one may fit several of these";
            self.report(site, "the parts have another order", Impact::same(Verdict::None, why).rust(Verdict::Person));
        }
    }

    /// Whether who reads the one sees that it is not the other.
    fn refuses(&self, reader: &Object, read: &Object) -> bool {
        let (ours, theirs) = (kind(reader), kind(read));
        if ["any", "oneOf", "anyOf"].iter().any(|vague| [ours, theirs].contains(vague)) {
            return false;
        }
        if ours != theirs {
            return !(ours == "number" && theirs == "integer");
        }
        match ours {
            "object" => self.refuses_object(reader, read),
            _ => {
                let (known, values) = (list(reader, "enum"), list(read, "enum"));
                !known.is_empty() && !values.is_empty() && values.iter().all(|value| !known.contains(value))
            }
        }
    }

    fn refuses_object(&self, reader: &Object, read: &Object) -> bool {
        let property = |map: &Object, key: &str| {
            let schema = members(map, "properties").find(|(name, _)| *name == key).map(|(_, schema)| schema.clone());
            schema.map(|schema| Node::of(self.head, &schema).spread(self.head))
        };
        let sent = texts(read, "required");
        let lacks = |key: &&str| property(read, key).is_none() && !sent.contains(key);
        let closed = reader.get("additionalProperties") == Some(&Value::Bool(false));
        texts(reader, "required").iter().any(lacks)
            || sent.iter().any(|key| match (property(reader, key), property(read, key)) {
                (Some(reader), Some(read)) => kind(&reader) != "object" && self.refuses(&reader, &read),
                (None, _) => closed,
                _ => false,
            })
    }
}
