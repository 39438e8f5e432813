//! One call: prepare the request, authenticate, send, read the response, decide whether to try again.

use std::{sync::Arc, time::Duration};

use atlas_exports_gen::{Operation, SendFuture, Transport};
use bytes::Bytes;
use reqwest::{Client, Method, Request, StatusCode};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use tracing::Instrument;

use crate::{
    CallContext, CredentialKind, Error, ExchangeKind, Observer, RetryPolicy,
    auth::{AttachedCredentials, Authentication, Refusal, RequestContext},
    http::{
        Backoff, CallTrace, Deprecations, ENVELOPE, Form, MAX_RESENDS, RateLimits, RawResponse, RequestVersion,
        ResourceVersion, RetryDecision, Unprocessed, decide, is_envelope_requested,
    },
};

/// What sends a request.
#[derive(Debug)]
pub(crate) enum Backend {
    /// The network, with authentication.
    Http { client: Client, authentication: Authentication },
    /// What the user put in its place.
    Custom(Arc<dyn Transport>),
}

/// Bounds of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Of the whole call.
    pub(crate) call: Duration,
    /// Of one attempt.
    pub(crate) attempt: Duration,
    /// Of the number of attempts.
    pub(crate) retry: RetryPolicy,
}

impl Limits {
    /// Returns the time that an attempt has which begins now, and the limit that it comes from.
    fn of_attempt(&self, elapsed: Duration) -> (Duration, Duration) {
        let left = self.call.saturating_sub(elapsed);
        if self.attempt < left { (self.attempt, self.attempt) } else { (left, self.call) }
    }
}

/// What all calls of a client, whatever their limits, have in common.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) backend: Backend,
    pub(crate) version: RequestVersion,
    pub(crate) envelope: bool,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) rate_limits: RateLimits,
    pub(crate) deprecations: Deprecations,
}

/// Everything between a request and its response. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    pub(crate) connection: Arc<Connection>,
    pub(crate) limits: Limits,
}

/// A successful response, and the call that it belongs to.
#[derive(Debug)]
pub(crate) struct Completed {
    pub(crate) response: RawResponse,
    call: Call,
}

/// What a request is of.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The operation; `None` for a request that the contract does not have.
    pub(crate) operation: Option<&'static Operation>,
    /// The resource version to ask for, in place of the one of the client or of the contract.
    pub(crate) resource_version: Option<ResourceVersion>,
}

impl Target {
    pub(crate) fn of(operation: &'static Operation) -> Self {
        Self { operation: Some(operation), resource_version: None }
    }
}

/// What is known of a call. Its context is for errors alone, and not created before there is one.
#[derive(Debug)]
struct Call {
    operation: Option<&'static Operation>,
    resource_version: Option<String>,
    method: Method,
    path: String,
    trace: CallTrace,
}

impl Pipeline {
    /// Makes one call: all its attempts, within its limits.
    ///
    /// Dropping the future abandons the call.
    ///
    /// # Errors
    ///
    /// Unless there is a successful response, with the call that failed.
    pub(crate) async fn execute(&self, target: &Target, mut request: Request) -> Result<Completed, Error> {
        let resource_version = self.prepare(target, &mut request)?;
        let call = Call {
            operation: target.operation,
            resource_version,
            method: request.method().clone(),
            path: request.url().path().to_owned(),
            trace: CallTrace::start(target.operation, &request, self.connection.observer.clone()),
        };
        let span = call.trace.span().clone();
        // Boxed, since every future around it would be as large, and is moved several times.
        let outcome = Box::pin(self.attempts(&call, request)).instrument(span).await;
        let outcome = outcome.map_err(|error| error.with_call(self.context(&call)));
        call.trace.end(&call.method, outcome.as_ref());
        Ok(Completed { response: outcome?, call })
    }

    /// Decodes the result of a call.
    pub(crate) fn decode<T: DeserializeOwned>(&self, completed: &Completed) -> Result<T, Error> {
        completed.response.decode().map_err(|error| error.with_call(self.context(&completed.call)))
    }

    /// Returns the context of a call that was completed, for an error that its response leads to.
    pub(crate) fn context_of(&self, completed: &Completed) -> CallContext {
        self.context(&completed.call)
    }

