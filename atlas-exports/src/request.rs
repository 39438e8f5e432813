//! Calls of any operation: of the contract, with the generated client, and of what no contract has.

use std::{
    fmt,
    future::Future,
    sync::{Mutex, PoisonError},
};

use atlas_exports_gen::{BoxError, ListOperation, Operation, ResponseValue, SendFuture, Transport, types::ApiError};
use futures_util::FutureExt;
use reqwest::{Method, Url, header::CONTENT_TYPE, header::HeaderValue};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Client, Error, List,
    http::ResourceVersion,
    pipeline::{Completed, Target},
};

/// Takes a request from the generated client instead of sending it.
#[derive(Debug)]
pub(crate) struct Capture;

/// A request of the generated client, as the error by which [`Capture`] returns it.
#[derive(Debug)]
struct Captured {
    operation: &'static Operation,
    request: Mutex<Option<reqwest::Request>>,
}

impl fmt::Display for Captured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request is sent later")
    }
}

impl std::error::Error for Captured {}

impl Transport for Capture {
    fn send<'a>(&'a self, operation: &'static Operation, request: reqwest::Request) -> SendFuture<'a> {
        let captured: BoxError = Box::new(Captured { operation, request: Mutex::new(Some(request)) });
        Box::pin(std::future::ready(Err(captured)))
    }
}

/// Returns the request that a generated method would send, from the error that it returned.
fn captured(error: atlas_exports_gen::Error<ApiError>) -> Result<(&'static Operation, reqwest::Request), Error> {
    let transport = atlas_exports_gen::transport_error(&error).and_then(|error| error.downcast_ref::<Captured>());
    let captured = transport.and_then(|captured| {
        let request = captured.request.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some((captured.operation, request))
    });
    captured.ok_or_else(|| error.into())
}

impl Client {
    /// Calls an operation of the contract and decodes its result.
    ///
    /// The closure gets the [generated client](Self::api), sets the parameters of one operation and sends it once. In
    /// contrast to [`api`](Self::api), whose errors convert into [`Error`] too, a response that does not match the contract
    /// is reported with its call.
    ///
    /// ```no_run
    /// # async fn run(atlas: atlas_exports::Client) -> Result<(), atlas_exports::Error> {
    /// let bucket = atlas
    ///     .call(|api| {
    ///         let bucket = api.get_export_bucket().group_id("5f3c5a1e8e4b2a0012345678");
    ///         bucket.export_bucket_id("5f3c5a1e8e4b2a00cccccccc").send()
    ///     })
    ///     .await?;
    /// println!("{:?}", bucket.name());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a parameter that breaks its rule, and what the call
    /// fails with. See [`error`](crate::error).
    ///
    /// # Cancellation
    ///
    /// Dropping the future abandons the request, which Atlas may have carried out all the same.
    pub async fn call<'c, T, F>(&'c self, send: impl FnOnce(&'c atlas_exports_gen::Client) -> F) -> Result<T, Error>
    where
        T: DeserializeOwned,
        F: Future<Output = Result<ResponseValue<T>, atlas_exports_gen::Error<ApiError>>>,
    {
        let completed = self.complete(send).await?;
        self.pipeline().decode(&completed)
    }

    /// As [`Self::call`], without decoding.
    pub(crate) async fn complete<'c, T, F>(
        &'c self,
        send: impl FnOnce(&'c atlas_exports_gen::Client) -> F,
    ) -> Result<Completed, Error>
    where
        F: Future<Output = Result<ResponseValue<T>, atlas_exports_gen::Error<ApiError>>>,
    {
        let (operation, request) = match send(self.capture()).await {
            Err(error) => captured(error)?,
            Ok(_) => return Err(Error::invalid_input("the closure sent no request of the client that it was given")),
        };
        self.pipeline().execute(&Target::of(operation), request).await
    }

    /// Reads a list of the contract: any operation with pages.
    ///
    /// The closure sets the parameters of the operation, other than those of paging. See [`List`] for how it is read.
    ///
    /// ```no_run
    /// # async fn run(atlas: atlas_exports::Client) -> Result<(), atlas_exports::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut buckets = atlas.list(|api| api.list_export_buckets().group_id("5f3c5a1e8e4b2a0012345678")).items();
    /// while let Some(bucket) = buckets.try_next().await? {
    ///     println!("{:?}", bucket.name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A parameter that breaks its rule is the first item of the stream, an
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn list<'c, B>(&'c self, operation: impl FnOnce(&'c atlas_exports_gen::Client) -> B) -> List<B::Item>
    where
        B: ListOperation<Item: DeserializeOwned>,
    {
        // The generated client waits for nothing but its transport, which does not wait.
        let request = match operation(self.capture()).send_page().now_or_never() {
            Some(Err(error)) => captured(error),
            Some(Ok(())) | None => {
                Err(Error::invalid_input("the operation is not one of the client that it was given"))
            }
        };
        List::new(self.pipeline().clone(), request.map(|(operation, request)| (Target::of(operation), request)))
    }

    /// Starts a request of an operation that the contract does not have.
    ///
    /// `path` is below the base of the API, with its parameters filled in and percent-encoded, such as
    /// `/groups/5f3c5a1e8e4b2a0012345678/clusters`.
    ///
    /// ```no_run
    /// # async fn run(atlas: atlas_exports::Client) -> Result<(), atlas_exports::Error> {
    /// use atlas_exports::http::Method;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Organization {
    ///     name: String,
    /// }
    ///
    /// let path = "/orgs/5f3c5a1e8e4b2a0012345678";
    /// let organization: Organization =
    ///     atlas.request(Method::GET, path).resource_version("2023-01-01").send().await?;
    /// println!("{}", organization.name);
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: Method, path: impl Into<String>) -> RequestBuilder {
        RequestBuilder {
            client: self.clone(),
            method,
            path: path.into(),
            query: Vec::new(),
            body: Ok(None),
            resource_version: None,
        }
    }
}

/// A request of an operation that the contract does not have, created by [`Client::request`].
///
/// It goes through the same authentication, versions, retries, envelope and errors as every other call.
#[derive(Debug, Clone)]
#[must_use = "nothing is sent until `send` or `list` is called"]
pub struct RequestBuilder {
    client: Client,
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    body: Result<Option<Vec<u8>>, Error>,
    resource_version: Option<String>,
}

impl RequestBuilder {
    /// Adds a query parameter.
    pub fn query(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Sets the body, as JSON.
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        self.body = serde_json::to_vec(body)
            .map(Some)
            .map_err(|error| Error::invalid_input("the body cannot be written as JSON").with_source(error));
        self
    }

