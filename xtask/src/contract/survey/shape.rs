//! What OpenAPI 3.0 lets stand where.

/// What may stand in one place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Anything,
    Text,
    Bool,
    Number,
    /// A whole number that is not negative.
    Count,
    List(&'static Shape),
    /// A map whose names are free, such as paths or properties.
    Names(&'static Shape),
    Object(&'static Object),
    /// An object, or a reference to one among the components.
    Either(Kind, &'static Object),
    /// A schema, or a boolean that stands for any or none.
    SchemaOrBool,
    /// A list of maps from the name of a security scheme to a list of scopes.
    Security,
    /// A map from values to schemas.
    Mapping,
}

/// A kind of component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Schema,
    Parameter,
    Response,
    RequestBody,
    Header,
    Example,
    Link,
    Callback,
    SecurityScheme,
}

impl Kind {
    pub(crate) const ALL: [Self; 9] = [
        Self::Schema,
        Self::Parameter,
        Self::Response,
        Self::RequestBody,
        Self::Header,
        Self::Example,
        Self::Link,
        Self::Callback,
        Self::SecurityScheme,
    ];

    pub(super) fn of_folder(folder: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.folder() == folder)
    }

    /// Where such components stand in `components`.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Schema => "schemas",
            Self::Parameter => "parameters",
            Self::Response => "responses",
            Self::RequestBody => "requestBodies",
            Self::Header => "headers",
            Self::Example => "examples",
            Self::Link => "links",
            Self::Callback => "callbacks",
            Self::SecurityScheme => "securitySchemes",
        }
    }
}

/// An object whose members OpenAPI names.
#[derive(Debug)]
pub(super) struct Object {
    /// What it is, for people.
    pub(super) name: &'static str,
    pub(super) members: &'static [(&'static str, Shape)],
    pub(super) required: &'static [&'static str],
}

use Shape::{Anything, Bool, Count, Either, List, Mapping, Names, Number, Security, Text};

pub(super) static ROOT: Object = Object {
    name: "the contract",
    members: &[
        ("openapi", Text),
        ("info", Shape::Object(&INFO)),
        ("servers", List(&Shape::Object(&SERVER))),
        ("paths", Names(&Shape::Object(&PATH))),
        ("components", Shape::Object(&COMPONENTS)),
        ("security", Security),
        ("tags", List(&Shape::Object(&TAG))),
        ("externalDocs", Shape::Object(&DOCS)),
    ],
    // What a whole contract needs, a part of it need not have.
    required: &[],
};

static INFO: Object = Object {
    name: "info",
    members: &[
        ("title", Text),
        ("description", Text),
        ("termsOfService", Text),
        ("contact", Anything),
        ("license", Anything),
        ("version", Text),
    ],
    required: &["title", "version"],
};

static SERVER: Object = Object {
    name: "a server",
    members: &[("url", Text), ("description", Text), ("variables", Anything)],
    required: &["url"],
};

static TAG: Object = Object {
    name: "a tag",
    members: &[("name", Text), ("description", Text), ("externalDocs", Shape::Object(&DOCS))],
    required: &["name"],
};

static DOCS: Object =
    Object { name: "externalDocs", members: &[("description", Text), ("url", Text)], required: &["url"] };

static COMPONENTS: Object = Object {
    name: "components",
    members: &[
        ("schemas", Names(&Either(Kind::Schema, &SCHEMA))),
        ("parameters", Names(&Either(Kind::Parameter, &PARAMETER))),
        ("responses", Names(&Either(Kind::Response, &RESPONSE))),
        ("requestBodies", Names(&Either(Kind::RequestBody, &BODY))),
        ("headers", Names(&Either(Kind::Header, &HEADER))),
        ("examples", Names(&Either(Kind::Example, &EXAMPLE))),
        ("links", Names(&Either(Kind::Link, &LINK))),
        ("callbacks", Names(&Either(Kind::Callback, &CALLBACK))),
        ("securitySchemes", Names(&Either(Kind::SecurityScheme, &SECURITY))),
    ],
    required: &[],
};

pub(super) static PATH: Object = Object {
    name: "a path",
    members: &[
        // Refused by a rule of its own.
        ("$ref", Text),
        ("summary", Text),
        ("description", Text),
        ("get", Shape::Object(&OPERATION)),
        ("put", Shape::Object(&OPERATION)),
        ("post", Shape::Object(&OPERATION)),
        ("delete", Shape::Object(&OPERATION)),
        ("options", Shape::Object(&OPERATION)),
        ("head", Shape::Object(&OPERATION)),
        ("patch", Shape::Object(&OPERATION)),
        ("trace", Shape::Object(&OPERATION)),
        ("servers", List(&Shape::Object(&SERVER))),
        ("parameters", List(&Either(Kind::Parameter, &PARAMETER))),
    ],
    required: &[],
};

