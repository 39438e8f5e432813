//! Reads whatever body a server sends, with and without the envelope: the first byte chooses its status.
#![no_main]

mod server;

use std::sync::LazyLock;

static PLAIN: LazyLock<server::Pair> = LazyLock::new(|| server::Pair::start(false));
static ENVELOPED: LazyLock<server::Pair> = LazyLock::new(|| server::Pair::start(true));

const STATUSES: [u16; 8] = [200, 201, 204, 400, 404, 429, 500, 503];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((first, body)) = data.split_first() else { return };
    let status = STATUSES[usize::from(*first) % STATUSES.len()];
    for pair in [&PLAIN, &ENVELOPED] {
        let result = pair.get(server::response(status, b"Content-Type: application/json\r\n", body));
        if let Err(error) = result {
            let _ = (error.to_string(), format!("{error:?}{error:#?}"), error.hint());
        } else {
            assert!(status < 300);
        }
    }
});
