//! The client: one per set of credentials, cheap to clone.

use std::{fmt, sync::Arc};

use crate::{
    Deprecation, Error, ProjectId, RateLimit,
    http::RateLimiter,
    known_jobs::KnownJobs,
    pipeline::{Limits, Pipeline},
    request::Capture,
};

/// Access to Atlas with one set of credentials.
///
/// Clones share connections, the authentication challenge or token, and what is known of rate limits, so create one client
/// and clone it.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let atlas = atlas_exports::Client::from_env()?;
/// let exports = atlas.exports("5f3c5a1e8e4b2a0012345678".parse()?, "Cluster0")?;
/// let job = exports.get(&"5f3c5a1e8e4b2a00aaaaaaaa".parse()?).await?;
/// println!("{:?}", job.state);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    pipeline: Pipeline,
    /// The generated client, which sends through the pipeline.
    api: atlas_exports_gen::Client,
    /// The generated client, which only makes requests.
    capture: atlas_exports_gen::Client,
    shared: Arc<Shared>,
}

/// What waits have in common, whatever their limits.
#[derive(Debug)]
struct Shared {
    poll_rate: Option<RateLimiter>,
    known_jobs: KnownJobs,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("api", &self.base()).finish_non_exhaustive()
    }
}

impl Client {
    /// Creates a client that sends requests below `base`, the address of the API without a slash at the end.
    pub(crate) fn new(base: &str, http: reqwest::Client, pipeline: Pipeline, poll_rate: Option<RateLimiter>) -> Self {
        let shared = Arc::new(Shared { poll_rate, known_jobs: KnownJobs::default() });
        let capture = atlas_exports_gen::Client::new_with_client(base, http, Arc::new(Capture));
        Self::with_pipeline(&capture, pipeline, shared)
    }

    fn with_pipeline(capture: &atlas_exports_gen::Client, pipeline: Pipeline, shared: Arc<Shared>) -> Self {
        use atlas_exports_gen::ClientInfo;
        let api = atlas_exports_gen::Client::new_with_client(
            capture.baseurl(),
            capture.client().clone(),
            Arc::new(pipeline.clone()),
        );
        Self { inner: Arc::new(Inner { pipeline, api, capture: capture.clone(), shared }) }
    }

    /// Returns the same client with other limits of calls.
    pub(crate) fn with_limits(&self, change: impl FnOnce(Limits) -> Limits) -> Self {
        let Inner { pipeline, capture, shared, .. } = &*self.inner;
        let pipeline = Pipeline { limits: change(pipeline.limits), ..pipeline.clone() };
        Self::with_pipeline(capture, pipeline, shared.clone())
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.inner.pipeline
    }

    pub(crate) fn capture(&self) -> &atlas_exports_gen::Client {
        &self.inner.capture
    }

    /// Returns the address of the API, without a slash at the end.
    pub(crate) fn base(&self) -> &str {
        use atlas_exports_gen::ClientInfo;
        self.inner.api.baseurl()
    }

    pub(crate) fn known_jobs(&self) -> &KnownJobs {
        &self.inner.shared.known_jobs
    }

    /// Waits until a poll of the project may be sent.
    pub(crate) async fn acquire_poll(&self, project: &ProjectId) {
        if let Some(rate) = &self.inner.shared.poll_rate {
            rate.acquire(project).await;
        }
    }

    /// Returns the generated client: every operation of the contract, through the same authentication, versions, retries,
    /// envelope and errors.
    ///
    /// Its errors convert into [`Error`], with all that is known of the call. [`Client::call`] and [`Client::list`] are
    /// built upon it.
    ///
    /// ```no_run
    /// # async fn run(atlas: atlas_exports::Client) -> Result<(), atlas_exports::Error> {
    /// let buckets = atlas.api().list_export_buckets().group_id("5f3c5a1e8e4b2a0012345678").send().await?;
    /// println!("{:?}", buckets.total_count);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn api(&self) -> &atlas_exports_gen::Client {
        &self.inner.api
    }

    /// Returns what Atlas last said of a project's rate limit; `None` as long as no response told it.
    #[must_use]
    pub fn rate_limit(&self, project: &ProjectId) -> Option<RateLimit> {
        self.pipeline().connection.rate_limits.get(project.as_str())
    }

    /// Returns what Atlas last announced of the end of each operation that was called, in the order of their names. Empty
    /// as long as no response had a `Deprecation` or `Sunset` header.
    ///
    /// The first announcement of an operation is also logged through `tracing`, as a warning.
    #[must_use]
    pub fn deprecations(&self) -> Vec<Deprecation> {
        self.pipeline().connection.deprecations.all()
    }

    /// Revokes the access token of the service account, for everybody who has it, and removes it from the token cache. The
    /// next call fetches another one.
    ///
    /// Without a token this does nothing. It sends one request, within the time of a call.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Token`](crate::ErrorKind::Token) when Atlas did not revoke it; the token then stays in use.
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when the client has no service account.
    ///
    /// # Cancellation
    ///
    /// Dropping the future abandons the request, which Atlas may have carried out all the same. The token then stays in
    /// use here until a call is refused with it.
    pub async fn revoke_token(&self) -> Result<(), Error> {
        self.pipeline().revoke_token().await
    }
}