    fn context(&self, call: &Call) -> CallContext {
        let mut context = match call.operation {
            Some(operation) => CallContext::new(operation, &call.path),
            None => CallContext::unlisted(&call.method, &call.path),
        };
        context.resource_version.clone_from(&call.resource_version);
        context.exchanges = call.trace.exchanges();
        context.elapsed = call.trace.elapsed();
        context.attempts = call.trace.attempts();
        context.outcome_unknown = call.trace.outcome_unknown() && context.is_change();
        // Now, because it may have been replaced meanwhile.
        (context.credential_kind, context.credential) = self.credential();
        context
    }

    /// Adds to a request what the settings of the client ask for, and returns the resource version.
    fn prepare(&self, target: &Target, request: &mut Request) -> Result<Option<String>, Error> {
        // Bytes come in no envelope.
        let is_stream = target.operation.is_some_and(Operation::is_stream);
        if self.connection.envelope && !is_stream && !request.url().query_pairs().any(|(name, _)| name == ENVELOPE) {
            request.url_mut().query_pairs_mut().append_pair(ENVELOPE, "true");
        }
        self.connection.version.apply(target.operation, target.resource_version.as_ref(), request)
    }

    async fn attempts(&self, call: &Call, mut request: Request) -> Result<RawResponse, Error> {
        let trace = &call.trace;
        let (mut reauthenticated, mut resent) = (false, 0);
        loop {
            // A request with a body that cannot be sent again has one attempt.
            let again = request.try_clone();
            // Getting a token for many calls has the time of the call.
            let (credentials, sent, outcome) = match self.authenticate(&mut request, trace).await {
                Ok(credentials) => {
                    let before = trace.exchanges();
                    let attempt = self.attempt(call, request, again.as_ref(), &credentials);
                    // One timer for both limits: it is a good part of what a call costs.
                    let (limit, source) = self.limits.of_attempt(trace.elapsed());
                    let outcome = timeout(limit, attempt).await.unwrap_or_else(|_| Err(Error::timed_out(source)));
                    (Some(credentials), trace.exchanges() > before, outcome)
                }
                Err(error) => (None, false, Err(error)),
            };
            if let Err(error) = &outcome {
                trace.fail_exchange(error);
            }
            if let Err(error) = &outcome
                && resent < MAX_RESENDS
                && let Some(unprocessed) = Unprocessed::of(error)
                && unprocessed.can_resend(&call.method)
                && let Some(next) = again
            {
                if unprocessed.is_ambiguous() {
                    trace.mark_outcome_unknown();
                }
                resent += 1;
                request = next;
                continue;
            }
            let error = match outcome {
                Ok(response) if response.status.is_success() => return Ok(response),
                Ok(response) => {
                    if response.status == StatusCode::UNAUTHORIZED
                        && let (Some(credentials), Some(next)) = (&credentials, &again)
                        && let refusal = (&response, reauthenticated)
                        && Box::pin(self.should_reauthenticate(call, credentials, next, refusal)).await
                        && let Some(next) = again
                    {
                        reauthenticated = true;
                        request = next;
                        continue;
                    }
                    response.error()
                }
                Err(error) => error,
            };
            let made = trace.record_attempt(sent, &error);
            let Some(RetryDecision { retry_after, unsent }) = decide(&call.method, sent, &error) else {
                return Err(error);
            };
            let pause = Backoff::RETRY.pause_or(made, retry_after, fastrand::f64());
            let next_at = trace.elapsed().saturating_add(pause);
            // What waits for a token made no attempt yet.
            let within_policy = if unsent { Duration::ZERO } else { next_at };
            match again {
                // A pause that the call's time does not allow would turn what is known into a timeout.
                Some(next) if self.limits.retry.allows(made, within_policy) && next_at < self.limits.call => {
                    tracing::debug!(made, ?pause, %error, "the attempt failed and is repeated");
                    tokio::time::sleep(pause).await;
                    request = next;
                }
                _ => return Err(error),
            }
        }
    }

