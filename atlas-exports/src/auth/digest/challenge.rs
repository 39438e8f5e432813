//! A challenge that is shared by the calls of a client, and the count of its answers.

use std::{
    borrow::Cow,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use reqwest::{
    Body, Request,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE},
};
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::{
    authorization::{Session, SignedRequest},
    header_syntax::parse_parameter,
    parameters::Parameters,
};
use crate::auth::key_pair::KeyPair;

/// Atlas's nonces live 60 s; the difference is for a request that is on its way.
const LIFE: Duration = Duration::from_secs(55);

/// Servers of Atlas's kind take 1,024 answers to one nonce.
const MAX_ANSWERS: u32 = 1_000;

const AUTHENTICATION_INFO: HeaderName = HeaderName::from_static("authentication-info");

#[derive(Debug)]
pub(super) struct Challenge {
    parameters: Parameters,
    session: OnceLock<Session>,
    answers: AtomicU32,
    /// Nonce counts that calls reserved, whether they were used yet or not.
    reserved: AtomicU32,
    received: Instant,
    refused: AtomicBool,
}

impl Challenge {
    fn new(parameters: Parameters) -> Self {
        Self {
            parameters,
            session: OnceLock::new(),
            answers: AtomicU32::new(0),
            reserved: AtomicU32::new(0),
            received: Instant::now(),
            refused: AtomicBool::new(false),
        }
    }

    /// Reads the challenge of a response that is to be answered, or says why there is none.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, String> {
        Parameters::choose(headers.get_all(WWW_AUTHENTICATE).iter().map(HeaderValue::as_bytes)).map(Self::new)
    }

    /// Reads the only header of a challenge, if diqwest answers it as this module does.
    pub(super) fn of_header(header: &str) -> Option<Self> {
        let read = Parameters::choose([header.as_bytes()]).ok()?;
        is_answered_alike(&read, header).then(|| Self::new(read))
    }

    /// The challenge for the next request, where a response brings one (RFC 7616, section 3.5).
    pub(super) fn next(&self, headers: &HeaderMap) -> Option<Self> {
        let nonce = parse_parameter(headers.get(AUTHENTICATION_INFO)?.as_bytes(), "nextnonce")?;
        let is_new = !nonce.is_empty() && nonce != self.parameters.nonce;
        is_new.then(|| Self::new(Parameters { nonce, stale: false, ..self.parameters.clone() }))
    }

    /// Whoever learnt the challenge has answered it with the count 1.
    pub(super) fn counted_once(self) -> Self {
        self.answers.store(1, Ordering::Relaxed);
        self.reserved.store(1, Ordering::Relaxed);
        self
    }

    /// Puts an answer on a request, with a count that no other answer has.
    pub(super) fn answer(&self, key: &KeyPair, request: &mut Request) -> Result<(), &'static str> {
        let url = request.url();
        let uri = match url.query() {
            Some(query) => Cow::Owned(format!("{}?{query}", url.path())),
            None => Cow::Borrowed(url.path()),
        };
        let body = request.body().map_or(Some(&[][..]), Body::as_bytes);
        if body.is_none() && self.parameters.signs_body() {
            return Err("it signs the body, which is a stream");
        }
        let method = request.method().as_str();
        let signed = SignedRequest { method, uri: &uri, body: body.unwrap_or_default() };
        let session = self.session(key)?;
        let count = self.answers.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let value = HeaderValue::try_from(session.answer(&self.parameters, count, signed));
        let mut value = value.map_err(|_| "the public key has characters that no HTTP header may hold")?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
        Ok(())
    }

    fn session(&self, key: &KeyPair) -> Result<&Session, &'static str> {
        if let Some(session) = self.session.get() {
            return Ok(session);
        }
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|_| "the system has no random numbers")?;
        let cnonce = format!("{:032x}", u128::from_ne_bytes(random));
        let secret = key.secret.expose_secret();
        Ok(self.session.get_or_init(|| Session::new(&self.parameters, &key.name, secret, cnonce)))
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
        self.parameters.stale
    }

    pub(super) fn is_same_nonce(&self, other: &Self) -> bool {
        self.parameters.nonce == other.parameters.nonce
    }

    pub(super) fn mark_refused(&self) {
        self.refused.store(true, Ordering::Relaxed);
    }

    /// Whether it was refused; true once, so that calls that were refused together count as one refusal.
    pub(super) fn take_refused(&self) -> bool {
        self.refused.swap(false, Ordering::Relaxed)
    }
}

