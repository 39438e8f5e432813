//! What shows in traces, and what never does.

use atlas_exports::RetryPolicy;
use atlas_exports_testing::{FakeAtlas, Fault, Kind, Reuse};

use crate::common::{builder, exports, exports_of, job, log::Log};

#[tokio::test]
async fn a_call_has_a_span_and_each_of_its_exchanges_one_below_it() {
    let atlas = FakeAtlas::start().await;
    let exports = exports(&atlas);
    let (log, _guard) = Log::start();
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap();

    let exchanges: Vec<_> = log.lines(":exchange{").into_iter().filter(|line| line.contains("close")).collect();
    let [challenged, served] = exchanges.as_slice() else { panic!("{exchanges:#?}") };
    assert!(challenged.contains("http.response.status_code=401"), "{challenged}");
    assert!(served.contains("http.response.status_code=200") && served.contains("resend_count=1"), "{served}");
    for exchange in [challenged, served] {
        let path =
            format!("url.path=\"/api/atlas/v1.0/groups/{}/clusters/Cluster0/backup/exports/", atlas.project_id());
        for field in ["http.request.method=\"GET\"", "server.address=\"127.0.0.1\"", "server.port=", &path] {
            assert!(exchange.rsplit_once(":exchange{").unwrap().1.contains(field), "{field}: {exchange}");
        }
    }
    assert!(challenged.contains("otel.status_code=\"ERROR\"") && challenged.contains("error.type=\"401\""));
    assert!(!served.contains("otel.status_code"), "{served}");

    let calls: Vec<_> = log
        .lines("atlas call{")
        .into_iter()
        .filter(|line| line.contains("close") && !line.contains("exchange{"))
        .collect();
    let [call] = calls.as_slice() else { panic!("{calls:#?}") };
    for field in [
        "otel.name=\"GET /groups/{groupId}/clusters/{clusterName}/backup/exports/{exportId}\"",
        "http.request.method=\"GET\"",
        "http.response.status_code=200",
        "server.address=\"127.0.0.1\"",
        "url.template=\"/groups/{groupId}/clusters/{clusterName}/backup/exports/{exportId}\"",
        "atlas.operation=\"get_export_job\"",
        "atlas.cluster=\"Cluster0\"",
        "atlas.attempts=1",
        "atlas.exchanges=2",
    ] {
        assert!(call.contains(field), "{field}: {call}");
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_and_errors_show() {
    let atlas = FakeAtlas::start().await;
    let exports = exports_of(&builder(&atlas).retry(RetryPolicy::default()).build().unwrap(), &atlas);
    let (log, _guard) = Log::start();
    atlas.fault(Fault::empty_503().always());
    exports.get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    let call = log.lines("atlas.attempts=4").pop().unwrap();
    assert!(call.contains("error.type=\"503\"") && call.contains("otel.status_code=\"ERROR\""), "{call}");
}

#[tokio::test]
async fn refused_reuse_is_told_at_warn() {
    let atlas = FakeAtlas::builder().reuse(Reuse::Refused { stale: false }).start().await;
    let exports = exports(&atlas);
    let (log, _guard) = Log::start();
    for _ in 0..6 {
        exports.get(&job(&atlas, Kind::Successful)).await.unwrap();
    }
    assert_eq!(log.lines("WARN").len(), 1, "{:#?}", log.lines("WARN"));
}

#[tokio::test]
async fn no_secret_shows_at_any_level_and_bodies_are_cut() {
    let atlas = FakeAtlas::start().await;
    let exports = exports(&atlas);
    let (log, _guard) = Log::start();
    exports.get(&job(&atlas, Kind::Sharded)).await.unwrap();
    atlas.fault(Fault::huge_error());
    exports.get(&job(&atlas, Kind::Sharded)).await.unwrap_err();
    assert!(!log.lines("body=").is_empty());
    for line in log.lines("") {
        assert!(!line.contains(atlas.private_key()) && !line.contains("Digest username"), "{line}");
        assert!(line.len() < 2_000, "{} characters", line.len());
    }
}

#[tokio::test]
async fn the_rate_limit_that_atlas_told_last_is_known() {
    let atlas = FakeAtlas::start().await;
    let client = crate::common::client(&atlas);
    let project = atlas.project_id().parse().unwrap();
    assert_eq!(client.rate_limit(&project), None);
    atlas.respond_with("GET", "/groups/*/clusters/*/backup/exports/*", |_| {
        atlas_exports_testing::FakeResponse::json(200, serde_json::json!({"id": "x"}))
            .header("RateLimit-Limit", "1200")
            .header("RateLimit-Remaining", "1199")
    });
    exports_of(&client, &atlas).get(&job(&atlas, Kind::Successful)).await.unwrap();
    let seen = client.rate_limit(&project).unwrap();
    assert_eq!((seen.limit, seen.remaining), (Some(1200), Some(1199)));
}
