//! Answers of the token endpoint (RFC 6749, section 5), and of what may stand before it.

use std::time::Duration;

use atlas_exports_gen::types::ApiError;
use reqwest::{
    StatusCode,
    header::{HeaderMap, LOCATION},
};
use secrecy::{SecretString, zeroize::Zeroizing};
use serde::Deserialize;

use super::{Token, TokenFailure, token};
use crate::{
    retry_after,
    transport::{excerpt, may_pass},
};

/// An answer to a question of the token endpoint.
pub(super) struct Answer {
    /// What the question was for, as the beginning of a problem's text.
    pub(super) what: &'static str,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Zeroizing<Vec<u8>>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    token_type: Option<String>,
    expires_in: Option<f64>,
}

#[derive(Deserialize)]
struct OauthError {
    error: String,
    error_description: Option<String>,
}

impl Answer {
    /// The token that was granted.
    pub(super) fn token(&self) -> Result<Token, TokenFailure> {
        if !self.status.is_success() {
            return Err(self.refusal());
        }
        let Ok(granted) = serde_json::from_slice::<Granted>(&self.body) else {
            // Some servers tell errors with a success.
            return Err(match serde_json::from_slice::<OauthError>(&self.body) {
                Ok(_) => self.refusal(),
                // What is there may be a token, so nothing of it is shown.
                Err(_) => self.useless("with no token in it"),
            });
        };
        if granted.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err(self.useless("with a token that is no bearer token"));
        }
        let life = match granted.expires_in {
            Some(seconds) => Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(token::USUAL_LIFE),
            None => token::USUAL_LIFE,
        };
        Token::new(granted.access_token, life).ok_or_else(|| self.useless("with a token that no HTTP header can hold"))
    }

    /// Nothing, where the question was whether something is done.
    pub(super) fn done(&self) -> Result<(), TokenFailure> {
        if self.status.is_success() { Ok(()) } else { Err(self.refusal()) }
    }

    fn useless(&self, how: &str) -> TokenFailure {
        TokenFailure {
            problem: format!(
                "{}: the token endpoint answered {} {how}; check that the base URL leads to Atlas and not to a proxy or \
                 a login page",
                self.what, self.status
            ),
            status: Some(self.status),
            code: None,
            retry_after: None,
            is_transient: false,
            source: None,
        }
    }

    fn refusal(&self) -> TokenFailure {
        let (code, detail) = self.error();
        let retry_after = retry_after::wait(&self.headers);
        let mut problem = format!("{}: the token endpoint answered {}", self.what, self.status);
        if let Some(code) = &code {
            problem.push_str(&format!(" {code}"));
        }
        if let Some(detail) = detail {
            problem.push_str(&format!(": {}", detail.trim_end_matches('.')));
        }
        problem.push_str(&format!("; {}", self.advice(code.as_deref(), retry_after)));
        TokenFailure {
            problem,
            status: Some(self.status),
            code,
            retry_after,
            is_transient: may_pass(self.status),
            source: None,
        }
    }

    /// Code and text of an error, in OAuth's form, in Atlas's, or in none.
    fn error(&self) -> (Option<String>, Option<String>) {
        let short = |text: String| excerpt(text.as_bytes());
        if let Ok(oauth) = serde_json::from_slice::<OauthError>(&self.body) {
            return (Some(short(oauth.error)), oauth.error_description.map(short));
        }
        if let Ok(api) = serde_json::from_slice::<ApiError>(&self.body)
            && (api.error_code.is_some() || api.detail.is_some() || api.reason.is_some())
        {
            return (api.error_code.map(short), api.detail.or(api.reason).map(short));
        }
        if let Some(target) = self.headers.get(LOCATION).filter(|_| self.status.is_redirection()) {
            return (None, Some(format!("it points to {}", excerpt(target.as_bytes()))));
        }
        (None, Some(excerpt(&self.body)).filter(|text| !text.is_empty()))
    }

    fn advice(&self, code: Option<&str>, retry_after: Option<Duration>) -> String {
        match (self.status.as_u16(), code) {
            (429, _) => {
                let wait = retry_after.map_or_else(|| "a minute".to_owned(), |wait| format!("{} s", wait.as_secs()));
                format!(
                    "wait {wait}; Atlas limits requests for tokens, so let clones of one client share theirs, and short \
                     programs through a token cache file"
                )
            }
            (408 | 500.., _) => "this is likely to pass: try again later".to_owned(),
            (_, Some("invalid_client" | "unauthorized_client" | "invalid_grant")) | (401, _) => {
                "check the client id and its secret, which may have expired or been deleted".to_owned()
            }
            (403, _) => {
                "check that the address of this machine is on the IP access list of the service account".to_owned()
            }
            (300..=399 | 404, _) => "set the base URL to where the service is".to_owned(),
            _ => "check the client id and its secret, and the base URL".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::RETRY_AFTER;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            what: "no token",
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Zeroizing::new(body.into()),
        }
    }

    fn refused(status: u16, body: &str) -> TokenFailure {
        answer(status, body).token().unwrap_err()
    }

    #[test]
    fn the_answer_of_atlas_is_a_token_with_a_life() {
        let token =
            answer(200, r#"{"access_token":"eyJ.a-b_c","expires_in":3600,"token_type":"Bearer"}"#).token().unwrap();
        assert_eq!((token.text(), token.life()), ("eyJ.a-b_c", Duration::from_secs(3600)));
        assert_eq!(token.header().to_str().unwrap(), "Bearer eyJ.a-b_c");
    }

    #[test]
    fn what_an_answer_may_leave_out_is_left_out() {
        assert_eq!(answer(200, r#"{"access_token":"t"}"#).token().unwrap().life(), token::USUAL_LIFE);
        for expires_in in ["0", "-5"] {
            let body = format!(r#"{{"access_token":"t","token_type":"bearer","expires_in":{expires_in}}}"#);
            assert!(!answer(200, &body).token().unwrap().is_valid());
        }
        assert!(answer(201, r#"{"access_token":"t","expires_in":1e300,"scope":"x"}"#).token().unwrap().is_valid());
    }

    #[test]
    fn both_shapes_of_errors_are_understood() {
        let oauth = refused(401, r#"{"error":"invalid_client","error_description":"Client authentication failed."}"#);
        assert_eq!(oauth.code.as_deref(), Some("invalid_client"));
        assert!(
            oauth
                .problem
                .contains("401 Unauthorized invalid_client: Client authentication failed; check the client id")
        );
        assert!(!oauth.is_transient);

        let body = r#"{"detail":"Too many.","error":429,"errorCode":"RATE_LIMITED","parameters":["x",5],"reason":"Too Many Requests"}"#;
        let mut api = answer(429, body);
        api.headers.insert(RETRY_AFTER, "17".parse().unwrap());
        let api = api.token().unwrap_err();
        assert_eq!((api.code.as_deref(), api.retry_after), (Some("RATE_LIMITED"), Some(Duration::from_secs(17))));
        assert!(api.problem.contains("Too many; wait 17 s"), "{}", api.problem);
        assert!(api.is_transient);
    }

    #[test]
    fn an_error_with_a_success_is_an_error() {
        let failure = refused(200, r#"{"error":"invalid_client"}"#);
        assert_eq!(failure.code.as_deref(), Some("invalid_client"));
    }

    #[test]
    fn any_other_body_keeps_its_status_and_an_excerpt() {
        for (status, body, told) in [
            (502, "<html><title>Bad Gateway</title></html>", "Bad Gateway"),
            (503, "", "try again later"),
            (404, "no", "base URL"),
            (400, "[1]", "[1]"),
            (403, r#"{"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST"}"#, "IP access list"),
        ] {
            let failure = refused(status, body);
            assert_eq!(failure.status.unwrap().as_u16(), status);
            assert!(failure.problem.contains(told), "{}", failure.problem);
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
            let failure = refused(200, body);
            assert!(!failure.problem.contains("sh\""), "{}", failure.problem);
            assert!(!failure.problem.contains("hush") && failure.problem.contains("base URL"), "{}", failure.problem);
        }
    }
}
