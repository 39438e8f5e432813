//! Authentication by the user's own code.

use std::{fmt, future::Future, pin::Pin};

use atlas_exports_gen::BoxError;
use reqwest::{Request, header::HeaderMap};

/// What the methods of [`Authenticator`] return.
pub type AuthFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A way of authenticating that this crate does not have, for
/// [`ClientBuilder::authenticator`](crate::ClientBuilder::authenticator).
///
/// ```
/// use std::sync::Arc;
/// use atlas_exports::{AuthFuture, Authenticator, BoxError, Client, Unauthorized, reqwest};
///
/// /// Authenticates to a gateway, which adds the credentials of Atlas.
/// #[derive(Debug)]
/// struct Gateway;
///
/// impl Gateway {
///     async fn token(&self) -> Result<String, BoxError> {
///         Ok("Bearer 1234".to_owned())
///     }
/// }
///
/// impl Authenticator for Gateway {
///     fn authenticate<'a>(&'a self, request: &'a mut reqwest::Request) -> AuthFuture<'a, Result<(), BoxError>> {
///         Box::pin(async move {
///             let token = self.token().await?.parse()?;
///             request.headers_mut().insert("authorization", token);
///             Ok(())
///         })
///     }
///
///     fn on_unauthorized<'a>(&'a self, unauthorized: Unauthorized<'a>) -> AuthFuture<'a, bool> {
///         Box::pin(async move { unauthorized.response.contains_key("token-expired") })
///     }
/// }
///
/// let atlas = Client::builder().authenticator(Arc::new(Gateway)).build()?;
/// # Ok::<(), atlas_exports::Error>(())
/// ```
pub trait Authenticator: fmt::Debug + Send + Sync {
    /// Puts credentials on a request, which is otherwise ready to be sent. Called before each attempt of a call, within
    /// the time limit of the call.
    ///
    /// The value of an `Authorization` header is marked sensitive afterwards.
    ///
    /// # Errors
    ///
    /// When there are no credentials. The call then fails with
    /// [`ErrorKind::Authenticator`](crate::ErrorKind::Authenticator), whose source is this error.
    fn authenticate<'a>(&'a self, request: &'a mut Request) -> AuthFuture<'a, Result<(), BoxError>>;

    /// Returns, after a 401, whether to authenticate the request anew and send it once more, which a call does at most
    /// once. By default it does not.
    fn on_unauthorized<'a>(&'a self, unauthorized: Unauthorized<'a>) -> AuthFuture<'a, bool> {
        let _ = unauthorized;
        Box::pin(async { false })
    }

    /// Returns the name that it authenticates with, of which errors show the last four characters. None by default.
    fn name(&self) -> Option<String> {
        None
    }
}

/// A request to which the server responded with 401.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Unauthorized<'a> {
    /// Headers of the request as they were sent, with the credentials.
    pub request: &'a HeaderMap,
    /// Headers of the response.
    pub response: &'a HeaderMap,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Plain;

    impl Authenticator for Plain {
        fn authenticate<'a>(&'a self, _: &'a mut Request) -> AuthFuture<'a, Result<(), BoxError>> {
            Box::pin(async { Ok(()) })
        }
    }

    #[tokio::test]
    async fn by_default_an_authenticator_has_no_name_and_repeats_no_request() {
        let headers = HeaderMap::new();
        assert_eq!(Plain.name(), None);
        assert!(!Plain.on_unauthorized(Unauthorized { request: &headers, response: &headers }).await);
    }
}
