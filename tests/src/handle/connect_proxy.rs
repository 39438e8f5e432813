//! A proxy for `CONNECT`.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use crate::{FakeAtlas, lock::lock};

/// A proxy on a loopback port that tunnels connections with `CONNECT` until it is dropped.
///
/// ```no_run
/// # async fn test() {
/// use atlas_exports_testing::ConnectProxy;
///
/// let proxy = ConnectProxy::start().await;
/// // .. a client that uses `proxy.url()` as its proxy for https ..
/// assert_eq!(proxy.tunnels(), ["127.0.0.1:40123"]);
/// # }
/// ```
#[derive(Debug)]
pub struct ConnectProxy {
    url: String,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    /// The target of all tunnels, whatever is requested.
    towards: Option<SocketAddr>,
    tunnels: Mutex<Vec<String>>,
    refusing: Mutex<Option<u16>>,
}

impl ConnectProxy {
    /// Starts a proxy that connects to the requested hosts.
    ///
    /// # Panics
    ///
    /// When it cannot listen on a loopback port.
    pub async fn start() -> Self {
        Self::start_towards(None).await
    }

    /// Starts a proxy that always connects to this fake, so that a client can keep `https://cloud.mongodb.com` as its
    /// base URL.
    ///
    /// # Panics
    ///
    /// When it cannot listen on a loopback port.
    pub async fn towards(atlas: &FakeAtlas) -> Self {
        Self::start_towards(Some(atlas.address())).await
    }

    #[expect(clippy::panic, reason = "a test cannot continue without its proxy")]
    async fn start_towards(towards: Option<SocketAddr>) -> Self {
        let listening = async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let url = format!("http://{}", listener.local_addr()?);
            io::Result::Ok((listener, url))
        };
        let (listener, url) = match listening.await {
            Ok(listening) => listening,
            Err(error) => panic!("the proxy cannot listen on a loopback port: {error}"),
        };
        let state = Arc::new(State { towards, tunnels: Mutex::default(), refusing: Mutex::default() });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&state)));
        Self { url, state, accepting }
    }

    /// Returns the URL of the proxy, such as `http://127.0.0.1:40124`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the hosts and ports that were requested, in order.
    #[must_use]
    pub fn tunnels(&self) -> Vec<String> {
        lock(&self.state.tunnels).clone()
    }

    /// Responds to every `CONNECT` with this status, such as 407, from now on; `None` tunnels again.
    pub fn refuse(&self, status: Option<u16>) {
        *lock(&self.state.refusing) = status;
    }
}

impl Drop for ConnectProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut tunnels = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                tunnels.spawn(tunnel(client, Arc::clone(&state)));
            }
            Some(_) = tunnels.join_next(), if !tunnels.is_empty() => {}
        }
    }
}

/// Serves one client until either side ends the connection.
async fn tunnel(mut client: TcpStream, state: Arc<State>) -> io::Result<()> {
    let Some(target) = target(&mut client).await? else {
        return client.write_all(b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n").await;
    };
    lock(&state.tunnels).push(target.clone());
    let refusing = *lock(&state.refusing);
    if let Some(status) = refusing {
        let head = format!("HTTP/1.1 {status} {}\r\ncontent-length: 0\r\n\r\n", crate::api::errors::reason(status));
        return client.write_all(head.as_bytes()).await;
    }
    let server = match state.towards {
        Some(address) => TcpStream::connect(address).await,
        None => TcpStream::connect(&target).await,
    };
    let Ok(mut server) = server else {
        return client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await;
    };
    // As in the server, small packets must not wait for acknowledgements.
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    client.write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut server).await.map(|_| ())
}

/// Reads the head of a request, and returns the host and port of `CONNECT`. A client sends nothing more before the
/// response, so that nothing is read too far.
async fn target(client: &mut TcpStream) -> io::Result<Option<String>> {
    const LIMIT: u64 = 16 * 1024;
    let mut head = Vec::new();
    let mut limited = client.take(LIMIT);
    while !head.ends_with(b"\r\n\r\n") {
        if limited.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.split_ascii_whitespace();
    Ok(match (words.next(), words.next()) {
        (Some("CONNECT"), Some(target)) => Some(target.to_owned()),
        _ => None,
    })
}
