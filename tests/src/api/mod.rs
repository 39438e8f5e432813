//! The Administration API, once a request is authenticated: rate limits, versions, and the endpoints.
//!
//! A resource is a file of its own with a function that adds its endpoints to [`Endpoints`].

mod backups;
mod bodies;
mod bucket_bodies;
pub(crate) mod call;
pub(crate) mod canned;
mod clusters;
mod endpoints;
pub(crate) mod envelope;
pub(crate) mod errors;
mod export_buckets;
mod export_jobs;
pub(crate) mod pages;
pub(crate) mod pattern;
mod projects;
pub(crate) mod rate_limit;
pub(crate) mod response;
pub(crate) mod state;
pub(crate) mod versions;

use std::sync::Arc;

use axum::{Router, body::Body};
use http::Request;
use tower_service::Service as _;

use self::{
    call::Call,
    canned::CannedResponses,
    endpoints::Endpoints,
    envelope::Presentation,
    rate_limit::Limiter,
    state::ApiState,
    versions::{Version, VersionLifecycle},
};
use crate::{Envelope, EnvelopedErrors, FakeResponse, Paging, RateLimit, Recorded, data::store::Missing, lock::lock};

/// The settings of the API.
#[derive(Clone, Debug)]
pub(crate) struct ApiSettings {
    pub(crate) envelope: Envelope,
    pub(crate) enveloped_errors: EnvelopedErrors,
    pub(crate) paging: Paging,
    pub(crate) rate_limit: Option<RateLimit>,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            envelope: Envelope::Content,
            enveloped_errors: EnvelopedErrors::Plain,
            paging: Paging::default(),
            rate_limit: None,
        }
    }
}

/// The API of one fake.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) state: Arc<ApiState>,
    pub(crate) canned: CannedResponses,
    pub(crate) limiter: Limiter,
    pub(crate) versions: VersionLifecycle,
    endpoints: Endpoints,
    router: Router,
}

impl Api {
    pub(crate) fn new(state: ApiState) -> Self {
        let limiter = Limiter::new(state.settings.rate_limit);
        let state = Arc::new(state);
        let (endpoints, router) = Endpoints::of_all_resources(Arc::clone(&state));
        Self {
            state,
            canned: CannedResponses::default(),
            limiter,
            versions: VersionLifecycle::default(),
            endpoints,
            router,
        }
    }

    /// Responds to a request within the rate limit of its project. `path` is without the prefix.
    pub(crate) async fn respond(&self, request: &Recorded, path: &str) -> FakeResponse {
        let Some(decision) = self.limiter.take(path, self.state.clock.elapsed()) else {
            return self.respond_in_version(request, path).await;
        };
        let code = if is_v2(path) { "RATE_LIMITED_TOKEN_BUCKET" } else { "RATE_LIMITED" };
        match decision.refusal(code) {
            Some(refusal) => decision.add_headers(refusal),
            None => decision.add_headers(self.respond_in_version(request, path).await),
        }
    }

    async fn respond_in_version(&self, request: &Recorded, path: &str) -> FakeResponse {
        let versions = self.endpoints.versions(&request.method, path);
        match self.versions.select(versions, path, &request.headers, &self.state.clock) {
            Ok(selected) => selected.add_headers(self.route(request, path, selected.version.clone()).await),
            Err(refusal) => *refusal,
        }
    }

    async fn route(&self, request: &Recorded, path: &str, version: Version) -> FakeResponse {
        if let Some(response) = self.canned.respond(path, request) {
            return response;
        }
        let inner = Request::builder().method(request.method.as_str()).uri(path).body(Body::from(request.body.clone()));
        let Ok(mut inner) = inner else {
            return FakeResponse::empty(400);
        };
        inner.headers_mut().clone_from(&request.headers);
        let paging = *lock(&self.state.paging);
        inner.extensions_mut().insert(Call::new(&self.state.root, path, &request.query, version, paging));
        match self.router.clone().call(inner).await {
            Ok(response) => FakeResponse::from_route(response),
            Err(never) => match never {},
        }
    }

    /// How the response to a request is written.
    pub(crate) fn presentation(&self, request: &Recorded) -> Presentation {
        let query = call::parameters(&request.query);
        let is_set = |name| query.iter().any(|(key, value)| key == name && value == "true");
        Presentation {
            pretty: is_set("pretty"),
            enveloped: is_set("envelope"),
            envelope: self.state.settings.envelope,
            errors: self.state.settings.enveloped_errors,
        }
    }
}

/// Whether a path is one of v2.
pub(crate) fn is_v2(path: &str) -> bool {
    path.starts_with("/api/atlas/v2/")
}

/// The response of an endpoint, or its refusal.
type Outcome = Result<FakeResponse, Box<FakeResponse>>;

/// The response or the refusal.
fn merge(outcome: Outcome) -> FakeResponse {
    outcome.unwrap_or_else(|refusal| *refusal)
}

fn not_found(missing: Missing, project: &str, cluster: &str) -> Box<FakeResponse> {
    Box::new(match missing {
        Missing::Project => errors::group_not_found(project),
        Missing::Cluster => errors::cluster_not_found(project, cluster),
        Missing::Flex => errors::flex_cluster(cluster),
    })
}
