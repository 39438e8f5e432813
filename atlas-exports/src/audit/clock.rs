//! The time of the service, as the `Date` of its responses tells it.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderMap;
use tokio::time::Instant;

use crate::http::date_of;

/// What the service's clock shows. The clock of this machine only tells how long ago a response came.
#[derive(Debug, Default)]
pub(super) struct ServiceClock(Mutex<Option<(DateTime<Utc>, Instant)>>);

impl ServiceClock {
    /// Learns from the headers of a response that has just come.
    pub(super) fn learn(&self, headers: &HeaderMap) {
        let Some(told) = date_of(headers) else { return };
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A response that was long under way tells a time that has passed.
        if show(*latest).is_none_or(|now| told > now) {
            *latest = Some((told, Instant::now()));
        }
    }

    /// The time; `None` as long as no response told it.
    pub(super) fn now(&self) -> Option<DateTime<Utc>> {
        show(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn show(latest: Option<(DateTime<Utc>, Instant)>) -> Option<DateTime<Utc>> {
    let (told, since) = latest?;
    told.checked_add_signed(TimeDelta::from_std(since.elapsed()).ok()?)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::DATE;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_goes_on_between_responses_and_never_back() {
        let headers =
            |time: &str| HeaderMap::from_iter([(DATE, format!("Mon, 10 Aug 2026 {time} GMT").parse().unwrap())]);
        let at = |time: &str| Some(format!("2026-08-10T{time}Z").parse::<DateTime<Utc>>().unwrap());
        let clock = ServiceClock::default();
        assert_eq!(clock.now(), None);
        clock.learn(&HeaderMap::new());
        assert_eq!(clock.now(), None);
        clock.learn(&headers("20:00:00"));
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(clock.now(), at("20:01:30"));
        clock.learn(&headers("20:01:00"));
        assert_eq!(clock.now(), at("20:01:30"));
        clock.learn(&headers("20:02:00"));
        assert_eq!(clock.now(), at("20:02:00"));
    }
}
