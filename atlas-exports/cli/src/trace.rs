//! What the client traces, on stderr: its warnings, and with `-v` every request and the source of every setting.

use std::io;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    filter::Targets,
    fmt::{
        self, FmtContext, FormatEvent, FormatFields,
        format::{FmtSpan, Writer},
    },
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::options::{Format, Shared};

const TARGET: &str = "atlas_exports_cli";

/// Starts tracing as the options say.
pub(crate) fn start(shared: &Shared) {
    let level = match shared {
        Shared { verbose: true, .. } => Level::DEBUG,
        Shared { quiet: true, .. } | Shared { format: Format::Json, .. } => return,
        _ => Level::WARN,
    };
    let targets = Targets::new().with_target("atlas_exports", level).with_target(TARGET, level);
    // A reader of stderr that went away is no reason to panic.
    let lines = fmt::layer().with_writer(io::stderr).log_internal_errors(false);
    let registry = tracing_subscriber::registry().with(targets);
    // Nobody else has set one, in a program of its own.
    let _ = if shared.verbose {
        // A span that closes is a request that was made, with its time.
        registry.with(lines.without_time().with_span_events(FmtSpan::CLOSE)).try_init()
    } else {
        registry.with(lines.event_format(Warning)).try_init()
    };
}

/// Traces where a setting comes from.
pub(crate) fn setting(line: &str) {
    tracing::info!(target: TARGET, "{line}");
}

/// An event as a line for people, without the spans that it stands in.
struct Warning;

impl<S, N> FormatEvent<S, N> for Warning
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        writer.write_str("warning: ")?;
        context.field_format().format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}
