//! Responses of the token endpoint (RFC 6749, section 5), and of what may stand before it.

use std::time::Duration;

use atlas_exports_gen::types::ApiError;
use reqwest::{
    StatusCode,
    header::{HeaderMap, LOCATION},
};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Token, token};
use crate::{
    Error, ErrorKind,
    error::{excerpt, is_transient_status},
    http::{describe_compression, parse_lenient, retry_after},
};

/// A response of the token endpoint.
pub(super) struct TokenResponse {
    /// What fails when it is no success, as the beginning of the error's text.
    pub(super) failure: &'static str,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Zeroizing<Vec<u8>>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    token_type: Option<String>,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<f64>,
}

/// Reads a number of seconds, which some servers send as text. What is none counts as missing.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let seconds = match Value::deserialize(deserializer)? {
        Value::Number(seconds) => seconds.as_f64(),
        Value::String(seconds) => seconds.trim().parse().ok(),
        _ => None,
    };
    Ok(seconds.filter(|seconds| seconds.is_finite()))
}

#[derive(Deserialize)]
struct OauthError {
    error: String,
    error_description: Option<Value>,
}

impl TokenResponse {
    /// Returns the token that was granted.
    pub(super) fn token(&self) -> Result<Token, Error> {
        if !self.status.is_success() {
            return Err(self.error());
        }
        let granted = serde_json::from_slice::<Granted>(&self.body).ok();
        let granted = granted.filter(|granted| !granted.access_token.expose_secret().trim().is_empty());
        let Some(granted) = granted else {
            // Some servers report errors with a success.
            return Err(match serde_json::from_slice::<OauthError>(&self.body) {
                Ok(_) => self.error(),
                // What is there may be a token, so nothing of it is shown.
                Err(_) => {
                    let compressed = describe_compression(&self.headers, &self.body);
                    self.unusable(compressed.as_deref().unwrap_or("without a token"))
                }
            });
        };
        if granted.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err(self.unusable("with a token that is no bearer token"));
        }
        let life = match granted.expires_in {
            Some(seconds) => Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(token::DEFAULT_LIFE),
            None => token::DEFAULT_LIFE,
        };
        Token::new(granted.access_token, life)
            .ok_or_else(|| self.unusable("with a token that is not a valid HTTP header value"))
    }

    /// Returns nothing, when the token was revoked.
    pub(super) fn done(&self) -> Result<(), Error> {
        if self.status.is_success() { Ok(()) } else { Err(self.error()) }
    }

    fn unusable(&self, how: &str) -> Error {
        let message = format!("{}: the token endpoint responded with {} {how}", self.failure, self.status);
        Error::new(ErrorKind::Token, message).with_status(self.status)
    }

    fn error(&self) -> Error {
        let (code, detail) = self.code_and_detail();
        let mut message = format!("{}: the token endpoint responded with {}", self.failure, self.status);
        if let Some(code) = &code {
            message.push(' ');
            message.push_str(code);
        }
        if let Some(detail) = &detail {
            message.push_str(": ");
            message.push_str(detail.trim_end_matches('.'));
        }
        let mut api = ApiError::default();
        (api.error, api.error_code, api.detail) = (Some(self.status.as_u16().into()), code, detail);
        let error = Error::new(ErrorKind::Token, message)
            .with_status(self.status)
            .with_api_error(api)
            .with_retryable(is_transient_status(self.status));
        match retry_after(&self.headers) {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        }
    }

    /// Returns code and text of an error, in OAuth's form, in Atlas's, or in none.
    fn code_and_detail(&self) -> (Option<String>, Option<String>) {
        let short = |text: String| excerpt(text.as_bytes());
        let oauth = serde_json::from_slice::<OauthError>(&self.body).ok();
        let (error, description) = oauth.map(|oauth| (oauth.error, oauth.error_description)).unzip();
        let description = description.flatten().and_then(|text| text.as_str().map(str::to_owned));
        let api = parse_lenient(&self.body).unwrap_or_default();
        let (code, detail) = (api.error_code.or(error), api.detail.or(api.reason).or(description));
        if code.is_some() || detail.is_some() {
            return (code.map(short), detail.map(short));
        }
        if let Some(target) = self.headers.get(LOCATION).filter(|_| self.status.is_redirection()) {
            return (None, Some(format!("it points to {}", excerpt(target.as_bytes()))));
        }
        (None, Some(excerpt(&self.body)).filter(|text| !text.is_empty()))
    }
}

/// Creates the error of a request that got no response.
pub(super) fn no_response(failure: &str, error: Error) -> Error {
    let transient = error.is_retryable();
    Error::new(ErrorKind::Token, format!("{failure}: the token endpoint did not respond"))
        .with_retryable(transient)
        .with_source(error)
}

/// Creates the error of a token that is not requested, because another process was told to wait.
pub(super) fn told_to_wait(failure: &str, wait: Duration) -> Error {
    let message = format!(
        "{failure}: another process was told to wait, so the token endpoint is left alone for {} s",
        wait.as_secs()
    );
    Error::new(ErrorKind::Token, message)
        .with_status(StatusCode::TOO_MANY_REQUESTS)
        .with_retry_after(wait)
        .with_retryable(true)
}

#[cfg(test)]
mod tests {
    use reqwest::header::RETRY_AFTER;

    use super::*;

    fn response(status: u16, body: &str) -> TokenResponse {
        TokenResponse {
            failure: "no token",
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Zeroizing::new(body.into()),
        }
    }

    fn refused(status: u16, body: &str) -> Error {
        response(status, body).token().unwrap_err()
    }

