//! Prints what the client traces to stderr: warnings, and with `-v` everything.

use std::{fmt, io};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    filter::Targets,
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer, layer},
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
        Shared { quiet: true, .. } => return,
        Shared { format, .. } if format.kind() == Format::Json => return,
        _ => Level::WARN,
    };
    let targets = Targets::new().with_target("atlas_exports", level).with_target(TARGET, level);
    // It would panic when stderr is a closed pipe.
    let lines = layer().with_writer(io::stderr).log_internal_errors(false).event_format(Line);
    // No other subscriber is set in this program.
    let _ = tracing_subscriber::registry().with(targets).with(lines).try_init();
}

/// Traces the source of a setting.
pub(crate) fn setting(line: &str) {
    tracing::info!(target: TARGET, "{line}");
}

/// Formats an event as a line, without its spans.
struct Line;

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        writer.write_str(match *event.metadata().level() {
            Level::ERROR => "error: ",
            Level::WARN => "warning: ",
            Level::INFO => "info: ",
            _ => "debug: ",
        })?;
        context.field_format().format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}
