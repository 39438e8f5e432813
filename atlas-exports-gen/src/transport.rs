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

impl Client {
    /// Whether the path of a request is that of its operation. A URL has no `.` and `..`, and takes `\` for `/`, so that
    /// such values of parameters would ask for another resource.
    fn is_meant(&self, request: &Request, operation: &Operation) -> bool {
        let url = request.url();
        // A base that is written as it is in a URL need not be parsed for each request.
        if let Some(below) = url.as_str().strip_prefix(self.baseurl()) {
            return operation.fits(below.split(['?', '#']).next().unwrap_or_default());
        }
        let Ok(base) = reqwest::Url::parse(self.baseurl()) else { return true };
        let below = url.path().strip_prefix(base.path().trim_end_matches('/'));
        below.is_some_and(|below| operation.fits(below))
    }
}

impl ClientHooks<std::sync::Arc<dyn Transport>> for Client {
    async fn pre<E>(&self, request: &mut Request, info: &OperationInfo) -> Result<(), Error<E>> {
        match Operation::by_name(info.operation_id) {
            Some(operation) if !self.is_meant(request, operation) => Err(Error::InvalidRequest(format!(
                "a parameter in the path `{}` is empty, `.`, `..` or has a backslash, and would lead elsewhere: nothing \
                 was sent",
                operation.path
            ))),
            _ => Ok(()),
        }
    }

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

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::models::ClusterName;

    /// Counts what it is given.
    #[derive(Debug, Default)]
    struct Count(AtomicUsize);

    impl Transport for Count {
        fn send<'a>(&'a self, _: &'static Operation, _: Request) -> SendFuture<'a> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { Ok(http::Response::new(r#"{"results": []}"#).into()) })
        }
    }

    /// Runs a future that never waits.
    fn now<T>(future: impl Future<Output = T>) -> T {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::pin::pin!(future).poll(&mut context) {
            std::task::Poll::Ready(value) => value,
            std::task::Poll::Pending => panic!("it waits"),
        }
    }

    #[test]
    fn a_value_that_would_lead_elsewhere_is_never_sent() {
        let plain = ["http://localhost/api/atlas/v1.0", "http://localhost", "http://localhost/a/"];
        for base in plain.into_iter().chain(["http://localhost/a/../b", "HTTP://LocalHost:80/a"]) {
            for (name, sent) in
                [("a b", 1), ("a..b", 1), ("%2e%2e", 1), ("a/b", 1), (".", 0), ("..", 0), ("", 0), ("a\\b", 0)]
            {
                let transport = Arc::new(Count::default());
                let client = Client::new_with_client(base, reqwest::Client::new(), transport.clone());
                let cluster: ClusterName = serde_json::from_value(name.into()).unwrap();
                let call = client.list_export_jobs().group_id("5f3c5a1e8e4b2a0012345678").cluster_name(cluster).send();
                let answer = now(call);
                assert_eq!(transport.0.load(Ordering::Relaxed), sent, "{name} below {base}");
                match answer {
                    Ok(_) => assert_eq!(sent, 1),
                    Err(Error::InvalidRequest(why)) => assert!(sent == 0 && why.contains("nothing was sent"), "{why}"),
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
    }
}