    #[test]
    fn a_response_of_atlas_is_a_token_with_a_life() {
        let token =
            response(200, r#"{"access_token":"eyJ.a-b_c","expires_in":3600,"token_type":"Bearer"}"#).token().unwrap();
        assert_eq!((token.text(), token.life()), ("eyJ.a-b_c", Duration::from_secs(3600)));
        assert_eq!(token.header().to_str().unwrap(), "Bearer eyJ.a-b_c");
    }

    #[test]
    fn what_a_response_leaves_out_has_a_default() {
        assert_eq!(response(200, r#"{"access_token":"t"}"#).token().unwrap().life(), token::DEFAULT_LIFE);
        for expires_in in ["0", "-5"] {
            let body = format!(r#"{{"access_token":"t","token_type":"bearer","expires_in":{expires_in}}}"#);
            assert!(!response(200, &body).token().unwrap().is_valid());
        }
        assert!(response(201, r#"{"access_token":"t","expires_in":1e300,"scope":"x"}"#).token().unwrap().is_valid());
    }

    #[test]
    fn a_life_as_text_is_understood() {
        for (expires_in, life) in [("\"3600\"", 3600), ("\" 60 \"", 60), ("59.5", 59), ("\"1e3\"", 1000)] {
            let body = format!(r#"{{"access_token":"t","expires_in":{expires_in}}}"#);
            assert_eq!(response(200, &body).token().unwrap().life().as_secs(), life, "{expires_in}");
        }
        for none in ["null", "\"\"", "\"soon\"", "\"NaN\"", "\"inf\"", "true", "[60]"] {
            let body = format!(r#"{{"access_token":"t","expires_in":{none}}}"#);
            assert_eq!(response(200, &body).token().unwrap().life(), token::DEFAULT_LIFE, "{none}");
        }
    }

    #[test]
    fn an_empty_token_is_none() {
        for token in ["", " ", "\\n"] {
            let error = refused(200, &format!(r#"{{"access_token":"{token}","expires_in":3600}}"#));
            assert!(error.to_string().contains("without a token"), "{error}");
        }
        let error = refused(200, r#"{"access_token":"","error":"invalid_client"}"#);
        assert_eq!(error.api().unwrap().error_code.as_deref(), Some("invalid_client"));
    }

    #[test]
    fn members_of_other_types_do_not_hide_code_and_detail() {
        for (body, code, detail) in [
            (r#"{"error":"401","errorCode":"X","detail":"d"}"#, "X", "d"),
            (r#"{"error":401,"errorCode":"X","detail":"d","parameters":{"a":1},"reason":7}"#, "X", "d"),
            (r#"{"error":401,"errorCode":"X","detail":["no text"],"reason":"r"}"#, "X", "r"),
            (r#"{"error":"invalid_client","error_description":["no text"]}"#, "invalid_client", ""),
            (r#"{"error":"invalid_client","detail":"d","error_uri":1}"#, "invalid_client", "d"),
        ] {
            let error = refused(401, body);
            let api = error.api().unwrap();
            assert_eq!(
                (api.error_code.as_deref(), api.detail.as_deref().unwrap_or("")),
                (Some(code), detail),
                "{body}"
            );
        }
    }

    #[test]
    fn errors_of_oauth_and_of_atlas_are_understood() {
        let oauth = refused(401, r#"{"error":"invalid_client","error_description":"Client authentication failed."}"#);
        assert_eq!(oauth.api().unwrap().error_code.as_deref(), Some("invalid_client"));
        assert!(
            oauth.to_string().ends_with("401 Unauthorized invalid_client: Client authentication failed"),
            "{oauth}"
        );
        assert!(oauth.hint().unwrap().contains("check the client id"), "{oauth:?}");
        assert!(!oauth.is_retryable());

        let body = r#"{"detail":"Too many.","error":429,"errorCode":"RATE_LIMITED","parameters":["x",5],"reason":"Too Many Requests"}"#;
        let mut api = response(429, body);
        api.headers.insert(RETRY_AFTER, "17".parse().unwrap());
        let api = api.token().unwrap_err();
        assert_eq!(api.api().unwrap().error_code.as_deref(), Some("RATE_LIMITED"));
        assert_eq!(api.retry_after(), Some(Duration::from_secs(17)));
        assert!(api.to_string().contains("Too many") && api.hint().unwrap().contains("wait 17 s"), "{api:?}");
        assert!(api.is_retryable());
    }

    #[test]
    fn an_error_with_status_200_is_an_error() {
        let error = refused(200, r#"{"error":"invalid_client"}"#);
        assert_eq!(error.api().unwrap().error_code.as_deref(), Some("invalid_client"));
    }

    #[test]
    fn any_other_body_keeps_its_status_and_an_excerpt() {
        for (status, body, told) in [
            (502, "<html><title>Bad Gateway</title></html>", "Bad Gateway"),
            (503, "", "retry later"),
            (404, "no", "base URL"),
            (400, "[1]", "[1]"),
            (403, r#"{"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST"}"#, "IP access list"),
        ] {
            let error = refused(status, body);
            assert_eq!(error.status().unwrap().as_u16(), status);
            assert!(format!("{error:?}").contains(told), "{error:?}");
        }
    }

    #[test]
    fn a_success_that_is_no_token_shows_nothing_of_its_body() {
        for body in [
            "<html>hush",
            r#"{"access_token":"hu\nsh"}"#,
            r#"{"token":"hush"}"#,
            r#"{"access_token":"hush","token_type":"mac"}"#,
        ] {
            let error = format!("{:?}", refused(200, body));
            assert!(!error.contains("sh\"") && !error.contains("hush"), "{error}");
            assert!(error.contains("base URL"), "{error}");
        }
    }
}
