//! The client: one per set of credentials, cheap to clone.

use std::{
    fmt,
    sync::{Arc, PoisonError},
};

use atlas_exports_gen::{ResponseValue, models::ClusterName};
use serde::de::DeserializeOwned;

use crate::{
    ApiError, ClientBuilder, Deprecation, Error, ExportBuckets, Exports, ProjectId, RateLimit,
    call::{Answered, Carrier},
    exports::Claims,
    transport::{Budget, Pace},
};

/// Access to Atlas with one set of credentials.
///
/// Clones share connections and the authentication challenge, so make one client and clone it.
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
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) carrier: Carrier,
    pub(crate) api: atlas_exports_gen::Client,
    pub(crate) budget: Option<Budget>,
    pub(crate) claims: Claims,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use atlas_exports_gen::ClientInfo;
        f.debug_struct("Client").field("api", &self.inner.api.baseurl()).finish_non_exhaustive()
    }
}

impl Client {
    /// Starts a client whose settings are given by hand.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// Makes a client of the environment.
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `MONGODB_ATLAS_PUBLIC_API_KEY`, else `MONGODB_ATLAS_PUBLIC_KEY` | public key of an API key |
    /// | `MONGODB_ATLAS_PRIVATE_API_KEY`, else `MONGODB_ATLAS_PRIVATE_KEY` | its private key |
    /// | `MONGODB_ATLAS_CLIENT_ID` | client id of a service account |
    /// | `MONGODB_ATLAS_CLIENT_SECRET` | its secret |
    /// | `MONGODB_ATLAS_BASE_URL` | root of the service, by default `https://cloud.mongodb.com` |
    ///
    /// An API key or a service account has to be there, not both. Each of their variables may be replaced by one with
    /// `_FILE` after its name, which holds the path of a file with the value, as containers mount secrets; see
    /// [`Secret::file`](crate::Secret::file). A variable that is set to nothing counts as not set.
    /// [`ClientBuilder::from_env`] lets other settings be added.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`], naming the variable that is missing or cannot be used.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// The export jobs of one cluster.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] when `cluster` is no cluster name: 1 to 64 ASCII letters, digits and hyphens, the first
    /// of them no hyphen.
    pub fn exports(&self, project: ProjectId, cluster: &str) -> Result<Exports, Error> {
        let cluster: ClusterName = cluster.parse()?;
        Ok(Exports::new(self.clone(), project, cluster))
    }

    /// The buckets of one project that its export jobs can copy to.
    #[must_use]
    pub fn export_buckets(&self, project: ProjectId) -> ExportBuckets {
        ExportBuckets::new(self.clone(), project)
    }

    /// The generated client: every operation of the contract, through the same authentication and envelope.
    ///
    /// Its errors convert into [`Error`]. A failure without an answer, such as a timeout, comes out of it as text alone
    /// and converts into [`Error::Transport`].
    #[must_use]
    pub fn api(&self) -> &atlas_exports_gen::Client {
        &self.inner.api
    }

    /// What Atlas last said of its rate limit; `None` as long as no answer told it.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        *self.inner.carrier.0.rate_limit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What Atlas last said of the end of each operation that was called, in the order of their names. Empty as long as
    /// no answer had a `Deprecation` or `Sunset` header.
    ///
    /// The first answer that says so of an operation is told through `tracing` at the level of warnings, too.
    #[must_use]
    pub fn deprecations(&self) -> Vec<Deprecation> {
        self.inner.carrier.0.deprecations.all()
    }

    /// Makes the access token of the service account useless, here and for whoever else has it, and removes it from the
    /// token cache. The next call gets another one.
    ///
    /// Without a token this does nothing. It asks once, within the time of a call.
    ///
    /// # Errors
    ///
    /// [`Error::Token`] when Atlas did not do it; the token then stays in use. [`Error::InvalidInput`] when the client
    /// has no service account.
    ///
    /// # Cancellation
    ///
    /// Dropping the future abandons the request, which Atlas may have carried out all the same. The token then stays in
    /// use here until a call is refused with it.
    pub async fn revoke_token(&self) -> Result<(), Error> {
        self.inner.carrier.0.revoke_token().await
    }
}

impl Client {
    /// Waits until the project's request budget has a turn for a poll.
    pub(crate) async fn turn(&self, project: &ProjectId) {
        if let Some(budget) = &self.inner.budget {
            budget.turn(project).await;
        }
    }

    /// Makes one call of the generated client and gives its error in full.
    pub(crate) async fn call<T, F>(
        &self,
        pace: Pace,
        ask: impl FnOnce(atlas_exports_gen::Client) -> F,
    ) -> Result<T, Error>
    where
        T: DeserializeOwned,
        F: Future<Output = Result<ResponseValue<T>, atlas_exports_gen::Error<ApiError>>>,
    {
        Ok(self.call_in_full(pace, ask).await?.answer.into_inner())
    }

    /// As [`Self::call`], with the answer's headers and what is known of the call.
    pub(crate) async fn call_in_full<T, F>(
        &self,
        pace: Pace,
        ask: impl FnOnce(atlas_exports_gen::Client) -> F,
    ) -> Result<Answered<T>, Error>
    where
        T: DeserializeOwned,
        F: Future<Output = Result<ResponseValue<T>, atlas_exports_gen::Error<ApiError>>>,
    {
        crate::call::make(&self.inner.carrier, &self.inner.api, pace, ask).await
    }
}
