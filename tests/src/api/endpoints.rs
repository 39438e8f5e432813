//! The table of endpoints: which handler serves a method and path, and in which resource versions.

use std::sync::Arc;

use axum::{
    Router,
    handler::Handler,
    routing::{MethodFilter, on},
};
use http::{Method, Uri};

use super::{
    backups, clusters, errors, export_buckets, export_jobs, is_v2, pattern::PathPattern, projects, state::ApiState,
    versions::ResourceVersion,
};

/// The endpoints that were added, by method and path.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    versions: Vec<(Method, PathPattern, &'static [ResourceVersion])>,
}

/// Collects the endpoints of all resources.
#[derive(Default)]
pub(super) struct EndpointsBuilder {
    v1: Router<Arc<ApiState>>,
    v2: Router<Arc<ApiState>>,
    endpoints: Endpoints,
}

impl Endpoints {
    /// Collects the endpoints, and a router that serves them.
    pub(super) fn of_all_resources(state: Arc<ApiState>) -> (Self, Router) {
        let mut builder = EndpointsBuilder::default();
        for add_endpoints in [
            projects::add_endpoints,
            clusters::add_endpoints,
            backups::add_endpoints,
            export_jobs::add_endpoints,
            export_buckets::add_endpoints,
        ] {
            builder = add_endpoints(builder);
        }
        let router = Router::new()
            .nest("/api/atlas/v1.0", builder.v1)
            .nest("/api/atlas/v2", builder.v2)
            .fallback(async |uri: Uri| errors::resource_not_found(uri.path()))
            .method_not_allowed_fallback(async |method: Method, uri: Uri| {
                errors::method_not_allowed(method.as_str(), uri.path())
            })
            .with_state(state);
        (builder.endpoints, router)
    }

    /// The resource versions of an endpoint of v2, oldest first; `None` for any other path.
    pub(super) fn versions(&self, method: &str, path: &str) -> Option<&'static [ResourceVersion]> {
        let mut known = self.versions.iter().filter(|_| is_v2(path));
        known.find(|(known, pattern, _)| known == method && pattern.matches(path)).map(|(.., versions)| *versions)
    }
}

impl EndpointsBuilder {
    /// Adds an endpoint to both versions of the API. `path` is below the base of each.
    pub(super) fn add<H, T>(
        mut self,
        method: Method,
        path: &str,
        versions: &'static [ResourceVersion],
        handler: H,
    ) -> Self
    where
        H: Handler<T, Arc<ApiState>>,
        T: 'static,
    {
        self.v1 = self.v1.route(path, on(filter(&method), handler.clone()));
        self.add_to_v2(method, path, versions, handler)
    }

    /// Adds an endpoint to v2 alone.
    pub(super) fn add_to_v2<H, T>(
        mut self,
        method: Method,
        path: &str,
        versions: &'static [ResourceVersion],
        handler: H,
    ) -> Self
    where
        H: Handler<T, Arc<ApiState>>,
        T: 'static,
    {
        self.v2 = self.v2.route(path, on(filter(&method), handler));
        self.endpoints.versions.push((method, PathPattern::new(path), versions));
        self
    }
}

#[expect(clippy::expect_used, reason = "endpoints have standard methods")]
fn filter(method: &Method) -> MethodFilter {
    MethodFilter::try_from(method.clone()).expect("a standard method")
}
