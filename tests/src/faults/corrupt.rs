//! Documents with a member of the wrong type.

use serde_json::{Value, json};

/// Replaces the value of a member by one of another type. A path without a member changes nothing.
pub(crate) fn corrupt(document: &mut Value, path: &str) {
    let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut place = document;
    for step in parents.split('.').filter(|step| !step.is_empty()) {
        let Some(next) = step_into(place, step) else {
            return;
        };
        place = next;
    }
    let corrupted = |value: Option<&Value>| match value {
        Some(Value::Object(_) | Value::Array(_)) => json!("unexpected"),
        _ => json!({"unexpected": true}),
    };
    match place {
        Value::Object(members) => {
            let value = corrupted(members.get(last));
            members.insert(last.to_owned(), value);
        }
        other => {
            if let Some(value) = step_into(other, last) {
                *value = corrupted(Some(value));
            }
        }
    }
}

fn step_into<'a>(place: &'a mut Value, step: &str) -> Option<&'a mut Value> {
    match place {
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        other => other.get_mut(step),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corrupted_member_has_another_type() {
        let mut document = json!({"a": {"b": 1}, "c": [{"d": "x"}]});
        corrupt(&mut document, "a.b");
        corrupt(&mut document, "c.0.d");
        corrupt(&mut document, "c");
        corrupt(&mut document, "nowhere.b");
        assert_eq!(document, json!({"a": {"b": {"unexpected": true}}, "c": "unexpected"}));
    }
}