    /// Sets the date of the resource version, such as `2023-01-01`, with version 2 of the API alone. By default it is the
    /// one of the contract, where that has this method and path, or that of the client.
    pub fn resource_version(mut self, date: impl Into<String>) -> Self {
        self.resource_version = Some(date.into());
        self
    }

    /// Sends the request and decodes the result. `()` accepts any.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a path, version or body that cannot be sent, and
    /// what the call fails with. See [`error`](crate::error).
    ///
    /// # Cancellation
    ///
    /// Dropping the future abandons the request, which Atlas may have carried out all the same.
    pub async fn send<T: DeserializeOwned>(self) -> Result<T, Error> {
        let pipeline = self.client.pipeline().clone();
        let (target, request) = self.into_request()?;
        let completed = pipeline.execute(&target, request).await?;
        pipeline.decode(&completed)
    }

    /// Reads the result as a list with pages, by the parameters `pageNum`, `itemsPerPage` and `includeCount`.
    ///
    /// What cannot be sent is the first item of the stream, an error.
    pub fn list<T: DeserializeOwned>(self) -> List<T> {
        List::new(self.client.pipeline().clone(), self.into_request())
    }

    fn into_request(self) -> Result<(Target, reqwest::Request), Error> {
        let Self { client, method, path, query, body, resource_version } = self;
        let mut url = url(client.base(), &path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let version = client.pipeline().connection.version.api();
        let resource_version = resource_version.as_deref().map(|date| ResourceVersion::parse_for(version, date));
        let resource_version = resource_version.transpose()?;
        let target = Target { operation: Operation::find(method.as_str(), &path), resource_version };
        let mut request = reqwest::Request::new(method, url);
        if let Some(body) = body? {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(body.into());
        }
        Ok((target, request))
    }
}

/// Returns the address of a path below the API's base, and refuses one that would lead elsewhere.
fn url(base: &str, path: &str) -> Result<Url, Error> {
    let text = format!("{base}{path}");
    let url = Url::parse(&text).ok().filter(|url| path.starts_with('/') && url.as_str().ends_with(path));
    match url {
        Some(url) if url.query().is_none() && url.fragment().is_none() => Ok(url),
        _ => Err(Error::invalid_input(format!(
            "{path:?} is not a path below the base of the API: it must start with `/`, be percent-encoded, and have \
             neither `.` and `..` nor a query"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leads_elsewhere_is_refused() {
        let base = "https://h/api/atlas/v2";
        assert_eq!(url(base, "/groups/a%20b").unwrap().as_str(), "https://h/api/atlas/v2/groups/a%20b");
        for path in ["", "groups", "/a/../b", "/a/./b", "/a?b=c", "/a#b", "/a b", "/a\\b", "@evil/x", "/%2e%2e/x"] {
            assert!(url(base, path).is_err(), "{path}");
        }
    }
}
