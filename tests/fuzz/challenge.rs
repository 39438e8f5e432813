//! Answers whatever challenge a server sends.
#![no_main]

mod server;

use std::sync::LazyLock;

use atlas_exports::reqwest::header::HeaderValue;

static PAIR: LazyLock<server::Pair> = LazyLock::new(|| server::Pair::start(false));

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if HeaderValue::from_bytes(data).is_err() {
        return;
    }
    let header = [b"WWW-Authenticate: ", data, b"\r\n"].concat();
    let error = PAIR.get(server::response(401, &header, b"")).expect_err("a 401 is an error");
    assert!(error.status().is_some(), "{error:?}");
});
