//! Requests that the server says over HTTP/2 it did not process, by GOAWAY or a refused stream (RFC 9113, section 8.7).
//!
//! hyper reports a GOAWAY that arrives while it sends a request as if that request had not been processed, though it
//! may have been. Only the client itself can send such a request again: with a fresh nonce count, and not at all where
//! twice is once too often.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use atlas_exports::{Client, Error, ErrorKind, NewExport, RetryPolicy, reqwest};

/// The client's preface (RFC 9113, section 3.4).
const PREFACE: usize = 24;
const FRAME_HEADER: usize = 9;
const HEADERS: u8 = 1;
/// Statuses in HPACK's static table (RFC 7541, appendix A).
const NO_CONTENT: u8 = 0x89;
const NOT_FOUND: u8 = 0x8d;
const NO_SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
/// `GOAWAY` without an error, after which no stream was processed.
const GOAWAY: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// What the server says instead of an answer.
#[derive(Clone, Copy)]
enum Unprocessed {
    GoAway,
    RefusedStream,
}

impl Unprocessed {
    fn frame(self, stream: [u8; 4]) -> Vec<u8> {
        match self {
            Self::GoAway => GOAWAY.to_vec(),
            // `RST_STREAM` with `REFUSED_STREAM`.
            Self::RefusedStream => [&[0, 0, 4, 3, 0][..], &stream, &[0, 0, 0, 7]].concat(),
        }
    }
}

/// How a server behaves.
#[derive(Clone, Copy)]
struct Behavior {
    unprocessed: Unprocessed,
    /// So many requests it does not process.
    times: usize,
    /// The status of the others.
    status: u8,
    /// Whether it asks for authentication.
    challenges: bool,
}

#[derive(Default)]
struct Seen {
    requests: AtomicUsize,
    unauthenticated: AtomicUsize,
}

struct Server {
    address: SocketAddr,
    seen: Arc<Seen>,
}

impl Server {
    /// A server that asks for no authentication.
    fn start(unprocessed: Unprocessed, times: usize) -> Self {
        Self::with(Behavior { unprocessed, times, status: NO_CONTENT, challenges: false })
    }

    fn with(behavior: Behavior) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { address: listener.local_addr().unwrap(), seen: Arc::default() };
        let seen = Arc::clone(&server.seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let seen = Arc::clone(&seen);
                std::thread::spawn(move || converse(stream.unwrap(), behavior, &seen));
            }
        });
        server
    }

    fn client(&self, retry: RetryPolicy) -> Client {
        Client::builder()
            .base_url(format!("http://{}", self.address))
            .api_key("public", "private")
            .http_client(crate::common::http().http2_prior_knowledge())
            .retry(retry)
            .build()
            .unwrap()
    }

    /// Deletes a bucket, which is idempotent.
    async fn delete(&self, retry: RetryPolicy) -> Result<(), Error> {
        delete(&self.client(retry)).await
    }

    async fn create(&self, retry: RetryPolicy) -> Result<(), Error> {
        let exports = self.client(retry).exports("32b6e34b3d91647abb20e7b8".parse().unwrap(), "Cluster0").unwrap();
        let (snapshot, bucket) =
            ("5fb1a7d2e2c4d84c1e4f0123".parse().unwrap(), "5fb1a7d2e2c4d84c1e4f0124".parse().unwrap());
        exports.create(NewExport::new(snapshot, bucket)).await.map(|_| ())
    }

    fn requests(&self) -> usize {
        self.seen.requests.load(SeqCst)
    }
}

async fn delete(client: &Client) -> Result<(), Error> {
    let buckets = client.export_buckets("32b6e34b3d91647abb20e7b8".parse().unwrap());
    buckets.delete(&"5fb1a7d2e2c4d84c1e4f0124".parse().unwrap()).await
}

/// A response without a body: the end of the stream and of its headers.
fn response(stream: [u8; 4], headers: &[u8]) -> Vec<u8> {
    let length = u8::try_from(headers.len()).unwrap();
    [&[0, 0, length, HEADERS, 5][..], &stream, headers].concat()
}

