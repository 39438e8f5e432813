//! A connection whose server says farewell while a request is on its way, as HTTP/2 allows.
//!
//! hyper reports a farewell that arrives while it sends a request as if the request had not been taken, though it may
//! have been carried out. Only the client itself can make such a request again: with a fresh nonce count, and not at
//! all where twice is once too often.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod common;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use atlas_exports::{Client, Error, Exports, NewExport, RetryPolicy, reqwest};

/// The client's preface (RFC 9113, section 3.4).
const PREFACE: usize = 24;
const FRAME_HEADER: usize = 9;
const HEADERS: u8 = 1;
/// No settings, and `GOAWAY` without an error after which no stream was processed.
const FAREWELL: [u8; 26] = [0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Answers each request with a farewell; counts the requests.
fn parting() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, requests) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let seen = Arc::clone(&seen);
            std::thread::spawn(move || part(stream.unwrap(), &seen));
        }
    });
    (address, requests)
}

/// Ends when the client leaves.
fn part(mut stream: TcpStream, requests: &AtomicUsize) -> Option<()> {
    stream.read_exact(&mut [0; PREFACE]).ok()?;
    loop {
        let mut header = [0; FRAME_HEADER];
        stream.read_exact(&mut header).ok()?;
        let length = u32::from_be_bytes([0, header[0], header[1], header[2]]);
        std::io::copy(&mut (&stream).take(length.into()), &mut std::io::sink()).ok()?;
        if header[3] == HEADERS {
            requests.fetch_add(1, SeqCst);
            stream.write_all(&FAREWELL).ok()?;
        }
    }
}

fn exports(address: SocketAddr, retry: RetryPolicy) -> Exports {
    let client = Client::builder()
        .base_url(format!("http://{address}"))
        .api_key("public", "private")
        .http_client(common::http().http2_prior_knowledge())
        .retry(retry)
        .build()
        .unwrap();
    client.exports("32b6e34b3d91647abb20e7b8".parse().unwrap(), "Cluster0").unwrap()
}

#[tokio::test]
async fn reqwest_sends_the_same_request_again_after_a_farewell_which_is_why_the_client_forbids_it() {
    let (address, requests) = parting();
    let http = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    http.post(format!("http://{address}")).send().await.unwrap_err();
    assert_eq!(requests.load(SeqCst), 3);
}

#[tokio::test]
async fn a_creation_that_a_farewell_overtakes_is_not_sent_again() {
    let (address, requests) = parting();
    let new = NewExport::new("5fb1a7d2e2c4d84c1e4f0123".parse().unwrap(), "5fb1a7d2e2c4d84c1e4f0124".parse().unwrap());
    let error = exports(address, RetryPolicy::default()).create(new).await.unwrap_err();
    assert!(matches!(error, Error::Network { .. }), "{error:?}");
    assert_eq!(requests.load(SeqCst), 1);
}

#[tokio::test]
async fn a_read_that_a_farewell_overtakes_is_made_again_as_the_policy_says() {
    for (policy, attempts) in [(RetryPolicy::off(), 1), (RetryPolicy::default().attempts(2), 2)] {
        let (address, requests) = parting();
        let error = exports(address, policy).get(&"5fb1a7d2e2c4d84c1e4f0125".parse().unwrap()).await.unwrap_err();
        assert!(matches!(error, Error::Network { .. }), "{error:?}");
        assert_eq!((requests.load(SeqCst), error.call().unwrap().attempts.len()), (attempts, attempts));
    }
}
