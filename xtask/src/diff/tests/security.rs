//! Security and servers.

use super::*;

#[test]
fn one_more_way_in_harms_nobody_and_one_less_breaks() {
    let both = json!({"security": [{"digest": []}, {"bearer": []}]});
    forth(&both, Compatible, None, "Client");
    back(&both, Breaking, None, "Client");
    forth(&json!({"security": [{"bearer": []}]}), Breaking, None, "Client");
    forth(&json!({"security": [{"digest": [], "bearer": []}]}), Breaking, None, "Client");
    back(&json!({"security": [{"digest": [], "bearer": []}]}), Compatible, None, "Client");
}

#[test]
fn no_security_needs_nothing_and_some_needs_something() {
    forth(&json!({"security": []}), Compatible, None, "Client");
    back(&json!({"security": []}), Breaking, None, "Client");
    back(&json!({"security": null}), Breaking, None, "Client");
    forth(&json!({"security": [{"digest": []}, {}]}), Compatible, None, "Client");
    back(&json!({"security": [{"digest": []}, {}]}), Breaking, None, "Client");
}

#[test]
fn an_operation_has_a_security_of_its_own() {
    let get = |security| operation("/jobs", "get", json!({"security": security}));
    forth(&get(json!([{"bearer": []}])), Breaking, None, "Client::list_jobs");
    forth(&get(json!([])), Compatible, None, "Client::list_jobs");
    back(&get(json!([])), Breaking, None, "Client::list_jobs");
    forth(&get(json!([{"digest": []}])), None, None, "Client::list_jobs");
}

#[test]
fn what_all_ask_for_may_be_asked_by_each() {
    let each = |security: Value, all: Value| {
        let mut head = contract();
        head["security"] = all;
        for operation in
            head["paths"].as_object_mut().unwrap().values_mut().flat_map(|item| item.as_object_mut().unwrap())
        {
            if operation.0 != "parameters" {
                operation.1["security"] = security.clone();
            }
        }
        head
    };
    let digest = json!([{"digest": []}]);
    judge(&contract(), &each(digest.clone(), json!([])), Cosmetic, None, "Client");
    judge(&each(digest.clone(), json!([])), &contract(), Cosmetic, None, "Client");
    let bearer = each(digest.clone(), json!([{"bearer": []}]));
    judge(&each(digest.clone(), digest), &bearer, Cosmetic, None, "Client");
    judge(
        &bearer,
        &patched(bearer.clone(), &operation("/jobs", "get", json!({"security": null}))),
        Breaking,
        None,
        "Client::list_jobs",
    );
}

#[test]
fn scopes_break_when_there_are_more() {
    let scoped = json!({"security": [{"digest": ["read"]}]});
    forth(&scoped, Breaking, None, "Client");
    back(&scoped, Compatible, None, "Client");
}

#[test]
fn a_scope_that_a_scheme_no_longer_has_is_for_a_person() {
    let scopes = |scopes: Value| {
        let flow = json!({"tokenUrl": "https://example.org/token", "scopes": scopes});
        let scheme = json!({"type": "oauth2", "flows": {"clientCredentials": flow}});
        patched(contract(), &json!({"components": {"securitySchemes": {"oauth": scheme}}}))
    };
    let (one, two) = (scopes(json!({"read": "Read."})), scopes(json!({"read": "Read.", "write": "Write."})));
    judge(&two, &one, Person, None, "Client");
    judge(&one, &two, Cosmetic, Cosmetic, "Client");
    judge(&one, &scopes(json!({"read": "Reads."})), Cosmetic, Cosmetic, "Client");
}

#[test]
fn what_a_scheme_is_counts_and_not_what_it_is_called() {
    let scheme = |patch| json!({"components": {"securitySchemes": {"digest": patch}}});
    forth(&scheme(json!({"scheme": "basic"})), Breaking, None, "Client");
    forth(&scheme(json!({"description": "Keys."})), Cosmetic, Cosmetic, "Client");
    forth(&scheme(json!({"scheme": "Digest"})), Cosmetic, Cosmetic, "Client");
    let renamed = json!({
        "security": [{"keys": []}],
        "components": {"securitySchemes": {"digest": null, "keys": {"type": "http", "scheme": "digest"}}},
    });
    forth(&renamed, Cosmetic, None, "Client");
    forth(&scheme(Value::Null), Breaking, None, "Client");
}

#[test]
fn unused_schemes_are_cosmetic() {
    forth(&json!({"components": {"securitySchemes": {"bearer": null}}}), Cosmetic, None, "Client");
    forth(&json!({"components": {"securitySchemes": {"bearer": {"scheme": "basic"}}}}), Cosmetic, None, "Client");
}

#[test]
fn a_server_that_is_gone_breaks_and_a_new_one_does_not() {
    let servers = |list| json!({"servers": list});
    forth(&servers(json!([{"url": "https://example.org/v2"}])), Breaking, None, "Client");
    let both = servers(json!([{"url": "https://example.org/api"}, {"url": "https://example.com/api"}]));
    forth(&both, Compatible, None, "Client");
    back(&both, Breaking, None, "Client");
    forth(&servers(json!([{"url": "https://example.org/api", "description": "It."}])), Cosmetic, Cosmetic, "Client");
    forth(&servers(json!([{"url": "https://example.org/api/"}])), None, None, "Client");
    let list = json!([{"url": "https://a.org"}, {"url": "https://b.org"}]);
    let turned = json!([{"url": "https://b.org"}, {"url": "https://a.org"}]);
    let base = patched(contract(), &servers(list));
    judge(&base, &patched(base.clone(), &servers(turned)), Person, Person, "Client");
    let own = operation("/jobs", "get", json!({"servers": [{"url": "https://other.org"}]}));
    forth(&own, Person, Person, "Client::list_jobs");
}
