//! Parameters.

use super::*;

/// A change to the parameters of the operation that lists jobs.
fn parameters(change: impl FnOnce(&mut Vec<Value>)) -> Value {
    let mut head = contract();
    change(head["paths"]["/jobs"]["get"]["parameters"].as_array_mut().unwrap());
    head
}

#[track_caller]
fn goes(change: impl FnOnce(&mut Vec<Value>), wire: Verdict, rust: Verdict, item: &str) {
    judge(&contract(), &parameters(change), wire, rust, item);
}

#[track_caller]
fn returns(change: impl FnOnce(&mut Vec<Value>), wire: Verdict, rust: Verdict, item: &str) {
    judge(&parameters(change), &contract(), wire, rust, item);
}

const PAGE: &str = "builder::ListJobs::items_per_page";

#[test]
fn an_optional_parameter_that_is_added_harms_nobody() {
    let new = json!({"name": "pageNum", "in": "query", "schema": {"type": "integer"}});
    goes(|all| all.push(new), Compatible, Compatible, "builder::ListJobs::page_num");
}

#[test]
fn a_required_parameter_that_is_added_breaks() {
    let new = json!({"name": "pageNum", "in": "query", "required": true, "schema": {"type": "integer"}});
    goes(|all| all.push(new), Breaking, Breaking, "builder::ListJobs::page_num");
}

#[test]
fn a_parameter_that_is_removed_breaks() {
    goes(|all| drop(all.remove(1)), Breaking, Breaking, PAGE);
}

#[test]
fn a_parameter_that_is_renamed_breaks() {
    goes(|all| all[1]["name"] = json!("pageSize"), Breaking, Breaking, PAGE);
}

#[test]
fn a_parameter_that_becomes_required_breaks_and_one_that_becomes_optional_does_not() {
    goes(|all| all[1]["required"] = json!(true), Breaking, Breaking, PAGE);
    returns(|all| all[1]["required"] = json!(true), Compatible, None, PAGE);
    goes(|all| all[1]["required"] = json!(false), None, None, PAGE);
}

#[test]
fn a_parameter_of_another_type_breaks() {
    goes(|all| all[1]["schema"] = json!({"type": "string"}), Breaking, Breaking, PAGE);
    goes(
        |all| all[0] = json!({"name": "pretty", "in": "query", "schema": {"type": "string"}}),
        Breaking,
        Breaking,
        "builder::ListJobs::pretty",
    );
}

#[test]
fn bounds_of_a_parameter_break_when_they_are_tightened() {
    goes(|all| all[1]["schema"]["maximum"] = json!(100), Breaking, None, PAGE);
    goes(|all| all[1]["schema"]["maximum"] = json!(1000), Compatible, None, PAGE);
    goes(|all| all[1]["schema"]["minimum"] = json!(10), Breaking, None, PAGE);
}

#[test]
fn a_minimum_of_a_parameter_is_no_part_of_its_type() {
    goes(|all| all[1]["schema"]["minimum"] = json!(0), Compatible, None, PAGE);
    goes(|all| drop(all[1]["schema"].as_object_mut().unwrap().remove("minimum")), Compatible, None, PAGE);
}

#[test]
fn another_default_of_a_parameter_is_for_a_person() {
    goes(|all| all[1]["schema"]["default"] = json!(50), Person, Person, PAGE);
    goes(|all| drop(all[1]["schema"].as_object_mut().unwrap().remove("default")), Person, Person, PAGE);
    returns(|all| drop(all[1]["schema"].as_object_mut().unwrap().remove("default")), Person, Person, PAGE);
}

#[test]
fn a_parameter_in_another_place_breaks() {
    goes(|all| all[2]["in"] = json!("header"), Breaking, None, "builder::ListJobs::sort");
}

#[test]
fn how_a_list_is_written_breaks_and_how_a_single_value_is_written_does_not() {
    goes(|all| all[3]["explode"] = json!(false), Breaking, None, "builder::ListJobs::names");
    // The generator knows one style for each place.
    goes(|all| all[3]["style"] = json!("pipeDelimited"), Breaking, Breaking, "builder::ListJobs::names");
    goes(|all| all[3]["explode"] = json!(true), None, None, "builder::ListJobs::names");
    goes(|all| all[3]["style"] = json!("form"), None, None, "builder::ListJobs::names");
    goes(|all| all[1]["explode"] = json!(false), Cosmetic, None, PAGE);
}

