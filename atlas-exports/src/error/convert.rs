//! What becomes an error, and what an error becomes again.

use std::sync::Arc;

use atlas_exports_gen::{InvalidId, types::ApiError};

use super::{CallContext, Error};
use crate::{
    service_account::TokenFailure,
    transport::{Failure, excerpt, version_noted_on},
};

impl From<InvalidId> for Error {
    fn from(invalid: InvalidId) -> Self {
        Self::InvalidInput { problem: invalid.to_string(), source: Some(Arc::new(invalid)) }
    }
}

/// Errors of the generated client, as `client.api()` gives them. They do not tell which call it was.
impl From<atlas_exports_gen::Error<ApiError>> for Error {
    fn from(error: atlas_exports_gen::Error<ApiError>) -> Self {
        Self::of_generated(error, CallContext::default())
    }
}

impl Error {
    pub(crate) fn of_failure(call: CallContext, failure: Failure) -> Self {
        let call = Box::new(call);
        match failure {
            Failure::Connect(source) => Self::Connect { call, source },
            Failure::Tls(source) => Self::Tls { call, source },
            Failure::Timeout { after, source } => Self::Timeout { call, after, source },
            Failure::Network(source) => Self::Network { call, source },
            Failure::Challenge(problem) => Self::Challenge { call, problem },
            Failure::Redirect { status, location } => Self::Redirect { call, status, location },
            Failure::Transport(source) => Self::Transport { call, source },
            Failure::Refused(problem) => Self::InvalidInput { problem, source: None },
            Failure::Token(failure) => {
                let TokenFailure { problem, status, code, retry_after, is_transient, source } = *failure;
                Self::Token { call, problem, status, code, retry_after, transient: is_transient, source }
            }
            Failure::Authenticator(source) => Self::Authenticator { call, source },
        }
    }

    /// The reverse of [`Self::of_failure`], for a client whose transport leads through another one.
    pub(crate) fn into_failure(self) -> Failure {
        match self {
            Self::Connect { source, .. } => Failure::Connect(source),
            Self::Tls { source, .. } => Failure::Tls(source),
            Self::Timeout { after, source, .. } => Failure::Timeout { after, source },
            Self::Network { source, .. } => Failure::Network(source),
            Self::Challenge { problem, .. } => Failure::Challenge(problem),
            Self::Redirect { status, location, .. } => Failure::Redirect { status, location },
            Self::Transport { source, .. } => Failure::Transport(source),
            Self::Token { problem, status, code, retry_after, transient, source, .. } => {
                let is_transient = transient;
                Failure::Token(Box::new(TokenFailure { problem, status, code, retry_after, is_transient, source }))
            }
            Self::Authenticator { source, .. } => Failure::Authenticator(source),
            other => Failure::Transport(Arc::new(other)),
        }
    }

    pub(crate) fn of_generated(error: atlas_exports_gen::Error<ApiError>, mut call: CallContext) -> Self {
        use atlas_exports_gen::Error as Generated;
        if let Generated::ErrorResponse(answer) = &error
            && call.resource_version.is_none()
        {
            call.resource_version = version_noted_on(answer.headers());
        }
        match error {
            Generated::ErrorResponse(answer) => Self::Api {
                status: answer.status(),
                retry_after: crate::retry_after::wait(answer.headers()),
                call: Box::new(call),
                api: Box::new(answer.into_inner()),
            },
            Generated::InvalidResponsePayload(body, source) => Self::Decode {
                call: Box::new(call),
                path: String::new(),
                excerpt: excerpt(&body),
                source: Arc::new(source),
            },
            Generated::InvalidRequest(problem) => Self::InvalidInput { problem, source: None },
            Generated::UnexpectedResponse(answer) => {
                Self::UnexpectedStatus { call: Box::new(call), status: answer.status() }
            }
            Generated::CommunicationError(error)
            | Generated::ResponseBodyError(error)
            | Generated::InvalidUpgrade(error) => Self::of_failure(call, Failure::network(error)),
            Generated::Custom(text) => Self::Transport {
                call: Box::new(call),
                source: Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(text)),
            },
        }
    }
}
