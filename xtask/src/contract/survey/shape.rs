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
    /// A component, or a reference to one.
    Either(Kind),
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
        self.facts().0
    }

    /// What such a component is.
    pub(super) fn object(self) -> &'static Object {
        self.facts().1
    }

    fn facts(self) -> (&'static str, &'static Object) {
        match self {
            Self::Schema => ("schemas", &SCHEMA),
            Self::Parameter => ("parameters", &PARAMETER),
            Self::Response => ("responses", &RESPONSE),
            Self::RequestBody => ("requestBodies", &BODY),
            Self::Header => ("headers", &HEADER),
            Self::Example => ("examples", &EXAMPLE),
            Self::Link => ("links", &LINK),
            Self::Callback => ("callbacks", &CALLBACK),
            Self::SecurityScheme => ("securitySchemes", &SECURITY),
        }
    }
}

/// An object whose members OpenAPI names.
#[derive(Debug)]
pub(super) struct Object {
    /// What it is, for people.
    pub(super) name: &'static str,
    /// Names of the members that it must have.
    required: &'static str,
    /// Shapes of its members, each with the names of those that have it.
    members: &'static [(Shape, &'static str)],
}

impl Object {
    const fn of(self, members: &'static [(Shape, &'static str)]) -> Self {
        Self { members, ..self }
    }

    pub(super) fn required(&self) -> impl Iterator<Item = &'static str> {
        self.required.split_whitespace()
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (&'static str, Shape)> {
        self.members.iter().flat_map(|(shape, names)| names.split_whitespace().map(|name| (name, *shape)))
    }
}

const fn object(name: &'static str, required: &'static str) -> Object {
    Object { name, required, members: &[] }
}

use Shape::{Anything, Bool, Count, Either, List, Mapping, Names, Number, SchemaOrBool, Security, Text};

const CONTENT: Shape = Names(&Shape::Object(&MEDIA));
const EXAMPLES: Shape = Names(&Either(Kind::Example));
const MORE_DOCS: Shape = Shape::Object(&DOCS);
const PARAMETERS: Shape = List(&Either(Kind::Parameter));
const SERVERS: Shape = List(&Shape::Object(&SERVER));

/// What a whole contract needs, a part of it need not have.
pub(super) static ROOT: Object = object("the contract", "").of(&[
    (Text, "openapi"),
    (Shape::Object(&INFO), "info"),
    (SERVERS, "servers"),
    (Names(&Shape::Object(&PATH)), "paths"),
    (Shape::Object(&COMPONENTS), "components"),
    (Security, "security"),
    (List(&Shape::Object(&TAG)), "tags"),
    (MORE_DOCS, "externalDocs"),
]);

static INFO: Object = object("info", "title version")
    .of(&[(Text, "title description termsOfService version"), (Anything, "contact license")]);

static SERVER: Object = object("a server", "url").of(&[(Text, "url description"), (Anything, "variables")]);

static TAG: Object = object("a tag", "name").of(&[(Text, "name description"), (MORE_DOCS, "externalDocs")]);

static DOCS: Object = object("externalDocs", "url").of(&[(Text, "description url")]);

static COMPONENTS: Object = object("components", "").of(&[
    (Names(&Either(Kind::Schema)), "schemas"),
    (Names(&Either(Kind::Parameter)), "parameters"),
    (Names(&Either(Kind::Response)), "responses"),
    (Names(&Either(Kind::RequestBody)), "requestBodies"),
    (Names(&Either(Kind::Header)), "headers"),
    (EXAMPLES, "examples"),
    (Names(&Either(Kind::Link)), "links"),
    (Names(&Either(Kind::Callback)), "callbacks"),
    (Names(&Either(Kind::SecurityScheme)), "securitySchemes"),
]);

/// A `$ref` is refused by a rule of its own.
pub(super) static PATH: Object = object("a path", "").of(&[
    (Text, "$ref summary description"),
    (Shape::Object(&OPERATION), "get put post delete options head patch trace"),
    (SERVERS, "servers"),
    (PARAMETERS, "parameters"),
]);

pub(super) static OPERATION: Object = object("an operation", "responses").of(&[
    (Text, "summary description operationId"),
    (Bool, "deprecated"),
    (List(&Text), "tags"),
    (MORE_DOCS, "externalDocs"),
    (PARAMETERS, "parameters"),
    (Either(Kind::RequestBody), "requestBody"),
    (Names(&Either(Kind::Response)), "responses"),
    (Names(&Either(Kind::Callback)), "callbacks"),
    (Security, "security"),
    (SERVERS, "servers"),
]);

static PARAMETER: Object = object("a parameter", "name in").of(&[
    (Text, "name in description style"),
    (Bool, "required deprecated allowEmptyValue explode allowReserved"),
    (Either(Kind::Schema), "schema"),
    (Anything, "example"),
    (EXAMPLES, "examples"),
    (CONTENT, "content"),
]);

static HEADER: Object = object("a header", "").of(&[
    (Text, "description style"),
    (Bool, "required deprecated allowEmptyValue explode allowReserved"),
    (Either(Kind::Schema), "schema"),
    (Anything, "example"),
    (EXAMPLES, "examples"),
    (CONTENT, "content"),
]);

static BODY: Object =
    object("a request body", "content").of(&[(Text, "description"), (CONTENT, "content"), (Bool, "required")]);

static RESPONSE: Object = object("a response", "description").of(&[
    (Text, "description"),
    (Names(&Either(Kind::Header)), "headers"),
    (CONTENT, "content"),
    (Names(&Either(Kind::Link)), "links"),
]);

static MEDIA: Object = object("a media type", "").of(&[
    (Either(Kind::Schema), "schema"),
    (Anything, "example encoding"),
    (EXAMPLES, "examples"),
]);

static EXAMPLE: Object =
    object("an example", "").of(&[(Text, "summary description externalValue"), (Anything, "value")]);

static LINK: Object = object("a link", "")
    .of(&[(Text, "operationRef operationId description"), (Anything, "parameters requestBody server")]);

/// Callbacks are refused whole, so nothing is said of what is in them.
static CALLBACK: Object = object("a callback", "");

static SECURITY: Object = object("a security scheme", "type")
    .of(&[(Text, "type description name in scheme bearerFormat openIdConnectUrl"), (Anything, "flows")]);

pub(super) static SCHEMA: Object = object("a schema", "").of(&[
    (Text, "title description type format pattern"),
    (Bool, "nullable readOnly writeOnly deprecated uniqueItems exclusiveMinimum exclusiveMaximum"),
    (Number, "multipleOf minimum maximum"),
    (Count, "minProperties maxProperties minItems maxItems minLength maxLength"),
    (Anything, "default example xml"),
    (List(&Anything), "enum"),
    (List(&Text), "required"),
    (Names(&Either(Kind::Schema)), "properties"),
    (SchemaOrBool, "additionalProperties"),
    (List(&Either(Kind::Schema)), "allOf oneOf anyOf"),
    (Either(Kind::Schema), "items not"),
    (MORE_DOCS, "externalDocs"),
    (Shape::Object(&DISCRIMINATOR), "discriminator"),
]);

static DISCRIMINATOR: Object =
    object("a discriminator", "propertyName").of(&[(Text, "propertyName"), (Mapping, "mapping")]);
