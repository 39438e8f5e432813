//! Operations and what they say of themselves.

use super::*;

#[test]
fn an_operation_that_is_added_harms_nobody() {
    let patch = operation("/new", "get", json!({"operationId": "getNew", "responses": {"204": {"description": ""}}}));
    forth(&patch, Compatible, Compatible, "Client::get_new");
}

#[test]
fn an_operation_that_is_removed_breaks() {
    forth(&operation("/jobs/{jobId}", "get", Value::Null), Breaking, Breaking, "Client::get_job");
    forth(&json!({"paths": {"/jobs/{jobId}": null}}), Breaking, Breaking, "Client::delete_job");
}

#[test]
fn an_operation_that_is_renamed_breaks_rust_alone() {
    let patch = operation("/jobs/{jobId}", "get", json!({"operationId": "fetchJob"}));
    forth(&patch, None, Breaking, "Client::get_job");
}

#[test]
fn another_spelling_of_the_same_method_name_is_compatible() {
    forth(&operation("/jobs/{jobId}", "get", json!({"operationId": "get_job"})), None, Compatible, "Client::get_job");
}

#[test]
fn an_operation_that_moves_breaks_the_wire() {
    let mut head = contract();
    let item = head["paths"].as_object_mut().unwrap().remove("/jobs").unwrap();
    head["paths"]["/all/jobs"] = item;
    judge(&contract(), &head, Breaking, None, "Client::list_jobs");

    let mut head = contract();
    let item = head["paths"]["/jobs"].as_object_mut().unwrap().remove("post").unwrap();
    head["paths"]["/jobs"]["put"] = item;
    judge(&contract(), &head, Breaking, None, "Client::create_job");
}

#[test]
fn an_operation_that_takes_the_path_of_another_is_noticed() {
    // `getJob` moves, and `readJob` stands where it was.
    let mut head = contract();
    let mut job = head["paths"]["/jobs/{jobId}"]["get"].clone();
    head["paths"]["/jobs/{jobId}"]["get"]["operationId"] = json!("readJob");
    job["parameters"] = head["paths"]["/jobs/{jobId}"]["parameters"].clone();
    head["paths"]["/old/jobs/{jobId}"] = json!({"get": job});
    judge(&contract(), &head, Breaking, Compatible, "Client::get_job");
}

#[test]
fn a_parameter_of_a_path_that_is_renamed_breaks_rust_alone() {
    let mut head = contract();
    let mut item = head["paths"].as_object_mut().unwrap().remove("/jobs/{jobId}").unwrap();
    item["parameters"][0]["name"] = json!("id");
    head["paths"]["/jobs/{id}"] = item;
    judge(&contract(), &head, None, Breaking, "builder::GetJob::job_id");
}

#[test]
fn documentation_is_cosmetic() {
    let get = |patch| operation("/jobs", "get", patch);
    for patch in [
        get(json!({"summary": "All jobs"})),
        get(json!({"description": "All jobs."})),
        get(json!({"tags": ["others"]})),
        get(json!({"deprecated": true})),
        get(json!({"externalDocs": {"url": "https://example.org"}})),
    ] {
        forth(&patch, Cosmetic, Cosmetic, "Client::list_jobs");
        back(&patch, Cosmetic, Cosmetic, "Client::list_jobs");
    }
    for patch in [
        json!({"info": {"title": "Other", "version": "2", "description": "Other."}}),
        json!({"tags": [{"name": "jobs", "description": "Jobs."}]}),
        json!({"externalDocs": {"url": "https://example.org"}}),
        json!({"openapi": "3.0.2"}),
    ] {
        forth(&patch, Cosmetic, Cosmetic, "Client");
    }
}

#[test]
fn another_version_of_the_resource_is_for_a_person() {
    let patch = operation("/jobs", "get", json!({"x-atlas-version": "2024-05-30"}));
    forth(&patch, Person, Person, "Client::list_jobs");
    let patch = operation("/jobs", "get", json!({"x-atlas-version": null}));
    forth(&patch, Person, Person, "Client::list_jobs");
    back(&patch, Person, Person, "Client::list_jobs");
}

#[test]
fn another_role_is_for_a_person() {
    let patch = operation("/jobs", "get", json!({"x-atlas-role": "Project Owner"}));
    forth(&patch, Person, Person, "Client::list_jobs");
}

