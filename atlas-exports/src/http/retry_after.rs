//! `Retry-After` (RFC 9110, section 10.2.3).

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::date;

/// Returns the wait that a `Retry-After` asks for, given in seconds or as a date.
///
/// A date is compared with the `Date` of the same response, so that a wrong clock on either side does not matter; without
/// one, with the clock of this machine.
pub(crate) fn wait(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = date::parse(text)?;
    let now = date_of(headers).unwrap_or_else(|| SystemTime::now().into());
    Some((until - now).to_std().unwrap_or_default())
}

/// Returns when the response was sent, by the server's clock.
pub(crate) fn date_of(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    date::parse(headers.get(DATE)?.to_str().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(retry_after: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        wait(&headers)
    }

    #[test]
    fn seconds_are_taken_as_they_are() {
        assert_eq!(waits("7", None), Some(Duration::from_secs(7)));
        assert_eq!(waits(" 0 ", None), Some(Duration::ZERO));
    }

    #[test]
    fn a_date_is_compared_with_the_clock_of_the_server() {
        let date = Some("Tue, 24 Nov 2026 15:00:00 GMT");
        assert_eq!(waits("Tue, 24 Nov 2026 15:00:30 GMT", date), Some(Duration::from_secs(30)));
        assert_eq!(waits("Tue, 24 Nov 2026 14:00:00 GMT", date), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_neither_asks_for_nothing() {
        for text in ["", "soon", "-1", "1.5", "99999999999999999999999"] {
            assert_eq!(waits(text, None), None, "{text}");
        }
    }
}
