//! The listener and its connections.

use std::{
    collections::HashMap,
    io,
    net::Ipv4Addr,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize},
    },
    time::SystemTime,
};

use hyper::{server::conn::http1, service::service_fn};
#[cfg(feature = "tls")]
use hyper_util::rt::TokioExecutor;
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinSet,
};

use crate::api as routes;
#[cfg(feature = "tls")]
use crate::net::tls::Identity;
use crate::{
    FakeAtlas,
    api::{canned::CannedAnswers, rate_limit::Limiter, record::Log, versions::Endings},
    auth::{nonces::Nonces, tokens::Tokens},
    data::{
        clock::Clock,
        jobs::Job,
        seed::{self, Kind, Place},
        store::{Bucket, Store},
    },
    faults::Faults,
    handle::settings::Settings,
    net::{
        pipeline::{self, Connection},
        socket::{Fate, Socket},
        state::{Service, Shared},
    },
};

/// Listens and serves until the handle is dropped.
pub(crate) async fn start(settings: Settings) -> io::Result<FakeAtlas> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port)).await?;
    let address = listener.local_addr()?;
    #[cfg(feature = "tls")]
    let tls = if settings.tls { Some(Identity::new(settings.http2).map_err(io::Error::other)?) } else { None };
    #[cfg(feature = "tls")]
    let scheme = if settings.tls { "https" } else { "http" };
    #[cfg(not(feature = "tls"))]
    let scheme = "http";
    let root = format!("{scheme}://{address}{}", settings.prefix);
    let limiter = Limiter::default();
    limiter.set(settings.rate_limit);
    let shared = Arc::new(Shared {
        clock: Clock::new(settings.start.unwrap_or_else(SystemTime::now), settings.time_scale),
        log: Log::new(settings.remembered),
        nodes: (0..settings.nodes).map(|_| Nonces::default()).collect(),
        next_node: AtomicUsize::new(0),
        keys: Mutex::new(HashMap::from([(settings.public_key.clone(), settings.private_key.clone())])),
        reuse: Mutex::new(settings.nonces.reuse),
        faults: Faults::new(settings.seed),
        canned: CannedAnswers::default(),
        tokens: Tokens::new(settings.tokens, &settings.client_id, &settings.client_secret),
        endings: Endings::default(),
        retire: watch::Sender::new(0),
        limiter,
        created: Mutex::default(),
        refuse_duplicates: AtomicBool::new(false),
        random: Mutex::new(fastrand::Rng::new()),
        store: Mutex::new(sown(&settings, &root)),
        root,
        settings,
    });
    let service = Service {
        routes: routes::router().with_state(Arc::clone(&shared)),
        #[cfg(feature = "tls")]
        tls,
        shared,
    };
    Ok(FakeAtlas::new(Arc::new(service), listener, address))
}

/// What a fake holds at the start.
fn sown(settings: &Settings, root: &str) -> Store {
    let place = Place { root, project: &settings.project_id, cluster: &settings.cluster_name };
    let mut store = Store::new(settings.any_project);
    let project = store.add_project(&settings.project_id);
    project.buckets.push(Bucket { id: seed::BUCKET.into(), document: seed::bucket(), held: false });
    let cluster = project.add_cluster(&settings.cluster_name);
    for kind in Kind::ALL {
        cluster.put(&kind.id(), Job::Verbatim(seed::document(kind, &place)));
    }
    store
}

/// Serves one connection until it ends. A macro, since the two protocols' connections share no trait.
macro_rules! speak {
    ($protocol:ident, $io:expr, $connection:expr, $service:expr) => {{
        let mut everybody = $service.shared.retire.subscribe();
        let (service, connection) = (Arc::clone(&$service), Arc::clone(&$connection));
        let answer = service_fn(move |request| pipeline::serve(Arc::clone(&service), Arc::clone(&connection), request));
        let mut talk = pin!($protocol().serve_connection(TokioIo::new($io), answer));
        let mut leaving = false;
        loop {
            tokio::select! {
                // How a conversation ends is the client's business, or was asked for.
                _ = talk.as_mut() => break,
                () = retired(&mut everybody, &$connection), if !leaving => {
                    leaving = true;
                    talk.as_mut().graceful_shutdown();
                }
            }
        }
    }};
}

fn http1() -> http1::Builder {
    let mut builder = http1::Builder::new();
    // A test that lets paused time pass must not lose its idle connections by that.
    builder.header_read_timeout(None);
    builder
}

#[cfg(feature = "tls")]
fn http2() -> hyper::server::conn::http2::Builder<TokioExecutor> {
    hyper::server::conn::http2::Builder::new(TokioExecutor::new())
}

/// Takes connections; dropping this future closes all of them.
pub(crate) async fn accept(listener: TcpListener, service: Arc<Service>) {
    let mut connections = JoinSet::new();
    let mut number = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that died before it was accepted is no reason to stop.
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(converse(stream, number, Arc::clone(&service)));
                number += 1;
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn converse(stream: TcpStream, number: usize, service: Arc<Service>) {
    // Small answers must not wait for acknowledgements.
    let _ = stream.set_nodelay(true);
    let fate = Fate::default();
    let node = service.shared.next_node();
    let connection = Arc::new(Connection { number, node, fate: fate.clone(), retire: Notify::new() });
    let socket = Socket::new(stream, fate);
    #[cfg(feature = "tls")]
    if let Some(tls) = &service.tls {
        // A client that does not trust the authority hangs up, and that is all there is to it.
        let Ok(stream) = tls.acceptor.accept(socket).await else { return };
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            speak!(http2, stream, connection, service);
        } else {
            speak!(http1, stream, connection, service);
        }
        return;
    }
    speak!(http1, socket, connection, service);
}

/// Waits for the word to take no more requests, by everybody or by this connection.
async fn retired(everybody: &mut watch::Receiver<u64>, connection: &Connection) {
    tokio::select! {
        _ = everybody.changed() => {}
        () = connection.retire.notified() => {}
    }
}
