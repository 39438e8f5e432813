//! The endpoints, once a request is authenticated.

use std::sync::Arc;

use axum::{
    Router,
    extract::{OriginalUri, Path, State},
    routing::get,
};

use http::{Method, Uri};

use crate::{Answer, errors, lock::lock, state::Shared, store::Missing};

/// All endpoints of the API, below each base.
pub(crate) fn router() -> Router<Arc<Shared>> {
    let resources = Router::new().route(
        "/groups/{project}/clusters/{cluster}/backup/exports/{job}",
        get(get_job),
    );
    Router::new()
        .nest("/api/atlas/v1.0", resources)
        .fallback(async |uri: Uri| errors::resource_not_found(uri.path()))
        .method_not_allowed_fallback(async |method: Method, uri: Uri| {
            errors::method_not_allowed(method.as_str(), uri.path())
        })
}

async fn get_job(
    State(shared): State<Arc<Shared>>,
    OriginalUri(uri): OriginalUri,
    Path((project, cluster, job)): Path<(String, String, String)>,
) -> Answer {
    let mut store = lock(&shared.store);
    match store.cluster(&project, &cluster) {
        Err(missing) => not_found(missing, &project, &cluster),
        Ok(found) => match found.get(&job) {
            Some(document) => Answer::json(200, document.clone()),
            None => errors::resource_not_found(uri.path()),
        },
    }
}

fn not_found(missing: Missing, project: &str, cluster: &str) -> Answer {
    match missing {
        Missing::Project => errors::group_not_found(project),
        Missing::Cluster => errors::cluster_not_found(project, cluster),
    }
}
