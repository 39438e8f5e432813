//! How documents are written: `pretty` and `envelope`.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value, ser::Formatter, ser::PrettyFormatter};

/// The effect of `envelope=true`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Envelope {
    /// A single resource is wrapped in `content`.
    Content,
    /// A single resource is wrapped in `envelope`.
    Envelope,
    /// None.
    Ignored,
}

/// The effect of `envelope=true` on errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvelopedErrors {
    /// None: the error document with its own HTTP status.
    Plain,
    /// HTTP 200, with the error document and its status in an envelope.
    Inside,
    /// HTTP 200 with the error document alone.
    Bare,
}

/// How the document of a response is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Presentation {
    pub(crate) pretty: bool,
    pub(crate) enveloped: bool,
    pub(crate) envelope: Envelope,
    pub(crate) errors: EnvelopedErrors,
}

impl Presentation {
    /// The HTTP status and the document that are sent.
    pub(crate) fn wrap(&self, status: u16, document: Value) -> (u16, Value) {
        let key = match (self.enveloped, self.envelope) {
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

/// Indented as Atlas does it, with a space on either side of the colon.
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

    const ENVELOPED: Presentation =
        Presentation { pretty: false, enveloped: true, envelope: Envelope::Content, errors: EnvelopedErrors::Plain };

    #[test]
    fn a_single_resource_is_wrapped_in_the_configured_key() {
        assert_eq!(ENVELOPED.wrap(200, json!({"id": "a"})), (200, json!({"status": 200, "content": {"id": "a"}})));
        let other = Presentation { envelope: Envelope::Envelope, ..ENVELOPED };
        assert_eq!(other.wrap(200, json!({"id": "a"})), (200, json!({"status": 200, "envelope": {"id": "a"}})));
        let ignored = Presentation { envelope: Envelope::Ignored, ..ENVELOPED };
        assert_eq!(ignored.wrap(200, json!({"id": "a"})), (200, json!({"id": "a"})));
    }

    #[test]
    fn a_list_gets_a_status() {
        assert_eq!(ENVELOPED.wrap(200, json!({"results": []})), (200, json!({"results": [], "status": 200})));
    }

    #[test]
    fn errors_are_enveloped_as_configured() {
        let error = json!({"error": 404});
        assert_eq!(ENVELOPED.wrap(404, error.clone()), (404, error.clone()));
        let inside = Presentation { errors: EnvelopedErrors::Inside, ..ENVELOPED };
        assert_eq!(inside.wrap(404, error.clone()), (200, json!({"status": 404, "content": {"error": 404}})));
        let bare = Presentation { errors: EnvelopedErrors::Bare, ..ENVELOPED };
        assert_eq!(bare.wrap(404, error.clone()), (200, error));
    }

    #[test]
    fn pretty_documents_are_indented_and_equal() {
        let document = json!({"a": [1, {"b": null}], "c": {}});
        let text = pretty(&document);
        assert!(text.starts_with(b"{\n  \"a\" : [\n    1,"));
        assert_eq!(serde_json::from_slice::<Value>(&text).expect("JSON"), document);
    }
}
