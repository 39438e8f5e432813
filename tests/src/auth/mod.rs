//! Authentication: which credentials a request is accepted with.

pub(crate) mod challenge;
pub(crate) mod digest;
pub(crate) mod nonces;
pub(crate) mod tokens;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use http::header;

use self::{
    challenge::Parameters,
    digest::{Credentials, Expected},
    nonces::{NonceRules, Nonces, Rejected},
    tokens::{TokenRules, Tokens},
};
use crate::{
    Algorithm, Challenge, FakeResponse, NcPolicy, Recorded, Reuse,
    api::{errors, is_v2},
    data::clock::Clock,
    lock::lock,
};

/// The settings of authentication.
#[derive(Clone, Debug)]
pub(crate) struct AuthSettings {
    pub(crate) required: bool,
    pub(crate) public_key: String,
    pub(crate) private_key: String,
    pub(crate) realm: String,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) qop: bool,
    pub(crate) challenge: Challenge,
    pub(crate) nonces: NonceRules,
    pub(crate) next_nonces: bool,
    /// How many nodes there are, each with nonces of its own.
    pub(crate) nodes: usize,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) tokens: TokenRules,
    pub(crate) tokens_on_v1: bool,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            required: true,
            public_key: "fakekeyx".into(),
            private_key: "7c2b5d1e-0f3a-4b8d-9a61-5e4f2d3c1b0a".into(),
            realm: "MMS Public API".into(),
            algorithms: vec![Algorithm::Md5],
            qop: true,
            challenge: Challenge::atlas(),
            nonces: NonceRules {
                lifetime: Duration::from_secs(60),
                max_uses: 1024,
                policy: NcPolicy::Strict,
                reuse: Reuse::Accepted,
            },
            next_nonces: false,
            nodes: 1,
            client_id: "mdb_sa_id_5fb1a7d2e2c4d84c1e4f0c01".into(),
            client_secret: "mdb_sa_sk_k3v9Qm2xT7fLw0ZsB4nYh8RcJ1uEgPaD6oXi5rKt".into(),
            tokens: TokenRules { lifetime: Duration::from_secs(3600), expires_in: None, requests_per_minute: None },
            tokens_on_v1: true,
        }
    }
}

/// A request that is refused.
pub(crate) struct Refusal {
    pub(crate) response: FakeResponse,
    /// `None` when the request had no credentials.
    pub(crate) reason: Option<&'static str>,
}

/// The keys, nonces and tokens of one fake.
#[derive(Debug)]
pub(crate) struct Auth {
    pub(crate) settings: AuthSettings,
    pub(crate) tokens: Tokens,
    clock: Arc<Clock>,
    /// Public keys and their private keys.
    keys: Mutex<HashMap<String, String>>,
    nodes: Vec<Nonces>,
    reuse: Mutex<Reuse>,
    random: Mutex<fastrand::Rng>,
}

impl Auth {
    pub(crate) fn new(settings: AuthSettings, clock: Arc<Clock>) -> Self {
        Self {
            tokens: Tokens::new(settings.tokens, &settings.client_id, &settings.client_secret),
            keys: Mutex::new(HashMap::from([(settings.public_key.clone(), settings.private_key.clone())])),
            nodes: (0..settings.nodes).map(|_| Nonces::default()).collect(),
            reuse: Mutex::new(settings.nonces.reuse),
            random: Mutex::new(fastrand::Rng::new()),
            clock,
            settings,
        }
    }

