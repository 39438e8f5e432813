//! A small proxy that knows `CONNECT` and nothing else.

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

/// A proxy on a loopback port that tunnels what asks for it with `CONNECT`, and counts the tunnels. It lives until it
/// is dropped.
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
    /// Where all tunnels lead, whatever was asked for.
    towards: Option<SocketAddr>,
    tunnels: Mutex<Vec<String>>,
    refusing: Mutex<Option<u16>>,
}

impl ConnectProxy {
    /// Starts one whose tunnels lead where they are asked to.
    ///
    /// # Panics
    ///
    /// When it cannot listen on a loopback port.
    pub async fn start() -> Self {
        Self::begin(None).await
    }

    /// Starts one whose tunnels all lead to this fake, so that a client can be left on `https://cloud.mongodb.com`.
    ///
    /// # Panics
    ///
    /// When it cannot listen on a loopback port.
    pub async fn towards(atlas: &FakeAtlas) -> Self {
        Self::begin(Some(atlas.address())).await
    }

    #[expect(clippy::panic, reason = "a test without its proxy cannot go on")]
    async fn begin(towards: Option<SocketAddr>) -> Self {
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

    /// Its address, such as `http://127.0.0.1:40124`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Hosts and ports that tunnels were asked for, in order.
    #[must_use]
    pub fn tunnels(&self) -> Vec<String> {
        lock(&self.state.tunnels).clone()
    }

    /// Answers every `CONNECT` with this status from now on, such as 407, or tunnels again.
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

/// Ends when either side does; how is of no interest here.
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
    // As in the server itself, small packets must not wait for each other.
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    client.write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut server).await.map(|_| ())
}

/// Reads a request's head, and from it the host and port that a tunnel is asked to. A client waits for the answer before
/// it sends more, so that nothing is read too far.
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
