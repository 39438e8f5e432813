//! What sound contracts may hold, each of it passed on to the generator and to the compiler.

use std::{env, fs, path::Path, process::Command};

use super::{
    fragments::{body, operation, parameters, request, requested, response, responses, returned},
    shown, with,
};
use crate::contract::Contract;

/// Contracts that break no rule.
fn cases() -> Vec<String> {
    let link = "{$ref: \"#/components/schemas/Link\"}";
    let error = "4XX: {$ref: \"#/components/responses/clientError\"}";
    let ok = |status: &str, schema: &str| {
        format!("{status}: {{description: x, content: {{application/json: {{schema: {schema}}}}}}}\n{error}")
    };
    vec![
        // Traps of YAML: names that look like values, and texts that look like booleans.
        responses(&format!("204: {{description: x}}\n{error}")),
        requested("2023-01-01: {type: string}\nno: {type: string}\n5: {type: string}\n~: {type: string}"),
        requested("a: {type: string, enum: [no, yes, on, off, 2023-01-01], default: no}"),
        operation("get", "x-atlas-version: 2023-01-01\nx-atlas-only: v2\nx-atlas-role: Project Owner\nx-other: [1]"),
        "x-a: &a {b: 1}\nx-c: *a\n".into(),
        operation("get", "security: []"),
        operation("get", "").replace("operationId: probe", "operationId: move"),
        request("Probe: {type: object, properties: {a: {$ref: \"#/components/schemas/self\"}}}\nself: {type: string, maxLength: 5}"),
        operation("get", "description: |\n  As in:\n\n  ```\n  let a = 1;\n  ```\n\n  - a\n      - b\n\n      let c;"),
        "x-a: {\"<<\": 1}\n".into(),
        response("Probe:\n  <<: &base {type: object, properties: {a: {type: string}}}\n  description: Merged."),
        operation("get", "deprecated: true\ndescription: \"See https://example.com, [this] and <that>.\""),
        // Responses.
        responses(&ok("\"200\"", &format!("{{type: array, items: {link}}}"))),
        responses(&ok("\"202\"", &format!("{{type: object, additionalProperties: {link}}}"))),
        responses(&ok("\"200\"", "{type: string}")),
        responses(&ok("\"200\"", "{}")),
        responses(&ok("2XX", &format!("{{allOf: [{link}], nullable: true}}"))),
        responses(&format!("\"200\": {{description: x, content: {{text/csv: {{schema: {{type: string, format: binary}}}}}}}}\n{error}")),
        responses(&format!("\"200\": {{description: x, content: {{application/gzip: {{}}}}}}\n\"404\": {{$ref: \"#/components/responses/clientError\"}}\n{error}")),
        operation("get", "x-atlas-version: preview\nx-atlas-only: v2\nx-atlas-differs: It is ours."),
        body("get", &format!("type: array\nitems: {link}")),
        response(&format!(
            "Probe:\n  oneOf: [{{$ref: \"#/components/schemas/First\"}}, {{$ref: \"#/components/schemas/Second\"}}]\n  \
             discriminator:\n    propertyName: kind\n    mapping: {{A: \"#/components/schemas/First\", B: \
             \"#/components/schemas/Second\", C: \"#/components/schemas/Second\"}}\nFirst: {{type: object, properties: \
             {{kind: {{type: string}}, link: {link}, again: {{$ref: \"#/components/schemas/Probe\", x-atlas-differs: x}}}}}}\n\
             Second: {{type: object, properties: {{all: {{type: array, nullable: true, items: {{$ref: \
             \"#/components/schemas/Probe\"}}}}}}}}\n"
        )),
        responses(&format!("\"201\": {{description: x, content: {{application/json: {{schema: {link}}}}}}}\n{}", ok("\"200\"", link))),
        responses(&ok("\"200\"", link).replace("application/json", "application/json;charset=utf-8")),
        responses(&ok("2XX", link).replace("4XX", "default")),
        responses(&format!("{}\n\"404\": {{$ref: \"#/components/responses/clientError\"}}\n5XX: {{$ref: \"#/components/responses/serverError\"}}", ok("\"200\"", link))),
        responses(&ok("\"200\"", link).replace("description: x", "description: x, headers: {Retry-After: {schema: {type: integer, minimum: 0}}}")),
        responses(&ok("\"200\"", link).replace("description: x", "description: x, headers: {A: {schema: {$ref: \"#/components/schemas/Names\"}}, B: {$ref: \"#/components/headers/b\"}}"))
            + "components:\n  headers:\n    b: {schema: {$ref: \"#/components/schemas/First\"}}\n  schemas:\n    Names: {type: string, enum: [a, b]}\n    \
               First: {type: integer, minimum: 0}\n",
        returned(
            "a: {type: array, nullable: true, uniqueItems: true, items: {type: string}}\n\
             b: {type: object, nullable: true, additionalProperties: true}\n\
             c: {type: string, default: x, nullable: true}\n\
             d: {type: array, nullable: true, items: {type: array, items: {type: number, format: double}}}\n\
             e: {$ref: \"#/components/schemas/ProjectId\"}\n\
             f: {allOf: [{$ref: \"#/components/schemas/Link\"}], nullable: true, description: x}\n\
             g: {type: integer, format: int64}\n\
             count: {type: integer, format: int32, minimum: 0}\n\
             h: {type: string, format: date}\n\
             i: {type: string, format: date-time}\n\
             j: {}\n\
             k: {type: string, format: byte}\n\
             described: {$ref: \"#/components/schemas/Link\", description: x}\n\
             uuid: {type: string, format: uuid, nullable: true}\n\
             l: {type: boolean}\n\
             m: {type: array, nullable: true, items: {$ref: \"#/components/schemas/Probe\"}}\n\
             n: {$ref: \"#/components/schemas/Probe\"}\n\
             type: {type: string}\n\
             self: {type: string}\n\
             since: {type: string, format: date-time, nullable: true, default: \"2024-01-31T12:00:00+01:00\"}\n\
             day: {type: string, format: date, nullable: true, default: 2024-02-29}\n\
             most: {type: integer, nullable: true, minimum: 0, default: 18446744073709551615}\n\
             ratio: {type: number, format: float, nullable: true, default: 0.1}\n\
             none: {type: string, nullable: true, default: null}\n\
             \"a.b\": {type: string}\n\
             $ref2: {type: string}",
        ),
        response("Probe: {type: object, required: [a], properties: {a: {type: array, items: {type: string}}}, additionalProperties: true}"),
        response("Probe: {type: object, additionalProperties: {type: integer}}"),
        response("Probe: {$ref: \"#/components/schemas/Link\"}"),
        response(
            "Probe:\n  description: Inherits.\n  allOf:\n    - $ref: \"#/components/schemas/Link\"\n    - type: object\n      \
             required: [b, href]\n      properties: {b: {type: string}}",
        ),
        response(
            "Probe:\n  required: [b]\n  allOf:\n    - type: object\n      properties: {a: {type: array, items: {type: string}}, b: {type: array, items: {type: string}}}\n    - type: object\n      required: [a]\n      properties: {c: {type: string}}",
        ),
        response("Probe: {type: object, properties: {a: {$ref: \"#/components/schemas/Names\"}}}\nNames: {type: array, items: {type: string}}"),
        response("Probe: {type: string, x-atlas-type: objectId, pattern: \"^[a-f0-9]{24}$\"}"),
        response(
            "Probe: {type: object, properties: {a: {$ref: \"#/components/schemas/view_of.probe-2_Atlas\"}, b: {$ref: \"#/components/schemas/odd_id\"}}}\n\
             view_of.probe-2_Atlas: {type: object, properties: {a: {type: string}}}\n\
             odd_id: {type: string, x-atlas-type: objectId}",
        ),
        // Requests.
        body("post", &format!("type: array\nitems: {link}")),
        body("put", "type: object\nadditionalProperties: {type: string}"),
        body("patch", "$ref: \"#/components/schemas/NewExport\""),
        body("post", "type: string"),
        body("post", &format!("type: array\nitems: {link}")).replace("required: true", "description: x"),
        body("post", "$ref: \"#/components/schemas/SnapshotId\""),
        requested(
            "a: {type: string, pattern: \"^a\", minLength: 1, maxLength: 5}\n\
             b: {type: string, enum: [A-1, B_2, \"\"]}\n\
             c: {type: string, enum: [x, y, null], nullable: true}\n\
             d: {type: string, enum: [only], default: only}\n\
             e: {type: integer, format: int32, minimum: 1, maximum: 500, default: 100}\n\
             f: {type: array, minItems: 1, maxItems: 3, items: {type: string, enum: [q, r]}, default: [q]}\n\
             g: {type: number, minimum: 0, exclusiveMinimum: true}\n\
             h: {type: object, additionalProperties: false, properties: {}}\n\
             i: {type: string, format: ipv4}\n\
             pattern: {type: string}\n\
             days: {type: integer, enum: [1, 7, 30], default: 7}\n\
             enum: {type: integer}\n\
             j: {type: string, readOnly: true}\n\
             k: {type: string, writeOnly: true, format: password}",
        ),
        request(
            "Probe:\n  oneOf:\n    - $ref: \"#/components/schemas/First\"\n    - $ref: \"#/components/schemas/Second\"\n  \
             discriminator: {propertyName: kind, mapping: {a: First, b: \"#/components/schemas/Second\"}}\n\
             First: {type: object, required: [kind], properties: {kind: {type: string, enum: [a]}}}\n\
             Second: {type: object, required: [kind], properties: {kind: {type: string, enum: [b]}, x: {type: string}}}",
        ),
        request("Probe: {oneOf: [{type: string}, {type: integer}]}"),
        request("Probe: {type: object, additionalProperties: false, properties: {a: {type: string}}}"),
        operation("post", "requestBody: {$ref: \"#/components/requestBodies/thing\"}")
            + "components:\n  requestBodies:\n    thing: {required: true, content: {application/json: {schema: {$ref: \"#/components/schemas/Link\"}}}}\n",
        // Parameters.
        parameters(
            "/groups/{groupId}/a/{id}:pause/{num}.json",
            "- $ref: \"#/components/parameters/groupId\"\n\
             - {name: id, in: path, required: true, schema: {type: string, enum: [a, b]}}\n\
             - {name: num, in: path, required: true, schema: {type: integer}}\n\
             - {name: a, in: query, schema: {type: array, items: {type: string}}}\n\
             - {name: b, in: query, required: true, schema: {type: array, items: {type: string, enum: [x, y]}}}\n\
             - {name: c, in: query, schema: {type: string, enum: [x, y], default: x}}\n\
             - {name: d, in: query, schema: {type: string, format: date-time}}\n\
             - {name: e, in: query, schema: {type: array, items: {$ref: \"#/components/schemas/SnapshotId\"}}}\n\
             - {name: f, in: query, schema: {$ref: \"#/components/schemas/ExportState\"}}\n\
             - {name: g, in: query, style: form, explode: true, schema: {type: number, format: double}}\n\
             - {name: h, in: query, schema: {allOf: [{$ref: \"#/components/schemas/CloudProvider\"}], description: x}}\n\
             - {name: type, in: query, schema: {type: string, pattern: \"^a\", maxLength: 4}}\n\
             - {name: \"filter[x]\", in: query, schema: {type: boolean}}\n\
             - {name: $top, in: query, schema: {type: integer, format: int32, minimum: 1}}\n\
             - {name: url, in: query, schema: {type: string, nullable: true}}\n\
             - {name: client, in: query, schema: {type: string}}\n\
             - {name: X-Probe, in: header, schema: {type: string, enum: [a]}}\n\
             - {name: X-Other, in: header, required: true, schema: {type: integer}}",
        ),
        "paths:\n  /shared/{a}:\n    parameters:\n      - {name: a, in: path, required: true, schema: {type: string}}\n    \
         get:\n      operationId: probe\n      summary: x\n      tags: [exports]\n      parameters:\n        \
         - {name: a, in: path, required: true, schema: {type: integer}}\n      responses:\n        204: {description: x}\n        \
         4XX: {$ref: \"#/components/responses/clientError\"}\n"
            .into(),
        operation("head", ""),
        operation("delete", ""),
        // Names that only look dangerous.
        request("Option: {type: object, required: [a], properties: {a: {type: string}}}").replace("Probe", "Option"),
        request("Result: {type: object, required: [a], properties: {a: {type: string}}}").replace("Probe", "Result"),
        request("AWSBucketV2: {type: object, properties: {a: {type: string}}}").replace("Probe", "AWSBucketV2"),
    ]
}