    async fn attempt(
        &self,
        call: &Call,
        request: Request,
        again: Option<&Request>,
        credentials: &AttachedCredentials,
    ) -> Result<RawResponse, Error> {
        let form = match call.operation {
            Some(operation) if operation.is_stream() => Form::Stream,
            _ if is_envelope_requested(request.url()) => Form::Enveloped,
            _ => Form::Plain,
        };
        let response = match (&self.connection.backend, call.operation) {
            (Backend::Http { client, .. }, _) => credentials.send(client, request, again, &call.trace).await?,
            (Backend::Custom(transport), operation) => {
                call.trace.begin_exchange(ExchangeKind::Api, &request);
                let operation = operation.unwrap_or(Operation::UNLISTED);
                transport.send(operation, request).await.map_err(Error::transport)?
            }
        };
        call.trace.end_exchange((&response).into());
        let connection = &self.connection;
        connection.rate_limits.record(response.headers(), || project(call));
        if let Some(operation) = call.operation {
            connection.deprecations.record(operation, call.resource_version.as_deref(), response.headers());
        }
        RawResponse::read(response, form).await
    }

    async fn authenticate(&self, request: &mut Request, trace: &CallTrace) -> Result<AttachedCredentials, Error> {
        match &self.connection.backend {
            Backend::Http { client, authentication } => {
                let context = self.request_context(client, trace);
                authentication.authenticate(request, &context).await
            }
            Backend::Custom(_) => Ok(AttachedCredentials::Nothing),
        }
    }

    fn request_context<'a>(&self, client: &'a Client, trace: &'a CallTrace) -> RequestContext<'a> {
        RequestContext { client, trace, timeout: self.limits.call, attempt_timeout: self.limits.attempt }
    }

    /// Decides whether a 401 is worth another attempt with other credentials, within the time of the call.
    async fn should_reauthenticate(
        &self,
        call: &Call,
        credentials: &AttachedCredentials,
        request: &Request,
        (response, reauthenticated): (&RawResponse, bool),
    ) -> bool {
        let Backend::Http { authentication, .. } = &self.connection.backend else { return false };
        let refusal = Refusal {
            operation: call.operation,
            path: request.url().path(),
            headers: &response.headers,
            reauthenticated,
        };
        let left = self.limits.call.saturating_sub(call.trace.elapsed());
        timeout(left, authentication.should_reauthenticate(credentials, refusal)).await.unwrap_or(false)
    }

    /// Revokes the token of the service account.
    pub(crate) async fn revoke_token(&self) -> Result<(), Error> {
        let Backend::Http { client, authentication: Authentication::ServiceAccount(account) } =
            &self.connection.backend
        else {
            return Err(Error::invalid_input("the client has no service account, so there is no token to revoke"));
        };
        let span = tracing::info_span!("atlas token revocation", otel.kind = "client");
        let trace = CallTrace::new(span, self.connection.observer.clone());
        let context = self.request_context(client, &trace);
        account.revoke(&context).await.map_err(|error| {
            let mut call = CallContext::default();
            (call.exchanges, call.elapsed) = (trace.exchanges(), trace.elapsed());
            (call.credential_kind, call.credential) = self.credential();
            error.with_call(call)
        })
    }

    /// Returns what the client authenticates with, and the end of its name, which tells people which one it is.
    fn credential(&self) -> (Option<CredentialKind>, Option<String>) {
        match &self.connection.backend {
            Backend::Http { authentication, .. } => {
                let (kind, end) = authentication.credential();
                (Some(kind), end)
            }
            Backend::Custom(_) => (None, None),
        }
    }
}

/// Returns the project that a call is about.
fn project(call: &Call) -> Option<&str> {
    call.path.split('/').skip_while(|segment| *segment != "groups").nth(1)
}

impl Transport for Pipeline {
    fn send<'a>(&'a self, operation: &'static Operation, request: Request) -> SendFuture<'a> {
        Box::pin(async move {
            let mut completed = self.execute(&Target::of(operation), request).await?;
            // What responds to an operation without a result is not looked at, and a result comes with any 2xx.
            let documented = StatusCode::from_u16(operation.success).unwrap_or(StatusCode::OK);
            let RawResponse { body, stream, .. } = &mut completed.response;
            let is_empty = body.is_empty() && stream.is_none() && documented != StatusCode::NO_CONTENT;
            if is_empty && operation.may_be_empty {
                *body = Bytes::from_static(b"null");
            } else if is_empty {
                let error = completed.response.missing_document();
                return Err(error.with_call(self.context_of(&completed)).into());
            }
            Ok(completed.response.into_reqwest(documented))
        })
    }
}
