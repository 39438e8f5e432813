//! What the client traces, on stderr: warnings, and on demand each request.

use tracing_subscriber::{
    filter::Targets,
    fmt::{self, format::FmtSpan},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

pub(crate) fn start(verbose: bool) {
    let level = if verbose { tracing::Level::DEBUG } else { tracing::Level::WARN };
    // A span that closes is a request that was made, with its time.
    let spans = if verbose { FmtSpan::CLOSE } else { FmtSpan::NONE };
    let lines = fmt::layer().with_writer(std::io::stderr).without_time().with_span_events(spans);
    // Nobody else has set one, in a program of its own.
    let _ =
        tracing_subscriber::registry().with(lines).with(Targets::new().with_target("atlas_exports", level)).try_init();
}