#[test]
fn what_is_sound_passes_every_rule() {
    let mut wrong = Vec::new();
    for fragment in cases() {
        let found = shown(&with(&fragment).findings);
        if !found.is_empty() {
            wrong.push(format!("found {found:?} in\n{fragment}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Gives each case names of its own, so that all can stand in one contract.
fn apart(fragment: &str, number: usize) -> String {
    let mut apart = fragment.to_owned();
    for (name, new) in [
        ("/probe", format!("/probe{number}")),
        ("/groups/{groupId}/a", format!("/groups/{{groupId}}/a{number}")),
        ("operationId: probe", format!("operationId: probe{number}")),
    ] {
        apart = apart.replace(name, &new);
    }
    for schema in ["Probe", "Names", "First", "Second", "Option", "Result", "AWSBucketV2"] {
        for (before, after) in [("schemas/", "\""), ("    ", ":"), ("a: ", ","), ("n: ", "}")] {
            let (old, new) = (format!("{before}{schema}{after}"), format!("{before}{schema}{number}{after}"));
            apart = apart.replace(&old, &new);
        }
    }
    apart
}

/// Generates and compiles all sound cases in one crate.
#[test]
fn what_is_sound_is_generated_and_compiles() {
    let mut fragments = super::real();
    for (number, fragment) in cases().iter().enumerate().filter(|(_, fragment)| fragment.contains("paths")) {
        let (name, bytes) = (format!("openapi/probe{number}.yaml"), apart(fragment, number).into_bytes());
        // Component names other than schemas' stand in one case each.
        fragments.push(crate::contract::Fragment { name, bytes });
    }
    let contract = Contract::new(fragments);
    let json = contract.json().unwrap();
    contract.rust(&json).unwrap_or_else(|found| panic!("{}", contract.report(&found)));

    // A copy beside the other builds of the workspace, so that what the crate depends on is built only once.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let copy = target.join("sound-contract");
    let _ = fs::remove_dir_all(&copy);
    copy_folder(&root.join("atlas-exports-gen"), &copy.join("atlas-exports-gen"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let members = manifest.lines().find(|line| line.starts_with("members")).unwrap();
    fs::write(copy.join("Cargo.toml"), manifest.replace(members, "members = [\"atlas-exports-gen\"]")).unwrap();
    fs::copy(root.join("Cargo.lock"), copy.join("Cargo.lock")).unwrap();
    fs::write(copy.join("atlas-exports-gen/openapi.json"), json).unwrap();

    let output = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--offline", "--package", "atlas-exports-gen"])
        .current_dir(&copy)
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
