//! The one error of this crate: what failed, where, why, and what to do about it.
//!
//! Every fallible call returns [`Error`], whether it was made through a method of this crate, through
//! [`Client::call`](crate::Client::call), or through the generated client, whose errors convert into it.
//!
//! | question | answer |
//! |---|---|
//! | What failed? | [`Error::kind`], [`Error::status`], [`Error::api`] |
//! | Where? | [`Error::call`]: operation, project, cluster, resource, attempts, exchanges |
//! | Why? | [`source`](std::error::Error::source): the cause, which can be downcast |
//! | What to do? | [`Error::hint`], for people |
//! | May the same call succeed later? | [`Error::is_retryable`] |
//! | May a change have happened all the same? | [`Error::outcome_unknown`] |
//!
//! `Display` is one line without cause and advice, so that logs group. `Debug` adds both, which is what
//! `main() -> Result<(), Box<dyn Error>>` prints.
//!
//! ```
//! use atlas_exports::{Error, ErrorKind, ExportJob};
//!
//! fn report(result: Result<ExportJob, Error>) {
//!     match result {
//!         Ok(job) => println!("{:?}", job.state),
//!         Err(error) if error.is_not_found() => println!("no such job"),
//!         Err(error) if error.kind() == ErrorKind::ExportFailed => println!("{:?}", error.job()),
//!         Err(error) if error.is_retryable() => println!("try again later: {error}"),
//!         Err(error) => println!("{error}; {}", error.hint().unwrap_or_default()),
//!     }
//! }
//! ```
//!
//! # Testing code that handles errors
//!
//! [`Error::new`] creates an error of any kind, and the `with_` methods add what it carries:
//!
//! ```
//! use atlas_exports::{Error, ErrorKind, http::StatusCode};
//!
//! let error = Error::new(ErrorKind::Api, "429 Too Many Requests").with_status(StatusCode::TOO_MANY_REQUESTS);
//! assert!(error.is_rate_limited() && error.is_retryable());
//! ```

mod classify;
mod context;
mod convert;
mod display;
mod excerpt;
mod hint;
mod kind;

use std::{borrow::Cow, sync::Arc, time::Duration};

use atlas_exports_gen::{
    SharedError,
    types::{ApiError, ExportJob},
};
use reqwest::StatusCode;

pub(crate) use self::{
    classify::{causes, is_transient_status},
    context::segment_after,
    convert::{decode_error, decode_error_at},
    excerpt::excerpt,
};
pub use self::{
    context::{Attempt, CallContext, CredentialKind},
    kind::ErrorKind,
};

/// Why a call, or the creation of a client, failed.
///
/// See the [module](self) for how to read it. It never contains a secret.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    setting: Option<&'static str>,
    call: Option<CallContext>,
    status: Option<StatusCode>,
    api: Option<ApiError>,
    retry_after: Option<Duration>,
    job: Option<ExportJob>,
    /// Whether the same call may succeed later, where kind and status do not say.
    transient: bool,
    outcome_unknown: bool,
    source: Option<SharedError>,
}

