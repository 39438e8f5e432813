//! What a fake was told before it started.

use std::time::{Duration, SystemTime};

use crate::{
    Algorithm, Challenge, Envelope, EnvelopedErrors, NcPolicy, RateLimit, Reuse,
    auth::{nonces::Rules, tokens::TokenRules},
};

/// How connections and requests are spread over the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Balance {
    /// Each connection goes to the next node and stays there.
    PerConnection,
    /// Each request goes to the next node.
    PerRequest,
}

/// The settings of one fake.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) port: u16,
    pub(crate) prefix: String,
    pub(crate) public_key: String,
    pub(crate) private_key: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) tokens: TokenRules,
    pub(crate) bearer_on_v1: bool,
    pub(crate) project_id: String,
    pub(crate) cluster_name: String,
    pub(crate) authentication: bool,
    pub(crate) realm: String,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) qop: bool,
    pub(crate) challenge: Challenge,
    pub(crate) nonces: Rules,
    pub(crate) envelope: Envelope,
    pub(crate) enveloped_errors: EnvelopedErrors,
    pub(crate) nodes: usize,
    pub(crate) balance: Balance,
    pub(crate) seed: u64,
    pub(crate) start: Option<SystemTime>,
    pub(crate) time_scale: f64,
    pub(crate) remembered: usize,
    pub(crate) any_project: bool,
    #[cfg(feature = "tls")]
    pub(crate) tls: bool,
    #[cfg(feature = "tls")]
    pub(crate) http2: bool,
    pub(crate) rate_limit: Option<RateLimit>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            port: 0,
            prefix: String::new(),
            public_key: "fakekeyx".into(),
            private_key: "7c2b5d1e-0f3a-4b8d-9a61-5e4f2d3c1b0a".into(),
            client_id: "mdb_sa_id_5fb1a7d2e2c4d84c1e4f0c01".into(),
            client_secret: "mdb_sa_sk_k3v9Qm2xT7fLw0ZsB4nYh8RcJ1uEgPaD6oXi5rKt".into(),
            tokens: TokenRules { life: Duration::from_secs(3600), told: None, per_minute: None },
            bearer_on_v1: true,
            project_id: "32b6e34b3d91647abb20e7b8".into(),
            cluster_name: "Cluster0".into(),
            authentication: true,
            realm: "MMS Public API".into(),
            algorithms: vec![Algorithm::Md5],
            qop: true,
            challenge: Challenge::atlas(),
            nonces: Rules {
                life: Duration::from_secs(60),
                max_uses: 1024,
                policy: NcPolicy::Strict,
                reuse: Reuse::Accepted,
            },
            envelope: Envelope::Content,
            enveloped_errors: EnvelopedErrors::Plain,
            nodes: 1,
            balance: Balance::PerConnection,
            seed: 0,
            start: None,
            time_scale: 1.0,
            remembered: 50_000,
            any_project: false,
            #[cfg(feature = "tls")]
            tls: false,
            #[cfg(feature = "tls")]
            http2: true,
            rate_limit: None,
        }
    }
}
