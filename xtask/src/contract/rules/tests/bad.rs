//! What each rule finds, and where. `«` stands before the place that the finding names.

use std::collections::BTreeSet;

use super::{
    fragments::{body, change, operation, parameters, path, request, requested, response, responses, returned},
    shown, with,
};
use crate::contract::{Finding, Rule};

const ERROR: &str = "4XX: {$ref: \"#/components/responses/clientError\"}";

/// Contracts that break one rule each.
#[allow(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<(Rule, String)> {
    use Rule as R;
    let none = "\"204\": {description: Nothing.}";
    let json = |schema: &str| format!("{{description: x, content: {{application/json: {schema}}}}}");
    let probe = "{schema: {$ref: \"#/components/schemas/Link\"}}";
    vec![
        (R::YamlSyntax, "paths:\n  a: [\n«".into()),
        (R::YamlSyntax, "x-a:\n  «\tb: 1\n".into()),
        (R::YamlSyntax, "x-a:\n  «<<: text\n".into()),
        (R::YamlSyntax, "x-a: 1\nx-b:\n«\tc: 1\n".into()),
        (R::YamlSyntax, "x-a:«\t1\n".into()),
        (R::YamlSyntax, "x-a: «.inf\n".into()),
        (R::YamlSyntax, "x-a: «!special text\n".into()),
        (R::YamlSyntax, "x-a: 1\n«---\nx-b: 2\n".into()),
        (R::YamlSyntax, "x-a:\n  ? «[b]\n  : 1\n".into()),
        (R::DuplicateKey, path("get:\n  operationId: probe\n  «operationId: probe\n  summary: x\n  tags: [exports]\n  responses:\n    \"204\": {description: x}\n    4XX: {$ref: \"#/components/responses/clientError\"}")),
        (R::DefinedTwice, "components:\n  schemas:\n    «Link: {type: object}\n".into()),
        (R::DefinedTwice, "paths:\n  /groups/{groupId}/backup/exportBuckets:\n    «get: {}\n".into()),
        (R::DefinedTwice, "«info: {title: x, version: \"1\"}\n".into()),
        (R::DefinedTwice, "tags:\n  - «name: exports\n".into()),
        (R::OpenapiVersion, "«openapi: 3.1.0\n".into()),
        (R::OpenapiVersion, "«openapi: 3.0\n".into()),
        (R::OpenapiVersion, "«swagger: \"2.0\"\n".into()),
        (R::OpenapiVersion, "«openapi: \"3.0.\"\n".into()),
        (R::Shape, "«".into()),
        (R::Shape, "«[]\n".into()),
        (R::Shape, "# Only a comment.\n".into()),
        (R::Shape, "«paths: []\n".into()),
        (R::Shape, "components:\n  «schemas:\n".into()),
        (R::Shape, operation("get", "«deprecated: \"yes\"")),
        (R::Shape, parameters("/probe", "- {name: a, in: query, «required: no, schema: {type: string}}")),
        (R::Shape, requested("a: {«type: [string, \"null\"]}")),
        (R::Shape, operation("get", "«description: 2023")),
        (R::Shape, operation("get", "«description: true")),
        (R::Shape, request("Probe: {type: object, «required: a, properties: {a: {type: string}}}")),
        (R::Shape, requested("«a: string")),
        (R::Shape, requested("a: {type: string, «maxLength: -1}")),
        (R::Shape, requested("a: {type: integer, «exclusiveMinimum: 5, minimum: 5}")),
        (R::Shape, "components:\n  parameters:\n    «a b: {name: a, in: query, schema: {type: string}}\n".to_owned() + &parameters("/probe", "- $ref: \"#/components/parameters/a b\"")),
        (R::UnknownMember, requested("a: {type: string, «nulable: true}")),
        (R::UnknownMember, requested("a: {type: string, «const: b}")),
        (R::UnknownMember, operation("get", "«operationID: probe")),
        (R::MissingMember, responses(&format!("«\"204\": {{}}\n{ERROR}"))),
        (R::MissingMember, parameters("/probe", "- «in: query\n  schema: {type: string}")),
        (R::MissingMember, "tags:\n  - «description: x\n".into()),
        (R::Extension, operation("get", "«x-atlas-verison: \"2023-01-01\"")),
        (R::Extension, operation("get", "«x-atlas-version: \"2023-02-29\"")),
        (R::Extension, operation("get", "«x-atlas-version: 20230101")),
        (R::Extension, operation("get", "«x-atlas-version: upcoming")),
        (R::Extension, operation("get", "«x-atlas-differs: \" \"")),
        (R::Extension, requested("a: {type: string, «x-atlas-differs: true}")),
        (R::Extension, operation("get", "«x-atlas-version: \"2023-1-1\"")),
        (R::Extension, operation("get", "x-atlas-version: \"2023-01-01\"\n«x-atlas-only: v1")),
        (R::Extension, operation("get", "«x-atlas-only: v2")),
        (R::Extension, operation("get", "«x-atlas-role: [a]")),
        (R::Extension, requested("a: {type: string, «x-atlas-role: a}")),
        (R::Extension, operation("get", "«x-atlas-type: objectId")),
        (R::Extension, request("Probe: {type: string, «x-atlas-type: uuid}")),
        (R::Extension, request("Probe: {type: integer, «x-atlas-type: objectId}")),
        (R::Extension, requested("a: {type: string, «x-rust-type: {crate: a}}")),
        (R::Extension, operation("get", "«x-dropshot-pagination: {}")),
        (R::UnresolvedReference, requested("a: {$ref: «\"#/components/schemas/Missing\"}")),
        (R::UnresolvedReference, parameters("/probe", "- $ref: «\"#/components/parameters/missing\"")),
        (R::UnresolvedReference, responses(&format!("\"200\": {{$ref: «\"#/components/responses/missing\"}}\n{ERROR}"))),
        (R::UnresolvedReference, operation("post", "requestBody: {$ref: «\"#/components/requestBodies/missing\"}")),
        (R::UnresolvedReference, request("Probe: {oneOf: [{$ref: \"#/components/schemas/CustomData\"}], discriminator: {propertyName: key, mapping: {a: «Missing}}}")),
        (R::ForeignReference, requested("a: {$ref: «\"other.yaml#/components/schemas/A\"}")),
        (R::ForeignReference, requested("a: {$ref: «\"#/components/parameters/pretty\"}")),
        (R::ForeignReference, requested("a: {$ref: «\"https://example.com/a\"}")),
        (R::ForeignReference, requested("a: {$ref: «\"#/paths/a\"}")),
        (R::ForeignReference, requested("a: {$ref: «Link}")),
        (R::ReferenceSiblings, requested("a: {$ref: \"#/components/schemas/Link\", «nullable: true}")),
        (R::ReferenceSiblings, requested("a: {type: array, items: {$ref: \"#/components/schemas/Link\", «description: b}}")),
        (R::ReferenceSiblings, parameters("/probe", "- $ref: \"#/components/parameters/pretty\"\n  «required: true")),
        (R::ReferenceCycle, request("«Probe: {allOf: [{$ref: \"#/components/schemas/Probe\"}]}")),
        (R::ReferenceCycle, parameters("/probe", "- $ref: \"#/components/parameters/a\"") + "components:\n  parameters:\n    «a: {$ref: \"#/components/parameters/a\"}\n"),
        (R::UnusedComponent, "components:\n  schemas:\n    «Unused: {type: object}\n".into()),
        (R::UnusedComponent, "components:\n  schemas:\n    «Unused: {type: object, properties: {a: {$ref: \"#/components/schemas/Unused\"}}}\n".into()),
        (R::UnusedComponent, "components:\n  parameters:\n    «unused: {name: a, in: query, schema: {type: string}}\n".into()),
        (R::UnusedComponent, "components:\n  responses:\n    «unused: {description: a}\n".into()),
        (R::UnusedComponent, "components:\n  requestBodies:\n    «unused: {required: true, content: {application/json: {schema: {type: string}}}}\n".into()),
        (R::UnusedComponent, "components:\n  headers:\n    «unused: {schema: {type: string}}\n".into()),
        (R::UnusedComponent, "components:\n  securitySchemes:\n    «unused: {type: http, scheme: bearer}\n".into()),
        (R::SecurityScheme, operation("get", "security:\n  - «oauth: []")),
        (R::OperationId, path(&format!("«get:\n  summary: x\n  tags: [exports]\n  responses:\n    {none}\n    {ERROR}"))),
        (R::OperationId, path(&format!("get:\n  «operationId: Get_probe\n  summary: x\n  tags: [exports]\n  responses:\n    {none}\n    {ERROR}"))),
        (R::OperationId, operation("get", "").replace("operationId: probe", "«operationId: 2probe")),
        (R::OperationId, path(&format!("get:\n  «operationId: \"\"\n  summary: x\n  tags: [exports]\n  responses:\n    {none}\n    {ERROR}"))),
        (R::Generator, operation("«post", "").replace("operationId: probe", "operationId: getEXPORTJob").replace("/probe", "/zzz")),
        (R::OperationIdTwice, operation("post", "").replace("operationId: probe", "«operationId: getExportJob").replace("/probe", "/zzz")),
        (R::Generator, operation("«post", "").replace("operationId: probe", "operationId: new")),
        (R::Generator, operation("«post", "").replace("operationId: probe", "operationId: from")),
        (R::Generator, operation("«post", "").replace("operationId: probe", "operationId: responseValue")),
        (R::Tag, operation("get", "").replace("get:", "«get:").replace("tags: [exports]", "tags: []")),
        (R::Tag, operation("get", "").replace("tags: [exports]", "tags: [exports, «probes]")),
        (R::Method, operation("«trace", "")),
        (R::Method, responses(&format!("\"200\": {}\n{ERROR}", json(probe))).replace("get:", "«head:")),
        (R::Ignored, operation("get", "«callbacks: {}")),
        (R::Ignored, operation("get", "«servers: []")),
        (R::Ignored, "paths:\n  /probe:\n    «$ref: other.yaml\n".into()),
        (R::Ignored, responses(&format!("\"200\": {}\n{ERROR}", json("{schema: {$ref: \"#/components/schemas/Link\"}, «encoding: {}}")))),
        (R::Path, operation("get", "").replace("/probe", "«probe")),
        (R::Path, operation("get", "").replace("/probe", "«/probe?a=b")),
        (R::Path, operation("get", "").replace("/probe", "«/probe//a")),
        (R::Path, operation("get", "").replace("/probe", "«/probe/")),
        (R::Path, operation("get", "").replace("/probe", "«/api/atlas/v2/probe")),
        (R::Path, operation("get", "").replace("/probe", "«/api/atlas/v1.0/probe/")),
        (R::Path, operation("get", "").replace("/probe", "«/api/public/v1.0/probe")),
        (R::Path, operation("get", "").replace("/probe", "«/probe/{a")),
        (R::Path, operation("get", "").replace("/probe", "«/probe/{}")),
        (R::Path, operation("get", "").replace("/probe", "«/probe/a}")),
        (R::Path, operation("get", "").replace("/probe", "«/a b")),
        (R::Path, operation("get", "").replace("/probe", "«/{a}/{a}")),
        (R::PathTwice, parameters("/a/{x}", "- {name: x, in: path, required: true, schema: {type: string}}") + &parameters("«/a/{y}", "- {name: y, in: path, required: true, schema: {type: string}}").replace("paths:\n", "").replace("operationId: probe", "operationId: other")),
        (R::PathParameter, parameters("/probe", "- «name: a\n  in: path\n  required: true\n  schema: {type: string}")),
        (R::PathParameter, operation("«get", "").replace("/probe", "/probe/{a}")),
        (R::PathParameter, parameters("/{a}", "- «name: a\n  in: path\n  schema: {type: string}")),
        (R::PathParameter, parameters("/{a}", "- «name: a\n  in: path\n  required: false\n  schema: {type: string}")),
        (R::ParameterTwice, parameters("/probe", "- {name: a, in: query, schema: {type: string}}\n- «{name: a, in: query, schema: {type: string}}")),
        (R::Generator, parameters("/probe", "- {name: aB, in: query, schema: {type: string}}\n- «{name: a_b, in: query, schema: {type: string}}")),
        (R::Generator, parameters("/{a}", "- {name: a, in: query, schema: {type: string}}\n- «{name: a, in: path, required: true, schema: {type: string}}")),
        (R::Generator, parameters("/probe", "- «{name: send, in: query, schema: {type: string}}")),
        (R::ParameterPlace, parameters("/probe", "- {name: a, «in: cookie, schema: {type: string}}")),
        (R::ParameterPlace, parameters("/probe", "- {name: a, «in: body, schema: {type: string}}")),
        (R::ParameterPlace, parameters("/probe", "- {name: Accept, «in: header, schema: {type: string}}")),
        (R::ParameterPlace, parameters("/probe", "- {name: a b, «in: header, schema: {type: string}}")),
        (R::ParameterType, parameters("/probe", "- «{name: a, in: query}")),
        (R::ParameterType, parameters("/probe", "- {name: a, in: query, «content: {application/json: {schema: {type: string}}}}")),
        (R::ParameterType, parameters("/probe", "- {name: a, in: query, «schema: {type: object, additionalProperties: true}}")),
        (R::ParameterType, parameters("/probe", "- {name: a, in: query, «schema: {type: array, items: {$ref: \"#/components/schemas/Link\"}}}")),
        (R::ParameterType, parameters("/{a}", "- {name: a, in: path, required: true, «schema: {type: array, items: {type: string}}}")),
        (R::ParameterType, parameters("/{a}", "- {name: a, in: path, required: true, «schema: {type: string, format: date-time}}")),
        (R::ParameterType, parameters("/probe", "- {name: A, in: header, «schema: {type: string, nullable: true}}")),
        (R::ParameterStyle, parameters("/probe", "- {name: a, in: query, «style: pipeDelimited, schema: {type: array, items: {type: string}}}")),
        (R::ParameterStyle, parameters("/probe", "- {name: a, in: query, «explode: false, schema: {type: array, items: {type: string}}}")),
        (R::StatusCode, responses(&format!("{none}\n«4xx: {{$ref: \"#/components/responses/clientError\"}}"))),
        (R::StatusCode, responses(&format!("{none}\n«ok: {{description: x}}\n{ERROR}"))),
        (R::StatusCode, responses(&format!("{none}\n«\"302\": {{description: x}}\n{ERROR}"))),
        (R::StatusCode, responses(&format!("\"200\": {}\n«default: {{$ref: \"#/components/responses/clientError\"}}", json(probe)))),
        (R::SuccessType, responses(ERROR).replace("get:", "«get:")),
        (R::SuccessType, responses(&format!("\"200\": {}\n«\"204\": {{description: x}}\n{ERROR}", json(probe)))),
        (R::SuccessType, responses(&format!("\"200\": {}\n«\"201\": {}\n{ERROR}", json(probe), json("{schema: {type: string}}")))),
        (R::ErrorType, responses(&format!("{none}\n«4XX: {}", json(probe)))),
        (R::ErrorType, responses(&format!("{none}\n«\"404\": {{description: x}}\n{ERROR}"))),
        (R::ErrorMissing, responses(none).replace("get:", "«get:")),
        (R::MediaType, responses(&format!("\"200\": {{description: x, content: {{«application/vnd.atlas.2023-01-01+json: {probe}}}}}\n{ERROR}"))),
        (R::MediaType, responses(&format!("\"200\": {{description: x, content: {{«text/html: {{}}}}}}\n{ERROR}"))),
        (R::MediaType, operation("post", "requestBody: {required: true, content: {«application/octet-stream: {schema: {type: string}}}}")),
        (R::BodySchema, responses(&format!("\"200\": {{description: x, content: {{«application/json: {{}}}}}}\n{ERROR}"))),
        (R::BodySchema, operation("post", "requestBody: {required: true, content: {«application/json: {}}}")),
        (R::BodySchema, operation("post", "requestBody: «{required: true, content: {}}")),
        (R::BodyMethod, body("delete", "type: string").replace("requestBody", "«requestBody")),
        (R::InlineSchema, returned("«a: {type: object, properties: {b: {type: string}}}")),
        (R::InlineSchema, returned("a: {type: array, nullable: true, items: {«type: object, properties: {b: {type: string}}}}").replace("items: {«", "«items: {")),
        (R::InlineSchema, returned("a: {type: object, nullable: true, «additionalProperties: {type: object, properties: {b: {type: string}}}}")),
        (R::InlineSchema, body("post", "type: object\nproperties: {b: {type: string}}").replace("schema:", "«schema:")),
        (R::InlineSchema, requested("«a: {oneOf: [{type: string}, {type: integer}]}")),
        (R::InlineSchema, requested("«a: {allOf: [{$ref: \"#/components/schemas/Link\"}, {$ref: \"#/components/schemas/CustomData\"}]}")),
        (R::InlineSchema, requested("«a: {type: string, x-atlas-type: objectId}")),
        (R::SchemaType, requested("a: {«type: \"null\"}")),
        (R::SchemaType, requested("«a: {properties: {}}")),
        (R::SchemaType, requested("«a: {enum: [b]}")),
        (R::SchemaType, requested("a: {type: integer, «pattern: b}")),
        (R::SchemaType, requested("a: {type: string, «properties: {}}")),
        (R::SchemaType, requested("«a: {type: array}")),
        (R::SchemaType, requested("a: {type: integer, «exclusiveMinimum: true}")),
        (R::SchemaType, request("Probe: {«allOf: []}")),
        (R::SchemaType, request("Probe: {oneOf: [{$ref: \"#/components/schemas/Link\"}], «type: object}")),
        (R::SchemaName, request("Probe: {type: object, properties: {a: {$ref: \"#/components/schemas/2one\"}}}\n«2one: {type: string}")),
        (R::SchemaName, request("Probe: {type: object, properties: {a: {$ref: \"#/components/schemas/a b\"}}}\n«a b: {type: string}")),
        (R::Generator, request("Probe: {type: object, properties: {a: {$ref: \"#/components/schemas/api_error\"}}}\n«api_error: {type: string}")),
        (R::SchemaUnion, request("Probe: {«anyOf: [{type: string}, {type: integer}]}")),
        (R::SchemaUnion, requested("a: {«not: {type: string}}")),
        (R::SchemaNullable, request("Probe: {type: object, «nullable: true, properties: {a: {type: string}}}")),
        (R::Generator, requested("_id: {type: string}\n«id: {type: string}")),
        (R::Generator, requested("aB: {type: string}\n«a_b: {type: string}")),
        (R::RequiredProperty, request("Probe: {type: object, required: [a, «b], properties: {a: {type: string}}}")),
        (R::RequiredProperty, request("Probe: {type: object, required: [a, «a], properties: {a: {type: string}}}")),
        (R::EnumValue, requested("a: {type: string, enum: [«5.0]}")),
        (R::Generator, request("«Probe: {type: object, properties: {a: {type: string, enum: [b, B]}}}")),
        (R::EnumValue, requested("a: {type: string, enum: [b, «null]}")),
        (R::EnumValue, requested("a: {type: string, «enum: []}")),
        (R::EnumValue, requested("a: {type: integer, enum: [1, «b]}")),
        (R::DefaultValue, requested("a: {type: string, «default: 5}")),
        (R::DefaultValue, requested("a: {type: string, enum: [b], «default: c}")),
        (R::DefaultValue, requested("a: {type: integer, maximum: 5, «default: 6}")),
        (R::DefaultValue, parameters("/probe", "- {name: a, in: query, schema: {type: boolean, «default: \"no\"}}")),
        (R::DefaultValue, returned("a: {type: string, format: date-time, nullable: true, «default: never}")),
        (R::DefaultValue, returned("a: {type: string, format: date-time, nullable: true, «default: 2024-02-30T00:00:00Z}")),
        (R::DefaultValue, returned("a: {type: string, format: date-time, nullable: true, «default: 2024-02-01}")),
        (R::DefaultValue, returned("a: {type: string, format: date, nullable: true, «default: 2023-02-29}")),
        (R::DefaultValue, returned("a: {type: integer, format: int64, nullable: true, «default: 9223372036854775808}")),
        (R::DefaultValue, returned("a: {type: integer, format: int32, nullable: true, «default: 2147483648}")),
        (R::DefaultValue, returned("a: {type: integer, format: uint8, nullable: true, «default: -1}")),
        (R::DefaultValue, returned("a: {type: integer, nullable: true, «default: 1.5}")),
        (R::DefaultValue, returned("a: {type: integer, nullable: true, minimum: 0, «default: -1}")),
        (R::DefaultValue, returned("a: {type: number, format: float, nullable: true, «default: 1e39}")),
        (R::DefaultValue, requested("a: {type: number, minimum: 0, exclusiveMinimum: true, «default: 0}")),
        (R::DefaultValue, requested("a: {type: number, maximum: 0.5, «default: 0.75}")),
        (R::DefaultValue, requested("a: {type: integer, maximum: 9007199254740992, «default: 9007199254740993}")),
        (R::DefaultValue, requested("a: {type: integer, multipleOf: 5, «default: 7}")),
        (R::DefaultValue, requested("a: {type: string, minLength: 3, «default: ab}")),
        (R::DefaultValue, requested("a: {type: string, maxLength: 1, «default: ab}")),
        (R::DefaultValue, requested("a: {type: string, pattern: \"^[0-9]+$\", «default: ab}")),
        (R::DefaultValue, requested("a: {type: string, format: ipv4, «default: \"::1\"}")),
        (R::DefaultValue, requested("a: {type: array, minItems: 2, items: {type: string}, «default: [b]}")),
        (R::DefaultValue, requested("a: {type: array, items: {type: integer, format: int32}, «default: [2147483648]}")),
        (R::DefaultValue, returned("a: {type: array, nullable: true, items: {$ref: \"#/components/schemas/Probe2\"}, «default: [soon]}") + "    Probe2: {type: string, format: date}\n"),
        (R::DefaultValue, request("Probe: {type: object, properties: {a: {$ref: \"#/components/schemas/Id\"}}}\nId: {type: string, x-atlas-type: objectId, «default: abc}")),
        (R::DefaultValue, change("Probe: {type: object, properties: {a: {type: boolean, «default: true}}}")),
        (R::Format, returned("a: {type: string, «format: ipv4}")),
        (R::Generator, requested("«a: {type: string, enum: [b]}\nc: {$ref: \"#/components/schemas/ProbeA\"}") + "    ProbeA: {type: string}\n"),
        (R::Generator, parameters("/probe", "- «{name: a, in: query, schema: {type: string, title: CloudProvider, enum: [b]}}")),
        (R::ResponsePattern, returned("a: {type: string, «pattern: b}")),
        (R::ResponseBound, returned("a: {type: string, «maxLength: 5}")),
        (R::ResponseBound, returned("a: {type: array, nullable: true, «minItems: 1, items: {type: string}}")),
        (R::ResponseBound, returned("a: {type: integer, «minimum: 1}")),
        (R::ResponseEnum, returned("a: {type: string, «enum: [b]}")),
        (R::ResponseEnum, response("Probe: {type: object, properties: {a: {$ref: \"#/components/schemas/Kind\"}}}\nKind: {type: string, «enum: [b]}")),
        (R::ResponseUnion, response("Probe: {«oneOf: [{$ref: \"#/components/schemas/Link\"}], discriminator: {propertyName: a}}")),
        (R::ResponseUnion, response("Probe: {«oneOf: [{$ref: \"#/components/schemas/Link\"}]}")),
        (R::ResponseClosed, response("Probe: {type: object, «additionalProperties: false, properties: {a: {type: string}}}")),
        (R::ResponseNull, returned("«a: {type: array, items: {type: string}}")),
        (R::ResponseNull, returned("«a: {type: object, additionalProperties: {type: string}}")),
        (R::ResponseNull, returned("«a: {type: string, default: b}")),
    ]
}

