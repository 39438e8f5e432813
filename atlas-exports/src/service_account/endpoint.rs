//! Questions to Atlas's token endpoint.

use std::time::Duration;

use reqwest::{
    Method, Request, RequestBuilder, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderValue},
};
use secrecy::{ExposeSecret, zeroize::Zeroizing};

use super::{Errand, Token, TokenFailure, answer::Answer};
use crate::{
    credentials::Pair,
    transport::{Failure, beginning},
};

const TOKEN: &str = "/api/oauth/token";
const REVOKE: &str = "/api/oauth/revoke";

#[derive(Debug)]
pub(super) struct Endpoint {
    token: Url,
    revoke: Url,
}

impl Endpoint {
    /// The endpoint of the service at this root, which ends in no slash.
    pub(super) fn new(root: &str) -> Option<Self> {
        let at = |path| Url::parse(&format!("{root}{path}")).ok();
        Some(Self { token: at(TOKEN)?, revoke: at(REVOKE)? })
    }

    /// Gets a token (RFC 6749, section 4.4).
    pub(super) async fn grant(&self, pair: &Pair, errand: &Errand<'_>, limit: Duration) -> Result<Token, TokenFailure> {
        let form = form("grant_type", "client_credentials");
        ask("no access token could be had", &self.token, form, pair, errand, limit).await?.token()
    }

    /// Makes a token useless (RFC 7009).
    pub(super) async fn revoke(&self, token: &Token, pair: &Pair, errand: &Errand<'_>) -> Result<(), TokenFailure> {
        let form = form("token", token.text());
        let limit = errand.limits.call;
        ask("the access token could not be revoked", &self.revoke, form, pair, errand, limit).await?.done()
    }
}

async fn ask(
    what: &'static str,
    url: &Url,
    form: String,
    pair: &Pair,
    errand: &Errand<'_>,
    limit: Duration,
) -> Result<Answer, TokenFailure> {
    let request = Request::new(Method::POST, url.clone());
    let request = RequestBuilder::from_parts(errand.http.clone(), request)
        // Both halves are encoded as in a form (RFC 6749, section 2.3.1).
        .basic_auth(encoded(&pair.name), Some(encoded(pair.secret.expose_secret())))
        .header(ACCEPT, HeaderValue::from_static("application/json"))
        .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
        .body(form)
        .build()
        .map_err(|error| TokenFailure::unanswered(what, Failure::network(error)))?;
    let exchange = async {
        errand.record.exchanges.begin(&request);
        let response = errand.http.execute(request).await.map_err(Failure::network)?;
        errand.record.exchanges.end(response.status());
        let (status, headers) = (response.status(), response.headers().clone());
        let body = if status.is_success() {
            Zeroizing::new(response.bytes().await.map_err(Failure::network)?.to_vec())
        } else {
            Zeroizing::new(without_secret(&beginning(response).await, pair))
        };
        Ok(Answer { what, status, headers, body })
    };
    tokio::time::timeout(limit, exchange)
        .await
        .unwrap_or(Err(Failure::Timeout { after: Some(limit), source: None }))
        .map_err(|failure| TokenFailure::unanswered(what, failure))
}

fn form(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The body of an error without the secret, should the server have repeated it.
fn without_secret(body: &[u8], pair: &Pair) -> Vec<u8> {
    String::from_utf8_lossy(body).replace(pair.secret.expose_secret(), "[REDACTED]").into_bytes()
}