/// 401, for which HPACK has no number, and a challenge.
fn challenge(stream: [u8; 4]) -> Vec<u8> {
    let challenge = br#"Digest realm="r", nonce="n", qop="auth""#;
    response(stream, &[b"\x08\x03401\x0f\x2e", &[u8::try_from(challenge.len()).unwrap()][..], challenge].concat())
}

/// Ends when the client leaves.
fn converse(mut stream: TcpStream, behavior: Behavior, seen: &Seen) -> Option<()> {
    stream.read_exact(&mut [0; PREFACE]).ok()?;
    stream.write_all(&NO_SETTINGS).ok()?;
    loop {
        let mut header = [0; FRAME_HEADER];
        stream.read_exact(&mut header).ok()?;
        let length = u32::from_be_bytes([0, header[0], header[1], header[2]]);
        std::io::copy(&mut (&stream).take(length.into()), &mut std::io::sink()).ok()?;
        if header[3] == HEADERS {
            let id = [header[5], header[6], header[7], header[8]];
            // The answer to a challenge is by far the longest header, and is sent in full each time.
            let authenticated = length > 200;
            seen.unauthenticated.fetch_add(usize::from(!authenticated), SeqCst);
            let said = if seen.requests.fetch_add(1, SeqCst) < behavior.times {
                behavior.unprocessed.frame(id)
            } else if behavior.challenges && !authenticated {
                challenge(id)
            } else {
                response(id, &[behavior.status])
            };
            stream.write_all(&said).ok()?;
        }
    }
}

#[tokio::test]
async fn reqwest_sends_the_same_request_again_after_goaway_which_is_why_the_client_forbids_it() {
    let server = Server::start(Unprocessed::GoAway, usize::MAX);
    let http = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    http.post(format!("http://{}", server.address)).send().await.unwrap_err();
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn a_creation_that_a_goaway_overtakes_is_not_sent_again() {
    let server = Server::start(Unprocessed::GoAway, usize::MAX);
    let error = server.create(RetryPolicy::default()).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Network, "{error:?}");
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_creation_that_the_server_refuses_to_process_is_sent_again() {
    let server = Server::start(Unprocessed::RefusedStream, 2);
    let error = server.create(RetryPolicy::never()).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 204, "{error:?}");
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn an_idempotent_request_that_was_not_processed_is_sent_again_at_once_whatever_the_policy() {
    for unprocessed in [Unprocessed::GoAway, Unprocessed::RefusedStream] {
        let server = Server::start(unprocessed, 3);
        server.delete(RetryPolicy::never()).await.unwrap();
        assert_eq!(server.requests(), 4);
    }
}

#[tokio::test]
async fn what_is_never_processed_ends_in_an_error_after_as_many_attempts_as_the_policy_allows() {
    for (policy, attempts) in [(RetryPolicy::never(), 1), (RetryPolicy::default().max_attempts(2), 2)] {
        let server = Server::start(Unprocessed::GoAway, usize::MAX);
        let error = server.delete(policy).await.unwrap_err();
        assert!(error.kind() == ErrorKind::Network, "{error:?}");
        assert_eq!((server.requests(), error.call().unwrap().attempts.len()), (3 + attempts, attempts));
    }
}

#[tokio::test]
async fn calls_that_wait_for_a_fetch_that_was_not_processed_do_not_all_fetch() {
    for unprocessed in [Unprocessed::GoAway, Unprocessed::RefusedStream] {
        let server = Server::with(Behavior { unprocessed, times: 2, status: NO_CONTENT, challenges: true });
        let client = server.client(RetryPolicy::never());
        let calls = (0..64).map(|_| delete(&client));
        futures_util::future::try_join_all(calls).await.unwrap();
        assert_eq!(server.seen.unauthenticated.load(SeqCst), 3, "two that were not processed, and one fetch");
        assert_eq!(server.requests(), 2 + 65);
    }
}

#[tokio::test]
async fn a_deletion_that_finds_nothing_after_goaway_has_done_its_work() {
    for (unprocessed, done) in [(Unprocessed::GoAway, true), (Unprocessed::RefusedStream, false)] {
        let server = Server::with(Behavior { unprocessed, times: 1, status: NOT_FOUND, challenges: false });
        let deleted = server.delete(RetryPolicy::never()).await;
        assert_eq!(deleted.is_ok(), done, "{deleted:?}");
        assert_eq!(server.requests(), 2);
    }
}
