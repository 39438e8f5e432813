//! The access tokens of service accounts, and the OAuth endpoints.

use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::header;
use serde_json::json;

use crate::{
    FakeResponse, Recorded,
    api::{call, errors},
    lock::lock,
};

/// The path that the OAuth endpoints are below.
pub(crate) const ENDPOINTS: &str = "/api/oauth/";

/// The rules of the OAuth endpoints.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenRules {
    pub(crate) lifetime: Duration,
    /// `expires_in`, when it differs from the lifetime.
    pub(crate) expires_in: Option<u64>,
    /// The limit of each client.
    pub(crate) requests_per_minute: Option<u32>,
}

/// The clients, and the tokens that were issued to them.
#[derive(Debug)]
pub(crate) struct Tokens {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rules: TokenRules,
    /// Client ids and their secrets.
    clients: HashMap<String, String>,
    /// Tokens and when they expire.
    valid: HashMap<String, Duration>,
    /// When each client sent its requests of the last minute.
    recent: HashMap<String, VecDeque<Duration>>,
    issued: usize,
    random: fastrand::Rng,
}

/// The parameters and client of a request to an OAuth endpoint.
struct Form {
    parameters: Vec<(String, String)>,
    client: Option<(String, String)>,
}

impl Tokens {
    pub(crate) fn new(rules: TokenRules, id: &str, secret: &str) -> Self {
        let state = State {
            rules,
            clients: HashMap::from([(id.to_owned(), secret.to_owned())]),
            valid: HashMap::new(),
            recent: HashMap::new(),
            issued: 0,
            random: fastrand::Rng::new(),
        };
        Self { state: Mutex::new(state) }
    }

    pub(crate) fn set_client(&self, id: &str, secret: Option<&str>) {
        let mut state = lock(&self.state);
        match secret {
            Some(secret) => state.clients.insert(id.to_owned(), secret.to_owned()),
            None => state.clients.remove(id),
        };
    }

    pub(crate) fn set_rules(&self, change: impl FnOnce(&mut TokenRules)) {
        change(&mut lock(&self.state).rules);
    }

    /// Expires all tokens.
    pub(crate) fn expire(&self) {
        lock(&self.state).valid.clear();
    }

    pub(crate) fn issued(&self) -> usize {
        lock(&self.state).issued
    }

    pub(crate) fn valid(&self, now: Duration) -> usize {
        lock(&self.state).valid.values().filter(|end| **end > now).count()
    }

    /// Whether a token is accepted.
    pub(crate) fn check(&self, token: &str, now: Duration) -> Result<(), &'static str> {
        match lock(&self.state).valid.get(token) {
            Some(end) if *end > now => Ok(()),
            Some(_) => Err("the token has expired"),
            None => Err("the token is not known"),
        }
    }

    /// Responds to a request to an OAuth endpoint. `path` is without the prefix.
    pub(crate) fn respond(&self, path: &str, request: &Recorded, now: Duration) -> FakeResponse {
        let endpoint = path.strip_prefix(ENDPOINTS).unwrap_or_default();
        if !matches!(endpoint, "token" | "revoke") {
            return errors::resource_not_found(path);
        }
        if request.method != "POST" {
            return errors::method_not_allowed(&request.method, path);
        }
        let form = match Form::read(request) {
            Ok(form) => form,
            Err(reason) => return oauth_error(400, "invalid_request", reason),
        };
        let mut state = lock(&self.state);
        if let Some(refusal) = state.limit(&form, now) {
            return refusal;
        }
        if !state.knows(&form) {
            let refusal = oauth_error(401, "invalid_client", "Client authentication failed.");
            return refusal.header("www-authenticate", "Basic realm=\"MMS Public API\"");
        }
        if endpoint == "token" { state.grant(&form, now) } else { state.revoke(&form) }
    }
}

impl State {
    fn knows(&self, form: &Form) -> bool {
        form.client.as_ref().is_some_and(|(id, secret)| self.clients.get(id) == Some(secret))
    }

    /// Counts a request, and refuses it when the client exceeds its limit.
    fn limit(&mut self, form: &Form, now: Duration) -> Option<FakeResponse> {
        const MINUTE: Duration = Duration::from_secs(60);
        let limit = self.rules.requests_per_minute? as usize;
        let (id, _) = form.client.as_ref()?;
        let times = self.recent.entry(id.clone()).or_default();
        while times.front().is_some_and(|at| now.saturating_sub(*at) >= MINUTE) {
            times.pop_front();
        }
        if times.len() < limit {
            times.push_back(now);
            return None;
        }
        let wait = times.front().map_or(MINUTE, |at| (*at + MINUTE).saturating_sub(now));
        let seconds = wait.as_secs_f64().ceil().max(1.0);
        let refusal = errors::api_error(429, "RATE_LIMITED", "Too many token requests.", &[]);
        Some(refusal.header("retry-after", &seconds.to_string()))
    }

    fn grant(&mut self, form: &Form, now: Duration) -> FakeResponse {
        match form.get("grant_type") {
            Some("client_credentials") => {}
            Some(_) => return oauth_error(400, "unsupported_grant_type", "Only client_credentials is supported."),
            None => return oauth_error(400, "invalid_request", "grant_type is missing."),
        }
        self.valid.retain(|_, end| *end > now);
        let token: String = (0..64).map(|_| self.random.alphanumeric()).collect();
        let token = format!("eyJhbGciOiJFUzUxMiJ9.{token}");
        self.valid.insert(token.clone(), now.saturating_add(self.rules.lifetime));
        self.issued += 1;
        let expires_in = self.rules.expires_in.unwrap_or(self.rules.lifetime.as_secs());
        FakeResponse::json(200, json!({"access_token": token, "expires_in": expires_in, "token_type": "Bearer"}))
            .header("cache-control", "no-store")
    }

    /// Revoking an unknown token succeeds (RFC 7009, section 2.2).
    fn revoke(&mut self, form: &Form) -> FakeResponse {
        match form.get("token") {
            Some(token) => {
                self.valid.remove(token);
                FakeResponse::empty(200)
            }
            None => oauth_error(400, "invalid_request", "token is missing."),
        }
    }
}

impl Form {
    fn read(request: &Recorded) -> Result<Self, &'static str> {
        let media_type = request.header("content-type").unwrap_or_default();
        if !media_type.starts_with("application/x-www-form-urlencoded") {
            return Err("The body must be a form.");
        }
        let body = std::str::from_utf8(&request.body).map_err(|_| "The body is not text.")?;
        let mut form = Self { parameters: call::parameters(body), client: None };
        form.client = match request.headers.get(header::AUTHORIZATION) {
            Some(value) => Some(value.to_str().ok().and_then(basic).ok_or("Authorization is not Basic.")?),
            None => form.get("client_id").zip(form.get("client_secret")).map(|(id, secret)| (id.into(), secret.into())),
        };
        Ok(form)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The id and secret of `Authorization: Basic ..`, both form-encoded (RFC 6749, section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    scheme.eq_ignore_ascii_case("basic").then(|| (call::decode(id), call::decode(secret)))
}

/// An error of OAuth (RFC 6749, section 5.2).
fn oauth_error(status: u16, error: &str, description: &str) -> FakeResponse {
    FakeResponse::json(status, json!({"error": error, "error_description": description}))
        .header("cache-control", "no-store")
}