impl Error {
    /// Creates an error of a kind, with a text that says what happened: lower case, one line, without cause and advice.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            setting: None,
            call: None,
            status: None,
            api: None,
            retry_after: None,
            job: None,
            transient: false,
            outcome_unknown: false,
            source: None,
        }))
    }

    pub(crate) fn configuration(setting: &'static str, problem: impl Into<Cow<'static, str>>) -> Self {
        let mut error = Self::new(ErrorKind::Configuration, problem);
        error.0.setting = Some(setting);
        error
    }

    pub(crate) fn invalid_input(problem: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidInput, problem)
    }

    /// Creates the error of a response with an error status.
    pub(crate) fn response(status: StatusCode, api: ApiError) -> Self {
        Self::new(ErrorKind::Api, display::response(status, &api)).with_status(status).with_api_error(api)
    }

    /// Creates the error of a job that ended otherwise than well.
    pub(crate) fn ended(job: ExportJob) -> Self {
        use crate::ExportState::{Cancelled, Failed};
        let kind = match job.state {
            Some(Failed) => ErrorKind::ExportFailed,
            Some(Cancelled) => ErrorKind::ExportCancelled,
            _ => ErrorKind::ExportEndedUnknown,
        };
        Self::new(kind, display::ended(kind, &job)).with_job(job)
    }

    /// Creates the error of a limit of the client's that ran out.
    pub(crate) fn timed_out(after: Duration) -> Self {
        Self::new(ErrorKind::Timeout, format!("no response within {after:?}"))
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Sets Atlas's error document.
    #[must_use]
    pub fn with_api_error(mut self, api: ApiError) -> Self {
        self.0.api = Some(api);
        self
    }

    /// Sets how long the server asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Sets the export job.
    #[must_use]
    pub fn with_job(mut self, job: ExportJob) -> Self {
        self.0.job = Some(job);
        self
    }

    /// Sets the call that failed.
    #[must_use]
    pub fn with_call(mut self, call: CallContext) -> Self {
        self.0.outcome_unknown |= classify::leaves_outcome_unknown(self.0.kind, &call);
        self.0.call = Some(call);
        self
    }

    /// Sets whether a change may have been carried out although the call failed.
    #[must_use]
    pub fn with_outcome_unknown(mut self, unknown: bool) -> Self {
        self.0.outcome_unknown = unknown;
        self
    }

    /// Sets the cause.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.with_shared_source(Arc::from(source.into()))
    }

    pub(crate) fn with_shared_source(mut self, source: SharedError) -> Self {
        self.0.source = Some(source);
        self
    }

    /// Sets whether the same call may succeed later, of an error whose kind and status do not say.
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.transient = retryable;
        self
    }

    /// Returns what failed.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns what happened, without the call that it happened to.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the setting or environment variable that an [`ErrorKind::Configuration`] is about.
    #[must_use]
    pub fn setting(&self) -> Option<&'static str> {
        self.0.setting
    }

    /// Returns the call that failed; `None` when nothing was sent, because a setting or an input was refused.
    #[must_use]
    pub fn call(&self) -> Option<&CallContext> {
        self.0.call.as_ref()
    }

    /// Returns the HTTP status that the call ended with; the inner one where there was an envelope.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Returns Atlas's error document. Of any other error body, `detail` has an excerpt. Of an [`ErrorKind::Token`],
    /// `error_code` has OAuth's `error`, such as `invalid_client`.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        self.0.api.as_ref()
    }

    /// Returns the export job that did not succeed, or not in time, as it was last seen.
    #[must_use]
    pub fn job(&self) -> Option<&ExportJob> {
        self.0.job.as_ref()
    }

    /// Returns how long the server asks to wait before the next attempt (`Retry-After`, RFC 9110, section 10.2.3).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns what to do about it, for people: lower case, without a full stop. `None` where the text says it all.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        hint::hint(&self.0)
    }

    /// Returns whether there was no response in time, or the time of a wait ran out.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Timeout | ErrorKind::WaitTimedOut)
    }

    /// Returns whether no connection, or no TLS session, could be established.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Connect | ErrorKind::Tls)
    }

    /// Returns whether Atlas did not accept the key or the service account (401). It responds so too when a role or the
    /// address is missing.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.0.status == Some(StatusCode::UNAUTHORIZED)
    }

    /// Returns whether the credentials lack a right (403).
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.0.status == Some(StatusCode::FORBIDDEN)
    }

    /// Returns whether Atlas knows no such project, cluster or resource (404).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.status == Some(StatusCode::NOT_FOUND)
    }

    /// Returns whether the request conflicts with the state of the resource (409).
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.0.status == Some(StatusCode::CONFLICT)
    }

    /// Returns whether Atlas asks to slow down (429).
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.0.status == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Returns whether the same call may succeed later.
    ///
    /// True for failures of the network and timeouts, for the statuses 408, 429 and 5xx except 501 and 505, for the 405
    /// with which Atlas refuses writes during an upgrade of its own, for a token endpoint that fails in such a way, and
    /// for a body that is not of Atlas but of something in between. This is the one classification that retries, waits
    /// and tokens follow as well. Look at [`outcome_unknown`](Self::outcome_unknown) before repeating a change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        classify::is_transient(&self.0)
    }

    /// Returns whether the call was to change something and may have been carried out although it failed: its response
    /// was lost or cannot be understood. Look at the resource before repeating the call.
    #[must_use]
    pub fn outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_any_kind_can_be_created_with_all_that_it_carries() {
        let error = Error::new(ErrorKind::Token, "no access token")
            .with_status(StatusCode::BAD_GATEWAY)
            .with_retry_after(Duration::from_secs(3))
            .with_retryable(true)
            .with_source(std::io::Error::other("x"));
        assert_eq!((error.kind(), error.message()), (ErrorKind::Token, "no access token"));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
        assert!(error.is_retryable() && std::error::Error::source(&error).unwrap().is::<std::io::Error>());
    }

    #[test]
    fn predicates_follow_the_status() {
        let with = |status| Error::response(StatusCode::from_u16(status).unwrap(), ApiError::default());
        assert!(with(401).is_unauthorized() && with(403).is_forbidden() && with(404).is_not_found());
        assert!(with(409).is_conflict() && with(429).is_rate_limited() && !with(400).is_not_found());
    }
}