#[test]
fn an_operation_for_one_version_of_the_api_alone_breaks_the_others() {
    let patch = operation("/jobs", "get", json!({"x-atlas-only": "v2"}));
    forth(&patch, Breaking, Person, "Client::list_jobs");
    back(&patch, Compatible, None, "Client::list_jobs");
}

#[test]
fn what_has_no_rule_is_for_a_person() {
    forth(&operation("/jobs", "get", json!({"x-new": 1})), Person, Person, "Client::list_jobs");
    forth(&operation("/jobs", "get", json!({"newKey": 1})), Person, Person, "Client::list_jobs");
    forth(&operation("/jobs", "get", json!({"callbacks": {"a": {}}})), Person, Person, "Client::list_jobs");
    forth(&json!({"x-root": 1}), Person, Person, "Client");
    forth(&json!({"components": {"pathItems": {"a": {}}}}), Person, Person, "Client");
    forth(&json!({"paths": {"/jobs": {"search": {}}}}), Person, Person, "Client");
    forth(&json!({"paths": {"/jobs": {"$ref": "other.yaml"}}}), Person, Breaking, "Client");
    forth(&property("Job", "name", json!({"x-new": 1})), Person, Person, "types::Job::name");
    forth(&property("Job", "name", json!({"newKeyword": 1})), Person, Person, "types::Job::name");
}

#[test]
fn what_gives_no_code_breaks() {
    let get = |id: Value| json!({"operationId": id, "responses": {"204": {"description": ""}}});
    forth(&operation("/new", "get", get(json!("getJob"))), Compatible, Breaking, "Client");
    forth(&operation("/new", "get", get(json!("get_job"))), Compatible, Breaking, "Client::get_job");
    forth(&operation("/new", "get", get(Value::Null)), Compatible, Breaking, "Client");
    forth(&schema("JOB", json!({"type": "string"})), None, Breaking, "types::Job");
    forth(&property("Job", "created_at", json!({"type": "string"})), Compatible, Breaking, "types::Job::created_at");
    // A title names the type of what stands inside of another.
    let title = json!({"type": "string", "enum": ["a"], "title": "Page"});
    forth(&property("Unused", "b", title), Cosmetic, Breaking, "types::Page");
}

#[test]
fn what_callbacks_carry_travels_in_both_directions() {
    let callback = json!({"done": {"{$url}": {"post": {
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Unused"}}}},
        "responses": {"204": {"description": ""}},
    }}}});
    let inline = operation("/jobs", "post", json!({"callbacks": callback}));
    let mut shared =
        operation("/jobs", "post", json!({"callbacks": {"done": {"$ref": "#/components/callbacks/done"}}}));
    shared["components"]["callbacks"] = callback;
    for patch in [&inline, &shared] {
        let base = patched(contract(), patch);
        let head = patched(base.clone(), &property("Unused", "a", json!({"enum": ["a", "b"]})));
        judge(&base, &head, Breaking, Breaking, "types::Unused::a");
    }
    let base = patched(contract(), &shared);
    let head = patched(base.clone(), &json!({"components": {"callbacks": {"done": {"{$url}": {"post": null}}}}}));
    judge(&base, &head, Person, Person, "Client");
}

#[test]
fn thousands_that_are_renamed_are_looked_through() {
    let many = |letter: &str| {
        let name = |index: usize| format!("{letter}{index}");
        let parameters: Vec<_> =
            (0..3000).map(|index| json!({"name": name(index), "in": "query", "schema": {"type": "string"}})).collect();
        let properties: serde_json::Map<_, _> =
            (0..3000).map(|index| (name(index), json!({"type": "string"}))).collect();
        let get = |index| json!({"operationId": name(index), "responses": {"204": {"description": ""}}});
        let paths: serde_json::Map<_, _> =
            (0..3000).map(|index| (format!("/{}", name(index)), json!({"get": get(index)}))).collect();
        let wide = patched(contract(), &json!({"paths": paths}));
        let wide = patched(wide, &operation("/jobs", "get", json!({"parameters": parameters})));
        patched(wide, &schema("Job", json!({"properties": properties})))
    };
    assert_eq!(compare_wire(&many("a"), &many("b")).verdict, Breaking);
}
