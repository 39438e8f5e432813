//! The listener and its connections.

use std::{
    collections::HashMap,
    io,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize},
    },
    time::SystemTime,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{
    FakeAtlas,
    canned::CannedAnswers,
    clock::Clock,
    faults::Faults,
    jobs::Job,
    nonces::Nonces,
    pipeline::{self, Connection},
    rate_limit::Limiter,
    record::Log,
    routes,
    seed::{self, Kind, Place},
    settings::Settings,
    socket::{Fate, Socket},
    state::{Service, Shared},
    store::{Bucket, Store},
};

/// Listens and serves until the handle is dropped.
pub(crate) async fn start(settings: Settings) -> io::Result<FakeAtlas> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port)).await?;
    let address = listener.local_addr()?;
    let root = format!("http://{address}{}", settings.prefix);
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
        limiter,
        created: Mutex::default(),
        refuse_duplicates: AtomicBool::new(false),
        random: Mutex::new(fastrand::Rng::with_seed(settings.seed)),
        store: Mutex::new(sown(&settings, &root)),
        root,
        settings,
    });
    let service = Service { routes: routes::router().with_state(Arc::clone(&shared)), shared };
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
    let connection = Arc::new(Connection { number, node, fate: fate.clone() });
    let io = TokioIo::new(Socket::new(stream, fate));
    let answering = service_fn(move |request| pipeline::serve(Arc::clone(&service), Arc::clone(&connection), request));
    // How a conversation ends is the client's business, or was asked for.
    let _ = http1::Builder::new().header_read_timeout(None).serve_connection(io, answering).await;
}
