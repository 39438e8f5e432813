//! A server that gives one response to every request, and a client of it.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use atlas_exports::{Client, Error, ExportJob, Exports, RetryPolicy, reqwest};

/// The client and its server.
pub struct Pair {
    runtime: tokio::runtime::Runtime,
    exports: Exports,
    response: Arc<Mutex<Vec<u8>>>,
}

impl Pair {
    /// Starts a server, and creates a client that asks for the envelope or not.
    pub fn start(envelope: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("the address of a listener");
        let response = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&response);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that went away is none of the server's business.
                let _ = respond(stream, &shared.lock().expect("no one panics with it"));
            }
        });
        let client = Client::builder()
            .base_url(format!("http://{address}"))
            .api_key("public", "private")
            .envelope(envelope)
            .retry(RetryPolicy::never())
            .http_client(reqwest::Client::builder().no_proxy())
            .build()
            .expect("a client");
        let project = "32b6e34b3d91647abb20e7b8".parse().expect("an id");
        let exports = client.exports(project, "Cluster0").expect("a name");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { runtime, exports, response }
    }

    /// Requests one export job of a server that gives this response.
    pub fn get(&self, response: Vec<u8>) -> Result<ExportJob, Error> {
        *self.response.lock().expect("no one panics with it") = response;
        let id = "5fb1a8c0e2c4d84c1e4f0a02".parse().expect("an id");
        self.runtime.block_on(self.exports.get(&id))
    }
}

fn respond(mut stream: TcpStream, response: &[u8]) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    // Not text: what a challenge has of any bytes comes back in the answer.
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 2 {
        line.clear();
    }
    stream.write_all(response)
}

/// Writes out a response.
pub fn response(status: u16, headers: &[u8], body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    [head.as_bytes(), headers, b"\r\n", body].concat()
}
