//! What was imported works as what was written by hand does: one operation of each shape, on both versions of the API.

use std::time::Duration;

use atlas_exports_testing::{EnvelopedErrors, FakeAtlas, FakeResponse, Fault};
use serde_json::{Value, json};

use super::run_with;

const WIDGETS: &str = "/groups/{groupId}/widgets";

/// Runs a shape on a version of the API, with a client that asks for envelopes.
fn shape(atlas: &FakeAtlas, version: &str, name: &str) -> String {
    run_with("extend-shapes", atlas, &[name], &[("MONGODB_ATLAS_API_VERSION", version)])
}

fn atlas() -> FakeAtlas {
    FakeAtlas::builder().enveloped_errors(EnvelopedErrors::Inside).start_blocking().unwrap()
}

fn widget(number: u32) -> Value {
    json!({"id": format!("5fb1a7d2e2c4d84c1e4f{number:04}"), "name": "A Name Beyond Its Pattern"})
}

/// What the last request accepted and sent.
fn media_types(atlas: &FakeAtlas) -> (String, Option<String>) {
    let requests = atlas.requests();
    let last = requests.last().unwrap();
    let header = |name| last.header(name).map(str::to_owned);
    (header("accept").unwrap(), header("content-type"))
}

#[test]
fn pages_come_as_a_stream_of_items() {
    for version in ["v1", "v2"] {
        let atlas = atlas();
        atlas.respond_with("GET", WIDGETS, |request| {
            let page = request
                .query
                .split('&')
                .find_map(|pair| pair.strip_prefix("pageNum="))
                .map_or(1, |page| page.parse().unwrap());
            let results: Vec<_> = (1..=5).map(widget).skip((page - 1) * 2).take(2).collect();
            FakeResponse::json(200, json!({"links": null, "results": results, "totalCount": 5}))
        });
        let told = shape(&atlas, version, "paged");
        assert_eq!(told.split_whitespace().count(), 5, "{version}: {told}");
        assert!(told.ends_with("0005\n"), "{told}");
    }
}

#[test]
fn a_plain_response_has_all_that_it_holds_and_takes_what_is_new() {
    let atlas = atlas();
    let whole = json!({
        "id": "5fb1a7d2e2c4d84c1e4f0701", "size": "HUGE", "grid": [[1, 2.5], []], "labels": {"a": "b"}, "new": [1],
        "createdAt": "2026-08-10T03:27:00Z", "part": {"kind": "SCREW", "length": 4, "odd": [1]}, "spare": widget(2),
        "layers": [{"depth": 1, "color": "BLUE"}, {}],
    });
    atlas.respond("GET", "/groups/*/widgets/*", 200, whole);
    let told = shape(&atlas, "v2", "plain");
    for part in [
        "5fb1a7d2e2c4d84c1e4f0701 Some(\"HUGE\") Some([[1.0, 2.5], []])",
        "2026-08-10T03:27:00Z",
        "Some(4) Some(Array [Number(1)]) Some(\"5fb1a7d2e2c4d84c1e4f0002\")",
        "[(Some(1), Some(\"BLUE\")), (None, None)]",
    ] {
        assert!(told.contains(part), "no {part} in {told}");
    }
    assert_eq!(media_types(&atlas).0, "application/vnd.atlas.2024-05-30+json");

    // All but the id may be missing, and lists and maps may be null.
    let least = json!({"id": "5fb1a7d2e2c4d84c1e4f0701", "grid": null, "labels": null, "layers": null});
    atlas.respond("GET", "/groups/*/widgets/*", 200, least);
    let told = shape(&atlas, "v2", "plain");
    assert!(told.starts_with("5fb1a7d2e2c4d84c1e4f0701 None None None"), "{told}");
}

#[test]
fn what_only_version_2_has_is_refused_elsewhere_before_anything_is_sent() {
    let atlas = atlas();
    let told = shape(&atlas, "v1", "plain");
    assert!(told.starts_with("InvalidInput None None: `get_widget` exists only in version 2 of the API"), "{told}");
    assert_eq!(atlas.exchanges(), 0);
}

#[test]
fn errors_name_the_call_and_what_atlas_says() {
    for version in ["v1", "v2"] {
        let atlas = atlas();
        let missing =
            json!({"error": 404, "errorCode": "WIDGET_NOT_FOUND", "reason": "Not Found", "detail": "no such one"});
        atlas.respond("DELETE", "/groups/*/widgets/*", 404, missing);
        let told = shape(&atlas, version, "delete");
        let project = atlas.project_id();
        assert!(
            told.starts_with(&format!("Api Some(404) Some((Some(\"delete_widget\"), Some(\"{project}\")))")),
            "{told}"
        );
        assert!(told.contains("WIDGET_NOT_FOUND") && told.contains("no such one"), "{told}");
    }
}

#[test]
fn an_operation_may_return_nothing() {
    for version in ["v1", "v2"] {
        let atlas = atlas();
        atlas.respond_with("DELETE", "/groups/*/widgets/*", |_| FakeResponse::empty(204));
        assert_eq!(shape(&atlas, version, "delete"), "deleted\n");
    }
}

