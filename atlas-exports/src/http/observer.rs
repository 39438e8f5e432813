//! What a client tells its observer: every exchange and every call, when it has ended.

use std::{fmt, time::Duration};

use reqwest::{Method, StatusCode, Version, header::HeaderMap};

use crate::{Error, ErrorKind};

/// Is told of every exchange and every call of a client, for metrics and logs.
///
/// Set by [`ClientBuilder::observer`](crate::ClientBuilder::observer). Its methods run inside the call, on the task that
/// makes it, so they should return at once.
///
/// ```
/// use std::sync::Arc;
///
/// use atlas_exports::{CallEvent, Client, Observer};
///
/// #[derive(Debug)]
/// struct Log;
///
/// impl Observer for Log {
///     fn call_ended(&self, call: &CallEvent<'_>) {
///         println!("{:?} took {:?} and {} attempts", call.operation, call.duration, call.attempts);
///     }
/// }
///
/// let atlas = Client::builder().api_key("public", "private").observer(Arc::new(Log)).build()?;
/// # Ok::<(), atlas_exports::Error>(())
/// ```
pub trait Observer: fmt::Debug + Send + Sync {
    /// Called when an exchange has ended: by the head of a response, an error, or because its call was dropped.
    fn exchange_ended(&self, exchange: &ExchangeEvent<'_>) {
        let _ = exchange;
    }

    /// Called when a call has ended, with all its attempts. A call that is dropped is not reported.
    fn call_ended(&self, call: &CallEvent<'_>) {
        let _ = call;
    }
}

/// What an exchange is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExchangeKind {
    /// A request of the Administration API.
    Api,
    /// A request for an access token, or for its revocation.
    Token,
}

/// One request on the wire, and how it ended.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ExchangeEvent<'a> {
    /// What it is for.
    pub kind: ExchangeKind,
    /// The operation of its call, such as `get_export_job`; `None` for what the contract does not have.
    pub operation: Option<&'static str>,
    /// The method of the request.
    pub method: &'a Method,
    /// Host of the server.
    pub server: &'a str,
    /// Port of the server.
    pub port: Option<u16>,
    /// Path of the request, without its query.
    pub path: &'a str,
    /// The attempt of the call that it belongs to, from 1.
    pub attempt: u32,
    /// The number of exchanges that the call had before, challenges and tokens included.
    pub resend_count: u32,
    /// Status of the response; `None` when there was none.
    pub status: Option<StatusCode>,
    /// Why there was no response; `None` when there was one, and when the call was dropped.
    pub error: Option<ErrorKind>,
    /// HTTP version of the response.
    pub version: Option<Version>,
    /// Headers of the response. Those of Atlas hold no secrets.
    pub headers: Option<&'a HeaderMap>,
    /// Time from the request to the head of the response.
    pub duration: Duration,
}

/// One call, and how it ended.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CallEvent<'a> {
    /// The operation, such as `get_export_job`; `None` for what the contract does not have.
    pub operation: Option<&'static str>,
    /// Path of the operation below the base of the API, with its parameters by name.
    pub template: Option<&'static str>,
    /// The method of the request.
    pub method: &'a Method,
    /// Status of the last response; `None` when there was none.
    pub status: Option<StatusCode>,
    /// Why the call failed; `None` when it succeeded.
    pub error: Option<&'a Error>,
    /// Number of attempts that were made.
    pub attempts: u32,
    /// Number of exchanges, challenges and tokens included.
    pub exchanges: u32,
    /// Time from the start of the call to its end, pauses between attempts included.
    pub duration: Duration,
    /// Name of the member that held the result, where the response was enveloped.
    pub envelope: Option<&'static str>,
}