/// What is wrong with a contract, or with the Rust that is made of it.
fn found(fragment: &str) -> Vec<Finding> {
    let contract = with(fragment);
    match contract.json() {
        Ok(json) => contract.rust(&json).err().unwrap_or_default(),
        Err(_) => contract.findings,
    }
}

#[test]
fn each_broken_rule_is_found_where_it_is_broken_and_nothing_else_is() {
    let mut wrong = Vec::new();
    for (rule, marked) in cases() {
        let fragment = marked.replacen('«', "", 1);
        let before = marked.split('«').next().unwrap();
        let (line, column) = if marked.contains('«') {
            (
                before.matches('\n').count() + 1,
                before.lines().last().filter(|_| !before.ends_with('\n')).map_or(1, |line| line.chars().count() + 1),
            )
        } else {
            (1, 1)
        };
        let found = shown(&found(&fragment));
        let wanted = format!("{} {line}:{column}", rule.name());
        if found != [wanted.clone()] {
            wrong.push(format!("wanted {wanted}, found {found:?} in\n{fragment}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case() {
    let tested: BTreeSet<Rule> = cases().into_iter().map(|(rule, _)| rule).collect();
    let untested: Vec<_> = Rule::ALL.iter().map(|(rule, _)| *rule).filter(|rule| !tested.contains(rule)).collect();
    assert_eq!(untested, []);
}

#[test]
fn a_finding_says_where_what_and_what_to_do() {
    let contract = with(&returned("a: {type: array, items: {type: string}}"));
    let report = contract.json().unwrap_err();
    insta::assert_snapshot!(report);
}

#[test]
fn what_a_response_took_over_from_requests_is_told_with_the_operation() {
    let probe = "{$ref: \"#/components/schemas/Probe\"}";
    let schema = "components:\n  schemas:\n    Probe: {type: object, properties: {a: {$ref: \"#/components/schemas/CloudProvider\"}}}\n";
    let map = format!("\"200\": {{description: x, content: {{application/json: {{schema: {probe}}}}}}}\n{ERROR}");
    let report = with(&(responses(&map) + schema)).json().unwrap_err();
    assert!(report.contains("export-buckets.yaml") && report.contains("responses of `probe` contain"), "{report}");
    assert!(report.contains("; or give requests and responses a schema each\n"), "{report}");
}

#[test]
fn advice_is_what_helps() {
    for (fragment, advice) in [
        (requested("a: {type: string, nullable: yes}"), "write `true` without quotes"),
        (requested("a: {type: string, nullable: \"false\"}"), "write `false` without quotes"),
        (
            parameters("/probe", "- {name: a, in: query, schema: {type: boolean, default: off}}"),
            "write `false` without",
        ),
        (requested("a: {$ref: \"#/components/schemas/SnapshotID\"}"), "write `SnapshotId`"),
        (requested("a: {$ref: \"#/components/schemas/SnapshotsId\"}"), "is `SnapshotId` meant?"),
        (requested("a: {type: string, required: true}"), "name the property in the `required` beside"),
        (requested("a: {type: [string, \"null\"]}"), "write one type, with `nullable: true` beside it"),
        (operation("get", "").replace("probe\n", "2probe\n"), "a letter first"),
        ("x-a: 1\nx-b:\n\tc: 1\n".to_owned(), "a tab stands where YAML has blanks"),
        (
            "components:\n  schemas:\n    Link: {type: object}\n".to_owned(),
            "`Link` of `schemas` is defined a second time",
        ),
    ] {
        let report = with(&fragment).json().unwrap_err();
        assert!(report.contains(advice), "no {advice} in\n{report}");
    }
}
