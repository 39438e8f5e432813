//! Who may pass: the credentials of one request.

pub(crate) mod challenge;
pub(crate) mod digest;
pub(crate) mod nonces;
pub(crate) mod tokens;

use http::header;

use crate::{
    Answer, Recorded,
    api::errors,
    auth::{
        challenge::Asked,
        digest::{Credentials, Expected},
        nonces::{Rejected, Rules},
    },
    lock::lock,
    net::state::Shared,
};

/// A request that is not let in.
pub(crate) struct Refusal {
    pub(crate) answer: Answer,
    /// `None` where no credentials came at all.
    pub(crate) why: Option<&'static str>,
}

/// Lets a request in, or answers it.
pub(crate) fn check(shared: &Shared, request: &Recorded, path: &str) -> Result<(), Box<Refusal>> {
    if !shared.settings.authentication {
        return Ok(());
    }
    let Some(header) = request.headers.get(header::AUTHORIZATION) else {
        return Err(challenge(shared, request, None));
    };
    if let Some(token) = header.to_str().ok().and_then(bearer) {
        let verdict = if shared.settings.bearer_on_v1 || path.starts_with("/api/atlas/v2/") {
            shared.tokens.check(token)
        } else {
            Err("tokens are not accepted on v1.0")
        };
        return verdict.map_err(|why| {
            let answer = errors::unauthorized(None)
                .header("www-authenticate", "Bearer realm=\"MMS Public API\", error=\"invalid_token\"");
            Box::new(Refusal { answer, why: Some(why) })
        });
    }
    let verdict = match header.to_str() {
        Ok(header) => digest(shared, request, header),
        Err(_) => Err(wrong("Authorization is not text")),
    };
    verdict.map_err(|rejected| challenge(shared, request, Some(rejected)))
}

/// The token of `Authorization: Bearer ..`.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn digest(shared: &Shared, request: &Recorded, header: &str) -> Result<(), Rejected> {
    let credentials = Credentials::parse(header).map_err(wrong)?;
    let count = credentials.count().map_err(wrong)?;
    let password = lock(&shared.keys).get(credentials.user()).cloned().ok_or_else(|| wrong("no such public key"))?;
    credentials
        .check(&Expected {
            method: &request.method,
            uri: &request.uri(),
            realm: &shared.settings.realm,
            password: &password,
            algorithms: &shared.settings.algorithms,
            qop: shared.settings.qop,
        })
        .map_err(wrong)?;
    match shared.nodes.get(request.node) {
        Some(node) => node.spend(credentials.nonce(), count, &rules(shared)),
        None => Err(wrong("there is no such node")),
    }
}

fn wrong(why: &'static str) -> Rejected {
    Rejected { stale: false, why }
}

fn rules(shared: &Shared) -> Rules {
    Rules { reuse: *lock(&shared.reuse), ..shared.settings.nonces }
}

fn challenge(shared: &Shared, request: &Recorded, rejected: Option<Rejected>) -> Box<Refusal> {
    let settings = &shared.settings;
    let nonce = match shared.nodes.get(request.node) {
        Some(node) => node.issue(&rules(shared), &mut lock(&shared.random)),
        None => String::new(),
    };
    let stale = rejected.is_some_and(|rejected| rejected.stale);
    let asked =
        Asked { realm: &settings.realm, nonce: &nonce, algorithms: &settings.algorithms, qop: settings.qop, stale };
    let code = rejected.filter(|rejected| !rejected.stale).map(|_| "UNEXPECTED_ERROR");
    let answer = settings
        .challenge
        .headers(&asked)
        .iter()
        .fold(errors::unauthorized(code), |answer, header| answer.header("www-authenticate", header));
    Box::new(Refusal { answer, why: rejected.map(|rejected| rejected.why) })
}
