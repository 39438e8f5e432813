//! Lengths of time, as people say them.

use chrono::TimeDelta;

/// Such as `45 s`, `15 min 26 s`, `2 h 5 min`, `106 days`.
pub(crate) fn words(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (2.., ..) => format!("{days} days"),
        (_, 1.., _) => format!("{hours} h {} min", minutes % 60),
        (_, _, 1..) => format!("{minutes} min {} s", seconds % 60),
        _ => format!("{seconds} s"),
    }
}
