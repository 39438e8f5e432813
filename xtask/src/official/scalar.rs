//! Texts, numbers and booleans of the document: their types, values and identifiers.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::document::Document;

impl Document {
    /// The one type of a scalar and of all that it may be.
    pub(crate) fn scalar_type(&self, schema: &Value) -> Result<Option<String>, String> {
        let schema = self.follow(schema)?;
        let Some(union) = self.union(schema)? else {
            let kind = schema.get("type").and_then(Value::as_str).unwrap_or("string");
            return Ok(["string", "integer", "number", "boolean"].contains(&kind).then(|| kind.to_owned()));
        };
        let mut types = BTreeSet::new();
        for member in &union.members {
            let member = self.follow(member)?;
            types.insert(member.get("type").and_then(Value::as_str).unwrap_or("string"));
        }
        Ok(match types.into_iter().collect::<Vec<_>>()[..] {
            [one] => Some(one.to_owned()),
            ["integer", "number"] => Some("number".to_owned()),
            _ => None,
        })
    }

    /// The values that a text is said to have, of whichever kind it is; none when it may have any.
    pub(crate) fn values(&self, schema: &Value) -> Result<Vec<String>, String> {
        let schema = self.follow(schema)?;
        let listed = |schema: &Value| -> Option<Vec<String>> {
            let values = schema.get("enum")?.as_array()?;
            Some(values.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        };
        let mut values = listed(schema).unwrap_or_default();
        if let Some(union) = self.union(schema)? {
            for member in &union.members {
                match listed(self.follow(member)?) {
                    Some(listed) => values.extend(listed),
                    None => return Ok(Vec::new()),
                }
            }
        }
        let mut seen = BTreeSet::new();
        values.retain(|value| seen.insert(value.clone()));
        Ok(values)
    }
}

/// Whether the pattern of a text is that of 24 hexadecimal digits.
pub(crate) fn is_id(schema: &Map<String, Value>) -> bool {
    let pattern = schema.get("pattern").and_then(Value::as_str).unwrap_or_default();
    let bare: String = pattern.chars().filter(|letter| !"^$()".contains(*letter)).collect();
    let digits = bare.strip_suffix("{24}").and_then(|class| class.strip_prefix('[')?.strip_suffix(']'));
    digits.is_some_and(|class| {
        !class.is_empty()
            && class.replace("a-f", "").replace("A-F", "").replace("0-9", "").replace("\\d", "").is_empty()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_identifier_is_a_text_of_24_digits_however_its_pattern_is_written() {
        let is = |pattern: &str| is_id(json!({"pattern": pattern}).as_object().unwrap());
        for pattern in ["^([a-f0-9]{24})$", "^[a-fA-F0-9]{24}$", "[0-9a-f]{24}"] {
            assert!(is(pattern), "{pattern}");
        }
        for pattern in ["^mdb_sa_id_[a-fA-F\\d]{24}$", "^([a-f0-9]{20})$", "[0-9a-f]+", "", "[]{24}"] {
            assert!(!is(pattern), "{pattern}");
        }
    }

    #[test]
    fn a_scalar_of_several_kinds_has_the_values_and_the_type_of_all() {
        let document = Document::parse("openapi: 3.0.1\npaths: {}\n").unwrap();
        let texts = json!({"oneOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "string", "enum": ["b", "c"]}]});
        assert_eq!(document.values(&texts).unwrap(), ["a", "b", "c"]);
        assert_eq!(document.scalar_type(&texts).unwrap().as_deref(), Some("string"));
        let open = json!({"oneOf": [{"type": "string", "enum": ["a"]}, {"type": "string"}]});
        assert!(document.values(&open).unwrap().is_empty());
        let numbers = json!({"oneOf": [{"type": "integer"}, {"type": "number"}]});
        assert_eq!(document.scalar_type(&numbers).unwrap().as_deref(), Some("number"));
        assert_eq!(document.scalar_type(&json!({"oneOf": [{"type": "integer"}, {"type": "string"}]})).unwrap(), None);
    }
}
