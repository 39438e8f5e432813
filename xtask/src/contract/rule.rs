//! The names of the rules that a contract keeps to, so that the generator makes a good client of it.

macro_rules! rules {
    ($($variant:ident $name:literal $says:literal)*) => {
        /// A rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Rule { $(#[doc = $says] $variant),* }

        impl Rule {
            /// Every rule with what it says, as the contract's guide lists them.
            #[cfg(test)]
            pub(crate) const ALL: &'static [(Self, &'static str)] = &[$((Self::$variant, $says)),*];

            /// The name that a finding shows.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

rules! {
    YamlSyntax "yaml-syntax" "A fragment is UTF-8, one YAML 1.2 document, and holds only what JSON can hold."
    DuplicateKey "duplicate-key" "A map has each name once."
    DefinedTwice "defined-twice" "A path, component, tag or part of the head stands in one fragment only."
    OpenapiVersion "openapi-version" "The contract is OpenAPI 3.0.x."
    Shape "shape" "A value is of the kind that OpenAPI wants there."
    UnknownMember "unknown-member" "OpenAPI 3.0 knows every member, or its name begins with `x-`."
    MissingMember "missing-member" "What OpenAPI wants is there."
    Extension "extension" "`x-atlas-*` is one of the known extensions, on what it belongs to, with a value that it can have."

    UnresolvedReference "unresolved-reference" "What a `$ref` names is defined in some fragment."
    ForeignReference "foreign-reference" "A `$ref` leads to a component of the kind that must stand there."
    ReferenceSiblings "reference-siblings" "A `$ref` stands alone, but for the description of a property, because OpenAPI 3.0 ignores what stands beside it."
    ReferenceCycle "reference-cycle" "A chain of `$ref`s ends."
    UnusedComponent "unused-component" "Some operation leads to every component."
    SecurityScheme "security-scheme" "A security scheme that is asked for is defined."

    OperationId "operation-id" "An operation has an `operationId` in camelCase."
    OperationIdTwice "operation-id-twice" "No two operations have the same `operationId`."
    Tag "tag" "An operation has a tag, and every tag is defined."
    Method "method" "An operation's method is one that the client can send."
    Ignored "ignored" "Nothing stands in the contract that the generator would silently leave out."

    Path "path" "A path begins with `/`, but not with the base path of the service, has its parameters in braces, each once, and neither a query nor a `/` at its end."
    PathTwice "path-twice" "No two paths differ only in the names of their parameters."
    PathParameter "path-parameter" "Path and parameters name the same path parameters, and all of these are required."
    ParameterTwice "parameter-twice" "A parameter is listed once."
    ParameterPlace "parameter-place" "A parameter is sent in the path, the query or a header that no one else sets."
    ParameterType "parameter-type" "A parameter is a text, number or boolean, or in a query a list of them."
    ParameterStyle "parameter-style" "A parameter is written as is usual for its place."

    StatusCode "status-code" "A response is for a status such as `200`, `4XX`, or `default` beside `2XX`."
    SuccessType "success-type" "An operation has one type of success."
    ErrorType "error-type" "An error is the shared error, `ApiError`."
    ErrorMissing "error-missing" "An operation declares what its errors are."
    MediaType "media-type" "A body is `application/json`; a response may also be a stream of bytes: `application/gzip` or `text/csv`."
    BodySchema "body-schema" "A body has a schema."
    BodyMethod "body-method" "HEAD and DELETE have no request body."

    InlineSchema "inline-schema" "An object, a union and an identifier have a name among the components."
    SchemaType "schema-type" "A schema has one type, and members that belong to it."
    SchemaName "schema-name" "A schema's name is of letters, digits, `.`, `_` and `-`, a letter first."
    SchemaUnion "schema-union" "A schema is no `anyOf` and no `not`."
    SchemaNullable "schema-nullable" "`nullable` stands where a schema is used, not on the named schema itself."
    RequiredProperty "required-property" "A required property is among the properties, once."
    EnumValue "enum-value" "Values of an `enum` are of the schema's type."
    DefaultValue "default-value" "A default is a value of its schema's Rust type and within its bounds, and is not sent unasked."
    Format "format" "A format is one that the client has a type for."

    ResponsePattern "response-pattern" "What responses contain has no `pattern`."
    ResponseBound "response-bound" "What responses contain has no bounds of length or size, but for `minimum: 0`."
    ResponseEnum "response-enum" "What responses contain has no closed `enum`."
    ResponseUnion "response-union" "What responses contain is no `oneOf`, but for a named one with a `discriminator` and its `mapping`, which keeps kinds that are new."
    ResponseClosed "response-closed" "What responses contain may have properties that the contract does not know."
    ResponseNull "response-null" "An optional list, map or value with a default in a response is `nullable`."

    Generator "generator" "The generator makes Rust of it that can compile: no two schemas, operations, parameters or properties have one Rust name."
}
