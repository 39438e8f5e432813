//! The endpoints, once a request is authenticated.

pub(crate) mod answer;
pub(crate) mod bodies;
pub(crate) mod bucket_bodies;
pub(crate) mod call;
pub(crate) mod canned;
pub(crate) mod envelope;
pub(crate) mod errors;
pub(crate) mod export_buckets;
pub(crate) mod export_jobs;
pub(crate) mod pages;
pub(crate) mod pattern;
pub(crate) mod rate_limit;
pub(crate) mod record;
pub(crate) mod versions;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, patch},
};
use bytes::Bytes;
use http::{HeaderMap, Method, Uri, header};

use crate::{Answer, data::store::Missing, net::state::Shared};

const JOBS: &str = "/groups/{project}/clusters/{cluster}/backup/exports";
const JOB: &str = "/groups/{project}/clusters/{cluster}/backup/exports/{job}";
const BUCKETS: &str = "/groups/{project}/backup/exportBuckets";
const BUCKET: &str = "/groups/{project}/backup/exportBuckets/{bucket}";

/// All endpoints of the API, below each base.
pub(crate) fn router() -> Router<Arc<Shared>> {
    let both = || {
        Router::new()
            .route(JOBS, get(export_jobs::list).post(export_jobs::create))
            .route(JOB, get(export_jobs::get))
            .route(BUCKETS, get(export_buckets::list).post(export_buckets::create))
            .route(BUCKET, get(export_buckets::get).delete(export_buckets::delete))
    };
    let only_v2 = Router::new().route(BUCKET, patch(export_buckets::update));
    Router::new()
        .nest("/api/atlas/v1.0", both())
        .nest("/api/atlas/v2", both().merge(only_v2))
        .fallback(async |uri: Uri| errors::resource_not_found(uri.path()))
        .method_not_allowed_fallback(async |method: Method, uri: Uri| {
            errors::method_not_allowed(method.as_str(), uri.path())
        })
}

/// What a route answers, or why it refuses.
pub(crate) type Outcome = Result<Answer, Box<Answer>>;

/// Makes one answer of both.
pub(crate) fn answer(outcome: Outcome) -> Answer {
    outcome.unwrap_or_else(|refusal| *refusal)
}

pub(crate) fn not_found(missing: Missing, project: &str, cluster: &str) -> Box<Answer> {
    Box::new(match missing {
        Missing::Project => errors::group_not_found(project),
        Missing::Cluster => errors::cluster_not_found(project, cluster),
    })
}

/// A body that says that it is JSON.
pub(crate) fn json_body<'a>(headers: &HeaderMap, body: &'a Bytes) -> Result<&'a [u8], Box<Answer>> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("none");
    let media_type = given.split(';').next().unwrap_or(given).trim();
    let is_json = media_type == "application/json"
        || (media_type.starts_with("application/vnd.atlas.") && media_type.ends_with("+json"));
    if is_json { Ok(body) } else { Err(Box::new(errors::unsupported_media_type(given))) }
}