pub(super) static OPERATION: Object = Object {
    name: "an operation",
    members: &[
        ("tags", List(&Text)),
        ("summary", Text),
        ("description", Text),
        ("externalDocs", Shape::Object(&DOCS)),
        ("operationId", Text),
        ("parameters", List(&Either(Kind::Parameter, &PARAMETER))),
        ("requestBody", Either(Kind::RequestBody, &BODY)),
        ("responses", Names(&Either(Kind::Response, &RESPONSE))),
        ("callbacks", Names(&Either(Kind::Callback, &CALLBACK))),
        ("deprecated", Bool),
        ("security", Security),
        ("servers", List(&Shape::Object(&SERVER))),
    ],
    required: &["responses"],
};

static PARAMETER: Object = Object {
    name: "a parameter",
    members: &[
        ("name", Text),
        ("in", Text),
        ("description", Text),
        ("required", Bool),
        ("deprecated", Bool),
        ("allowEmptyValue", Bool),
        ("style", Text),
        ("explode", Bool),
        ("allowReserved", Bool),
        ("schema", Either(Kind::Schema, &SCHEMA)),
        ("example", Anything),
        ("examples", Names(&Either(Kind::Example, &EXAMPLE))),
        ("content", Names(&Shape::Object(&MEDIA))),
    ],
    required: &["name", "in"],
};

static HEADER: Object = Object {
    name: "a header",
    members: &[
        ("description", Text),
        ("required", Bool),
        ("deprecated", Bool),
        ("allowEmptyValue", Bool),
        ("style", Text),
        ("explode", Bool),
        ("allowReserved", Bool),
        ("schema", Either(Kind::Schema, &SCHEMA)),
        ("example", Anything),
        ("examples", Names(&Either(Kind::Example, &EXAMPLE))),
        ("content", Names(&Shape::Object(&MEDIA))),
    ],
    required: &[],
};

static BODY: Object = Object {
    name: "a request body",
    members: &[("description", Text), ("content", Names(&Shape::Object(&MEDIA))), ("required", Bool)],
    required: &["content"],
};

static RESPONSE: Object = Object {
    name: "a response",
    members: &[
        ("description", Text),
        ("headers", Names(&Either(Kind::Header, &HEADER))),
        ("content", Names(&Shape::Object(&MEDIA))),
        ("links", Names(&Either(Kind::Link, &LINK))),
    ],
    required: &["description"],
};

static MEDIA: Object = Object {
    name: "a media type",
    members: &[
        ("schema", Either(Kind::Schema, &SCHEMA)),
        ("example", Anything),
        ("examples", Names(&Either(Kind::Example, &EXAMPLE))),
        ("encoding", Anything),
    ],
    required: &[],
};

static EXAMPLE: Object = Object {
    name: "an example",
    members: &[("summary", Text), ("description", Text), ("value", Anything), ("externalValue", Text)],
    required: &[],
};

static LINK: Object = Object {
    name: "a link",
    members: &[
        ("operationRef", Text),
        ("operationId", Text),
        ("parameters", Anything),
        ("requestBody", Anything),
        ("description", Text),
        ("server", Anything),
    ],
    required: &[],
};

/// Callbacks are refused whole, so nothing is said of what is in them.
static CALLBACK: Object = Object { name: "a callback", members: &[], required: &[] };

static SECURITY: Object = Object {
    name: "a security scheme",
    members: &[
        ("type", Text),
        ("description", Text),
        ("name", Text),
        ("in", Text),
        ("scheme", Text),
        ("bearerFormat", Text),
        ("flows", Anything),
        ("openIdConnectUrl", Text),
    ],
    required: &["type"],
};

pub(super) static SCHEMA: Object = Object {
    name: "a schema",
    members: &[
        ("title", Text),
        ("description", Text),
        ("type", Text),
        ("format", Text),
        ("nullable", Bool),
        ("enum", List(&Anything)),
        ("default", Anything),
        ("example", Anything),
        ("readOnly", Bool),
        ("writeOnly", Bool),
        ("deprecated", Bool),
        ("externalDocs", Shape::Object(&DOCS)),
        ("xml", Anything),
        ("discriminator", Shape::Object(&DISCRIMINATOR)),
        ("properties", Names(&Either(Kind::Schema, &SCHEMA))),
        ("required", List(&Text)),
        ("additionalProperties", Shape::SchemaOrBool),
        ("minProperties", Count),
        ("maxProperties", Count),
        ("items", Either(Kind::Schema, &SCHEMA)),
        ("minItems", Count),
        ("maxItems", Count),
        ("uniqueItems", Bool),
        ("pattern", Text),
        ("minLength", Count),
        ("maxLength", Count),
        ("multipleOf", Number),
        ("minimum", Number),
        ("exclusiveMinimum", Bool),
        ("maximum", Number),
        ("exclusiveMaximum", Bool),
        ("allOf", List(&Either(Kind::Schema, &SCHEMA))),
        ("oneOf", List(&Either(Kind::Schema, &SCHEMA))),
        ("anyOf", List(&Either(Kind::Schema, &SCHEMA))),
        ("not", Either(Kind::Schema, &SCHEMA)),
    ],
    required: &[],
};

static DISCRIMINATOR: Object = Object {
    name: "a discriminator",
    members: &[("propertyName", Text), ("mapping", Mapping)],
    required: &["propertyName"],
};
