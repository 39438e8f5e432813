//! Everything that can go wrong, sorted by what a person can do about it.

mod context;
mod convert;
mod display;
mod hint;

use std::{sync::Arc, time::Duration};

use atlas_exports_gen::types::{ApiError, ExportJob};
use reqwest::StatusCode;

pub use self::context::{CallContext, CredentialKind};
use crate::transport::{Source, UPGRADING, may_pass};

/// A cause that may be shared by several calls which waited for the same exchange.
pub type SharedSource = Source;

/// Why a call, or the making of a client, failed.
///
/// The text of an error names the call, the project, the cluster and the resource, what happened, and what to do next.
/// It never holds a key. [`std::error::Error::source`] leads to the cause.
///
/// ```
/// # use atlas_exports::{Error, ExportJob};
/// # fn look(asked: Result<ExportJob, Error>) {
/// match asked {
///     Ok(job) => println!("{:?}", job.state),
///     Err(error) if error.is_not_found() => println!("no such job"),
///     Err(error) if error.is_retryable() => println!("try again later: {error}"),
///     Err(error) => println!("{error}"),
/// }
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Error {
    /// No client can be made of these settings.
    #[non_exhaustive]
    Configuration {
        /// The setting or environment variable.
        setting: &'static str,
        /// What is wrong with it.
        problem: String,
        /// The cause, where there is one.
        source: Option<SharedSource>,
    },
    /// An argument breaks a rule, so nothing was sent.
    #[non_exhaustive]
    InvalidInput {
        /// What was given, and the rule that it broke.
        problem: String,
        /// The cause, where there is one.
        source: Option<SharedSource>,
    },
    /// Atlas answered with an error status.
    #[non_exhaustive]
    Api {
        /// The call.
        call: Box<CallContext>,
        /// The status; that inside the envelope where there was one.
        status: StatusCode,
        /// Atlas's error document. Of any other body, `detail` has an excerpt.
        api: Box<ApiError>,
        /// How long Atlas asks to wait, from `Retry-After` (RFC 9110, section 10.2.3).
        retry_after: Option<Duration>,
    },
    /// The server's 401 brought no Digest challenge that can be answered. No key was sent.
    #[non_exhaustive]
    Challenge {
        /// The call.
        call: Box<CallContext>,
        /// What is wrong with the challenge.
        problem: String,
    },
    /// The server pointed elsewhere. That is not followed, because an answer to a challenge signs the path.
    #[non_exhaustive]
    Redirect {
        /// The call.
        call: Box<CallContext>,
        /// The 3xx status.
        status: StatusCode,
        /// Where it points.
        location: Option<String>,
    },
    /// No connection could be made.
    #[non_exhaustive]
    Connect {
        /// The call.
        call: Box<CallContext>,
        /// The cause.
        source: SharedSource,
    },
    /// No TLS session could be made, most often because a certificate is not trusted.
    #[non_exhaustive]
    Tls {
        /// The call.
        call: Box<CallContext>,
        /// The cause.
        source: SharedSource,
    },
    /// No answer came in time.
    #[non_exhaustive]
    Timeout {
        /// The call.
        call: Box<CallContext>,
        /// The limit, where it is one of the client's.
        after: Option<Duration>,
        /// The cause, where there is one.
        source: Option<SharedSource>,
    },
    /// The connection broke before the whole answer was there.
    #[non_exhaustive]
    Network {
        /// The call.
        call: Box<CallContext>,
        /// The cause.
        source: SharedSource,
    },
    /// An answer is not of the form that the contract tells.
    #[non_exhaustive]
    Decode {
        /// The call.
        call: Box<CallContext>,
        /// Path of the member that does not fit, such as `components[0].exportId`.
        path: String,
        /// The beginning of the answer.
        excerpt: String,
        /// The cause.
        source: Arc<serde_json::Error>,
    },
    /// A status, not of an error, that the contract does not tell of.
    #[non_exhaustive]
    UnexpectedStatus {
        /// The call.
        call: Box<CallContext>,
        /// The status.
        status: StatusCode,
    },
    /// The transport that the client was given in place of the network failed.
    #[non_exhaustive]
    Transport {
        /// The call.
        call: Box<CallContext>,
        /// The cause.
        source: SharedSource,
    },
    /// The pages of a list do not come to an end: one repeats, or too many are empty.
    #[non_exhaustive]
    Paging {
        /// The call for the page.
        call: Box<CallContext>,
        /// The page, counted from 1.
        page: u32,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The export job failed. Asking for it did not: the job is here, with its reason ([`ExportJob::failure`]).
    #[non_exhaustive]
    ExportFailed {
        /// What was waited for.
        call: Box<CallContext>,
        /// The job.
        job: Box<ExportJob>,
    },
    /// The export job was cancelled.
    #[non_exhaustive]
    ExportCancelled {
        /// What was waited for.
        call: Box<CallContext>,
        /// The job.
        job: Box<ExportJob>,
    },
    /// The export job has a `finishedAt` and a state that this crate does not know, so whether it succeeded is open.
    #[non_exhaustive]
    ExportEnded {
        /// What was waited for.
        call: Box<CallContext>,
        /// The job.
        job: Box<ExportJob>,
    },
    /// The time that a wait was given is over. The job goes on without it.
    #[non_exhaustive]
    WaitTimedOut {
        /// What was waited for.
        call: Box<CallContext>,
        /// The job as it was last seen; `None` when it never was.
        job: Option<Box<ExportJob>>,
        /// How long the wait lasted.
        waited: Duration,
        /// Why asking failed last, when it had not worked again since.
        source: Option<Arc<Error>>,
    },
    /// The answer to the request that creates a job was lost, and whether there is a job now cannot be told.
    #[non_exhaustive]
    CreateUnknown {
        /// The call that creates the job.
        call: Box<CallContext>,
        /// How the answer was lost.
        source: Arc<Error>,
        /// Why looking for the job failed; `None` when the list was read and has no such job.
        looking: Option<Arc<Error>>,
    },
    /// The service account has no access token, so the call itself was not sent; or its token could not be revoked.
    #[non_exhaustive]
    Token {
        /// The call.
        call: Box<CallContext>,
        /// What the token endpoint answered, and what to do about it. It holds no secret.
        problem: String,
        /// The status of the token endpoint's answer.
        status: Option<StatusCode>,
        /// OAuth's `error`, such as `invalid_client`, or Atlas's `errorCode`.
        code: Option<String>,
        /// How long the token endpoint asks to wait.
        retry_after: Option<Duration>,
        /// Whether this is likely to pass.
        transient: bool,
        /// The cause, where there is one.
        source: Option<SharedSource>,
    },
    /// The [`Authenticator`](crate::Authenticator) that the client was given failed, so nothing was sent.
    #[non_exhaustive]
    Authenticator {
        /// The call.
        call: Box<CallContext>,
        /// The cause.
        source: SharedSource,
    },
}

impl Error {
    pub(crate) fn configuration(setting: &'static str, problem: impl Into<String>) -> Self {
        Self::Configuration { setting, problem: problem.into(), source: None }
    }

    pub(crate) fn invalid_input(problem: impl Into<String>) -> Self {
        Self::InvalidInput { problem: problem.into(), source: None }
    }

    /// Name of the variant, for traces.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Configuration { .. } => "configuration",
            Self::InvalidInput { .. } => "invalid_input",
            Self::Api { .. } => "api",
            Self::Challenge { .. } => "challenge",
            Self::Redirect { .. } => "redirect",
            Self::Connect { .. } => "connect",
            Self::Tls { .. } => "tls",
            Self::Timeout { .. } => "timeout",
            Self::Network { .. } => "network",
            Self::Decode { .. } => "decode",
            Self::UnexpectedStatus { .. } => "unexpected_status",
            Self::Transport { .. } => "transport",
            Self::Paging { .. } => "paging",
            Self::ExportFailed { .. } => "export_failed",
            Self::ExportCancelled { .. } => "export_cancelled",
            Self::ExportEnded { .. } => "export_ended",
            Self::WaitTimedOut { .. } => "wait_timed_out",
            Self::CreateUnknown { .. } => "create_unknown",
            Self::Token { .. } => "token",
            Self::Authenticator { .. } => "authenticator",
        }
    }

    /// The HTTP status that the call ended with.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Api { status, .. } | Self::Redirect { status, .. } | Self::UnexpectedStatus { status, .. } => {
                Some(*status)
            }
            Self::Challenge { .. } => Some(StatusCode::UNAUTHORIZED),
            Self::Token { status, .. } => *status,
            _ => None,
        }
    }

    /// Atlas's error document.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api { api, .. } => Some(api),
            _ => None,
        }
    }

    /// What was asked of Atlas. `None` when nothing was asked, because a setting or an input was refused.
    #[must_use]
    pub fn call(&self) -> Option<&CallContext> {
        match self {
            Self::Configuration { .. } | Self::InvalidInput { .. } => None,
            Self::Api { call, .. }
            | Self::Challenge { call, .. }
            | Self::Redirect { call, .. }
            | Self::Connect { call, .. }
            | Self::Tls { call, .. }
            | Self::Timeout { call, .. }
            | Self::Network { call, .. }
            | Self::Decode { call, .. }
            | Self::UnexpectedStatus { call, .. }
            | Self::Transport { call, .. }
            | Self::Paging { call, .. }
            | Self::ExportFailed { call, .. }
            | Self::ExportCancelled { call, .. }
            | Self::ExportEnded { call, .. }
            | Self::WaitTimedOut { call, .. }
            | Self::CreateUnknown { call, .. }
            | Self::Token { call, .. }
            | Self::Authenticator { call, .. } => Some(call),
        }
    }

    /// The export job that did not succeed, or not in time, as it was last seen.
    #[must_use]
    pub fn job(&self) -> Option<&ExportJob> {
        match self {
            Self::ExportFailed { job, .. } | Self::ExportCancelled { job, .. } | Self::ExportEnded { job, .. } => {
                Some(job)
            }
            Self::WaitTimedOut { job, .. } => job.as_deref(),
            _ => None,
        }
    }

    /// How long Atlas asks to wait before the next try.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Api { retry_after, .. } | Self::Token { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether Atlas knows no such project, cluster or resource (404).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// Whether Atlas did not accept the key or the service account (401). It answers so too when a role or the address
    /// is missing.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// Whether Atlas asks to slow down (429).
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Whether the same call may succeed later: the network's failures, the statuses 408, 429, 500, 502, 503, 504, and the
    /// 405 with which Atlas refuses writes during an upgrade of its own.
    ///
    /// A request that changes something may have been carried out although its answer was lost.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Timeout { .. } | Self::Network { .. } => true,
            Self::Token { transient, .. } => *transient,
            Self::Api { status, api, .. } => match status.as_u16() {
                405 => api.error_code.as_deref() == Some(UPGRADING),
                _ => may_pass(*status),
            },
            _ => false,
        }
    }
}
