//! With and without the envelope, callers get the same.

use atlas_exports::{ErrorKind, ExportJob, ExportState};
use atlas_exports_testing::{Envelope, EnvelopedErrors, FakeAtlas, Fault, Kind};

use crate::common::{builder, client, exports, exports_of, job};

async fn every_job(atlas: &FakeAtlas, envelope: bool) -> Vec<ExportJob> {
    let exports = exports_of(&builder(atlas).envelope(envelope).build().unwrap(), atlas);
    let mut jobs = Vec::new();
    for kind in Kind::ALL {
        jobs.push(exports.get(&job(atlas, kind)).await.unwrap());
    }
    jobs
}

#[tokio::test]
async fn every_kind_of_job_is_the_same_with_either_key_and_without() {
    for envelope in [Envelope::Content, Envelope::Envelope, Envelope::Ignored] {
        let atlas = FakeAtlas::builder().envelope(envelope).start().await;
        let plain = every_job(&atlas, false).await;
        assert!(atlas.requests().iter().all(|request| request.query.is_empty()));
        atlas.reset_requests();
        assert_eq!(every_job(&atlas, true).await, plain, "{envelope:?}");
        assert!(atlas.requests().iter().all(|request| request.query == "envelope=true"));
    }
}

#[tokio::test]
async fn kinds_of_jobs_answer_the_questions_that_people_ask() {
    let atlas = FakeAtlas::start().await;
    let exports = exports(&atlas);
    let get = async |kind| exports.get(&job(&atlas, kind)).await.unwrap();

    assert!(get(Kind::Successful).await.is_successful());
    assert!(!get(Kind::Queued).await.is_finished());
    assert!(get(Kind::InProgress).await.progress().unwrap().fraction().unwrap() < 1.0);
    assert!(get(Kind::Sharded).await.components.unwrap().len() > 1);
    assert_eq!(get(Kind::Tiny).await.progress().unwrap().fraction(), None);
    let failed = get(Kind::Failed).await;
    assert!(failed.is_finished() && failed.failure().unwrap().message.is_some());
    let unknown = get(Kind::Unknown).await;
    assert!(matches!(unknown.state, Some(ExportState::Unknown(_))), "{unknown:?}");
}

#[tokio::test]
async fn an_error_inside_http_200_is_an_error_with_its_inner_status() {
    for errors in [EnvelopedErrors::Plain, EnvelopedErrors::Inside, EnvelopedErrors::Bare] {
        let atlas = FakeAtlas::builder().enveloped_errors(errors).start().await;
        let client = builder(&atlas).envelope(true).build().unwrap();
        let missing = client.exports(atlas.project_id().parse().unwrap(), "no-such-cluster").unwrap();
        let error = missing.get(&job(&atlas, Kind::Successful)).await.unwrap_err();
        assert!(error.is_not_found(), "{errors:?}: {error}");
        assert_eq!(error.api().unwrap().error_code.as_deref(), Some("CLUSTER_NOT_FOUND"));
    }
}

#[tokio::test]
async fn the_generated_client_can_ask_for_the_envelope_by_itself() {
    let atlas = FakeAtlas::start().await;
    let answer = client(&atlas)
        .api()
        .get_export_job()
        .group_id(atlas.project_id())
        .cluster_name(atlas.cluster_name())
        .export_id(job(&atlas, Kind::Successful))
        .envelope(true)
        .send()
        .await
        .unwrap();
    assert!(answer.is_successful());
}

#[tokio::test]
async fn an_enveloped_answer_that_is_cut_is_a_broken_connection() {
    let atlas = FakeAtlas::start().await;
    let exports = exports_of(&builder(&atlas).envelope(true).build().unwrap(), &atlas);
    atlas.fault(Fault::truncated());
    let error = exports.get(&job(&atlas, Kind::Successful)).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Network, "{error:?}");
}
