//! Bodies, statuses, media types and headers.

use super::*;

const GET: &str = "Client::get_job";

fn get(responses: Value) -> Value {
    operation("/jobs/{jobId}", "get", json!({"responses": responses}))
}

fn job() -> Value {
    json!({"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}}})
}

#[test]
fn a_body_that_is_added_breaks_unless_an_empty_one_is_fine() {
    let body = |required: bool, name: &str| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        let body = json!({"required": required, "content": {"application/json": {"schema": schema}}});
        operation("/jobs/{jobId}", "delete", json!({"requestBody": body}))
    };
    forth(&body(true, "NewJob"), Breaking, Breaking, "builder::DeleteJob::body");
    forth(&body(false, "NewJob"), Compatible, Breaking, "builder::DeleteJob::body");
    forth(&body(false, "Unused"), Compatible, Person, "builder::DeleteJob::body");
}

#[test]
fn a_body_that_is_removed_breaks() {
    forth(&operation("/jobs", "post", json!({"requestBody": null})), Breaking, Breaking, "builder::CreateJob::body");
}

#[test]
fn a_body_that_becomes_required_breaks_and_one_that_becomes_optional_does_not() {
    let required = operation("/jobs/{jobId}", "put", json!({"requestBody": {"required": true}}));
    forth(&required, Breaking, None, "builder::ReplaceBoth::body");
    back(&required, Compatible, None, "builder::ReplaceBoth::body");
}

#[test]
fn another_success_status_breaks() {
    let mut head = contract();
    let responses = head["paths"]["/jobs/{jobId}"]["get"]["responses"].as_object_mut().unwrap();
    let response = responses.remove("200").unwrap();
    responses.insert("201".to_owned(), response);
    judge(&contract(), &head, Breaking, None, GET);
    forth(&get(json!({"200": null, "204": {"description": ""}})), Breaking, Breaking, GET);
}

#[test]
fn one_more_success_status_breaks_and_one_less_does_not() {
    forth(&get(json!({"202": job()})), Breaking, None, GET);
    back(&get(json!({"202": job()})), Compatible, None, GET);
}

#[test]
fn a_status_that_was_covered_before_harms_nobody() {
    let error = json!({"$ref": "#/components/responses/no"});
    forth(&get(json!({"409": error})), Compatible, None, GET);
    back(&get(json!({"409": error})), Compatible, None, GET);
    let base = patched(contract(), &get(json!({"200": null, "2XX": job()})));
    judge(&base, &patched(base.clone(), &get(json!({"202": job()}))), Compatible, None, GET);
}

#[test]
fn what_stands_for_all_other_statuses_is_a_failure_beside_a_success() {
    let error = json!({"$ref": "#/components/responses/no"});
    forth(&get(json!({"default": error})), Compatible, None, GET);
    back(&get(json!({"default": error})), Compatible, None, GET);
}

#[test]
fn an_error_status_harms_nobody_and_its_type_is_what_counts() {
    let error = json!({"$ref": "#/components/responses/no"});
    forth(&get(json!({"5XX": error})), Compatible, None, GET);
    back(&get(json!({"5XX": error})), Compatible, None, GET);
    // The generator gives the shared error to what is not named.
    forth(&get(json!({"4XX": null})), Compatible, None, GET);
    back(&get(json!({"4XX": null})), Compatible, None, GET);
    forth(&get(json!({"4XX": null, "404": error})), Compatible, None, GET);
    let own = json!({"responses": {"no": {"content": {"application/json":
        {"schema": {"$ref": "#/components/schemas/Good"}}}}}, "schemas": {"ApiError": null}});
    let base = patched(contract(), &json!({"components": own}));
    judge(&base, &patched(base.clone(), &get(json!({"4XX": null}))), Compatible, Breaking, GET);
}

#[test]
fn another_error_body_breaks() {
    let other = json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Good"}}}});
    // What was optional before may be missing in another schema as well.
    forth(&json!({"components": {"responses": {"no": other}}}), Compatible, Breaking, GET);
    forth(&property("ApiError", "detail", json!({"type": "integer"})), Breaking, Breaking, "types::ApiError::detail");
}

#[test]
fn a_redirect_is_for_a_person() {
    forth(&get(json!({"302": {"description": ""}})), Person, None, GET);
}

#[test]
fn media_types_break_when_they_go() {
    let xml = json!({"application/xml": {"schema": {"type": "string"}}});
    forth(&get(json!({"200": {"content": xml}})), Compatible, None, GET);
    back(&get(json!({"200": {"content": xml}})), Breaking, None, GET);
    let only =
        json!({"200": {"content": {"application/json": null, "application/xml": {"schema": {"type": "string"}}}}});
    forth(&get(only), Breaking, Breaking, GET);
    forth(&get(json!({"200": {"content": null}})), Breaking, Breaking, GET);
    back(&get(json!({"200": {"content": null}})), Compatible, Breaking, GET);
    let charset = json!({"application/json": null, "application/json;charset=utf-8":
        {"schema": {"$ref": "#/components/schemas/Job"}}});
    forth(&get(json!({"200": {"content": charset}})), Cosmetic, None, GET);
}

#[test]
fn media_types_of_a_request_break_when_they_go() {
    let item = "builder::CreateJob::body";
    let form = json!({"requestBody": {"content": {"application/json": null,
        "application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/NewJob"}}}}});
    forth(&operation("/jobs", "post", form), Breaking, None, item);
    let form = json!({"application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/NewJob"}}});
    let more = operation("/jobs", "post", json!({"requestBody": {"content": form}}));
    // The generator takes one media type alone.
    forth(&more, Compatible, Breaking, "Client::create_job");
    back(&more, Breaking, Person, item);
}

