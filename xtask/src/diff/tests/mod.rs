//! Verdicts, kind by kind, on one small contract.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::generator::{Generated, slice};

use super::{
    compare, compare_wire, compare_with,
    verdict::{Report, Verdict, Verdict::*},
};

mod bodies;
#[path = "../../../tests/diff_oracle/changes.rs"]
mod changes;
#[path = "../../../tests/diff_oracle/documents.rs"]
mod documents;
mod equal;
mod fits;
mod operations;
mod parameters;
mod properties;
mod properties_of_any_document;
mod reports;
mod requests_that_still_fit;
mod scalars;
mod security;
mod structure;

/// A contract with something of everything.
fn contract() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Jobs", "version": "1", "description": "Jobs."},
        "servers": [{"url": "https://example.org/api"}],
        "security": [{"digest": []}],
        "tags": [{"name": "jobs"}],
        "paths": {
            "/jobs": {
                "get": {
                    "operationId": "listJobs",
                    "summary": "List jobs",
                    "tags": ["jobs"],
                    "x-atlas-version": "2023-01-01",
                    "x-atlas-role": "Project Read Only",
                    "parameters": [
                        {"$ref": "#/components/parameters/pretty"},
                        {"name": "itemsPerPage", "in": "query", "schema":
                            {"type": "integer", "format": "int32", "minimum": 1, "maximum": 500, "default": 100}},
                        {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["asc", "desc"]}},
                        {"name": "names", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                    ],
                    "responses": {
                        "200": {"description": "Jobs.", "headers": {"ETag": {"schema": {"type": "string"}}},
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}}},
                        "4XX": {"$ref": "#/components/responses/no"},
                    },
                },
                "post": {
                    "operationId": "createJob",
                    "requestBody": {"required": true, "content":
                        {"application/json": {"schema": {"$ref": "#/components/schemas/NewJob"}}}},
                    "responses": {
                        "200": {"description": "The job.",
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}}},
                        "4XX": {"$ref": "#/components/responses/no"},
                    },
                },
            },
            "/jobs/{jobId}": {
                "parameters": [
                    {"name": "jobId", "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/JobId"}},
                ],
                "get": {
                    "operationId": "getJob",
                    "responses": {
                        "200": {"description": "The job.",
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}}},
                        "4XX": {"$ref": "#/components/responses/no"},
                    },
                },
                "put": {
                    "operationId": "replaceBoth",
                    "requestBody": {"content":
                        {"application/json": {"schema": {"$ref": "#/components/schemas/Both"}}}},
                    "responses": {
                        "200": {"description": "Both.",
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Both"}}}},
                        "4XX": {"$ref": "#/components/responses/no"},
                    },
                },
                "delete": {
                    "operationId": "deleteJob",
                    "responses": {"204": {"description": "Gone."}, "4XX": {"$ref": "#/components/responses/no"}},
                },
            },
        },
        "components": {
            "securitySchemes": {
                "digest": {"type": "http", "scheme": "digest"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
            "parameters": {
                "pretty": {"name": "pretty", "in": "query", "description": "Indent.",
                    "schema": {"type": "boolean", "default": false}},
            },
            "responses": {
                "no": {"description": "No.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ApiError"}}}},
            },
            "schemas": {
                "ApiError": {"type": "object", "properties": {"detail": {"type": "string", "nullable": true}}},
                "JobId": {"type": "string", "x-atlas-type": "objectId"},
                "ExportState": {"type": "string"},
                "Cloud": {"type": "string", "enum": ["AWS", "AZURE"]},
                "Cause": {"type": "string", "enum": ["LIMIT", "ERROR"]},
                "Unused": {"type": "object", "properties": {"a": {"type": "string"}}},
                "Page": {"type": "object", "properties": {
                    "results": {"type": "array", "nullable": true, "items": {"$ref": "#/components/schemas/Job"}},
                    "totalCount": {"type": "integer", "format": "int64", "nullable": true},
                }},
                "Job": {"type": "object", "required": ["id"], "properties": {
                    "id": {"$ref": "#/components/schemas/JobId"},
                    "name": {"type": "string", "description": "Name."},
                    "note": {"type": "string", "nullable": true},
                    "state": {"$ref": "#/components/schemas/ExportState"},
                    "cause": {"$ref": "#/components/schemas/Cause"},
                    "createdAt": {"type": "string", "format": "date-time"},
                    "count": {"type": "integer", "format": "int32"},
                    "links": {"type": "array", "items": {"type": "string"}},
                    "result": {"$ref": "#/components/schemas/Result"},
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                }},
                "Result": {"oneOf": [{"$ref": "#/components/schemas/Good"}, {"$ref": "#/components/schemas/Bad"}]},
                "Good": {"type": "object", "required": ["good"], "properties": {"good": {"type": "string"}}},
                "Bad": {"type": "object", "required": ["bad"], "properties": {"bad": {"type": "string"}}},
                "NewJob": {"type": "object", "required": ["name"], "properties": {
                    "name": {"type": "string", "minLength": 3, "maxLength": 63},
                    "cloud": {"$ref": "#/components/schemas/Cloud"},
                    "note": {"type": "string"},
                    "count": {"type": "integer", "format": "int32"},
                    "share": {"type": "number"},
                    "private": {"type": "boolean", "default": false},
                    "labels": {"type": "array", "items": {"type": "string"}, "maxItems": 10},
                }},
                "Both": {"type": "object", "required": ["id"], "properties": {
                    "id": {"type": "string"},
                    "kind": {"type": "string", "enum": ["A", "B"]},
                    "size": {"type": "integer"},
                }},
            },
        },
    })
}