    /// The API keys that are accepted, by public key.
    pub(crate) fn keys(&self) -> MutexGuard<'_, HashMap<String, String>> {
        lock(&self.keys)
    }

    pub(crate) fn set_reuse(&self, reuse: Reuse) {
        *lock(&self.reuse) = reuse;
    }

    /// Responds to a request to an OAuth endpoint. `path` is without the prefix.
    pub(crate) fn respond_to_token_request(&self, path: &str, request: &Recorded) -> FakeResponse {
        self.tokens.respond(path, request, self.clock.elapsed())
    }

    /// Forgets all nonces.
    pub(crate) fn drop_nonces(&self) {
        for node in &self.nodes {
            node.clear();
        }
    }

    /// Accepts a request or says how it is refused. `path` is without the prefix.
    pub(crate) fn check(&self, request: &Recorded, path: &str) -> Result<(), Box<Refusal>> {
        if !self.settings.required {
            return Ok(());
        }
        let Some(header) = request.headers.get(header::AUTHORIZATION) else {
            return Err(self.challenge(request, None));
        };
        let Ok(header) = std::str::from_utf8(header.as_bytes()) else {
            return Err(self.challenge(request, Some(wrong("Authorization is not text"))));
        };
        match bearer(header) {
            Some(token) => self.check_token(token, path),
            None => self.check_digest(request, header).map_err(|rejected| self.challenge(request, Some(rejected))),
        }
    }

    fn check_token(&self, token: &str, path: &str) -> Result<(), Box<Refusal>> {
        let verdict = if self.settings.tokens_on_v1 || is_v2(path) {
            self.tokens.check(token, self.clock.elapsed())
        } else {
            Err("tokens are not accepted on v1.0")
        };
        verdict.map_err(|reason| {
            let response = errors::unauthorized(None)
                .header("www-authenticate", "Bearer realm=\"MMS Public API\", error=\"invalid_token\"");
            Box::new(Refusal { response, reason: Some(reason) })
        })
    }

    fn check_digest(&self, request: &Recorded, header: &str) -> Result<(), Rejected> {
        let credentials = Credentials::parse(header).map_err(wrong)?;
        let count = credentials.count().map_err(wrong)?;
        let password = self.keys().get(credentials.user()).cloned().ok_or_else(|| wrong("no such public key"))?;
        credentials
            .check(&Expected {
                method: &request.method,
                uri: &request.uri(),
                body: &request.body,
                realm: &self.settings.realm,
                password: &password,
                algorithms: &self.settings.algorithms,
                challenge: &self.challenge_headers(credentials.nonce(), false),
            })
            .map_err(wrong)?;
        match self.nodes.get(request.node) {
            Some(node) => node.consume(credentials.nonce(), count, &self.nonce_rules(), self.clock.elapsed()),
            None => Err(wrong("there is no such node")),
        }
    }

    fn nonce_rules(&self) -> NonceRules {
        NonceRules { reuse: *lock(&self.reuse), ..self.settings.nonces }
    }

    fn issue_nonce(&self, request: &Recorded) -> String {
        let node = self.nodes.get(request.node);
        node.map(|node| node.issue(&self.nonce_rules(), self.clock.elapsed(), &mut lock(&self.random)))
            .unwrap_or_default()
    }

    /// Returns the value of `Authentication-Info` in the response to an accepted request.
    pub(crate) fn info(&self, request: &Recorded) -> Option<String> {
        let is_digest = self.settings.required && self.settings.next_nonces;
        is_digest.then(|| format!("nextnonce=\"{}\"", self.issue_nonce(request)))
    }

    fn challenge_headers(&self, nonce: &str, stale: bool) -> Vec<String> {
        let AuthSettings { realm, algorithms, qop, challenge, .. } = &self.settings;
        challenge.headers(&Parameters { realm, nonce, algorithms, qop: *qop, stale })
    }

    fn challenge(&self, request: &Recorded, rejected: Option<Rejected>) -> Box<Refusal> {
        let stale = rejected.is_some_and(|rejected| rejected.stale);
        let code = rejected.filter(|rejected| !rejected.stale).map(|_| "UNEXPECTED_ERROR");
        let response = self
            .challenge_headers(&self.issue_nonce(request), stale)
            .iter()
            .fold(errors::unauthorized(code), |response, header| response.header("www-authenticate", header));
        Box::new(Refusal { response, reason: rejected.map(|rejected| rejected.reason) })
    }
}

/// The token of `Authorization: Bearer ..`.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn wrong(reason: &'static str) -> Rejected {
    Rejected { stale: false, reason }
}
