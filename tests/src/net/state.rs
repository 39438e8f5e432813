//! Everything that the requests of one fake share.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use axum::Router;
use tokio::sync::watch;

use crate::{
    Reuse, Script,
    api::{canned::CannedAnswers, rate_limit::Limiter, record::Log, versions::Endings},
    auth::{nonces::Nonces, tokens::Tokens},
    data::{clock::Clock, store::Store},
    faults::Faults,
    handle::settings::Settings,
};

/// The running service.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    /// Scheme, host, port and prefix.
    pub(crate) root: String,
    pub(crate) clock: Clock,
    pub(crate) log: Log,
    pub(crate) nodes: Vec<Nonces>,
    pub(crate) next_node: AtomicUsize,
    /// Public keys and their private ones.
    pub(crate) keys: Mutex<HashMap<String, String>>,
    pub(crate) reuse: Mutex<Reuse>,
    pub(crate) faults: Faults,
    pub(crate) canned: CannedAnswers,
    /// Changes when all connections shall take no more requests.
    pub(crate) retire: watch::Sender<u64>,
    pub(crate) tokens: Tokens,
    pub(crate) endings: Endings,
    pub(crate) limiter: Limiter,
    /// How jobs move that clients create.
    pub(crate) created: Mutex<Script>,
    pub(crate) refuse_duplicates: AtomicBool,
    pub(crate) random: Mutex<fastrand::Rng>,
    pub(crate) store: Mutex<Store>,
}

/// The running service with its routes, which need the state themselves.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) shared: Arc<Shared>,
    pub(crate) routes: Router,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<crate::net::tls::Identity>,
}

impl Shared {
    pub(crate) fn next_node(&self) -> usize {
        self.next_node.fetch_add(1, Ordering::Relaxed) % self.nodes.len().max(1)
    }
}