#[test]
fn headers_of_a_response_are_for_a_person_when_they_go() {
    let headers = |patch| operation("/jobs", "get", json!({"responses": {"200": {"headers": patch}}}));
    let item = "Client::list_jobs";
    forth(&headers(json!({"Retry-After": {"schema": {"type": "integer"}}})), Compatible, None, item);
    forth(&headers(json!({"ETag": null})), Person, None, item);
    forth(&headers(json!({"ETag": {"schema": {"type": "integer"}}})), Breaking, None, item);
    let required = patched(contract(), &headers(json!({"ETag": {"required": true}})));
    judge(&required, &patched(required.clone(), &headers(json!({"ETag": null}))), Breaking, None, item);
}

#[test]
fn descriptions_are_cosmetic_and_the_rest_is_for_a_person() {
    forth(&get(json!({"200": {"description": "It."}})), Cosmetic, Cosmetic, GET);
    forth(&get(json!({"200": {"links": {"a": {}}}})), Person, Breaking, GET);
    let examples = json!({"200": {"content": {"application/json": {"examples": {"a": {"value": 1}}}}}});
    forth(&get(examples), Cosmetic, Cosmetic, GET);
    let encoding = json!({"200": {"content": {"application/json": {"encoding": {"a": {}}}}}});
    forth(&get(encoding), Person, Breaking, GET);
    forth(&get(json!({"200": {"$ref": "other.yaml#/a"}})), Person, Breaking, GET);
}

#[test]
fn another_schema_of_a_response_breaks() {
    let list = json!({"200": {"content": {"application/json": {"schema":
        {"$ref": null, "type": "array", "items": {"$ref": "#/components/schemas/Job"}}}}}});
    forth(&get(list), Breaking, Breaking, GET);
}

#[test]
fn a_body_whose_parts_are_written_in_a_way_of_their_own_gives_no_code() {
    let json = json!({"application/json": {"encoding": {"name": {"contentType": "text/plain"}}}});
    let patch = operation("/jobs", "post", json!({"requestBody": {"content": json}}));
    forth(&patch, Person, Breaking, "Client::create_job");
    back(&patch, Person, Person, "Client::create_job");
}

#[test]
fn an_operation_that_never_succeeds_any_more_breaks() {
    forth(&get(json!({"200": null})), Breaking, Breaking, GET);
    back(&get(json!({"200": null})), Breaking, Breaking, GET);
    forth(&operation("/jobs/{jobId}", "delete", json!({"responses": null})), Breaking, Breaking, "Client::delete_job");
}

#[test]
fn a_range_of_statuses_is_the_same_in_small_letters() {
    let mut head = contract();
    let responses = head["paths"]["/jobs"]["get"]["responses"].as_object_mut().unwrap();
    let response = responses.remove("4XX").unwrap();
    responses.insert("4xx".to_owned(), response);
    judge(&contract(), &head, None, None, "");
}

#[test]
fn outcomes_of_several_types_give_no_code() {
    let other =
        json!({"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Good"}}}});
    // Nothing of an error has to be there.
    forth(&get(json!({"429": other})), Compatible, Breaking, GET);
    forth(&get(json!({"202": other})), Breaking, Breaking, GET);
    forth(&get(json!({"404": {"description": ""}})), Breaking, Breaking, GET);
    // What is not named stays the shared error.
    let only = get(json!({"4XX": null, "404": {"description": ""}}));
    forth(&only, Breaking, Breaking, GET);
}
