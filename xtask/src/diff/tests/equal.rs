//! Different ways to write the same contract.

use super::*;

#[track_caller]
fn same(base: &Value, head: &Value) {
    judge(base, head, None, None, "");
    judge(head, base, None, None, "");
}

#[test]
fn a_contract_is_itself() {
    same(&contract(), &contract());
    let real: Value = serde_json::from_str(include_str!("../../../../atlas-exports-gen/openapi.json")).unwrap();
    same(&real, &real);
}

#[test]
fn order_means_nothing() {
    let mut head = contract();
    head["paths"]["/jobs"]["get"]["parameters"].as_array_mut().unwrap().reverse();
    head["components"]["schemas"]["Cause"]["enum"].as_array_mut().unwrap().reverse();
    head["components"]["schemas"]["Result"]["oneOf"].as_array_mut().unwrap().reverse();
    same(&contract(), &head);
    let both = |list: Value| patched(contract(), &schema("Job", json!({"required": list})));
    same(&both(json!(["id", "name"])), &both(json!(["name", "id"])));
    let ways = |list: Value| patched(contract(), &json!({"security": list}));
    same(&ways(json!([{"digest": []}, {"bearer": []}])), &ways(json!([{"bearer": []}, {"digest": []}])));
}

#[test]
fn a_parameter_may_stand_at_the_path_and_as_a_reference() {
    let mut head = contract();
    let parameters = head["paths"]["/jobs/{jobId}"].as_object_mut().unwrap().remove("parameters").unwrap();
    for method in ["get", "put", "delete"] {
        head["paths"]["/jobs/{jobId}"][method]["parameters"] = parameters.clone();
    }
    same(&contract(), &head);
    let pretty = head["components"]["parameters"]["pretty"].clone();
    head["paths"]["/jobs"]["get"]["parameters"][0] = pretty;
    same(&contract(), &head);
    let no = head["components"]["responses"]["no"].clone();
    head["paths"]["/jobs"]["get"]["responses"]["4XX"] = no;
    same(&contract(), &head);
}

#[test]
fn a_wrapper_around_one_schema_is_that_schema() {
    let cause = json!({"$ref": "#/components/schemas/Cause"});
    for wrapper in ["allOf", "oneOf", "anyOf"] {
        let patch = property("Job", "cause", json!({"$ref": null, wrapper: [cause]}));
        same(&contract(), &patched(contract(), &patch));
    }
    let patch = property("Job", "name", json!({"type": null, "allOf": [{"type": "string"}]}));
    same(&contract(), &patched(contract(), &patch));
}

#[test]
fn what_is_the_default_need_not_be_written() {
    let patches = [
        property("Job", "name", json!({"nullable": false, "readOnly": false, "deprecated": false})),
        schema("Job", json!({"additionalProperties": true})),
        schema("Page", json!({"required": []})),
        property("NewJob", "labels", json!({"uniqueItems": false})),
        operation("/jobs", "get", json!({"deprecated": false, "security": [{"digest": []}]})),
        operation("/jobs/{jobId}", "put", json!({"requestBody": {"required": false}})),
    ];
    for patch in &patches {
        same(&contract(), &patched(contract(), patch));
    }
}

#[test]
fn a_text_that_is_written_out_is_what_rust_feels() {
    let base = patched(contract(), &schema("Text", json!({"type": "string"})));
    let base = patched(
        base,
        &property("Job", "name", json!({"$ref": "#/components/schemas/Text", "type": null, "description": null})),
    );
    let head = patched(base.clone(), &property("Job", "name", json!({"$ref": null, "type": "string"})));
    judge(&base, &head, None, Breaking, "types::Job::name");
}

#[test]
fn an_object_that_is_written_out_is_what_rust_feels() {
    let mut head = contract();
    head["components"]["schemas"]["Page"]["properties"]["results"]["items"] =
        head["components"]["schemas"]["Job"].clone();
    judge(&contract(), &head, None, Breaking, "types::Page::results");
}
