//! The one seam: every request of the generated client goes through a [`Transport`].

use std::{fmt, future::Future, pin::Pin};

use progenitor_client::{ClientHooks, OperationInfo};
use reqwest::{Request, Response, StatusCode, header::HeaderName};

use crate::{Client, ClientInfo, Error, Operation};

/// Header that the generator adds of its own, and Atlas does not know.
static API_VERSION: HeaderName = HeaderName::from_static("api-version");

/// Any error that can cross threads.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What [`Transport::send`] returns.
pub type SendFuture<'a> = Pin<Box<dyn Future<Output = Result<Response, BoxError>> + Send + 'a>>;

/// Carries the requests of a client: to the network, or to whatever stands in for it.
///
/// ```
/// use atlas_exports_gen::{Operation, SendFuture, Transport, http, reqwest};
///
/// /// Answers every request with one document.
/// #[derive(Debug)]
/// struct Replay(&'static str);
///
/// impl Transport for Replay {
///     fn send<'a>(&'a self, _: &'static Operation, _: reqwest::Request) -> SendFuture<'a> {
///         Box::pin(async move { Ok(http::Response::new(self.0).into()) })
///     }
/// }
/// ```
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends one request of `operation` and gives the answer, whatever its status.
    ///
    /// Dropping the future abandons the request.
    ///
    /// # Errors
    ///
    /// When there is no answer. A [`reqwest::Error`] comes out of the generated client as a communication error, any
    /// other as [`Error::Custom`] with its text.
    fn send<'a>(&'a self, operation: &'static Operation, request: Request) -> SendFuture<'a>;
}

/// A failure that is not reqwest's, on its way through [`ClientHooks::exec`], which can return reqwest's alone.
#[derive(Clone)]
struct Failure(String);

impl Failure {
    fn response(error: &BoxError) -> Response {
        let mut response = http::Response::new("");
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response.extensions_mut().insert(Self(error.to_string()));
        response.into()
    }
}

impl ClientHooks<std::sync::Arc<dyn Transport>> for Client {
    async fn exec(&self, mut request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        request.headers_mut().remove(&API_VERSION);
        let sent = match Operation::by_name(info.operation_id) {
            Some(operation) => self.inner().send(operation, request).await,
            None => Err(format!("the contract has no operation `{}`", info.operation_id).into()),
        };
        sent.or_else(|error| match error.downcast::<reqwest::Error>() {
            Ok(error) => Err(*error),
            Err(error) => Ok(Failure::response(&error)),
        })
    }

    async fn post<E>(&self, result: &reqwest::Result<Response>, _: &OperationInfo) -> Result<(), Error<E>> {
        match result.as_ref().ok().and_then(|response| response.extensions().get::<Failure>()) {
            Some(Failure(text)) => Err(Error::Custom(text.clone())),
            None => Ok(()),
        }
    }
}