/// Lays a patch over a document: null takes away.
fn patched(mut document: Value, patch: &Value) -> Value {
    match (&mut document, patch) {
        (Value::Object(map), Value::Object(patch)) => {
            for (key, patch) in patch {
                if patch.is_null() {
                    map.remove(key);
                } else {
                    let old = map.remove(key).unwrap_or(Value::Null);
                    let old = if patch.is_object() && !old.is_object() { json!({}) } else { old };
                    map.insert(key.clone(), patched(old, patch));
                }
            }
            document
        }
        _ => patch.clone(),
    }
}

/// A patch to one schema.
fn schema(name: &str, patch: Value) -> Value {
    json!({"components": {"schemas": {name: patch}}})
}

/// A patch to one property.
fn property(name: &str, key: &str, patch: Value) -> Value {
    schema(name, json!({"properties": {key: patch}}))
}

/// A patch to one operation.
fn operation(path: &str, method: &str, patch: Value) -> Value {
    json!({"paths": {path: {method: patch}}})
}

fn worst(report: &Report, of: impl Fn(&super::verdict::Change) -> Verdict) -> Verdict {
    report.changes.iter().map(of).max().unwrap_or(None)
}

/// The surface of the contract, as it would be recorded.
static RECORDED: LazyLock<String> = LazyLock::new(|| {
    let mut contract = contract();
    slice::complete(&mut contract);
    Generated::surface_of(&contract).unwrap().surface().to_owned()
});

/// Holds that a patch has the verdicts, and the worst of them with the item.
#[track_caller]
fn forth(patch: &Value, wire: Verdict, rust: Verdict, item: &str) {
    let report = compare_with(&contract(), Some(&RECORDED), &patched(contract(), patch));
    hold(&report, wire, rust, item);
}

/// The same for taking a patch back.
#[track_caller]
fn back(patch: &Value, wire: Verdict, rust: Verdict, item: &str) {
    judge(&patched(contract(), patch), &contract(), wire, rust, item);
}

#[track_caller]
fn judge(base: &Value, head: &Value, wire: Verdict, rust: Verdict, item: &str) {
    hold(&compare(base, head), wire, rust, item);
}

#[track_caller]
fn hold(report: &Report, wire: Verdict, rust: Verdict, item: &str) {
    let all = serde_json::to_string_pretty(&report).unwrap();
    assert_eq!((worst(report, |change| change.wire), worst(report, |change| change.rust)), (wire, rust), "{all}");
    assert_eq!(report.verdict, wire.max(rust), "{all}");
    let named = report.changes.iter().any(|change| change.item == item && change.verdict() == report.verdict);
    assert!(named || report.verdict == None, "no change of {item} with this verdict: {all}");
}
