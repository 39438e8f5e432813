//! Requests to Atlas's token endpoint.

use std::time::Duration;

use reqwest::{
    Method, Request, RequestBuilder, StatusCode, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderValue},
};
use secrecy::{ExposeSecret, zeroize::Zeroizing};

use super::{
    Token,
    token_response::{TokenResponse, no_response},
};
use crate::{
    Error, ExchangeKind,
    auth::{RequestContext, key_pair::KeyPair},
    http::{clean, describe_compression, read_prefix},
};

const TOKEN: &str = "/api/oauth/token";
const REVOKE: &str = "/api/oauth/revoke";

/// How errors of requests for a token begin.
pub(super) const NO_TOKEN: &str = "no access token";

#[derive(Debug)]
pub(super) struct Endpoint {
    token: Url,
    revoke: Url,
}

impl Endpoint {
    /// Creates the endpoint of the service at this root, which has no slash at the end.
    pub(super) fn new(root: &str) -> Option<Self> {
        let at = |path| Url::parse(&format!("{root}{path}")).ok();
        Some(Self { token: at(TOKEN)?, revoke: at(REVOKE)? })
    }

    /// Requests a token (RFC 6749, section 4.4).
    pub(super) async fn grant(
        &self,
        pair: &KeyPair,
        context: &RequestContext<'_>,
        limit: Duration,
    ) -> Result<Token, Error> {
        let form = form("grant_type", "client_credentials");
        send(NO_TOKEN, &self.token, form, pair, context, limit).await?.token()
    }

    /// Revokes a token (RFC 7009).
    pub(super) async fn revoke(
        &self,
        token: &Token,
        pair: &KeyPair,
        context: &RequestContext<'_>,
    ) -> Result<(), Error> {
        let form = form("token", token.text());
        let limit = context.timeout;
        send("the access token could not be revoked", &self.revoke, form, pair, context, limit).await?.done()
    }
}

async fn send(
    failure: &'static str,
    url: &Url,
    form: String,
    pair: &KeyPair,
    context: &RequestContext<'_>,
    limit: Duration,
) -> Result<TokenResponse, Error> {
    let request = Request::new(Method::POST, url.clone());
    let request = RequestBuilder::from_parts(context.client.clone(), request)
        // Both halves are encoded as in a form (RFC 6749, section 2.3.1).
        .basic_auth(encoded(&pair.name), Some(encoded(pair.secret.expose_secret())))
        .header(ACCEPT, HeaderValue::from_static("application/json"))
        .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
        .body(form)
        .build()
        .map_err(|error| no_response(failure, Error::network(error)))?;
    let exchange = async {
        context.trace.begin_exchange(ExchangeKind::Token, &request);
        let response = context.client.execute(request).await.map_err(Error::network)?;
        context.trace.end_exchange((&response).into());
        let (status, headers) = (response.status(), response.headers().clone());
        if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(Error::proxy_authentication_required());
        }
        let body = if status.is_success() {
            Zeroizing::new(clean(&response.bytes().await.map_err(Error::network)?).into_owned())
        } else {
            let body = read_prefix(response).await;
            Zeroizing::new(match describe_compression(&headers, &body) {
                Some(compressed) => format!("the response is {compressed}").into(),
                None => without_secret(&clean(&body), pair),
            })
        };
        Ok(TokenResponse { failure, status, headers, body })
    };
    tokio::time::timeout(limit, exchange)
        .await
        .unwrap_or_else(|_| Err(Error::timed_out(limit)))
        .map_err(|error| no_response(failure, error))
}

fn form(name: &str, value: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The body of an error without the secret, in case the server repeats it.
fn without_secret(body: &[u8], pair: &KeyPair) -> Vec<u8> {
    String::from_utf8_lossy(body).replace(pair.secret.expose_secret(), "[REDACTED]").into_bytes()
}