/// Whether diqwest's digest_auth reads the same in a header, and names nothing in its answer that this one does not.
fn is_answered_alike(ours: &Parameters, header: &str) -> bool {
    let Ok(theirs) = digest_auth::parse(header) else { return false };
    let qop = ours.qop.as_ref().map(|qop| qop.name.as_str());
    theirs.realm.as_bytes() == ours.realm
        && theirs.nonce.as_bytes() == ours.nonce
        && theirs.opaque.as_deref().map(str::as_bytes) == ours.opaque.as_deref()
        && theirs.userhash == ours.userhash
        && theirs.qop.as_deref() == Some(&[digest_auth::Qop::AUTH])
        && qop == Some("auth")
        && !ours.algorithm.sess
        && ours.algorithm_name.as_deref() == Some(&*theirs.algorithm.to_string())
}

#[cfg(test)]
mod tests {
    use reqwest::Method;

    use super::*;

    const ATLAS: &str = r#"Digest realm="MMS Public API", domain="", nonce="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", algorithm=MD5, qop="auth", stale=false"#;

    fn challenge(header: &str) -> Challenge {
        let headers = HeaderMap::from_iter([(WWW_AUTHENTICATE, HeaderValue::from_str(header).unwrap())]);
        Challenge::of(&headers).unwrap()
    }

    fn answer(challenge: &Challenge) -> HeaderValue {
        let key = KeyPair { name: "u".into(), secret: "p".into() };
        let mut request = Request::new(Method::GET, "https://h/path?a=b".parse().unwrap());
        challenge.answer(&key, &mut request).unwrap();
        request.headers().get(AUTHORIZATION).unwrap().clone()
    }

    #[tokio::test(start_paused = true)]
    async fn a_challenge_is_usable_for_55_seconds() {
        let challenge = challenge(ATLAS);
        tokio::time::advance(LIFE - Duration::from_millis(1)).await;
        assert!(challenge.is_usable());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!challenge.is_usable());
    }

    #[tokio::test]
    async fn a_challenge_is_retired_before_the_server_counts_it_out() {
        let challenge = challenge(ATLAS).counted_once();
        let count = || {
            let answer = answer(&challenge);
            let (_, rest) = answer.to_str().unwrap().split_once("nc=").unwrap();
            u32::from_str_radix(rest.split(',').next().unwrap(), 16).unwrap()
        };
        let counts: Vec<u32> = std::iter::from_fn(|| challenge.reserve_nonce_count().then(count)).collect();
        assert_eq!(counts, (2..=MAX_ANSWERS).collect::<Vec<_>>());
    }

    #[test]
    fn an_answer_signs_the_path_with_its_query_and_is_marked_sensitive() {
        let answer = answer(&challenge(ATLAS));
        assert!(answer.to_str().unwrap().contains("uri=\"/path?a=b\", "), "{}", answer.to_str().unwrap());
        assert!(answer.is_sensitive());
    }

    #[test]
    fn an_unguessable_text_comes_with_each_challenge() {
        let cnonce = |challenge| {
            let answer = answer(&challenge).to_str().unwrap().to_owned();
            answer.split_once("cnonce=\"").unwrap().1[..32].to_owned()
        };
        assert_ne!(cnonce(challenge(ATLAS)), cnonce(challenge(ATLAS)));
    }

    #[test]
    fn diqwest_is_trusted_with_what_it_answers_alike() {
        assert!(Challenge::of_header(ATLAS).is_some());
        let sha = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256, opaque=\"o\"";
        assert!(Challenge::of_header(sha).is_some());
        for header in [
            "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"",
            "Digest realm=\"r\", nonce=\"n\", algorithm=MD5",
            "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth-int\"",
            "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth,auth-int\"",
            "Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess, qop=\"auth\"",
            "Digest realm=\"r\", nonce=\"n\", algorithm=md5, qop=\"auth\"",
            "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"AUTH\"",
            "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\", charset=utf-8",
            "DIGEST realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"",
            "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\", Bearer realm=\"b\", nonce=\"other\"",
            "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\", Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256",
            "Basic realm=\"r\"",
        ] {
            assert!(Challenge::of_header(header).is_none(), "{header}");
        }
    }

    #[test]
    fn the_next_nonce_has_a_count_of_its_own() {
        let challenge = challenge(ATLAS).counted_once();
        let next = |info: &str| {
            challenge.next(&HeaderMap::from_iter([(AUTHENTICATION_INFO, HeaderValue::from_str(info).unwrap())]))
        };
        let fresh = next("qop=auth, nextnonce = \"n2\"").unwrap();
        let text = answer(&fresh).to_str().unwrap().to_owned();
        assert!(text.contains("nonce=\"n2\"") && text.contains("nc=00000001"), "{text}");
        for info in ["nextnonce=\"\"", "rspauth=\"x\"", &format!("nextnonce=\"{}\"", "A".repeat(32))] {
            assert!(next(info).is_none(), "{info}");
        }
        assert!(challenge.next(&HeaderMap::new()).is_none());
    }
}
