//! Durations and points in time, as people write them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, civil, tz::TimeZone};

/// Reads a duration such as `90s`, `1h30m`, `2 hours` or `1.5h`.
pub(crate) fn duration(text: &str) -> Result<Duration, &'static str> {
    span(text)
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or("expected a duration with its unit, such as 90s, 15m or 1h30m")
}

/// A point in time on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// So long ago.
    Ago(TimeDelta),
    /// This moment.
    At(DateTime<Utc>),
    /// The day that begins at this moment.
    Day(DateTime<Utc>),
    /// The day this many days before today.
    DaysAgo(i64),
}

impl When {
    /// Returns its first moment.
    pub(crate) fn start(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Ago(ago) => now.checked_sub_signed(ago).unwrap_or(DateTime::<Utc>::MIN_UTC),
            Self::At(at) | Self::Day(at) => at,
            Self::DaysAgo(days) => midnight(now) - TimeDelta::days(days),
        }
    }

    /// Returns the first moment after it.
    pub(crate) fn end(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let length = match self {
            Self::Ago(_) | Self::At(_) => TimeDelta::nanoseconds(1),
            Self::Day(_) | Self::DaysAgo(_) => TimeDelta::days(1),
        };
        self.start(now).checked_add_signed(length).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// Reads a point in time such as `24h`, `2026-08-10`, `2026-08-10 03:28` or `yesterday`; UTC unless it says otherwise.
pub(crate) fn when(text: &str) -> Result<When, &'static str> {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "now" => return Ok(When::Ago(TimeDelta::zero())),
        "today" => return Ok(When::DaysAgo(0)),
        "yesterday" => return Ok(When::DaysAgo(1)),
        _ => {}
    }
    let utc = |at: Timestamp| DateTime::from_timestamp(at.as_second(), at.subsec_nanosecond().unsigned_abs());
    if let Ok(at) = text.parse::<Timestamp>() {
        return utc(at).map(When::At).ok_or(NOT_A_TIME);
    }
    if let Ok(local) = text.parse::<civil::DateTime>() {
        let at = TimeZone::UTC.to_timestamp(local).ok().and_then(utc).ok_or(NOT_A_TIME)?;
        let has_time = text.contains([':', 'T', 't', ' ']);
        return Ok(if has_time { When::At(at) } else { When::Day(at) });
    }
    let ago = span(text).ok_or(NOT_A_TIME)?;
    TimeDelta::from_std(ago.unsigned_abs()).map(When::Ago).map_err(|_| NOT_A_TIME)
}

const NOT_A_TIME: &str = "expected a time such as 24h, 7d, 2026-08-10 or 2026-08-10T03:28Z";

/// Parses a duration. Days have 24 hours; months and years have no fixed length and are refused.
fn span(text: &str) -> Option<SignedDuration> {
    text.parse::<Span>().ok()?.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

fn midnight(now: DateTime<Utc>) -> DateTime<Utc> {
    now.date_naive().and_hms_opt(0, 0, 0).unwrap_or_default().and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        duration(text).ok().map(|duration| duration.as_secs())
    }

    fn bounds(text: &str) -> (String, String) {
        let now = "2026-08-10T12:30:00Z".parse().unwrap();
        let when = when(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let shown = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M:%S%.f").to_string();
        (shown(when.start(now)), shown(when.end(now)))
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, expected) in [
            ("90s", 90),
            ("90 s", 90),
            ("1h30m", 5_400),
            ("1h 30min", 5_400),
            ("1.5h", 5_400),
            ("1 hour, 30 minutes", 5_400),
            ("2 hours", 7_200),
            ("01:30:00", 5_400),
            ("7d", 604_800),
            ("1w", 604_800),
            ("0s", 0),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
    }

    #[test]
    fn durations_without_unit_or_fixed_length_are_refused() {
        for text in ["", "5", "soon", "-1s", "1s ago", "1M", "1mo", "1y", "99999999999999999999s", "1h30"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, start) in [
            ("24h", "2026-08-09 12:30:00"),
            ("24h ago", "2026-08-09 12:30:00"),
            ("7d", "2026-08-03 12:30:00"),
            ("now", "2026-08-10 12:30:00"),
            ("2026-08-10T03:28:25Z", "2026-08-10 03:28:25"),
            ("2026-08-10T03:28:25+02:00", "2026-08-10 01:28:25"),
            ("2026-08-10 03:28", "2026-08-10 03:28:00"),
            ("2026-08-10T03:28", "2026-08-10 03:28:00"),
        ] {
            assert_eq!(bounds(text), (start.to_owned(), format!("{start}.000000001")), "{text}");
        }
    }

    #[test]
    fn days_end_with_their_last_moment() {
        for (text, start, end) in [
            ("2026-08-10", "2026-08-10 00:00:00", "2026-08-11 00:00:00"),
            ("20260810", "2026-08-10 00:00:00", "2026-08-11 00:00:00"),
            ("today", "2026-08-10 00:00:00", "2026-08-11 00:00:00"),
            ("Yesterday", "2026-08-09 00:00:00", "2026-08-10 00:00:00"),
        ] {
            assert_eq!(bounds(text), (start.to_owned(), end.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "5", "soon", "2026-13-01", "2026-02-30", "1mo", "10/08/2026"] {
            assert!(when(text).is_err(), "{text}");
        }
    }
}
