//! One `WWW-Authenticate: Digest` challenge (RFC 7616, section 3.3) and the count of its answers.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

use digest_auth::{AuthContext, AuthorizationHeader, WwwAuthenticateHeader};
use diqwest::error::Error;
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use tokio::time::Instant;

/// Atlas's nonces live 60 s; the difference is for a request that is on its way.
const LIFE: Duration = Duration::from_secs(55);

/// Servers of Atlas's kind take 1,024 answers to one nonce.
const MAX_ANSWERS: u32 = 1_000;

#[derive(Debug)]
pub(super) struct Challenge {
    prompt: WwwAuthenticateHeader,
    answers: AtomicU32,
    /// Nonce counts that calls reserved, whether they were used yet or not.
    reserved: AtomicU32,
    received: Instant,
    refused: AtomicBool,
}

impl Challenge {
    /// Reads one header value, or says what is wrong with it.
    pub(super) fn parse(header: &str) -> Result<Self, String> {
        let scheme = header.split_whitespace().next().unwrap_or_default();
        if scheme != "Digest" {
            return Err(format!("unsupported scheme `{}`; expected `Digest`", excerpt(scheme)));
        }
        let prompt =
            digest_auth::parse(header).map_err(|error| format!("malformed: {}", excerpt(&error.to_string())))?;
        if prompt.nonce.is_empty() {
            return Err("malformed: empty nonce".into());
        }
        Ok(Self {
            prompt,
            answers: AtomicU32::new(0),
            reserved: AtomicU32::new(0),
            received: Instant::now(),
            refused: AtomicBool::new(false),
        })
    }

    /// Reads the first challenge of an answer.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, String> {
        let header = headers.get(WWW_AUTHENTICATE).ok_or("the 401 has no challenge")?;
        Self::parse(header.to_str().map_err(|_| "malformed: not printable ASCII")?)
    }

    /// Whoever learnt the challenge has answered it with the count 1.
    pub(super) fn counted_once(self) -> Self {
        self.answers.store(1, Ordering::Relaxed);
        self.reserved.store(1, Ordering::Relaxed);
        self
    }

    /// Answers it, with a count that no other answer has.
    pub(super) fn answer(&self, context: &AuthContext<'_>) -> Result<HeaderValue, Error> {
        let mut prompt = self.prompt.clone();
        prompt.nc = self.answers.fetch_add(1, Ordering::Relaxed);
        let mut value = HeaderValue::try_from(text(&prompt.respond(context)?))?;
        value.set_sensitive(true);
        Ok(value)
    }

    pub(super) fn is_usable(&self) -> bool {
        self.received.elapsed() < LIFE && self.reserved.load(Ordering::Relaxed) < MAX_ANSWERS
    }

    /// Reserves a nonce count, if there is one left, so that calls which start together do not exceed it. Callers hold a
    /// lock.
    pub(super) fn reserve_nonce_count(&self) -> bool {
        let usable = self.is_usable();
        if usable {
            self.reserved.fetch_add(1, Ordering::Relaxed);
        }
        usable
    }

    pub(super) fn is_stale(&self) -> bool {
        self.prompt.stale
    }

    pub(super) fn is_same_nonce(&self, other: &Self) -> bool {
        self.prompt.nonce == other.prompt.nonce
    }

    pub(super) fn mark_refused(&self) {
        self.refused.store(true, Ordering::Relaxed);
    }

    /// Whether it was refused; true once, so that calls that were refused together count as one refusal.
    pub(super) fn take_refused(&self) -> bool {
        self.refused.swap(false, Ordering::Relaxed)
    }
}

