//! Times that Atlas writes into identifiers and prefixes.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

/// The time in the first four bytes of an identifier, in whole seconds.
///
/// For a job it is its `createdAt`, for a snapshot the time when it was queued.
pub(crate) fn of_id(id: &str) -> Option<DateTime<Utc>> {
    if id.len() != 24 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let seconds = i64::from_str_radix(id.get(..8)?, 16).ok()?;
    DateTime::from_timestamp(seconds, 0)
}

/// The minute of the snapshot in the prefix of an export, such as `…/2026-08-10T0327/1786332505`.
pub(crate) fn of_prefix(prefix: &str) -> Option<DateTime<Utc>> {
    prefix.rsplit('/').find_map(|segment| {
        let minute = segment.strip_suffix("+0000").unwrap_or(segment);
        // The parser would take numbers of fewer digits as well.
        (minute.len() == "2026-08-10T0327".len())
            .then(|| NaiveDateTime::parse_from_str(minute, "%Y-%m-%dT%H%M").ok())
            .flatten()
            .map(|minute| minute.and_utc())
    })
}

/// A duration for arithmetic with dates; a very long one is cut to about 300 years.
pub(crate) fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::seconds(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX).min(10_000_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Option<DateTime<Utc>> {
        Some(time.parse().unwrap())
    }

    #[test]
    fn an_id_begins_with_its_time() {
        assert_eq!(of_id("6a7945590000000000000000"), at("2026-08-10T03:28:25Z"));
        assert_eq!(of_id("680371990000000000000000"), at("2025-04-19T09:49:13Z"));
        for bad in ["", "6a794559", "6a794559000000000000000g", "+a7945590000000000000000", "ä79455900000000000000000"]
        {
            assert_eq!(of_id(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_prefix_ends_with_the_minute_of_the_snapshot_and_the_time_of_the_job() {
        let minute = at("2026-08-10T03:27:00Z");
        for prefix in [
            "exported_snapshots/5f3c/6a79/Cluster0/2026-08-10T0327/1786332505",
            "/exported_snapshots/My_Org/2020-01-01T0000/c/2026-08-10T0327+0000/1786332505/",
            "2026-08-10T0327",
        ] {
            assert_eq!(of_prefix(prefix), minute, "{prefix}");
        }
        for odd in ["", "exported_snapshots/o/p/c/latest/1786332505", "a/2026-13-10T0327/1", "a/2026-8-10T00327/1"] {
            assert_eq!(of_prefix(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_duration_without_end_can_be_subtracted_from_a_date() {
        let now: DateTime<Utc> = "2026-08-10T03:27:00Z".parse().unwrap();
        assert!(now.checked_sub_signed(delta(Duration::MAX)).is_some());
    }
}