#[test]
fn a_response_of_which_the_document_says_nothing_is_any_value_or_none() {
    for version in ["v1", "v2"] {
        let atlas = atlas();
        atlas.respond_with("POST", "/groups/*/widgets/*", |_| FakeResponse::empty(202));
        assert_eq!(shape(&atlas, version, "restart"), "null\n");
        atlas.respond("POST", "/groups/*/widgets/*", 200, json!({"queued": true}));
        assert_eq!(shape(&atlas, version, "restart"), "{\"queued\":true}\n");
    }
}

#[test]
fn one_status_has_a_result_and_another_one_none() {
    for version in ["v1", "v2"] {
        let atlas = atlas();
        atlas.respond("POST", "/groups/*/widgets/*/users", 200, json!({"username": "a"}));
        assert_eq!(shape(&atlas, version, "user"), "Some(Some(\"a\"))\n");
        atlas.respond_with("POST", "/groups/*/widgets/*/users", |_| FakeResponse::empty(204));
        assert_eq!(shape(&atlas, version, "user"), "None\n");
    }
}

#[test]
fn kinds_of_a_response_are_told_apart_and_new_ones_are_kept() {
    for version in ["v1", "v2"] {
        let atlas = atlas();
        for (gadget, told) in [
            (json!({"kind": "LAMP", "lumens": 800}), "a lamp of Some(800) lumens\n"),
            (json!({"kind": "HEATER", "watts": 1.5}), "Some(\"HEATER\") of Some(1.5) watts\n"),
            (json!({"kind": "ROBOT", "arms": 2}), "new: {\"arms\":2,\"kind\":\"ROBOT\"}\n"),
            (json!({"arms": 2}), "new: {\"arms\":2}\n"),
        ] {
            atlas.respond("GET", "/orgs/*/gadgets/*", 200, gadget);
            assert_eq!(shape(&atlas, version, "gadget"), told);
        }
        assert!(atlas.requests().last().unwrap().path.ends_with("/gadgets/a%20b"));
    }
}

#[test]
fn a_kind_of_a_body_is_sent_with_what_tells_it_apart() {
    let atlas = atlas();
    atlas.respond("POST", WIDGETS, 201, widget(7));
    assert_eq!(shape(&atlas, "v2", "create"), "5fb1a7d2e2c4d84c1e4f0007\n");
    let sent: Value = serde_json::from_slice(&atlas.requests().last().unwrap().body).unwrap();
    assert_eq!(sent, json!({"shape": "ROUND", "radius": 3, "color": "RED"}));
    let media_type = "application/vnd.atlas.2024-05-30+json".to_owned();
    assert_eq!(media_types(&atlas), (media_type.clone(), Some(media_type)));
}

#[test]
fn a_preview_is_requested_as_one_and_a_get_may_have_a_body() {
    let atlas = atlas();
    atlas.respond("GET", "/groups/*/widgets/search", 200, json!({"results": [widget(1), widget(2)]}));
    assert_eq!(shape(&atlas, "v2", "search"), "Some(2)\n");
    assert_eq!(media_types(&atlas).0, "application/vnd.atlas.preview+json");
    assert_eq!(atlas.requests().last().unwrap().body, br#"{"color":"red"}"#[..]);
}

#[test]
fn bytes_are_read_as_they_come() {
    for (version, accepted) in [("v1", "text/csv"), ("v2", "application/vnd.atlas.2023-01-01+csv")] {
        let atlas = atlas();
        atlas.respond_with("GET", "/groups/*/widgets/usage", |_| FakeResponse::text(200, "text/csv", "a,b\n1,2\n"));
        assert_eq!(shape(&atlas, version, "usage"), "a,b\n1,2\n\n");
        assert_eq!(media_types(&atlas).0, accepted);
        // No envelope is asked for, since there is none around bytes.
        assert_eq!(atlas.requests().last().unwrap().query, "");
    }
}

#[test]
fn the_first_bytes_are_there_before_the_last_ones_are_sent() {
    let atlas = atlas();
    atlas.respond_with("GET", "/groups/*/widgets/*/log.gz", |_| {
        FakeResponse::text(200, "application/gzip", vec![7; 4096])
    });
    // Longer than any test: what waits for the end of the body never prints anything.
    atlas.fault(Fault::stalled_body(Duration::from_secs(3600)).always());
    let told = shape(&atlas, "v2", "log");
    assert!(told.starts_with("Ok(Some([7, 7, "), "{told}");
    assert_eq!(media_types(&atlas).0, "application/vnd.atlas.2023-02-01+gzip");
}

#[test]
fn an_error_instead_of_bytes_is_an_error_like_any_other() {
    let atlas = atlas();
    let refused = json!({"error": 409, "errorCode": "NO_LOG", "reason": "Conflict", "detail": "not yet"});
    atlas.respond("GET", "/groups/*/widgets/*/log.gz", 409, refused);
    let told = shape(&atlas, "v2", "log");
    assert!(told.starts_with("Api Some(409) Some((Some(\"download_group_widget_log\")"), "{told}");
    assert!(told.contains("NO_LOG"), "{told}");
}

#[test]
fn the_base_of_the_api_itself_can_be_called() {
    for version in ["v1", "v2"] {
        let atlas = atlas();
        atlas.respond("GET", "/", 200, json!({"build": "1", "throttling": false}));
        assert_eq!(shape(&atlas, version, "status"), "Some(\"1\") Some(false)\n");
    }
}
