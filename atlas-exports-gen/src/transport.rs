//! The one seam: every request of the generated client goes through a [`Transport`].

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use progenitor_client::{ClientHooks, OperationInfo};
use reqwest::{Request, Response, ResponseBuilderExt, Url, header::HeaderName};

use crate::{Client, ClientInfo, Error, Operation};

/// Header that the generator adds of its own, and Atlas does not know.
static API_VERSION: HeaderName = HeaderName::from_static("api-version");

/// Any error that can cross threads.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An error that several errors have as their source.
pub type SharedError = Arc<dyn std::error::Error + Send + Sync>;

/// What [`Transport::send`] returns.
pub type SendFuture<'a> = Pin<Box<dyn Future<Output = Result<Response, BoxError>> + Send + 'a>>;

/// Sends the requests of a client: over the network, or to whatever stands in for it.
///
/// ```
/// use atlas_exports_gen::{Operation, SendFuture, Transport, http, reqwest};
///
/// /// Responds to every request with one document.
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
    /// Sends one request of `operation` and returns the response, whatever its status.
    ///
    /// Dropping the future abandons the request.
    ///
    /// # Errors
    ///
    /// When there is no response. [`transport_error`] takes the error out of the generated client's own.
    fn send<'a>(&'a self, operation: &'static Operation, request: Request) -> SendFuture<'a>;
}

/// Status of the response that stands for an error of the transport. No server sends it, and no response of a contract
/// matches it, so that the generated client returns it as [`Error::UnexpectedResponse`], with its extensions.
const TRANSPORT_ERROR: u16 = 999;

/// An error of the transport on its way through [`ClientHooks::exec`], which can return reqwest's errors alone.
#[derive(Clone)]
struct TransportError(SharedError);

impl TransportError {
    fn into_response(self, url: Url) -> Response {
        // Without a URL, reqwest would parse one.
        let response = http::Response::builder().status(TRANSPORT_ERROR).url(url).extension(self).body("");
        response.unwrap_or_default().into()
    }
}

/// Returns the error of the [`Transport`] that a generated method failed with; `None` when it failed otherwise.
#[must_use]
pub fn transport_error<E>(error: &Error<E>) -> Option<&SharedError> {
    match error {
        Error::UnexpectedResponse(response) => response.extensions().get::<TransportError>().map(|error| &error.0),
        _ => None,
    }
}

impl Client {
    /// Returns whether the path of a request is that of its operation. A URL has no `.` and `..`, and takes `\` for `/`,
    /// so that such values of parameters would ask for another resource.
    fn targets_operation(&self, request: &Request, operation: &Operation) -> bool {
        let url = request.url();
        // A base that is written as it is in a URL need not be parsed for each request.
        if let Some(below) = url.as_str().strip_prefix(self.baseurl()) {
            return operation.matches_path(below.split(['?', '#']).next().unwrap_or_default());
        }
        let Ok(base) = Url::parse(self.baseurl()) else { return true };
        let below = url.path().strip_prefix(base.path().trim_end_matches('/'));
        below.is_some_and(|below| operation.matches_path(below))
    }
}

impl ClientHooks<Arc<dyn Transport>> for Client {
    async fn pre<E>(&self, request: &mut Request, info: &OperationInfo) -> Result<(), Error<E>> {
        match Operation::by_name(info.operation_id) {
            Some(operation) if !self.targets_operation(request, operation) => Err(Error::InvalidRequest(format!(
                "a parameter in the path `{}` is empty, `.`, `..` or has a backslash, so the request would target \
                 another resource",
                operation.path
            ))),
            _ => Ok(()),
        }
    }

    async fn exec(&self, mut request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        request.headers_mut().remove(&API_VERSION);
        let url = request.url().clone();
        let sent = match Operation::by_name(info.operation_id) {
            Some(operation) => self.inner().send(operation, request).await,
            None => Err(format!("the contract has no operation `{}`", info.operation_id).into()),
        };
        sent.or_else(|error| match error.downcast::<reqwest::Error>() {
            Ok(error) => Err(*error),
            Err(error) => Ok(TransportError(error.into()).into_response(url)),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

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

    /// Fails with an error of its own.
    #[derive(Debug)]
    struct Fail;

    impl Transport for Fail {
        fn send<'a>(&'a self, _: &'static Operation, _: Request) -> SendFuture<'a> {
            Box::pin(async { Err(std::io::Error::other("no cable").into()) })
        }
    }

    #[test]
    fn an_error_of_the_transport_comes_out_of_the_generated_client_as_it_is() {
        let client = Client::new_with_client("http://localhost", reqwest::Client::new(), Arc::new(Fail));
        let id = "5f3c5a1e8e4b2a0012345678";
        let error = now(client.list_export_jobs().group_id(id).cluster_name("C").send()).unwrap_err();
        assert_eq!(transport_error(&error).unwrap().downcast_ref::<std::io::Error>().unwrap().to_string(), "no cable");
    }

    #[test]
    fn a_refused_value_is_told_with_the_rule_that_it_breaks() {
        let client = Client::new_with_client("http://localhost", reqwest::Client::new(), Arc::new(Fail));
        let list = || client.list_export_jobs().group_id("5f3c5a1e8e4b2a0012345678").cluster_name("C");
        for (call, told) in [
            (list().group_id("5f3c"), "group_id: \"5f3c\" is not a valid ProjectId: it must be exactly 24 hex"),
            (list().cluster_name("-"), "cluster_name: \"-\" is not a valid ClusterName"),
            (list().items_per_page(501_u32), "items_per_page: must be between 1 and 500, got 501"),
            (list().page_num(0), "page_num: must be at least 1, got 0"),
            (list().page_num(-1), "page_num: must be at least 1, got -1"),
        ] {
            let error = now(call.send()).unwrap_err();
            assert!(matches!(&error, Error::InvalidRequest(why) if why.starts_with(told)), "{error:?}");
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
                    Err(Error::InvalidRequest(why)) => assert!(sent == 0 && why.contains("another resource"), "{why}"),
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
    }
}
