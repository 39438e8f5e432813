//! The way in for other ways of authenticating.

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
/// use atlas_exports::{AuthFuture, Authenticator, BoxError, Client, Refusal, reqwest};
///
/// /// Leaves the credentials to a gateway, which knows this program by a ticket.
/// #[derive(Debug)]
/// struct Gateway;
///
/// impl Gateway {
///     async fn ticket(&self) -> Result<String, BoxError> {
///         Ok("Ticket 1234".to_owned())
///     }
/// }
///
/// impl Authenticator for Gateway {
///     fn authenticate<'a>(&'a self, request: &'a mut reqwest::Request) -> AuthFuture<'a, Result<(), BoxError>> {
///         Box::pin(async move {
///             let ticket = self.ticket().await?.parse()?;
///             request.headers_mut().insert("authorization", ticket);
///             Ok(())
///         })
///     }
///
///     fn refused<'a>(&'a self, refusal: Refusal<'a>) -> AuthFuture<'a, bool> {
///         Box::pin(async move { refusal.answer.contains_key("ticket-expired") })
///     }
/// }
///
/// let atlas = Client::builder().authenticator(Arc::new(Gateway)).build()?;
/// # Ok::<(), atlas_exports::Error>(())
/// ```
pub trait Authenticator: fmt::Debug + Send + Sync {
    /// Puts credentials on a request, which is otherwise ready to be sent. It is asked before each attempt of a call, and
    /// bounded by the time of the call.
    ///
    /// The value of an `Authorization` header is marked sensitive afterwards.
    ///
    /// # Errors
    ///
    /// When there are no credentials to be had. The call then fails with
    /// [`Error::Authenticator`](crate::Error::Authenticator).
    fn authenticate<'a>(&'a self, request: &'a mut Request) -> AuthFuture<'a, Result<(), BoxError>>;

    /// Told of a 401, says whether it makes sense to authenticate the request anew and to send it once more, which a call
    /// does once at the most. By default it does not.
    fn refused<'a>(&'a self, refusal: Refusal<'a>) -> AuthFuture<'a, bool> {
        let _ = refusal;
        Box::pin(async { false })
    }

    /// The name that it authenticates with, of which errors show the last four characters. By default it has none.
    fn name(&self) -> Option<String> {
        None
    }
}

/// A request that was answered with 401.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Refusal<'a> {
    /// Headers of the request as they were sent, the credentials among them.
    pub sent: &'a HeaderMap,
    /// Headers of the answer.
    pub answer: &'a HeaderMap,
}