/// What `to_header_string` gives, which takes ten times as long and would be half of what Digest costs a call.
fn text(answer: &AuthorizationHeader) -> String {
    let AuthorizationHeader { username, realm, nonce, uri, response, nc, .. } = answer;
    let is_simple = |text: &String| !text.contains(['"', '\\']);
    match (&answer.qop, &answer.cnonce, &answer.opaque) {
        (Some(qop), Some(cnonce), None)
            if !answer.userhash && [username, realm, nonce, uri].into_iter().all(is_simple) =>
        {
            let (qop, nc, algorithm) = (qop.to_string(), format!("{nc:08x}"), answer.algorithm.to_string());
            // One allocation, which `format!` would make several of.
            [
                "Digest username=\"",
                username,
                "\", realm=\"",
                realm,
                "\", nonce=\"",
                nonce,
                "\", uri=\"",
                uri,
                "\", qop=",
                &qop,
                ", nc=",
                &nc,
                ", cnonce=\"",
                cnonce,
                "\", response=\"",
                response,
                "\", algorithm=",
                &algorithm,
            ]
            .concat()
        }
        _ => answer.to_header_string(),
    }
}

fn excerpt(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATLAS: &str = r#"Digest realm="MMS Public API", domain="", nonce="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", algorithm=MD5, qop="auth", stale=false"#;

    #[test]
    fn the_challenge_of_atlas_is_understood() {
        let challenge = Challenge::parse(ATLAS).unwrap();
        assert_eq!(challenge.prompt.realm, "MMS Public API");
        assert!(!challenge.is_stale());
    }

    #[test]
    fn what_is_wrong_with_a_challenge_is_named() {
        for (header, wrong) in [
            ("Basic realm=\"x\"", "`Basic`"),
            ("", "``"),
            ("Digest nonce=\"n\"", "realm"),
            ("Digest realm=\"r\"", "nonce"),
            ("Digest realm=\"r\", nonce=\"\"", "empty"),
            ("Digest realm=\"r\", nonce=\"n\", algorithm=FOO", "malformed"),
            ("Digest realm=\"r\", nonce=\"n", "malformed"),
        ] {
            let problem = Challenge::parse(header).unwrap_err();
            assert!(problem.contains(wrong), "{header}: {problem}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_challenge_is_usable_for_55_seconds() {
        let challenge = Challenge::parse(ATLAS).unwrap();
        tokio::time::advance(LIFE - Duration::from_millis(1)).await;
        assert!(challenge.is_usable());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!challenge.is_usable());
    }

    #[tokio::test]
    async fn a_challenge_is_retired_before_the_server_counts_it_out() {
        let challenge = Challenge::parse(ATLAS).unwrap().counted_once();
        let count = || {
            let answer = challenge.answer(&AuthContext::new("u", "p", "/")).unwrap();
            let (_, rest) = answer.to_str().unwrap().split_once("nc=").unwrap();
            u32::from_str_radix(rest.split(',').next().unwrap(), 16).unwrap()
        };
        let counts: Vec<u32> = std::iter::from_fn(|| challenge.reserve_nonce_count().then(count)).collect();
        assert_eq!(counts, (2..=MAX_ANSWERS).collect::<Vec<_>>());
    }

    #[test]
    fn an_answer_is_written_as_digest_auth_writes_it_and_is_marked_sensitive() {
        for challenge in [
            ATLAS,
            r#"Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256"#,
            r#"Digest realm="r", nonce="n", qop="auth,auth-int", algorithm=SHA-512-256-sess"#,
            r#"Digest realm="a \"quoted\" one", nonce="n", qop="auth""#,
            r#"Digest realm="r", nonce="n", qop="auth", opaque="o""#,
            r#"Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256, userhash=true"#,
            r#"Digest realm="r", nonce="n""#,
        ] {
            for user in ["public", "a\\b\"c"] {
                let context = AuthContext::new_post(user, "p", "/path?a=b", Some(b"body"));
                let answer = digest_auth::parse(challenge).unwrap().respond(&context).unwrap();
                assert_eq!(text(&answer), answer.to_header_string(), "{challenge}");
            }
        }
        let answer = Challenge::parse(ATLAS).unwrap().answer(&AuthContext::new("u", "p", "/")).unwrap();
        assert!(answer.is_sensitive());
    }
}
