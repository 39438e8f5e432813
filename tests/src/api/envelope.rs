//! How a document is written out: `pretty` and `envelope`.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value, ser::Formatter, ser::PrettyFormatter};

/// Whether and how `envelope=true` is obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Envelope {
    /// A single result stands under `content`.
    Content,
    /// A single result stands under `envelope`.
    Envelope,
    /// The parameter is ignored.
    Ignored,
}

/// How an error answers `envelope=true`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvelopedErrors {
    /// As if no envelope had been asked for, with its own HTTP status.
    Plain,
    /// HTTP 200, the error inside the envelope and its status beside it.
    Inside,
    /// HTTP 200 and the bare error document.
    Bare,
}

/// What a request asked for and the settings allow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Presentation {
    pub(crate) pretty: bool,
    pub(crate) asked: bool,
    pub(crate) envelope: Envelope,
    pub(crate) errors: EnvelopedErrors,
}

impl Presentation {
    /// The document as it goes out, and the HTTP status that it rides on.
    pub(crate) fn wrap(&self, status: u16, document: Value) -> (u16, Value) {
        let key = match (self.asked, self.envelope) {
            (false, _) | (_, Envelope::Ignored) => return (status, document),
            (true, Envelope::Content) => "content",
            (true, Envelope::Envelope) => "envelope",
        };
        if status >= 400 {
            return match self.errors {
                EnvelopedErrors::Plain => (status, document),
                EnvelopedErrors::Inside => (200, enveloped(key, status, document)),
                EnvelopedErrors::Bare => (200, document),
            };
        }
        match document {
            Value::Object(mut list) if list.contains_key("results") => {
                list.insert("status".into(), status.into());
                (status, Value::Object(list))
            }
            single => (status, enveloped(key, status, single)),
        }
    }

    pub(crate) fn text(&self, document: &Value) -> Vec<u8> {
        if self.pretty { pretty(document) } else { document.to_string().into_bytes() }
    }
}

fn enveloped(key: &str, status: u16, content: Value) -> Value {
    Value::Object(Map::from_iter([("status".into(), status.into()), (key.into(), content)]))
}

/// Indented as Atlas does, with a blank on either side of the colon.
pub(crate) fn pretty(document: &Value) -> Vec<u8> {
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, Spaced(PrettyFormatter::new()));
    // Neither the document nor the buffer can fail.
    let _ = document.serialize(&mut serializer);
    text
}

struct Spaced(PrettyFormatter<'static>);

impl Formatter for Spaced {
    fn begin_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }
    fn end_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }
    fn end_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }
    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }
    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }
    fn begin_object_key<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }
    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b" : ")
    }
    fn end_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ASKED: Presentation =
        Presentation { pretty: false, asked: true, envelope: Envelope::Content, errors: EnvelopedErrors::Plain };

    #[test]
    fn a_single_result_stands_under_the_key_that_was_chosen() {
        assert_eq!(ASKED.wrap(200, json!({"id": "a"})), (200, json!({"status": 200, "content": {"id": "a"}})));
        let other = Presentation { envelope: Envelope::Envelope, ..ASKED };
        assert_eq!(other.wrap(200, json!({"id": "a"})), (200, json!({"status": 200, "envelope": {"id": "a"}})));
        let ignored = Presentation { envelope: Envelope::Ignored, ..ASKED };
        assert_eq!(ignored.wrap(200, json!({"id": "a"})), (200, json!({"id": "a"})));
    }

    #[test]
    fn a_list_gains_its_status() {
        assert_eq!(ASKED.wrap(200, json!({"results": []})), (200, json!({"results": [], "status": 200})));
    }

    #[test]
    fn errors_ride_as_they_are_told_to() {
        let error = json!({"error": 404});
        assert_eq!(ASKED.wrap(404, error.clone()), (404, error.clone()));
        let inside = Presentation { errors: EnvelopedErrors::Inside, ..ASKED };
        assert_eq!(inside.wrap(404, error.clone()), (200, json!({"status": 404, "content": {"error": 404}})));
        let bare = Presentation { errors: EnvelopedErrors::Bare, ..ASKED };
        assert_eq!(bare.wrap(404, error.clone()), (200, error));
    }

    #[test]
    fn pretty_is_indented_and_means_the_same() {
        let document = json!({"a": [1, {"b": null}], "c": {}});
        let text = pretty(&document);
        assert!(text.starts_with(b"{\n  \"a\" : [\n    1,"));
        assert_eq!(serde_json::from_slice::<Value>(&text).expect("JSON"), document);
    }
}
