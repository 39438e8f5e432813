//! The clock of the service.

use std::{
    sync::Mutex,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use http::HeaderValue;
use tokio::time::Instant;

use crate::lock::lock;

/// The time of the service. Nonces, tokens, rate limits and jobs follow what has elapsed of it; dates follow that
/// scaled.
#[derive(Debug)]
pub(crate) struct Clock {
    /// The last second that was formatted: most responses are sent within the same one.
    formatted: Mutex<(i64, HeaderValue)>,
    began: Instant,
    start: SystemTime,
    advanced: Mutex<Duration>,
    scale: f64,
}

impl Clock {
    pub(crate) fn new(start: SystemTime, scale: f64) -> Self {
        Self {
            began: Instant::now(),
            start,
            advanced: Mutex::default(),
            scale,
            formatted: Mutex::new((i64::MIN, HeaderValue::from_static(""))),
        }
    }

    /// The time since the start: that of tokio, and what the clock was advanced by.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed().saturating_add(*lock(&self.advanced))
    }

    /// Advances the clock.
    pub(crate) fn advance(&self, by: Duration) {
        let mut advanced = lock(&self.advanced);
        *advanced = advanced.saturating_add(by);
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.at(self.elapsed())
    }

    /// The service's time when `elapsed` had passed.
    pub(crate) fn at(&self, elapsed: Duration) -> DateTime<Utc> {
        let scaled = Duration::try_from_secs_f64(elapsed.as_secs_f64() * self.scale).unwrap_or(Duration::MAX);
        DateTime::from(self.start.checked_add(scaled).unwrap_or(self.start))
    }

    /// The value of HTTP's `Date` header.
    pub(crate) fn http_date(&self) -> HeaderValue {
        let now = self.now();
        let mut formatted = lock(&self.formatted);
        if formatted.0 != now.timestamp()
            && let Ok(date) = HeaderValue::from_str(&now.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
        {
            *formatted = (now.timestamp(), date);
        }
        formatted.1.clone()
    }
}

/// A time as Atlas writes it: whole seconds, in UTC.
pub(crate) fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_clock_follows_tokio_time_scaled() {
        let clock = Clock::new(SystemTime::UNIX_EPOCH, 60.0);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(iso(clock.now()), "1970-01-01T00:02:00Z");
        assert_eq!(clock.http_date(), "Thu, 01 Jan 1970 00:02:00 GMT");
        clock.advance(Duration::from_secs(3));
        assert_eq!((clock.elapsed(), iso(clock.now())), (Duration::from_secs(5), "1970-01-01T00:05:00Z".into()));
    }
}
