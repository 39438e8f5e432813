//! The listener and its connections.

use std::{
    collections::HashMap,
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex, atomic::AtomicUsize},
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
    nonces::Nonces,
    pipeline::{self, Connection},
    record::Log,
    routes,
    seed::{self, Kind, Place},
    settings::Settings,
    socket::{Fate, Socket},
    state::{Service, Shared},
    store::Store,
};

/// Listens and serves until the handle is dropped.
pub(crate) async fn start(settings: Settings) -> io::Result<FakeAtlas> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port)).await?;
    let root = format!("http://{}{}", listener.local_addr()?, settings.prefix);
    let bucket = "5fb1a7d2e2c4d84c1e4f0b01".to_owned();
    let shared = Arc::new(Shared {
        clock: Clock::new(
            settings.start.unwrap_or_else(SystemTime::now),
            settings.time_scale,
        ),
        log: Log::new(settings.remembered),
        nodes: (0..settings.nodes).map(|_| Nonces::default()).collect(),
        next_node: AtomicUsize::new(0),
        keys: Mutex::new(HashMap::from([(
            settings.public_key.clone(),
            settings.private_key.clone(),
        )])),
        reuse: Mutex::new(settings.nonces.reuse),
        faults: Faults::default(),
        canned: CannedAnswers::default(),
        random: Mutex::new(fastrand::Rng::with_seed(settings.seed)),
        store: Mutex::new(sown(&settings, &root, &bucket)),
        root,
        settings,
    });
    let service = Arc::new(Service {
        routes: routes::router().with_state(Arc::clone(&shared)),
        shared: Arc::clone(&shared),
    });
    let accepting = tokio::spawn(accept(listener, service));
    Ok(FakeAtlas::new(shared, accepting))
}

/// What a fake holds at the start.
fn sown(settings: &Settings, root: &str, bucket: &str) -> Store {
    let place = Place {
        root,
        project: &settings.project_id,
        cluster: &settings.cluster_name,
        bucket,
    };
    let mut store = Store::default();
    let cluster = store
        .add_project(&settings.project_id)
        .add_cluster(&settings.cluster_name);
    for kind in Kind::ALL {
        cluster.put(&kind.id(), seed::document(kind, &place));
    }
    store
}

/// Takes connections; dropping this future closes all of them.
async fn accept(listener: TcpListener, service: Arc<Service>) {
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
    let connection = Arc::new(Connection {
        number,
        node,
        fate: fate.clone(),
    });
    let io = TokioIo::new(Socket::new(stream, fate));
    let answering = service_fn(move |request| {
        pipeline::serve(Arc::clone(&service), Arc::clone(&connection), request)
    });
    // How a conversation ends is the client's business, or was asked for.
    let _ = http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(io, answering)
        .await;
}
