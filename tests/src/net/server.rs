//! The listener and its connections.

use std::{pin::pin, sync::Arc};

use hyper::{server::conn::http1, service::service_fn};
#[cfg(feature = "tls")]
use hyper_util::rt::TokioExecutor;
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::JoinSet,
};

use super::{service::Service, socket::Socket};
use crate::faults::reset_switch::ResetSwitch;

/// The connection of a client.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) number: usize,
    pub(crate) node: usize,
    pub(crate) reset: ResetSwitch,
    /// Notified when the connection is to accept no more requests.
    pub(crate) retire: Notify,
}

/// Serves a connection until it ends. A macro, since the connections of the two protocols share no trait.
macro_rules! serve_connection {
    ($protocol:ident, $io:expr, $connection:expr, $service:expr) => {{
        let mut retire_all = $service.retire.subscribe();
        let (service, connection) = (Arc::clone(&$service), Arc::clone(&$connection));
        let serve = service_fn(move |request| {
            let (service, connection) = (Arc::clone(&service), Arc::clone(&connection));
            async move { service.serve(connection, request).await }
        });
        let mut serving = pin!($protocol().serve_connection(TokioIo::new($io), serve));
        let mut is_retired = false;
        loop {
            tokio::select! {
                // Clients may end connections in any way, and faults do.
                _ = serving.as_mut() => break,
                () = retired(&mut retire_all, &$connection), if !is_retired => {
                    is_retired = true;
                    serving.as_mut().graceful_shutdown();
                }
            }
        }
    }};
}

fn http1() -> http1::Builder {
    let mut builder = http1::Builder::new();
    // Idle connections must survive a test that advances the time.
    builder.header_read_timeout(None);
    builder
}

#[cfg(feature = "tls")]
fn http2() -> hyper::server::conn::http2::Builder<TokioExecutor> {
    hyper::server::conn::http2::Builder::new(TokioExecutor::new())
}

/// Accepts connections. Dropping the future closes all of them.
pub(crate) async fn accept(listener: TcpListener, service: Arc<Service>) {
    let mut connections = JoinSet::new();
    let mut number = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection may end before it is accepted.
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(handle_connection(stream, number, Arc::clone(&service)));
                number += 1;
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn handle_connection(stream: TcpStream, number: usize, service: Arc<Service>) {
    // Small responses must not wait for acknowledgements. Without it they are slower, not wrong.
    let _ = stream.set_nodelay(true);
    let reset = ResetSwitch::default();
    let node = service.next_node();
    let connection = Arc::new(Connection { number, node, reset: reset.clone(), retire: Notify::new() });
    let socket = Socket::new(stream, reset);
    #[cfg(feature = "tls")]
    if let Some(tls) = &service.tls {
        // A client that does not trust the authority ends the connection here.
        let Ok(stream) = tls.acceptor.accept(socket).await else { return };
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            serve_connection!(http2, stream, connection, service);
        } else {
            serve_connection!(http1, stream, connection, service);
        }
        return;
    }
    serve_connection!(http1, socket, connection, service);
}

/// Waits until all connections, or this one, are to accept no more requests.
async fn retired(retire_all: &mut watch::Receiver<u64>, connection: &Connection) {
    tokio::select! {
        _ = retire_all.changed() => {}
        () = connection.retire.notified() => {}
    }
}
