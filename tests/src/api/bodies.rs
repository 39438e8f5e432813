//! Request bodies, checked as strictly as the live service does it.

use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::errors::{self, field_error};
use crate::{FakeResponse, data::store::is_id};

/// The JSON object of a request.
#[derive(Debug)]
pub(crate) struct Body(Map<String, Value>);

type Checked<T> = Result<T, Box<FakeResponse>>;

impl Body {
    /// Parses an object with any members.
    pub(crate) fn parse_any(bytes: &[u8]) -> Checked<Self> {
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            _ => Err(Box::new(errors::api_error(400, "INVALID_JSON", "Received JSON is malformed.", &[]))),
        }
    }

    /// Parses an object, refusing unknown members.
    pub(crate) fn parse(bytes: &[u8], known: &[&str]) -> Checked<Self> {
        let Self(members) = Self::parse_any(bytes)?;
        match members.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => refuse("INVALID_ATTRIBUTE", format!("Invalid attribute {unknown} specified."), unknown),
            None => Ok(Self(members)),
        }
    }

    /// A required text.
    pub(crate) fn required(&self, name: &str) -> Checked<&str> {
        match self.0.get(name) {
            None | Some(Value::Null) => missing(name),
            Some(Value::String(text)) => Ok(text),
            Some(_) => invalid(name, "must be a string"),
        }
    }

    pub(crate) fn id(&self, name: &str) -> Checked<&str> {
        let id = self.required(name)?;
        if is_id(id) { Ok(id) } else { invalid(name, "must be 24 hexadecimal digits") }
    }

    pub(crate) fn length(&self, name: &str, range: std::ops::RangeInclusive<usize>) -> Checked<&str> {
        let text = self.required(name)?;
        if range.contains(&text.chars().count()) {
            Ok(text)
        } else {
            invalid(name, &format!("must have {} to {} characters", range.start(), range.end()))
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Checked<Option<bool>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => invalid(name, "must be true or false"),
        }
    }

    pub(crate) fn required_flag(&self, name: &str) -> Checked<bool> {
        match self.flag(name)? {
            Some(flag) => Ok(flag),
            None => missing(name),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    /// A list of `{key, value}`.
    pub(crate) fn pairs(&self, name: &str) -> Checked<Vec<(String, String)>> {
        let list = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(list)) => list,
            Some(_) => return invalid(name, "must be a list"),
        };
        list.iter()
            .map(|entry| {
                let text = |member| entry.get(member).and_then(Value::as_str).map(str::to_owned);
                match (text("key"), text("value"), entry.as_object().map(Map::len)) {
                    (Some(key), Some(value), Some(2)) => Ok((key, value)),
                    _ => invalid(name, "must hold a key and a value, both strings, in each entry"),
                }
            })
            .collect()
    }
}

/// Returns the body when its media type is JSON.
pub(crate) fn require_json<'a>(headers: &HeaderMap, body: &'a Bytes) -> Result<&'a [u8], Box<FakeResponse>> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("none");
    let media_type = given.split(';').next().unwrap_or(given).trim();
    let is_json = media_type == "application/json"
        || (media_type.starts_with("application/vnd.atlas.") && media_type.ends_with("+json"));
    if is_json { Ok(body) } else { Err(Box::new(errors::unsupported_media_type(given))) }
}

fn missing<T>(name: &str) -> Checked<T> {
    refuse("MISSING_ATTRIBUTE", format!("The required attribute {name} was not specified."), name)
}

/// Refuses the value of a member.
pub(crate) fn invalid<T>(name: &str, rule: &str) -> Checked<T> {
    refuse("VALIDATION_ERROR", format!("{name} {rule}."), name)
}

fn refuse<T>(code: &str, detail: String, field: &str) -> Checked<T> {
    Err(Box::new(field_error(code, &detail, field)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T: std::fmt::Debug>(refused: Checked<T>) -> String {
        let response = refused.expect_err("a refusal");
        assert_eq!(response.status(), 400);
        response.headers["x-error-code"].to_str().expect("text").to_owned()
    }

    #[test]
    fn each_refusal_has_the_code_of_its_rule() {
        assert_eq!(code(Body::parse(b"{", &[])), "INVALID_JSON");
        assert_eq!(code(Body::parse(b"[]", &[])), "INVALID_JSON");
        assert_eq!(code(Body::parse(b"{\"a\": 1}", &["b"])), "INVALID_ATTRIBUTE");
        let text = r#"{"a": 1, "b": "x", "c": null, "d": [{"key": "k"}]}"#;
        let body = Body::parse(text.as_bytes(), &["a", "b", "c", "d"]).expect("known members");
        assert_eq!(code(body.required("a")), "VALIDATION_ERROR");
        assert_eq!(code(body.required("c")), "MISSING_ATTRIBUTE");
        assert_eq!(code(body.id("b")), "VALIDATION_ERROR");
        assert_eq!(code(body.length("b", 3..=63)), "VALIDATION_ERROR");
        assert_eq!(code(body.flag("a")), "VALIDATION_ERROR");
        assert_eq!(code(body.pairs("d")), "VALIDATION_ERROR");
    }
}