#[test]
fn values_of_a_parameter_break_when_one_is_gone() {
    let item = "types::ListJobsSort::Desc";
    goes(|all| all[2]["schema"]["enum"] = json!(["asc"]), Breaking, Breaking, item);
    returns(|all| all[2]["schema"]["enum"] = json!(["asc"]), Compatible, Compatible, item);
    goes(|all| all[2]["schema"] = json!({"type": "string"}), Compatible, Breaking, "builder::ListJobs::sort");
    returns(|all| all[2]["schema"] = json!({"type": "string"}), Breaking, Breaking, "builder::ListJobs::sort");
}

#[test]
fn documentation_of_a_parameter_is_cosmetic() {
    goes(|all| all[1]["description"] = json!("Size."), Cosmetic, Cosmetic, PAGE);
    goes(|all| all[1]["example"] = json!(5), Cosmetic, Cosmetic, PAGE);
    goes(|all| all[1]["deprecated"] = json!(true), Cosmetic, Cosmetic, PAGE);
    let patch = json!({"components": {"parameters": {"pretty": {"description": "Indent it."}}}});
    forth(&patch, Cosmetic, Cosmetic, "builder::ListJobs::pretty");
}

#[test]
fn emptiness_and_escapes_of_a_parameter_count() {
    goes(|all| all[1]["allowEmptyValue"] = json!(true), Compatible, None, PAGE);
    returns(|all| all[1]["allowEmptyValue"] = json!(true), Breaking, None, PAGE);
    goes(|all| all[1]["allowReserved"] = json!(true), Person, Person, PAGE);
}

#[test]
fn a_parameter_as_content_breaks() {
    let change = |all: &mut Vec<Value>| {
        let schema = all[1].as_object_mut().unwrap().remove("schema").unwrap();
        all[1]["content"] = json!({"application/json": {"schema": schema}});
    };
    goes(change, Breaking, Breaking, PAGE);
}

#[test]
fn a_parameter_that_leads_nowhere_is_for_a_person() {
    goes(|all| all.push(json!({"$ref": "other.yaml#/a"})), Person, Breaking, "Client::list_jobs");
}

#[test]
fn a_shared_parameter_counts_wherever_it_is_used() {
    let patch = json!({"components": {"parameters": {"pretty": {"required": true}}}});
    forth(&patch, Breaking, Breaking, "builder::ListJobs::pretty");
}

#[test]
fn parameters_that_change_places_in_a_path_break() {
    let path = |path: &str| {
        let parameter =
            |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
        let list = json!([parameter("a"), parameter("b")]);
        let get = json!({"operationId": "getPart", "responses": {"204": {"description": ""}}, "parameters": list});
        patched(contract(), &operation(path, "get", get))
    };
    judge(&path("/of/{a}/{b}"), &path("/of/{b}/{a}"), Breaking, Person, "builder::GetPart::a");
}

#[test]
fn parameters_that_give_no_code_break() {
    goes(|all| all[2]["in"] = json!("cookie"), Breaking, Breaking, "builder::ListJobs::sort");
    let twin = json!({"name": "items_per_page", "in": "query", "schema": {"type": "integer"}});
    goes(|all| all.push(twin), Compatible, Breaking, PAGE);
    let lost = json!({"name": "lost", "in": "path", "required": true, "schema": {"type": "string"}});
    goes(|all| all.push(lost), Breaking, Breaking, "builder::ListJobs::lost");
    let object = json!({"name": "filter", "in": "query", "schema": {"$ref": "#/components/schemas/Good"}});
    goes(|all| all.push(object), Compatible, Breaking, "Client::list_jobs");
    let list = json!({"name": "X-Names", "in": "header", "schema": {"type": "array", "items": {"type": "string"}}});
    goes(|all| all.push(list), Compatible, Breaking, "builder::ListJobs::x_names");
    let bare = json!({"name": "bare", "in": "query", "content": {"application/json": {"schema": {"type": "string"}}}});
    goes(|all| all.push(bare), Compatible, Breaking, "Client::list_jobs");
    forth(&json!({"paths": {"/jobs/{jobId}": {"parameters": []}}}), Breaking, Breaking, "builder::GetJob::job_id");
}
